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
    from collections.abc import Iterator

    from mindhub.hosting.github import GitHub

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
    pull = host.get(f"pulls/{said['number']}")
    _verify(said, pull, str(started["head_sha"]))
    language = "zh" if _CHINESE.search(str(pull.get("body") or "")) else "en"
    links = {say("the run with all its files"): str(started["html_url"])}
    text = comment.render(said["ready"], language=language, site=site, links=links)
    what = _keep(host, said["number"], text, account)
    count = _suggest(host, said, account, language)
    return Said(said["number"], said["head"], what, count, files.get(SARIF))


def _verify(said: dict[str, Any], pull: dict[str, Any], head: str) -> None:
    if said["head"] != head:
        raise VerdictError("the verdict names another commit than its run was started for")
    if str(pull["head"]["sha"]) != head:
        raise VerdictError(f"#{said['number']} has another newest commit by now, or is not what the run was about")
    if pull["state"] != "open":
        raise VerdictError(f"#{said['number']} is not open")


def _keep(host: GitHub, number: int, text: str, account: str) -> str:
    """Write the one comment, over an earlier one if there is any."""
    for one in _own(host.listed(f"issues/{number}/comments"), comment.MARKER, account):
        if one["body"] == text:
            return "same"
        host.send("PATCH", f"issues/comments/{int(one['id'])}", {"body": text})
        return "changed"
    host.send("POST", f"issues/{number}/comments", {"body": text})
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


def _own(entries: Iterator[dict[str, Any]], marker: str, account: str) -> Iterator[dict[str, Any]]:
    """Yield the entries that this account has written and marked: anybody can copy a marker."""
    for one in entries:
        if (one.get("user") or {}).get("login") == account and str(one.get("body") or "").startswith(marker):
            yield one
