"""The one comment on a pull request, kept up to date, and the suggestions beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mindhub.hosting import suggestions
from mindhub.hosting.verdict import MOST_BYTES, SARIF, VERDICT, VerdictError, parse, unpack
from mindhub.messages import say
from mindhub.report import comment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mindhub.hosting.github import GitHub
    from mindhub.hosting.gitlab import GitLab

ARTEFACT = "verdict"  #: what the pull request's jobs hand over
#: A line of the pull request's template that its author has ticked.
_CHINESE = re.compile(r"^\s*[-*] \[[xX]\].*中文", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Said:
    """What was written where."""

    number: int  #: of the pull request
    head: str
    comment: str  #: `made`, `changed` or `same`
    suggestions: int
    sarif: bytes | None = None  #: of the run, where it has any; from the author of the change


def comment_on_run(host: GitHub, run: int, *, account: str, site: str = "") -> Said | None:
    """Comment on the pull request that a workflow's run was about; `account` is the one that comments.

    The run says by its artefact which pull request that is. It is believed only where the host says that this pull
    request is open and that its newest commit is the one the run was started for. Returns None where the run has
    handed over nothing. Raises HostError and VerdictError.
    """
    started = host.get(f"actions/runs/{run}")
    found = [entry for entry in host.listed_artefacts(run) if entry.get("name") == ARTEFACT and not entry["expired"]]
    if not found:
        return None
    entry = max(found, key=lambda one: int(one["id"]))
    if int(entry["size_in_bytes"]) > MOST_BYTES:
        raise VerdictError(f"the artefact has {entry['size_in_bytes']:,} bytes; a verdict has at most {MOST_BYTES:,}")
    files = unpack(host.download(f"actions/artifacts/{int(entry['id'])}/zip", MOST_BYTES))
    said = parse(files[VERDICT])
    number = said["number"]
    pull = host.get(f"pulls/{number}")
    _verify(said, str(started["head_sha"]), str(pull["head"]["sha"]), is_open=pull["state"] == "open")
    language = _language(pull.get("body"))
    links = {say("the run with all its files"): str(started["html_url"])}
    text = comment.render(said["ready"], language=language, site=site, links=links)
    what = _keep(
        _own(host.listed(f"issues/{number}/comments"), comment.MARKER, account),
        text,
        change=lambda known: host.send("PATCH", f"issues/comments/{known}", {"body": text}),
        make=lambda: host.send("POST", f"issues/{number}/comments", {"body": text}),
    )
    count = _suggest(host, said, account, language)
    return Said(number, said["head"], what, count, files.get(SARIF))


def comment_on_merge_request(host: GitLab, data: bytes, *, head: str, pipeline: str, site: str = "") -> Said:
    """Write the note on the merge request that a pipeline's verdict is about; `head` is the commit it was started for.

    `pipeline` is the address of the pipeline, which the note names. The verdict is believed only where the host says
    that this merge request is open and that this is its newest commit. Raises HostError and VerdictError.
    """
    said = parse(data)
    number = said["number"]
    request = host.get(f"merge_requests/{number}")
    _verify(said, head, str(request["sha"]), is_open=request["state"] == "opened", sign="!")
    links = {say("the run with all its files"): pipeline} if pipeline else None
    text = comment.render(said["ready"], language=_language(request.get("description")), site=site, links=links)
    notes = host.listed(f"merge_requests/{number}/notes", sort="asc", order_by="created_at")
    what = _keep(
        _own(notes, comment.MARKER, host.account(), by=("author", "id")),
        text,
        change=lambda known: host.send("PUT", f"merge_requests/{number}/notes/{known}", {"body": text}),
        make=lambda: host.send("POST", f"merge_requests/{number}/notes", {"body": text}),
    )
    return Said(number, head, what, suggestions=0)


def _verify(said: dict[str, Any], head: str, newest: str, *, is_open: bool, sign: str = "#") -> None:
    name = f"{sign}{said['number']}"
    if said["head"] != head:
        raise VerdictError("the verdict names another commit than its run was started for")
    if newest != head:
        raise VerdictError(f"{name} has another newest commit by now, or is not what the run was about")
    if not is_open:
        raise VerdictError(f"{name} is not open")


def _language(description: object) -> str:
    return "zh" if _CHINESE.search(str(description or "")) else "en"


def _keep(
    own: Iterable[dict[str, Any]], text: str, *, change: Callable[[int], object], make: Callable[[], object]
) -> str:
    """Write the one comment, over the first of the earlier ones if there is any."""
    for one in own:
        # Whether a host keeps the line ends behind a text is its business.
        if one["body"].rstrip() == text.rstrip():
            return "same"
        change(int(one["id"]))
        return "changed"
    make()
    return "made"


def _suggest(host: GitHub, said: dict[str, Any], account: str, language: str) -> int:
    findings = said["ready"]["findings"]
    if not any(finding["suggestion"] for finding in findings):
        return 0
    number = said["number"]
    shown = suggestions.shown_lines(host.listed(f"pulls/{number}/files"))
    known = _own(host.listed(f"pulls/{number}/comments"), suggestions.MARKER, account)
    there = {(str(one["path"]), str(one["body"])) for one in known}
    comments = list(suggestions.suggestions(findings, shown, there, language))
    if comments:
        review = {"commit_id": said["head"], "event": "COMMENT", "comments": comments}
        host.send("POST", f"pulls/{number}/reviews", review)
    return len(comments)


def _own(
    entries: Iterator[dict[str, Any]], marker: str, account: str | int, by: tuple[str, str] = ("user", "login")
) -> Iterator[dict[str, Any]]:
    """Yield the entries that this account has written and marked: anybody can copy a marker."""
    who, name = by
    for one in entries:
        if (one.get(who) or {}).get(name) == account and str(one.get("body") or "").startswith(marker):
            yield one
