"""Findings as text: grouped by file, with the line and a caret under what is meant."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from mindhub.localise import how_many, how_many_cards, severity_word
from mindhub.messages import many, say, translate
from mindhub.model import Severity
from mindhub.report.escape import visible
from mindhub.report.selection import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.model import Finding, RelatedPlace, Report, Span

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.ADVICE: "36"}
_WIDTH = 110  #: columns of the quoted line that are shown
_MARGIN = " " * 11  #: under the message's place, so that what belongs to a finding hangs below it


def render(report: Report, *, colour: bool, shown: Severity = Severity.ADVICE, language: str = "en") -> str:
    """Return the findings of at least a severity, then the failures, then one line that sums up.

    Nothing of a card reaches the terminal as a control character. The messages are those of the report; the words
    around them are in the language.
    """
    paint = _Paint(colour)
    lines: list[str] = []
    file = ""
    quoter = _Quoter(report, paint)
    for finding in counted(report, shown):
        if finding.file != file:
            lines += [""] if lines else []
            file = finding.file
            # GitHub's runner takes a line that starts with `::` for a command.
            lines.append(paint("1", visible(f"./{file}" if file.startswith(":") else file)))
        lines += _finding(finding, paint, quoter, language)
    if report.failures and lines:
        lines.append("")
    for failure in report.failures:
        head = translate(say("could not check {file}: ", file=visible(failure.file)), language)
        lines.append(paint("31;1", head) + visible(failure.message))
    return "\n".join([*lines, *([""] if lines else []), summary(report, paint, language), ""])


def summary(report: Report, paint: _Paint | None = None, language: str = "en") -> str:
    """Return one line: how many cards, and how many findings of each severity."""
    paint = paint or _Paint(on=False)
    counts = {severity: report.count(severity) for severity in sorted(Severity, reverse=True)}
    said = [
        paint(_COLOURS[severity], how_many(severity, count, language)) for severity, count in counts.items() if count
    ]
    failed = many(len(report.failures), "{count:,} failure", "{count:,} failures")
    failures = [paint("31;1", translate(failed, language))] if report.failures else []
    waived = sum(f.waiver is not None for f in report.findings)
    older = sum(f.older and f.waiver is None for f in report.findings)
    said = (said or [paint("32", translate(say("no findings"), language))] * (not failures)) + failures
    said += [translate(say("{count:,} waived", count=waived), language)] * bool(waived)
    said += [translate(say("{count:,} older, not yours", count=older), language)] * bool(older)
    whole = say(
        "{cards} checked in {seconds:.1f} s: {found}",
        cards=how_many_cards(len(report.cards), language),
        seconds=report.seconds,
        found=translate(say(", "), language).join(said),
    )
    return translate(whole, language)


def _finding(finding: Finding, paint: _Paint, quoter: _Quoter, language: str) -> Iterator[str]:
    span = finding.span
    place = f"{span.line}:{span.column}" if span else "-"
    word = severity_word(finding.severity, language)
    width = max(_columns(severity_word(severity, language)) for severity in Severity)
    label = paint(_COLOURS[finding.severity], word + " " * (width - _columns(word)))
    message = visible(finding.message)
    yield f"  {place:>7}  {label} {paint('1', finding.code)}  {message}  {paint('2', finding.slug)}"
    if span and span.end > span.start:
        yield from quoter.quoted(finding.excerpt, span, _COLOURS[finding.severity])
    for related in finding.related:
        where = f"{related.file}:{related.span.line}:{related.span.column}" if related.span else related.file
        said = translate(say("{message}: {place}", message=related.message, place=where), language)
        yield _MARGIN + paint("2", visible(said))
        # A place in another card is left to the reader: many cards may share one hash, and the list stays a list.
        if related.span and related.file == finding.file:
            yield from quoter.related(related)


class _Quoter:
    """Shows lines of cards with carets under a part of them."""

    def __init__(self, report: Report, paint: _Paint) -> None:
        self._cards = {card.file: card for card in report.cards}
        self._paint = paint

    def related(self, place: RelatedPlace) -> Iterator[str]:
        """Yield the line of a related place, where its card is at hand."""
        from mindhub.text import Locator

        card = self._cards.get(place.file)
        if card is not None and place.span is not None:
            yield from self.quoted(Locator(card.text, card.data).line_text(place.span.line), place.span, "2")

    def quoted(self, line: str, span: Span, colour: str) -> Iterator[str]:
        """Yield the part of the line around a span, and carets under what of it lies in this line."""
        if not line.strip():
            return
        shown = visible(line)
        start = span.column - 1
        end = max(span.end_column - 1 if span.end_line == span.line else len(shown), start + 1)
        first, last = _window(shown, start, end)
        before, after = "…" * (first > 0), "…" * (last < len(shown))
        lead = " " * (len(before) + _columns(shown[first:start]))
        carets = "^" * max(_columns(shown[start : min(end, last)]), 1)
        bar = _MARGIN + self._paint("2", "| ")
        yield f"{bar}{before}{shown[first:last]}{after}".rstrip()
        yield f"{bar}{lead}{self._paint(colour, carets)}"


def _window(line: str, start: int, end: int) -> tuple[int, int]:
    """Return the part [first, last) of a long line to show: all of it if it fits, else from its start or around a part.

    The part [start, end) is inside, or where it is too long itself its beginning.
    """
    if _columns(line) <= _WIDTH:
        return 0, len(line)
    first = 0
    if _columns(line[:end]) > _WIDTH:
        first = start
        while first > 0 and _columns(line[first - 1 : start]) <= _WIDTH // 3:
            first -= 1
    last = first
    room = _WIDTH
    while last < len(line) and (room := room - _columns(line[last])) >= 0:
        last += 1
    return first, last


def _columns(text: str) -> int:
    """Return the terminal columns a text takes: wide characters take two; marks on others and joiners none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in {"Mn", "Me", "Cf"} else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


class _Paint:
    """Wraps text in a terminal's colour codes, or does not."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text
