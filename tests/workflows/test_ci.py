"""The workflows of the code itself: its two commands, and its light part as an author of cards has it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from environment.packages import Paths, fingerprint

from workflow_runner import Runner
from workflows.changes import CARD, PUBLISHER, ROOT, WORKFLOWS, add_card, git, results

pytestmark = pytest.mark.slow
PYTHON = ".".join(map(str, sys.version_info[:2]))  #: the one that is here; the other row of the matrix is CI's


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with all of this one but its cards, of which it has one."""
    work = tmp_path_factory.mktemp("whole") / "work"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        of_publisher = re.match(r"registry/(?!networks/|training/)[^/]+/", name)
        if (ROOT / name).is_file() and not of_publisher:
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, work / name)
    for name in ("aliases.yaml", "waivers.yaml"):
        (work / "registry" / name).unlink()  # they are about cards that are not there
    add_card(work, "lenet_digits")
    (work / "registry/mindhub/publisher.yaml").write_text(PUBLISHER, encoding="utf-8")
    for command in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"], ["commit", "--quiet", "-m", "all"]):
        git(work, *command)
    origin = work.parent / "origin"
    git(work, "clone", "--quiet", "--bare", str(work), str(origin))
    return origin


def as_if_made(workspace: Path) -> Path:
    """Put a `.venv` into a checkout, as the bootstrap leaves it behind, out of what these tests run with.

    What it installs and how is the matter of tests/environment; here it finds that nothing is left to do.
    """
    paths = Paths(workspace)
    subprocess.run([sys.executable, "-m", "venv", str(paths.venv)], check=True)
    (packages,) = paths.venv.glob("lib/python*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--editable", "."]
    subprocess.run([paths.python, *install], cwd=workspace, check=True)
    for tool in ("ruff", "mypy"):
        (paths.python.parent / tool).symlink_to(Path(sys.executable).parent / tool)
    if (ROOT / ".venv" / "opt").exists():
        (paths.venv / "opt").symlink_to(ROOT / ".venv" / "opt")
    if (ROOT / ".mypy_cache").exists():
        shutil.copytree(ROOT / ".mypy_cache", workspace / ".mypy_cache")
    stamp = {"root": str(workspace), "python": PYTHON, "packages": fingerprint(paths), "extras": ["dev", "run", "site"]}
    paths.stamp.write_text(json.dumps(stamp), encoding="utf-8")
    return Path(sys.executable)


@pytest.mark.mindspore
def test_ci_makes_the_hub_twice(whole: Path, environment: Path, tmp_path: Path) -> None:
    runner = Runner(whole, tmp_path / "runner", environment, interpreter=as_if_made)

    done = runner.workflow(WORKFLOWS / "ci.yml", {}, name="push", rows={"command": "hub", "python": PYTHON})

    assert results(done) == {"make": "success"}, done["make"][0].output()
    first, again = (step.output for step in done["make"][0].steps)
    assert ("recorded in" in first, "recorded in" in again) == (True, False)
    assert list((tmp_path / "runner").glob("make-*/build/site/mindhub/2.10/lenet_digits/index.html"))


def test_ci_lints_and_tests(whole: Path, environment: Path, tmp_path: Path) -> None:
    if not (ROOT / ".venv/opt/browser.json").exists():
        pytest.skip("`make test` has installed no browser here, and would begin by doing so")
    runner = Runner(whole, tmp_path / "runner", environment, interpreter=as_if_made)
    # One file of tests: with all of them, this one would run itself.
    runner.variables = {"PYTEST_ADDOPTS": "tests/reader/test_uid.py"}

    done = runner.workflow(WORKFLOWS / "ci.yml", {}, name="push", rows={"command": "test", "python": PYTHON})

    assert results(done) == {"make": "success"}, done["make"][0].output()
    said = done["make"][0].output()
    assert "lint: ruff and mypy are clean" in said
    assert " passed in " in said
    assert runner.as_root() == [
        "apt-get update --quiet",
        "apt-get install --yes --quiet bubblewrap",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ]


def test_what_an_author_does_on_windows_and_macos_works_here_as_well(
    whole: Path, environment: Path, tmp_path: Path
) -> None:
    runner = Runner(whole, tmp_path / "runner", environment)

    done = runner.workflow(WORKFLOWS / "light.yml", {}, name="push", rows={"os": "macos-15"})

    assert results(done) == {"light": "success"}, done["light"][0].output()
    *_, author, tests = done["light"][0].steps
    assert CARD.stem in author.output
    assert " passed" in tests.output
