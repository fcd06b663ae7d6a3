"""Findings as text: grouped by file, with the line and a caret under what is meant."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from mindhub.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.model import Finding, Report

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.ADVICE: "36"}
_WIDTH = 110  #: columns of the quoted line that are shown


def render(report: Report, *, colour: bool, shown: Severity = Severity.ADVICE) -> str:
    """Return the findings of at least a severity, then the failures, then one line that sums up."""
    paint = _Paint(colour)
    lines: list[str] = []
    file = ""
    for finding in report.findings:
        if finding.severity < shown or finding.waiver or finding.older:
            continue
        if finding.file != file:
            lines += [""] if lines else []
            file = finding.file
            lines.append(paint("1", file))
        lines += _finding(finding, paint)
    for failure in report.failures:
        lines += [paint("31;1", f"could not check {failure.file}: ") + failure.message]
    return "\n".join([*lines, *([""] if lines else []), summary(report, paint), ""])


def summary(report: Report, paint: _Paint | None = None) -> str:
    """Return one line: how many cards, and how many findings of each severity."""
    paint = paint or _Paint(on=False)
    counts = {severity: report.count(severity) for severity in sorted(Severity, reverse=True)}
    said = [paint(_COLOURS[severity], _plural(count, severity.label)) for severity, count in counts.items() if count]
    cards = _plural(len(report.cards), "card")
    failures = [paint("31;1", _plural(len(report.failures), "failure"))] if report.failures else []
    waived = sum(f.waiver is not None for f in report.findings)
    said += failures + ([f"{waived} waived"] if waived else [])
    return f"{cards} checked in {report.seconds:.1f} s: {', '.join(said) if said else paint('32', 'no findings')}"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 or word == "advice" else "s")


def _finding(finding: Finding, paint: _Paint) -> Iterator[str]:
    span = finding.span
    place = f"{span.line}:{span.column}" if span else "-"
    label = paint(_COLOURS[finding.severity], f"{finding.severity.label:<7}")
    yield f"  {place:>7}  {label} {paint('1', finding.code)}  {finding.message}  {paint('2', finding.slug)}"
    if span and finding.excerpt.strip() and span.end > span.start:
        line, first = _window(finding.excerpt.replace("\t", " "), span.column - 1)
        width = (
            (span.end_column - span.column) if span.end_line == span.line else len(finding.excerpt) - span.column + 1
        )
        lead = _columns(line[: span.column - 1 - first])
        marked = line[span.column - 1 - first : span.column - 1 - first + max(width, 1)]
        yield "           " + paint("2", "| ") + line
        yield (
            "           "
            + paint("2", "| ")
            + " " * lead
            + paint(_COLOURS[finding.severity], "^" * max(_columns(marked), 1))
        )
    for related in finding.related:
        where = f"{related.file}:{related.span.line}:{related.span.column}" if related.span else related.file
        yield "           " + paint("2", f"{related.message}: {where}")


def _window(line: str, column: int) -> tuple[str, int]:
    """Return the part of a long line around a column, and where it begins."""
    if len(line) <= _WIDTH or column < _WIDTH - 20:
        return line[:_WIDTH], 0
    first = column - _WIDTH // 3
    return line[first : first + _WIDTH], first


def _columns(text: str) -> int:
    """Return the terminal columns a text takes: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class _Paint:
    """Wraps text in a terminal's colour codes, or does not."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text
