"""The commands of documents, run in a copy of the repository, page by page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
#: Every page that shows commands.
PAGES = tuple(
    file.relative_to(ROOT).as_posix()
    for folder in (ROOT, ROOT / "docs", ROOT / ".github")
    for file in sorted(folder.glob("*.md"))
    if "```console\n" in file.read_text(encoding="utf-8")
)
DATA = yaml.safe_load((Path(__file__).parent / "commands.yaml").read_text(encoding="utf-8"))
NOT_RUN, ENDS_WITH = DATA["not-run"], DATA["ends-with"]


def commands(page: str) -> list[str]:
    """Return the commands of a page's console blocks, without the comments behind them."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    return [re.sub(r"\s+#\s.*", "", line[2:]) for line in lines if line.startswith("$ ")]


def starts(command: str, table: dict) -> object:
    return next((value for start, value in table.items() if f"{command} ".startswith(start)), None)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Make a repository of what the commands look at, with mindhub on the path."""
    root = tmp_path / "mindhub"
    root.mkdir()
    for name in ("registry", "schema", "docs/example"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    # What the commands say is said on any day, also when waivers have ended.
    waivers = root / "registry" / "waivers.yaml"
    waivers.write_text(re.sub(r'(expires: )"[0-9-]+"', r'\1"2999-12-31"', waivers.read_text("utf-8")), "utf-8")
    shim = tmp_path / "bin" / "mindhub"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mindhub "$@"\n')
    shim.chmod(0o755)
    git = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@b.example"]
    subprocess.run([*git, "init", "--quiet", "--initial-branch", "main"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "x"], check=True)
    subprocess.run([*git, "update-ref", "refs/remotes/origin/main", "HEAD"], check=True)
    return root


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_do_what_it_says(page: str, copy: Path) -> None:
    environment = os.environ | {
        "PATH": f"{copy.parent / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "validator"),
        "HOME": str(copy.parent),
        "MINDHUB_CACHE": str(copy.parent / "cache"),
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b.example",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b.example",
    }  # fmt: skip
    found = commands(page)

    for command in found:
        if starts(command, NOT_RUN):
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == (starts(command, ENDS_WITH) or 0), (command, done.stdout, done.stderr)
    assert found


def test_every_entry_of_the_list_is_of_use() -> None:
    every = [f"{command} " for page in PAGES for command in commands(page)]

    assert len(every) > 60
    assert [start for start in (*NOT_RUN, *ENDS_WITH) if not any(command.startswith(start) for command in every)] == []


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "CONTRIBUTING.md", "CONTRIBUTING.zh.md"])
def test_a_page_has_commands_that_are_run(page: str) -> None:
    run = [command for command in commands(page) if not starts(command, NOT_RUN)]

    assert any(command.startswith("mindhub") for command in run)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_links_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in target]

    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


@pytest.mark.parametrize("name", ["README", "CONTRIBUTING"])
def test_a_page_in_chinese_shows_the_same_steps(name: str) -> None:
    def verbs(page: str) -> set[str]:
        return {" ".join(command.split()[:2]) for command in commands(page) if command.startswith(("mindhub", "git"))}

    assert verbs(f"{name}.zh.md") <= verbs(f"{name}.md")
    assert {"mindhub check"} <= verbs(f"{name}.zh.md")
