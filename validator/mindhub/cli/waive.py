"""`mindhub waive`: say that a registry lives with a finding, until when, and who answers for it."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

from mindhub.books import read_books
from mindhub.rules import ALL_RULES
from mindhub.source import Registry, SourceError, open_registry, shown
from mindhub.text import did_you_mean
from mindhub.waivers import NAME, Waiver, Waivers, may_be_waived, parse_waivers, with_entry
from mindhub.writing import write_text

if TYPE_CHECKING:
    from pathlib import Path

CANNOT = 2


def run(
    *,
    code: str,
    uid: str,
    reason: str,
    owner: str,
    expires: str,
    registry: Path | None = None,
    today: dt.date | None = None,
) -> int:
    """Write one entry to the end of waivers.yaml, and leave the rest of the file as it is; return the exit code.

    `uid` may be a pattern in which `*` stands for anything within one segment.
    """
    try:
        found = open_registry(registry)
        day = _day(expires, today or dt.datetime.now(dt.UTC).date())
        _known_rule(code)
        _known_card(uid, found)
        waivers = read_books(found.root, [rule.code for rule in ALL_RULES]).waivers
        text = _with(waivers, Waiver(len(waivers.entries), code, uid, reason.strip(), owner.strip(), day), found.root)
        write_text(found.root / NAME, text)
    except (ValueError, SourceError) as error:
        print(f"mindhub waive: {error}", file=sys.stderr)
        return CANNOT
    except OSError as error:
        print(f"mindhub waive: {NAME} cannot be written: {error.strerror}", file=sys.stderr)
        return CANNOT
    print(f"{code} at '{uid}' is waived until {day} in {shown(found.root / NAME)}")
    return 0


def _day(text: str, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date; write YYYY-MM-DD") from None
    if day < today:
        raise ValueError(f"{day} is over; name the last day on which the waiver counts")
    return day


def _known_rule(code: str) -> None:
    codes = [rule.code for rule in ALL_RULES]
    if code not in codes:
        raise ValueError(f"no rule has the code {code!r}{did_you_mean(code, codes)}")
    if not may_be_waived(code):
        raise ValueError(f"{code} cannot be waived; mend the file that it is about")


def _known_card(uid: str, registry: Registry) -> None:
    wanted = Waiver(0, "", uid, "", "", dt.date.max)
    names = [
        str(file.uid) if file.uid else file.path.relative_to(registry.root).as_posix() for file in registry.files()
    ]
    if not any(wanted.matches(name) for name in names):
        raise ValueError(f"no card is called {uid!r}{did_you_mean(uid, names)}")


def _with(waivers: Waivers, entry: Waiver, root: Path) -> str:
    """Return the file's new text; raises ValueError where the entry stands already or would not be read."""
    if waivers.document and waivers.document.problems:
        problem = waivers.document.problems[0].message
        raise ValueError(f"{waivers.document.file} has faults to be mended first: {problem}")
    if any((other.rule, other.uid) == (entry.rule, entry.uid) for other in waivers.entries):
        raise ValueError(f"{entry.rule} at '{entry.uid}' is waived already; change that entry of {NAME}")
    text = with_entry(
        waivers, rule=entry.rule, uid=entry.uid, reason=entry.reason, owner=entry.owner, expires=entry.expires
    )
    read = parse_waivers(text.encode(), root / NAME, [rule.code for rule in ALL_RULES])
    if read.document and read.document.problems:
        raise ValueError(read.document.problems[0].message)
    return text
