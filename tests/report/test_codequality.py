"""GitLab's Code Quality report: the keys that its documentation asks for, and fingerprints that stay."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mindhub.model import Report, Severity, Span
from mindhub.report.codequality import render
from reports import finding, make_report


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    (tmp_path / "registry").mkdir()
    monkeypatch.chdir(tmp_path)
    return make_report(tmp_path / "registry")


def issues(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(report))
    return found


def test_every_issue_has_what_gitlab_asks_for(report: Report) -> None:
    found = issues(report)

    assert len(found) > 5
    for issue in found:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("/", "./"))
    assert len({issue["fingerprint"] for issue in found}) == len(found)


def test_a_finding_that_moved_keeps_its_fingerprint() -> None:
    before, moved = finding(), finding(span=Span(40, 41, 9, 1, 9, 2))

    (old,), (new,) = issues(Report((), (before,))), issues(Report((), (moved,)))

    assert (old["location"]["lines"]["begin"], new["location"]["lines"]["begin"]) == (2, 9)
    assert old["fingerprint"] == new["fingerprint"]


def test_what_differs_has_another_fingerprint() -> None:
    one = finding()
    changed = [replace(one, code="FD004"), replace(one, message="'y' is wrong"), replace(one, path=("license",)), one]

    found = issues(Report((), (one, *changed)))

    assert len({issue["fingerprint"] for issue in found}) == 5


def test_the_severity_is_gitlabs_word_for_it() -> None:
    graded = tuple(finding(severity=severity) for severity in (Severity.ERROR, Severity.WARNING, Severity.ADVICE))

    assert [issue["severity"] for issue in issues(Report((), graded))] == ["critical", "minor", "info"]


def test_what_could_not_be_checked_is_an_issue_of_its_file(report: Report) -> None:
    last = issues(report)[-1]

    assert (last["check_name"], last["location"]["path"]) == ("mindhub", "registry/mindhub/2.3/gone.md")
    assert "cannot be read" in last["description"]
