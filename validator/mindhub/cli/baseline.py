"""`mindhub baseline`: take a registry over with the findings it has, and never more."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

from mindhub.baseline import NAME, REASON, Baseline, Counts, count, more, parse_baseline, render, shrunk
from mindhub.books import namer
from mindhub.check import check
from mindhub.documents import load
from mindhub.model import Severity
from mindhub.source import SourceError, open_registry, shown
from mindhub.writing import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.model import Report

CANNOT = 2


def run(
    *,
    registry: Path | None = None,
    shrink: bool = False,
    grow: bool = False,
    reason: str = "",
    least: Severity = Severity.ADVICE,
) -> int:
    """Write the registry's present findings down as its baseline; return the exit code.

    A baseline that exists may only shrink, unless `grow` and a reason say otherwise; with `shrink` what is no
    longer found is dropped, and nothing is added. Findings below the severity `least` are left to themselves.
    """
    try:
        root = open_registry(registry).root
        data = load(root / NAME)
        held = None if data is None else parse_baseline(data, root / NAME)
        report = check([root], root=root)
        found, chosen = _findings(report, root, Severity.ADVICE), _findings(report, root, least)
        text, said = _next(held, found, chosen, shrink=shrink, grow=grow, reason=reason.strip())
        write_text(root / NAME, text)
    except (ValueError, SourceError) as error:
        print(f"mindhub baseline: {error}", file=sys.stderr)
        return CANNOT
    except OSError as error:
        print(f"mindhub baseline: {NAME} cannot be written: {error.strerror}", file=sys.stderr)
        return CANNOT
    print(f"{shown(root / NAME)}: {said}")
    return 0


def _findings(report: Report, root: Path, least: Severity) -> Counts:
    """Count what nothing but the baseline excuses; raises ValueError where not everything was looked at."""
    if report.failures:
        failure = report.failures[0]
        raise ValueError(f"could not check {failure.file}: {failure.message}; a baseline needs every card")
    name_of = namer(root)
    return count(
        (finding.code, name_of(finding))
        for finding in report.findings
        if finding.waiver in (None, REASON) and finding.severity >= least
    )


def _next(
    held: Baseline | None, found: Counts, chosen: Counts, *, shrink: bool, grow: bool, reason: str
) -> tuple[str, str]:
    """Return the file's new text and what to say about it; raises ValueError where it must not be so.

    What is held stays as far as it is found; what may be added is what was chosen of it.
    """
    if held is None:
        if shrink:
            raise ValueError("there is no baseline to shrink")
        return render(chosen), f"{_findings_of(chosen)} of {_cards_of(chosen)} now count as known"
    if held.document and held.document.problems:
        problem = held.document.problems[0].message
        raise ValueError(f"{held.document.file} cannot be read, so it cannot be compared: {problem}")
    before = Counts(held.counts)
    added = [] if shrink else list(more(chosen, before))
    if added and not grow:
        (code, name), rest = added[0], len(added) - 1
        what = f"{code} at '{name}'" + (f" and {rest:,} more" if rest else "")
        remedy = "mend or waive them; --shrink drops what is gone; --grow with --reason adds them all the same"
        raise ValueError(f"the baseline would grow by {what}: {remedy}")
    if added and not reason:
        raise ValueError("--grow needs a --reason; it stands in the file")
    after = shrunk(before, found)
    after.update({entry: chosen[entry] - after[entry] for entry in added})
    today = dt.datetime.now(dt.UTC).date().isoformat()
    log = [{"date": today, "reason": reason, "entries": str(len(added))}] if added else []
    change = f"{_findings_of(before)} before, {_findings_of(after)} now"
    return render(after, (*held.grown, *log)), change


def _findings_of(counts: Counts) -> str:
    total = counts.total()
    return f"{total:,} finding" + ("s" if total != 1 else "")


def _cards_of(counts: Counts) -> str:
    cards = len({name for _, name in counts})
    return f"{cards:,} card" + ("s" if cards != 1 else "")
