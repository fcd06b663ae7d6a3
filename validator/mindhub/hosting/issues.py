"""One issue for each cause: opened, kept up to date, and closed when the cause is gone."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mindhub.hosting.causes import Seen
from mindhub.report.markdown import code, prose
from mindhub.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from mindhub.hosting.causes import Cause
    from mindhub.hosting.github import GitHub

LABEL = "mindhub"
_MARKER = re.compile(r"\A<!-- mindhub cause: ([^\n]{1,400}) -->\n")
_ROWS = 100  #: of a table in an issue
_TITLES = {
    "host": "{name} does not answer",
    "repository": "{name} is gone, or not public any more",
    "tool": "models do not run with {name}",
    "card": "{name} does not work as it says",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about issues."""

    create: tuple[tuple[str, str], ...] = ()  #: title and text
    update: tuple[tuple[int, str], ...] = ()  #: number and text
    close: tuple[int, ...] = ()
    later: int = 0  #: causes for which no issue was made, as one run opens so many alone


@dataclass(frozen=True, slots=True)
class Open:
    """An open issue of ours."""

    number: int
    key: str  #: the mark of its cause
    text: str = field(repr=False)


def plan(found: Sequence[Cause], opened: Iterable[Open], limit: int) -> Plan:
    """Return what makes the open issues those of the causes, with at most `limit` new ones."""
    wanted = {mark(cause): cause for cause in found}
    update: list[tuple[int, str]] = []
    close: list[int] = []
    known: set[str] = set()
    for issue in opened:
        cause = wanted.get(issue.key)
        if cause is None or issue.key in known:
            close.append(issue.number)
            continue
        known.add(issue.key)
        said = text(cause)
        if said != issue.text:
            update.append((issue.number, said))
    new = [cause for cause in found if mark(cause) not in known]
    create = tuple((title(cause), text(cause)) for cause in new[:limit])
    return Plan(create, tuple(update), tuple(close), max(0, len(new) - limit))


def mark(cause: Cause) -> str:
    """Return a cause's key as the mark of its issue holds it, where nothing can end the mark early."""
    return quote(cause.key, safe=" :/.@+_-")


def title(cause: Cause) -> str:
    """Return an issue's title."""
    kind, _, name = cause.key.partition(" ")
    count = f" ({len(cause.cards):,} cards)" if len(cause.cards) > 1 else ""
    # A title shows no Markdown, but mentions people.
    return (_TITLES[kind].format(name=name.replace("@", "＠")) + count)[:250]


def text(cause: Cause) -> str:
    """Return an issue's text: since when, which cards, and what was seen."""
    troubles = [
        f"| {code(trouble.key.removeprefix('smoke '))} | {trouble.day} | {prose(trouble.said[:500])} |"
        for trouble in cause.troubles[:_ROWS]
    ]
    cards = [f"* {code(uid)}" for uid in cause.cards[:_ROWS]]
    rest = [f"* … and {len(cause.cards) - _ROWS:,} more"] if len(cause.cards) > _ROWS else []
    return "\n".join(
        [
            f"<!-- mindhub cause: {mark(cause)} -->",
            f"Since {cause.since} at least. This issue is kept up to date, and closes by itself once all is well.",
            "",
            "| what | last tried | answer |",
            "|---|---|---|",
            *troubles,
            "",
            "Cards that are concerned:",
            "",
            *cards,
            *rest,
            "",
        ]
    )


def read_open(host: GitHub, account: str) -> list[Open]:
    """Return the open issues that this account has made for causes; raises HostError."""
    found = []
    for issue in host.listed("issues", state="open", labels=LABEL):
        said = str(issue.get("body") or "").replace("\r\n", "\n")
        marker = _MARKER.match(said)
        # Anybody can open an issue that looks like one of ours.
        if marker and "pull_request" not in issue and (issue.get("user") or {}).get("login") == account:
            found.append(Open(int(issue["number"]), marker[1], said))
    return found


def carry_out(host: GitHub, todo: Plan) -> None:
    """Do what a plan says; raises HostError."""
    for number in todo.close:
        said = "It works again, or the cards name something else by now."
        host.send("POST", f"issues/{number}/comments", {"body": said})
        host.send("PATCH", f"issues/{number}", {"state": "closed", "state_reason": "completed"})
    for number, said in todo.update:
        host.send("PATCH", f"issues/{number}", {"body": said})
    for head, said in todo.create:
        host.send("POST", "issues", {"title": head, "body": said, "labels": [LABEL]})


def load_seen(path: Path) -> dict[str, Seen]:
    """Return what earlier runs saw; nothing where the file is missing, or is none: counting then begins anew."""
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
        return {
            key: Seen(dt.date.fromisoformat(one["first"]), dt.date.fromisoformat(one["last"]), int(one["days"]))
            for key, one in said["troubles"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def save_seen(path: Path, seen: Mapping[str, Seen]) -> None:
    """Write down what was seen; raises OSError."""
    troubles = {
        key: {"first": one.first.isoformat(), "last": one.last.isoformat(), "days": one.days}
        for key, one in sorted(seen.items())
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({"version": 1, "troubles": troubles}, indent=1, ensure_ascii=False) + "\n")
