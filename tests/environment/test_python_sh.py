"""tools/python.sh: which interpreter `make` uses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "python.sh"
SHIM = "#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n"
OLD = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2' && exit 0\nexit 1\n"

supported = pytest.mark.skipif(sys.version_info[:2] > (3, 12), reason="this Python is one that python.sh passes over")


def put(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def real(folder: Path, name: str) -> None:
    put(folder, name, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')


@pytest.fixture
def run(tmp_path):
    def call(path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        program = tmp_path / "program.py"
        program.write_text("import sys; print('ran', sys.argv[1:])", encoding="utf-8")
        # head and cat come from the system; no interpreter does, as their folder holds only what we link.
        tools = tmp_path / "tools"
        tools.mkdir()
        (tools / "head").symlink_to("/usr/bin/head")
        env = {"PATH": f"{path}:{tools}", "HOME": str(tmp_path), **variables}
        return subprocess.run(["/bin/sh", SCRIPT, program, "a b"], env=env, capture_output=True, text=True, check=False)

    return call


@supported
def test_a_shim_that_exists_but_does_not_start_is_passed_over(run, tmp_path):
    put(tmp_path / "bin", "python3.12", SHIM)
    put(tmp_path / "bin", "python3.11", SHIM)
    real(tmp_path / "bin", "python3")

    answer = run(tmp_path / "bin")

    assert (answer.returncode, answer.stdout) == (0, "ran ['a b']\n")


@supported
def test_an_interpreter_under_pyenv_is_found_though_nothing_on_path_works(run, tmp_path):
    real(tmp_path / "bin", "unrelated")
    home = tmp_path / ".pyenv" / "versions" / "3.12.1"
    home.mkdir(parents=True)
    real(home / "bin", "python3")

    answer = run(tmp_path / "bin")

    assert (answer.returncode, answer.stdout) == (0, "ran ['a b']\n")


def test_without_a_fitting_python_each_one_found_is_named_with_its_version(run, tmp_path):
    put(tmp_path / "bin", "python3.12", SHIM)
    put(tmp_path / "bin", "python3", OLD)

    answer = run(tmp_path / "bin")

    assert answer.returncode == 2
    assert f"found {tmp_path}/bin/python3.12: pyenv: python3.12: command not found" in answer.stderr
    assert f"found {tmp_path}/bin/python3: Python 3.9.2" in answer.stderr
    assert "make hub PYTHON=/path/to/python3.12" in answer.stderr


@supported
def test_the_variable_chooses_the_interpreter(run, tmp_path):
    put(tmp_path / "bin", "python3", SHIM)

    answer = run(tmp_path / "bin", PYTHON=sys.executable)

    assert (answer.returncode, answer.stdout) == (0, "ran ['a b']\n")


def test_a_chosen_interpreter_that_does_not_fit_is_refused_rather_than_replaced(run, tmp_path):
    put(tmp_path / "bin", "old", OLD)

    answer = run(Path(os.environ["PATH"].split(":")[0]), PYTHON=str(tmp_path / "bin" / "old"))

    assert answer.returncode == 2
    assert "is not a working Python 3.11 or 3.12" in answer.stderr
