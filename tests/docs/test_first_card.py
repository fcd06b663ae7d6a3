"""The guide for authors is followed to the letter, in each language, in a home folder that is empty."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from docs.test_commands import ROOT, commands

pytestmark = pytest.mark.slow
FORK = "https://github.com/YOU/mindhub.git"
#: Where the first card ends: what comes after it is about the next version, and about rules.
LAST = "git push"


@dataclass
class Shell:
    """A terminal in which one command follows the other: where it is and what it has activated stays."""

    folder: Path
    environment: dict[str, str]
    entered: list[str] = field(default_factory=list)

    def script(self, command: str) -> list[str]:
        return ["bash", "-e", "-c", "\n".join([*self.entered, command])]

    def type(self, command: str) -> str:
        done = subprocess.run(
            self.script(command), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stdout)
        if command.startswith(("cd ", ". ")):
            self.entered.append(command)
        return done.stdout

    def serve(self, command: str) -> str:
        """Type a command that serves until it is stopped; return the page whose address it says, and stop it."""
        with subprocess.Popen(
            self.script(f"exec {command}"), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True,
        ) as server:  # fmt: skip
            try:
                address = next(line.strip() for line in server.stdout if line.startswith("http://127.0.0.1"))
                return urllib.request.urlopen(address, timeout=600).read().decode()
            finally:
                server.send_signal(signal.SIGTERM)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A home folder with a git that finds the fork here, and a pip that finds here what an index has."""
    work, origin, home = tmp_path / "work", tmp_path / "fork.git", tmp_path / "home"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[user]\n\tname = Ada\n\temail = ada@example.org\n[url "file://{origin}"]\n\tinsteadOf = {FORK}\n'
    )
    environment = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": sysconfig.get_paths()["purelib"],
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes((ROOT / name).read_bytes())
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message", "x"],
        ["clone", "--quiet", "--bare", ".", str(origin)],
    ):
        subprocess.run(["git", *command], cwd=work, env=environment, check=True)
    return Shell(home, environment)


@pytest.mark.parametrize(("page", "new", "ready"), [
    ("CONTRIBUTING.md", "no findings", "ready"),
    ("CONTRIBUTING.zh.md", "没有发现问题", "已就绪"),
])  # fmt: skip
def test_the_first_card_comes_of_typing_what_the_guide_says(page: str, new: str, ready: str, shell: Shell) -> None:
    every = commands(page)
    steps = every[: next(at for at, command in enumerate(every) if command.startswith(LAST)) + 1]

    said = {
        " ".join(command.split()[:2]): (shell.serve if command.startswith("mindhub preview") else shell.type)(command)
        for command in steps
    }

    assert f"git clone {FORK}" in steps
    assert new in said["mindhub check"]
    assert "LeNet5" in said["mindhub preview"]
    assert re.search(rf"^{ready}$", said["mindhub ready"], re.MULTILINE)
    assert "new branch" in said["git push"]
