"""What the two commands that people wait for import: nothing that their work does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cards import card_text, write_card

#: Runs a command, then says on standard error what it imported.
PROGRAM = """
import sys
from mindhub.cli import main, remembered
remembered._UNSURE = -1  # the card was written just now, and is trusted not to change again
code = main(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""
#: Serving, fetching, running models: much code, and none of it checks a card or writes a page.
APART = {
    "http.client",
    "http.server",
    "mindhub.assets",
    "mindhub.cli.server",
    "mindhub.formats",
    "mindhub.smoke.contract",
    "mindhub.smoke.evidence",
    "mindhub.smoke.network_runs",
    "numpy",
    "ssl",
    "urllib.request",
    "xml.sax",
}
#: What a check needs even less.
OF_PAGES = {"ctypes", "jinja2", "mindhub.pages", "nh3", "pygments", "subprocess", "tempfile"}


def imported(folder: Path, *command: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    write_card(tmp_path / "registry", card_text())
    return tmp_path


def test_a_check_imports_only_what_it_needs(registry):
    found = imported(registry, "check", "registry", "--no-cache")

    assert "mindhub.check" in found
    assert not found & (APART | OF_PAGES)


def test_a_build_of_the_site_imports_only_what_it_needs(registry):
    found = imported(registry, "site", "build", "--registry", "registry", "--out", "site", "--no-cache")

    assert "mindhub.pages.site" in found
    assert not found & APART


def test_an_answer_that_is_remembered_is_given_without_any_rule(registry, monkeypatch):
    monkeypatch.setenv("MINDHUB_CACHE", str(registry / "cache"))
    imported(registry, "check", "registry")
    found = imported(registry, "check", "registry")

    assert "mindhub.cli.remembered" in found
    assert not found & {"dataclasses", "inspect", "mindhub.check", "mindhub.rules", "yaml", *APART, *OF_PAGES}
