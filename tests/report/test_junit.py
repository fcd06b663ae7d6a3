"""JUnit XML. No package carries an XSD of it, so the structure is proven here."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mindhub.model import Failure, Report, Severity
from mindhub.report.junit import render
from reports import finding, make_report

#: Which elements and attributes each element may have: what Jenkins, GitLab and the Ant task's schema share.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "system-out"},
    "failure": set(),
    "error": set(),
    "system-out": set(),
}
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"classname", "name"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "system-out": set(),
}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    (tmp_path / "registry").mkdir()
    monkeypatch.chdir(tmp_path)
    return make_report(tmp_path / "registry")


def parsed(report: Report, shown: Severity = Severity.ADVICE) -> ET.Element:
    return ET.fromstring(render(report, shown=shown))


def test_the_structure_is_what_readers_agree_on(report: Report) -> None:
    elements = list(parsed(report).iter())

    assert {element.tag for element in elements} == set(CHILDREN)
    for element in elements:
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert len({child.tag for child in element}) == len(element) or element.tag.startswith("testsuite")


def test_the_suite_counts_what_it_holds(report: Report) -> None:
    suite = parsed(report)[0]

    cases = suite.findall("testcase")
    assert len(cases) == len(report.cards) + len(report.failures)
    assert suite.get("tests") == str(len(cases))
    assert suite.get("failures") == str(len(suite.findall("*/failure")))
    assert suite.get("errors") == str(len(suite.findall("*/error"))) == "1"


def test_warnings_and_what_is_excused_do_not_fail_a_case() -> None:
    findings = (
        finding(severity=Severity.WARNING, message="warned"),
        finding(waiver="because"),
        finding(older=True, message="stood there"),
    )

    suite = parsed(Report((), findings))[0]

    assert suite.get("failures") == "0"
    said = str(suite.findtext("testcase/system-out"))
    assert "warning FD003 warned" in said
    assert "; waived: because" in said
    assert "stood there; older" in said


def test_one_failure_holds_all_errors_of_a_card() -> None:
    failures = parsed(Report((), (finding(message="one"), finding(message="two")))).findall(".//failure")

    assert [failure.get("message") for failure in failures] == ["FD003 one (and 1 more)"]
    assert [line.rpartition(" ")[2] for line in str(failures[0].text).strip().splitlines()] == ["one", "two"]


def test_what_could_not_be_checked_is_an_error_and_no_failure() -> None:
    suite = parsed(Report((), (), (Failure("x.md", "gone"), Failure("x.md", "away"))))[0]

    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "1")
    assert str(suite.findtext("testcase/error")).split() == ["gone", "away"]
