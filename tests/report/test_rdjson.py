"""rdjson: places are lines ended by LF and columns in bytes, as reviewdog's reviewdog.proto defines them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cards import UID, card_text, write_card
from mindhub.check import Selection, check
from mindhub.model import Edit, Failure, Fix, Report, Severity, Span
from mindhub.report.rdjson import render
from reports import finding, make_report


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    (tmp_path / "registry").mkdir()
    monkeypatch.chdir(tmp_path)
    return make_report(tmp_path / "registry")


def diagnostics(report: Report, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(report, **options))["diagnostics"]
    return found


def offset(data: bytes, position: dict[str, int]) -> int:
    """Return the byte that a position means, the way reviewdog reads lines."""
    return sum(len(line) + 1 for line in data.split(b"\n")[: position["line"] - 1]) + position["column"] - 1


def test_ranges_are_the_bytes_of_the_findings_in_utf8_with_crlf_and_a_byte_order_mark(report: Report) -> None:
    counted = [f for f in report.findings if not f.older and f.waiver is None]

    found = diagnostics(report)[: len(counted)]

    assert any("wide" in f.file and f.span and f.span.start > 3 for f in counted)
    for said, meant in zip(found, counted, strict=True):
        data = Path(meant.file).read_bytes()
        place = said["location"]["range"]
        assert meant.span is not None
        assert offset(data, place["start"]) == meant.span.start
        assert offset(data, place["end"]) == meant.span.end


def test_a_column_behind_wide_characters_counts_their_bytes(tmp_path: Path) -> None:
    path = write_card(tmp_path / "registry", card_text('x-note: {"准": 1, license: no}\nlicense: {准: Apache2.0}\n'))
    report = check([path], selection=Selection(("SC001",)))
    data = path.read_bytes()
    at = data.index(b"Apache2.0")
    span = Span(at, at + 9, 1, 1, 1, 10)

    (said,) = diagnostics(replace(report, findings=(finding(file=report.cards[0].file, span=span),)))

    line = data[:at].count(b"\n") + 1
    assert said["location"]["range"]["start"] == {"line": line, "column": len("license: {准: ".encode()) + 1}


def test_a_suggestion_does_what_the_fix_does(report: Report) -> None:
    found = diagnostics(replace(report, failures=()))
    (said,) = [d for d in found if d["code"]["value"] == "FD003" and "wide" in d["location"]["path"]]
    data = Path(said["location"]["path"]).read_bytes()

    (suggestion,) = said["suggestions"]
    start, end = (offset(data, suggestion["range"][which]) for which in ("start", "end"))
    assert data[start:end] == b"'Apache2.0'"
    assert suggestion["text"] == "'Apache-2.0'"


def test_several_edits_become_one_suggestion_and_overlapping_ones_none(tmp_path: Path) -> None:
    write_card(tmp_path / "registry", b"---\nabcdef\n---\n")
    report = check([tmp_path / "registry"], selection=Selection(("SC001",)))
    file = report.cards[0].file
    two = Fix("x", (Edit(8, 9, "E"), Edit(4, 5, "准")))
    overlapping = Fix("x", (Edit(4, 6, "A"), Edit(5, 7, "B")))

    found = diagnostics(replace(report, findings=(finding(file=file, fix=two), finding(file=file, fix=overlapping))))

    assert found[0]["suggestions"] == [
        {"range": {"start": {"line": 2, "column": 1}, "end": {"line": 2, "column": 6}}, "text": "准bcdE"}
    ]
    assert "suggestions" not in found[1]


def test_an_unsafe_fix_is_no_suggestion(report: Report) -> None:
    findings = tuple(replace(f, fix=replace(f.fix, safe=False)) for f in report.findings if f.fix)

    assert findings
    assert "suggestions" not in render(replace(report, findings=findings))


def test_severities_are_those_of_the_definition() -> None:
    found = diagnostics(Report((), tuple(finding(severity=severity) for severity in Severity)))

    assert [said["severity"] for said in found] == ["INFO", "WARNING", "ERROR"]


def test_a_finding_in_a_file_that_is_no_card_has_its_line() -> None:
    (said,) = diagnostics(Report((), (finding(file="waivers.yaml"),)))

    assert said["location"] == {"path": "waivers.yaml", "range": {"start": {"line": 2}}}


def test_what_could_not_be_checked_is_an_error() -> None:
    (said,) = diagnostics(Report((), (), (Failure(f"{UID}.md", "gone"),)))

    assert (said["severity"], said["message"]) == ("ERROR", "could not be checked: gone")
