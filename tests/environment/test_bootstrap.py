"""tools/bootstrap.py as `make` runs it, on a project of one file that needs no package index."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

TOOLS = Path(__file__).resolve().parents[2] / "tools"
# A build backend inside the project: pip then installs it without fetching anything.
BACKEND = """
import os, pathlib, time, zipfile
METADATA = "Metadata-Version: 2.1\\nName: mindhub\\nVersion: 1\\nProvides-Extra: dev\\n"
def build_editable(folder, config_settings=None, metadata_directory=None):
    time.sleep(float(os.environ.get("SLOW", "0")))
    name = "mindhub-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("mindhub.pth", str(pathlib.Path("source").absolute()))
        wheel.writestr("mindhub-1.dist-info/METADATA", METADATA + os.environ.get("NEEDS", ""))
        wheel.writestr("mindhub-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("mindhub-1.dist-info/RECORD", "")
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "mindhub"
version = "1"
"""


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "a project"
    shutil.copytree(TOOLS, root / "tools")
    (root / "source" / "mindhub").mkdir(parents=True)
    (root / "source" / "mindhub" / "__init__.py").write_text("")
    (root / "backend.py").write_text(BACKEND, encoding="utf-8")
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return root


def command(project: Path, *parts: str) -> list[str]:
    return [sys.executable, str(project / "tools" / "bootstrap.py"), *parts]


def environ(**variables: str) -> dict[str, str]:
    # A dead index: what is not needed is not asked for, and what is asked for fails at once.
    dead = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PIP_") and key != "PYTHON"}
    return {**kept, **dead, **variables}


def bootstrap(project: Path, *parts: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(project, *parts), env=environ(**variables), capture_output=True, text=True, check=False
    )


def processes(project: Path, word: str) -> list[bytes]:
    """The command lines of processes with this word that belong to the project."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(file.read_bytes())
    inside = os.fsencode(project / ".venv")
    return [line for line in lines if inside in line and f"\0{word}\0".encode() in line]


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "waited for 300 s"
        time.sleep(0.05)


@pytest.mark.skipif(sys.version_info[:2] > (3, 12), reason="the bootstrap refuses this Python")
class TestBootstrap:
    def test_the_first_run_installs_and_the_second_says_and_does_nothing(self, project):
        first = bootstrap(project)
        made = (project / ".venv").stat().st_ctime_ns
        second = bootstrap(project)

        assert first.returncode == 0, first.stdout + first.stderr
        assert "ready" in first.stdout
        assert (second.returncode, second.stdout) == (0, "")
        assert (project / ".venv").stat().st_ctime_ns == made

    def test_an_environment_whose_making_was_killed_is_made_anew(self, project):
        process = subprocess.Popen(command(project), env=environ(SLOW="3600"), stdout=subprocess.DEVNULL)
        marker = project / ".venv" / "unfinished"
        wait_until(marker.exists)
        wait_until(lambda: processes(project, "pip"))
        leftover = project / ".venv" / "leftover"
        leftover.touch()
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until(lambda: not processes(project, "pip"))

        answer = bootstrap(project)

        assert answer.returncode == 0, answer.stdout
        assert "half-finished" in answer.stdout
        assert not leftover.exists()
        assert not marker.exists()

    def test_a_changed_dependency_is_installed_into_the_environment_that_is_there(self, project):
        bootstrap(project)
        keep = project / ".venv" / "keep"
        keep.touch()
        (project / "pyproject.toml").write_text(PYPROJECT + "description = 'new'\n", encoding="utf-8")

        answer = bootstrap(project)

        assert "ready" in answer.stdout
        assert keep.exists()

    def test_a_failed_update_names_the_cause_and_leaves_the_old_environment_usable(self, project):
        bootstrap(project)
        (project / "pyproject.toml").write_text(PYPROJECT + "description = 'new'\n", encoding="utf-8")

        failed = bootstrap(project, NEEDS="Requires-Dist: no-such-thing\n")
        repaired = bootstrap(project)

        assert failed.returncode == 2
        assert "No matching distribution found for no-such-thing" in failed.stdout
        assert "no package index can be reached" in failed.stdout
        assert repaired.returncode == 0
        assert "half-finished" not in repaired.stdout

    def test_a_moved_project_gets_a_new_environment_because_scripts_name_their_folder(self, project):
        bootstrap(project)
        moved = project.rename(project.with_name("moved"))

        answer = bootstrap(moved)

        assert answer.returncode == 0, answer.stdout
        assert json.loads((moved / ".venv" / "mindhub.json").read_text("utf-8"))["root"] == str(moved)

    def test_an_unknown_part_is_refused(self, project):
        answer = bootstrap(project, "runn")

        assert answer.returncode == 2
        assert "'runn' is no part; there are run, site, dev, browser, quality" in answer.stderr
