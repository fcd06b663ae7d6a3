"""`mindhub ci`: what the registry's own workflows do beyond the verbs of people; the workflows hold no logic."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.hosting.verdict import VERDICT, VerdictError, join, parse_part
from mindhub.ready import REMOVED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mindhub.hosting.github import GitHub

FAULT, CANNOT = 1, 2
NOTE_TOKEN = "MINDHUB_NOTE_TOKEN"  # noqa: S105 - the variable's name
_PER_SHARD = 4  #: cards; starting a job and MindSpore takes longer than running a few of them


def plan(*, ready: Path, most: int) -> int:
    """Print, and hand over to later jobs, the shards in which a change's cards are run; return the exit code."""
    try:
        said = parse_part(ready.read_bytes())
    except (OSError, VerdictError) as error:
        return _cannot("plan", f"{ready}: {error}")
    cards = sum(card["what"] != REMOVED for card in said["cards"])
    count = 0 if said["policy"]["waiting"] else min(most, -(-cards // _PER_SHARD))
    line = f"shards={json.dumps([f'{number}/{count}' for number in range(1, count + 1)])}"
    print(line)
    _hand_over(line)
    return 0


def join_parts(*, parts: Sequence[Path], jobs: Sequence[str], number: int, head: str, out: Path) -> int:
    """Write the verdict of a pull request's jobs and print it; return the exit code of the whole.

    `jobs` are `step=result` with the results that GitHub gives its jobs: where a job failed and has handed over
    nothing, its step was not judged.
    """
    try:
        whole = join([parse_part(part.read_bytes()) for part in parts if part.is_file()])
    except (OSError, VerdictError) as error:
        return _cannot("join", str(error))
    taken = {step["name"] for step in whole["steps"] if step["reason"] != "left out"}
    lost = [name for name, _, result in (job.partition("=") for job in jobs)
            if name not in taken and result not in ("success", "skipped")]  # fmt: skip
    for name in lost:
        message = f"the job of {name} ended without a result; run it again"
        whole["failures"].append({"file": name, "message": message, "message-zh": message})
    if lost and whole["verdict"] != "mend":
        whole["verdict"] = "incomplete"
    verdict = {"version": 1, "number": number, "head": head, "ready": whole}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(verdict, ensure_ascii=False) + "\n", encoding="utf-8")
    from mindhub.report import comment

    text = comment.render(whole, limit=comment.SUMMARY_LIMIT)
    print(text)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as stream:
            stream.write(text)
    return {"mend": FAULT, "incomplete": CANNOT}.get(whole["verdict"], 0)


def comment_on(*, run: int, repository: str, account: str, site: str, out: Path | None) -> int:
    """Comment on the pull request of a workflow's run; return the exit code."""
    from mindhub.hosting.commenting import comment_on_run
    from mindhub.hosting.http import HostError

    try:
        said = comment_on_run(_host(repository), run, account=account, site=site)
    except (ValueError, HostError, VerdictError) as error:
        return _cannot("comment", str(error))
    if said is None:
        print(f"run {run} has handed over no {VERDICT}: nothing to say")
        return 0
    print(f"#{said.number}: comment {said.comment}, {said.suggestions} suggestions")
    if out is not None and said.sarif is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(said.sarif)
        _hand_over("sarif=true")
        _hand_over(f"ref=refs/pull/{said.number}/head")
        _hand_over(f"head={said.head}")
    return 0


def note(*, verdict: Path, site: str) -> int:
    """Write the note on the merge request of this job's pipeline on GitLab; return the exit code.

    Without a token nothing is written, and that is no fault: a fork's pipeline has none.
    """
    from mindhub.hosting.commenting import comment_on_merge_request
    from mindhub.hosting.gitlab import GitLab
    from mindhub.hosting.http import HostError

    token = os.environ.get(NOTE_TOKEN, "")
    if not token:
        print(f"{NOTE_TOKEN} is not set: nothing is written on the merge request")
        return 0
    # A pipeline of merged results is about a commit that GitLab has made of both branches.
    head = os.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or os.environ.get("CI_COMMIT_SHA", "")
    api = os.environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
    try:
        host = GitLab(os.environ.get("CI_PROJECT_ID", ""), token, api)
        pipeline = os.environ.get("CI_PIPELINE_URL", "")
        said = comment_on_merge_request(host, verdict.read_bytes(), head=head, pipeline=pipeline, site=site)
    except (OSError, ValueError, HostError, VerdictError) as error:
        return _cannot("comment", str(error))
    print(f"!{said.number}: note {said.comment}")
    return 0


def issues(
    *,
    registry: Path | None,
    ledger: Path | None,
    smoke: Path | None,
    state: Path,
    repository: str,
    account: str,
    dry_run: bool,
) -> int:
    """Open, update and close the issues about causes that lasted for days; return the exit code."""
    from mindhub.assets.ledger import Ledger, LedgerError
    from mindhub.cli.targets import chosen_cards
    from mindhub.config import read_config
    from mindhub.hosting.causes import address_troubles, causes, remember, smoke_troubles
    from mindhub.hosting.http import HostError
    from mindhub.hosting.issues import carry_out, load_seen, plan, read_open, save_seen
    from mindhub.rules import ALL_RULES
    from mindhub.source import SourceError

    try:
        home, cards, _ = chosen_cards((), registry)
        limit = read_config(home.root, [rule.code for rule in ALL_RULES]).new_issues
        with Ledger(ledger) as book:
            known = {entry.url: entry for entry in book}
        troubles = list(address_troubles(cards, known))
        if smoke is not None:
            today = dt.datetime.now(dt.UTC).date()
            troubles += smoke_troubles(json.loads(smoke.read_bytes())["results"], _ran_with(cards), today)
        seen = remember(load_seen(state), troubles)
        save_seen(state, seen)
        host = _host(repository)
        todo = plan(causes(troubles, seen, known), read_open(host, account), limit)
        print(
            f"{len(troubles):,} troubles; issues: {len(todo.create)} to open, {len(todo.update)} to change, "
            f"{len(todo.close)} to close, {todo.later} left for the next run"
        )
        for head, _ in todo.create:
            print(f"  new: {head}")
        if not dry_run:
            carry_out(host, todo)
    except (OSError, ValueError, KeyError, SourceError, LedgerError, HostError) as error:
        return _cannot("issues", str(error))
    return 0


def _ran_with(cards: Sequence[Any]) -> Mapping[str, str]:
    """Return the versions of MindSpore with which recorded runs of cards went well, by uid."""
    from mindhub.smoke.evidence import EvidenceError, evidence_path, read_evidence

    found = {}
    for card in cards:
        try:
            evidence = read_evidence(evidence_path(card.path))
        except EvidenceError:
            continue
        if evidence is not None and evidence.failed is None and card.uid:
            found[str(card.uid)] = str(evidence.environment.get("mindspore", ""))
    return found


def _host(repository: str) -> GitHub:
    """Return the host that a job of GitHub Actions runs for; raises ValueError."""
    from mindhub.hosting.github import GitHub

    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise ValueError("GITHUB_TOKEN is not set; give the step 'env: GITHUB_TOKEN: ${{ github.token }}'")
    name = repository or os.environ.get("GITHUB_REPOSITORY", "")
    return GitHub(name, token, os.environ.get("GITHUB_API_URL") or "https://api.github.com")


def _hand_over(line: str) -> None:
    target = os.environ.get("GITHUB_OUTPUT")
    if target:
        with Path(target).open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")


def _cannot(step: str, message: str) -> int:
    print(f"mindhub ci {step}: {message}", file=sys.stderr)
    return CANNOT
