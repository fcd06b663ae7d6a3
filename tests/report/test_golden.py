"""Each format over one small registry, against files that people have read."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mindhub import __version__
from mindhub.model import Report, Severity
from mindhub.report.formats import FORMATS, Options, render
from reports import make_report

GOLDEN = Path(__file__).parent / "golden"
SITE = "https://hub.example/"
FILES = {
    "text": "report.txt",
    "json": "report.json",
    "sarif": "report.sarif",
    "github": "report.github.txt",
    "junit": "report.junit.xml",
    "codequality": "report.codequality.json",
    "rdjson": "report.rdjson",
    "markdown": "report.md",
    "lines": "report.lines.txt",
}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    (tmp_path / "registry").mkdir()
    monkeypatch.chdir(tmp_path)
    return make_report(tmp_path / "registry")


def test_every_format_has_a_golden_file() -> None:
    assert list(FILES) == list(FORMATS)
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(FILES.values())


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_its_golden_file_says(name: str, report: Report, pytestconfig: pytest.Config) -> None:
    golden = GOLDEN / FILES[name]

    text = render(name, report, Options(site=SITE)).replace(f'ersion": "{__version__}"', 'ersion": "VERSION"')

    if pytestconfig.getoption("--update"):
        golden.write_bytes(text.encode())
    assert text == golden.read_bytes().decode()


@pytest.mark.parametrize("name", FORMATS)
def test_two_renderings_are_equal(name: str, report: Report) -> None:
    assert render(name, report) == render(name, replace(report))


@pytest.mark.parametrize("name", FORMATS)
def test_what_lies_below_the_severity_asked_for_is_absent(name: str, report: Report) -> None:
    assert "EV001" in render(name, report)
    assert "EV001" not in render(name, report, Options(shown=Severity.ERROR))


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_report_is_fine(name: str) -> None:
    text = render(name, Report((), ()))

    assert text.endswith("\n") or (name in ("github", "lines") and not text)


@pytest.mark.parametrize("name", ["text", "github", "codequality", "rdjson", "markdown"])
def test_what_is_waived_or_older_is_no_finding(name: str, report: Report) -> None:
    text = render(name, report)

    assert "BD004" in text
    assert "EV002" not in text
    assert "AS002" not in text


def test_naming_the_formats_imports_none_of_them() -> None:
    code = "import sys, mindhub.report.formats; print([name for name in sys.modules if 'mindhub.r' in name])"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "['mindhub.report', 'mindhub.report.formats']"
