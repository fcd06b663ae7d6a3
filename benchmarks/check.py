"""Time `mindhub check` against `check-jsonschema` on the same front matter.

    python benchmarks/check.py FOLDER [ROUNDS]

Each round times both, one after the other, as whole processes; what counts is the ratio of their CPU seconds. The
front matter of each card is written to a file of its own for check-jsonschema, which checks it against the same
schema and nothing else. Its time to read 2,000 files is not ours to blame: it imports and compiles once, as we do.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from mindhub.check import check
from mindhub.resources import schema_dir


def cpu(command: list[str]) -> tuple[float, float]:
    """Return the CPU seconds and the peak memory in MB of a command."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print medians and ratios for all cards, and for one."""
    folder, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    schema = str(schema_dir() / "card.schema.json")
    cards = check([folder]).cards
    with tempfile.TemporaryDirectory() as name:
        files = []
        for number, card in enumerate(cards):
            path = Path(name) / f"{number}.yaml"
            path.write_text(yaml.safe_dump(card.front, allow_unicode=True), encoding="utf-8")
            files.append(str(path))
        ours = [sys.executable, "-m", "mindhub", "check", "--severity", "error"]
        theirs = [str(Path(sys.executable).with_name("check-jsonschema")), "--schemafile", schema]
        for what, mine, others in (
            (f"{len(cards):,} cards", [*ours, str(folder)], [*theirs, *files]),
            ("one card", [*ours, str(cards[0].path)], [*theirs, files[0]]),
        ):
            pairs = [(cpu(mine), cpu(others)) for _ in range(rounds)]
            mindhub = statistics.median(one[0] for one, _ in pairs)
            peer = statistics.median(other[0] for _, other in pairs)
            ratio = statistics.median(one[0] / other[0] for one, other in pairs)
            memory = max(one[1] for one, _ in pairs)
            print(f"{what}: mindhub {mindhub:.2f} s CPU, {memory:.0f} MB; check-jsonschema {peer:.2f} s; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
