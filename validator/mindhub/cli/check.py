"""`mindhub check`: find every fault of the cards named."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.check import Selection, check, worst
from mindhub.history import HistoryError
from mindhub.model import Severity, Uid
from mindhub.report.formats import Options, render
from mindhub.source import SourceError, open_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.model import Report

FAULT, CANNOT = 1, 2


def run(
    *,
    paths: Sequence[Path],
    registry: Path | None = None,
    as_uid: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    shown: Severity = Severity.ADVICE,
    fail_on: Severity = Severity.ERROR,
    formats: Sequence[str] = ("text",),
    colour: bool | None = None,
    fix: bool = False,
    diff: bool = False,
    unsafe_fixes: bool = False,
    base: str | None = None,
    site: str = "",
) -> int:
    """Check cards and print what was found; return the exit code.

    With `fix` cards are repaired first; with `diff` the repairs are printed and nothing is written.
    With a base, a git revision, only what changed since it counts.
    """
    try:
        uid = Uid.parse(as_uid) if as_uid else None
        root = open_registry(registry).root if registry else None
        chosen = list(paths) or [open_registry(registry).root]
        selection = Selection(tuple(select), tuple(ignore))
        if fix or diff:
            from mindhub.cli import fix as fixing

            failures = fixing.run(
                chosen, root=root, as_uid=uid, rules=selection.rules(), unsafe=unsafe_fixes, only_show=diff
            )
            for failure in failures if diff else ():
                print(f"mindhub check: {failure.file}: {failure.message}", file=sys.stderr)
            if diff:
                return CANNOT if failures else 0
            unwritten = [failure for failure in failures if failure.message.startswith("cannot be written")]
        report = check(chosen, root=root, as_uid=uid, selection=selection, base=base)
        if fix and unwritten:
            report = replace(report, failures=(*report.failures, *unwritten))
    except (ValueError, SourceError, HistoryError) as error:
        print(f"mindhub check: {error}", file=sys.stderr)
        return CANNOT
    if not report.cards and not report.failures and not report.findings:
        print(f"mindhub check: no card in {', '.join(map(str, chosen))}", file=sys.stderr)
        return CANNOT
    for output in formats:
        name, _, target = output.partition("=")
        text = render(name, report, Options(shown=shown, colour=_wants_colour(colour, target), site=site))
        if not target:
            sys.stdout.write(text)
            continue
        try:
            Path(target).write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"mindhub check: {target} cannot be written: {error.strerror}", file=sys.stderr)
            return CANNOT
    if any(output.startswith("github") for output in formats):
        _job_summary(report, shown, site)
    return exit_code(report, fail_on)


def _job_summary(report: Report, shown: Severity, site: str) -> None:
    """Add the whole report to the page of a GitHub job, which shows only the first few annotations."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        from mindhub.report import markdown

        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(markdown.render(report, shown=shown, site=site, limit=markdown.SUMMARY_LIMIT))


def exit_code(report: Report, fail_on: Severity) -> int:
    """Return 1 for a fault of a card, else 2 for something that could not be done, else 0."""
    highest = worst(report)
    if highest is not None and highest >= fail_on:
        return FAULT
    return CANNOT if report.failures else 0


def _wants_colour(asked: bool | None, target: str) -> bool:
    if asked is not None:
        return asked
    return not target and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
