"""The inner loop stays what it is for: quick, on all cores, and without MindSpore."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_make_quick_leaves_out_what_is_slow_and_names_what_takes_most():
    (recipe,) = re.findall(r"^quick:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert '-m "not mindspore and not browser and not slow"' in recipe
    assert "-n auto" in recipe
    assert "--slowest-files 5" in recipe


@pytest.mark.slow
def test_the_files_that_take_most_are_named_last():
    files = ["tests/reader/test_uid.py", "tests/reader/test_citation.py"]

    said = run(sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--slowest-files", "1", *files)

    assert "= slowest 1 files =" in said
    assert len(re.findall(r"^ +\d+\.\d\d s tests/reader/test_\w+\.py$", said, re.MULTILINE)) == 1


@pytest.mark.slow
@pytest.mark.mindspore
def test_the_inner_loop_imports_no_mindspore():
    chosen = [
        "-m",
        "not mindspore and not browser and not slow",
        "--collect-only",
        "-q",
        "-n0",
        "-p",
        "no:cacheprovider",
    ]
    look = "import sys, pytest; code = pytest.main(sys.argv[1:]); sys.exit(code or 'mindspore' in sys.modules)"

    said = run(sys.executable, "-c", look, *chosen)

    assert int(re.search(r"(\d+)/\d+ tests collected", said)[1]) > 3000
