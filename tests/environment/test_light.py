"""The light part needs nothing that Windows lacks: its verbs run with the modules of POSIX taken away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cards import UID, card_text, write_card
from repositories import scratch

ROOT = Path(__file__).resolve().parents[2]
#: What Python has on Linux and not on Windows.
WITHOUT = """
import os, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty"):
    sys.modules[name] = None
for name in "O_CLOEXEC O_NOFOLLOW O_NONBLOCK O_DIRECTORY pread fork geteuid getuid sched_getaffinity".split():
    if hasattr(os, name):
        delattr(os, name)
sys.platform = "win32"
from mindhub.cli import main
sys.exit(main(sys.argv[1:]))
"""
MODEL = ROOT / "registry/mindhub/2.10/mlp_wine.ckpt"


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["check", "registry"],
        ["check", "registry", "--no-cache", "--format", "json"],
        ["fix", "registry"],
        ["ready", "--base", "main", "--skip", "verify"],
        ["ready", "--base", "main"],
        ["rules"],
        ["explain", "AS001"],
        ["inspect", str(MODEL)],
        ["new", "--where"],
        ["site", "build", "--registry", "registry", "--out", "site"],
        ["waive", "FD003", UID, "--reason", "x", "--owner", "y", "--expires", "2999-01-01"],
        ["init", "own", "--publisher", "a", "--owner", "b", "--contact", "c@example.org"],
    ],
    ids=" ".join,
)
@pytest.mark.slow
def test_a_verb_of_the_light_part_runs_without_what_windows_lacks(tmp_path: Path, command: list[str]) -> None:
    repository = scratch(tmp_path)
    repository.card()
    repository.commit()
    write_card(repository.root, card_text("summary: Classifies other digits\nlicense: Apache2.0\n"))

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
