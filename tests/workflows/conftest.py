"""What tests of workflows share: an environment, a repository with a small registry, and a host for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import fake_gitlab
from fake_github import serving
from workflow_runner import Runner
from workflows.changes import PUBLISHER, ROOT, Change, add_card, git

LEFT_OUT: list[str] = []


def pytest_deselected(items: list[pytest.Item]) -> None:
    LEFT_OUT.extend(item.name for item in items if item.path.parent == Path(__file__).parent)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What counts the commands that were executed comes after all that execute them.
    items.sort(key=lambda item: item.path.name == "test_every_step.py")


@pytest.fixture
def left_out() -> list[str]:
    """Tests of workflows that this run leaves out."""
    return LEFT_OUT


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that also sees what the tests run with, so that pip has nothing to fetch."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with this validator and a small registry on its main branch."""
    work = tmp_path_factory.mktemp("seed") / "work"
    work.mkdir()
    git(work, "init", "--quiet", "--initial-branch=main")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("validator", "schema", "site", "tools"):
        shutil.copytree(ROOT / name, work / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, work / name)
    shutil.copytree(ROOT / "registry" / "networks", work / "registry" / "networks", ignore=ignore)
    add_card(work, "lenet_digits")
    (work / "registry/mindhub/publisher.yaml").write_text(PUBLISHER, encoding="utf-8")
    (work / "registry/mindhub.toml").write_text('title = "Scratch"\n', encoding="utf-8")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "a registry")
    origin = work.parent / "origin"
    git(work, "clone", "--quiet", "--bare", str(work), str(origin))
    return origin


@pytest.fixture
def change(seed: Path, environment: Path, tmp_path: Path) -> Change:
    origin = tmp_path / "origin"
    shutil.copytree(seed, origin)
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    work = tmp_path / "fork"
    git(tmp_path, "clone", "--quiet", str(origin), str(work))
    git(work, "switch", "--quiet", "-c", "mine")
    return Change(work, Runner(origin, tmp_path / "runner", environment))


@pytest.fixture
def github():
    with serving() as server:
        yield server


@pytest.fixture
def gitlab():
    with fake_gitlab.serving() as server:
        yield server


@pytest.fixture
def installed(change: Change) -> Change:
    """The environment with the validator of the main branch in it, as a release would be."""
    copy = change.runner.folder / "release"
    git(change.work, "clone", "--quiet", str(change.runner.origin), str(copy))
    done = change.runner.shell("python -m pip install --quiet .", copy)
    assert done.code == 0, done.output
    return change
