"""Measure `mindhub ready` on a pull request with one card in a registry of the old hub's size.

    MINDHUB_CORPUS=FOLDER python benchmarks/ready.py [ROUNDS]

The old hub's cards are imported into a repository of their own with a baseline, and one more card is committed on a
branch. Timed is the whole process, without the network and without models: CPU seconds of all of it, git included.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from cards import card_text, write_card
from repositories import OTHERWISE, Scratch, scratch

LIMIT = 3.0  #: CPU seconds
UID = "mindhub/2.3/lenet_cifar10"
PUBLISHER = "title: MindHub\nowners: [mindhub]\ncontact: cards@example.org\n"


def cpu(command: list[str], folder: Path) -> tuple[float, float, int]:
    """Return the CPU seconds of a command with what it starts, its seconds and its exit code."""
    before, started = os.times(), time.monotonic()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, time.monotonic() - started, done.returncode


def prepare(folder: Path) -> Scratch:
    """Return a repository that holds the old hub's cards, on a branch with one card more."""
    made = scratch(folder)
    mindhub = [sys.executable, "-m", "mindhub"]
    subprocess.run(
        [*mindhub, "import", os.environ["MINDHUB_CORPUS"], str(made.root)], check=True, stdout=subprocess.DEVNULL
    )
    subprocess.run([*mindhub, "baseline", "--registry", str(made.root)], check=True, stdout=subprocess.DEVNULL)
    made.commit()
    made.git("switch", "--quiet", "-c", "mine")
    write_card(made.root, card_text(OTHERWISE, uid=UID), UID)
    made.write("mindhub/publisher.yaml", PUBLISHER)
    made.commit()
    return made


def main() -> None:
    """Print the figures; exit with 1 over the limit."""
    rounds = int((*sys.argv, "5")[1])
    with tempfile.TemporaryDirectory() as name:
        made = prepare(Path(name) / "repository")
        cards = sum(1 for _ in made.root.rglob("*.md"))
        command = [sys.executable, "-m", "mindhub", "ready", "--skip", "verify", "--skip", "smoke"]
        figures = [cpu(command, made.folder) for _ in range(rounds)]
    spent = statistics.median(one for one, _, _ in figures)
    waited = statistics.median(one for _, one, _ in figures)
    print(f"{cards:,} Markdown files, one new card: {spent:.2f} s CPU, {waited:.2f} s; limit {LIMIT} s CPU")
    codes = {code for _, _, code in figures}
    sys.exit(f"not ready: exit codes {codes}" if codes != {0} else int(spent > LIMIT))


if __name__ == "__main__":
    main()
