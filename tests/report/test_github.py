"""Annotations of GitHub Actions."""

from __future__ import annotations

from mindhub.model import Failure, RelatedPlace, Report, Severity, Span
from mindhub.report.github import PER_SEVERITY, render
from reports import finding


def test_an_annotation_has_its_place_and_its_escapes() -> None:
    found = finding(file="a,b:c%.md", message="100% of\n'x'")

    assert render(Report((), (found,))) == (
        "::error file=a%2Cb%3Ac%25.md,line=2,endLine=2,col=1,endColumn=2,title=FD003 licence-not-spdx::100%25 of␊'x'\n"
    )


def test_an_annotation_over_several_lines_has_no_columns() -> None:
    text = render(Report((), (finding(span=Span(4, 9, 2, 1, 3, 2)),)))

    assert "line=2,endLine=3,title=" in text


def test_a_finding_without_a_place_is_of_its_file() -> None:
    assert render(Report((), (finding(span=None, file="x.md"),))).startswith("::error file=x.md,title=")


def test_errors_come_first_and_what_cannot_be_checked_before_them() -> None:
    findings = tuple(finding(severity=severity) for severity in Severity)

    lines = render(Report((), findings, (Failure("x.md", "gone"),))).splitlines()

    assert lines[0] == "::error title=MindHub could not check this::x.md: gone"
    assert [line.split()[0] for line in lines] == ["::error", "::error", "::warning", "::notice"]


def test_each_severity_is_capped_and_the_rest_counted() -> None:
    findings = tuple(
        finding(severity=severity, message=str(number))
        for number in range(PER_SEVERITY + 3)
        for severity in (Severity.ADVICE, Severity.ERROR)
    )

    lines = render(Report((), findings)).splitlines()

    assert len(lines) == 2 * PER_SEVERITY + 1
    assert [line.rpartition("::")[2] for line in lines[:PER_SEVERITY]] == list(map(str, range(PER_SEVERITY)))
    assert lines[-1] == "mindhub: not annotated, as GitHub shows 10 of a kind: 3 errors, 3 notices"


def test_related_places_stand_behind_the_message() -> None:
    related = RelatedPlace("y.md", Span(0, 1, 3, 1, 3, 2), "first defined here")

    assert render(Report((), (finding(related=(related,)),))).endswith("(first defined here: y.md:3:1)\n")
