"""`mindhub new` on a real terminal: prompts, and names that Tab completes."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mindhub
from formats.ckpt_bytes import entry
from mindhub.check import check

pty = pytest.importorskip("pty", reason="this platform has no pseudo-terminals")
pytestmark = pytest.mark.slow

#: What is asked, and what is typed.
ANSWERS = (
    ("file of the model", "my.ckpt\r"),
    ("network that the file", "lenet:LeNet\r"),
    ("input of the network", "images:1x1x8x8:float32\r"),
    ("name of the model", "lenet\r"),
    ("network it is built on", "\r"),
    ("domain and task", "cv-image-cla\t\r"),
    ("data set", "mnis\t\r"),
    ("score", "acc97.5\r"),
    ("author", "Ada\r"),
    ("account of the publisher", "ada\r"),
    ("published for", "\r"),
    ("can the weights", "\r"),
    ("licence", "\r"),
    ("version of the model", "\r"),
    ("source code", "\r"),
    ("paper", "\r"),
    ("one sentence", "Reads a digit\r"),
    ("uid of the card", "ada/2.10/lenet_mnist\r"),
    ("where to write", "ada@example.org\r"),
)


def typed(command: list[str], folder: Path) -> str:
    """Run a command on a terminal, type each answer when its question is there, and return the whole screen."""
    mine, its = os.openpty()
    environment = os.environ | {
        "PYTHONPATH": str(Path(mindhub.__file__).parents[1]), "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    screen, left, seen = "", list(ANSWERS), 0
    end = time.monotonic() + 600
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        while time.monotonic() < end:
            if select.select([mine], [], [], 0.1)[0]:
                try:
                    screen += os.read(mine, 4096).decode(errors="replace")
                except OSError:  # the process has ended, and its terminal with it
                    break
            elif process.poll() is not None:
                break
            if left and re.search(rf"{left[0][0]}[^\n]*: $", screen[seen:]):
                seen = len(screen)
                os.write(mine, left.pop(0)[1].encode())
        process.kill()
    os.close(mine)
    assert left == [], screen
    return screen


def test_a_card_is_made_by_answering(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "my.ckpt").write_bytes(entry("fc.weight", [2, 3], "Float32", bytes(24)))

    screen = typed([sys.executable, "-m", "mindhub", "new"], tmp_path)

    report = check([tmp_path / "registry"])
    assert "no findings" in screen
    assert report.findings == ()
    assert [(str(card.uid), card.module_type, card.train_dataset) for card in report.cards] == [
        ("ada/2.10/lenet_mnist", "cv-image-classification", "mnist")
    ]
