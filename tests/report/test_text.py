"""Text as a person at a terminal sees it."""

from __future__ import annotations

import re
from pathlib import Path

from cards import UID, card_text, write_card
from mindhub.check import Selection, check
from mindhub.model import Failure, RelatedPlace, Report, Span
from mindhub.report.text import render
from reports import finding, hostile_report


def quoted(line: str, start: int, end: int) -> tuple[str, str]:
    """Return the quoted line and the carets for characters [start, end) of a line."""
    span = Span(start, end, 1, start + 1, 1, end + 1)
    lines = render(Report((), (finding(span=span, excerpt=line),)), colour=False).splitlines()
    return lines[2].removeprefix("           | "), lines[3].removeprefix("           | ")


def test_carets_stand_under_tabs_and_wide_and_combining_characters() -> None:
    assert quoted("a:\tb", 3, 4) == ("a: b", "   ^")
    assert quoted("准确: 率x", 4, 6) == ("准确: 率x", "      ^^^")
    assert quoted("e\u0301: x", 4, 5) == ("e\u0301: x", "   ^")
    assert quoted("x \x1b[31m", 2, 3) == ("x ␛[31m", "  ^")


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    line, carets = quoted("a" * 300 + "BAD" + "c" * 300, 300, 303)

    assert len(line) <= 112
    assert line.startswith("…a")
    assert line.endswith("c…")
    assert carets == " " * line.index("BAD") + "^^^"


def test_a_long_line_of_wide_characters_fits_the_same_width() -> None:
    line, carets = quoted("准" * 300 + "坏" + "确" * 300, 300, 301)

    assert len(line) <= 57
    assert carets == " " * (1 + 2 * (line.index("坏") - 1)) + "^^"


def test_a_long_value_shows_its_beginning() -> None:
    line, carets = quoted("summary: " + "x" * 500, 9, 509)

    assert line.startswith("summary: xxx")
    assert line.endswith("x…")
    assert carets == " " * 9 + "^" * (len(line) - 1 - 9)


def test_a_span_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    span = Span(2, 30, 1, 3, 4, 2)

    text = render(Report((), (finding(span=span, excerpt="ab: cd"),)), colour=False)

    assert "           | ab: cd\n           |   ^^^^\n" in text


def test_the_related_place_in_the_card_is_quoted(tmp_path: Path) -> None:
    path = write_card(tmp_path / "registry", card_text("x-a: 1\nx-b: 2\nx-a: 3\n").replace("\n", "\r\n").encode())

    text = render(check([path], selection=Selection(("RD005",))), colour=False)

    assert re.search(r"\n           \| x-a: 3\n           \| \^+\n           .*first.*\n           \| x-a: 1\n", text)
    assert "\r" not in text


def test_a_related_place_in_another_card_is_named_alone() -> None:
    related = RelatedPlace("other.md", Span(0, 1, 3, 1, 3, 2), "the same hash")

    lines = render(Report((), (finding(related=(related,)),)), colour=False).splitlines()

    assert lines[2] == "           the same hash: other.md:3:1"


def test_a_failure_stands_apart_from_the_findings_and_is_not_no_findings() -> None:
    text = render(Report((), (), (Failure("x.md", "gone"),), 0.1), colour=False)

    assert text == "could not check x.md: gone\n\n0 cards checked in 0.1 s: 1 failure\n"


def test_waived_and_older_findings_are_counted() -> None:
    findings = (finding(waiver="w"), finding(older=True), finding(older=True))

    assert render(Report((), findings), colour=False) == (
        "0 cards checked in 0.0 s: no findings, 1 waived, 2 older, not yours\n"
    )


def test_no_escape_but_our_colours_reaches_a_terminal() -> None:
    text = render(hostile_report(), colour=True)

    assert "\x1b[31m" in text
    assert set(re.findall(r"\x1b.{0,5}?m", text)) <= {f"\x1b[{code}m" for code in ("0", "1", "2", "31", "33", "36")} | {
        "\x1b[31;1m"
    }
    assert UID not in text
