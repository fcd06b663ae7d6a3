"""Time `mindhub check` against `check-jsonschema` on the same front matter, and by the number of cards.

    python benchmarks/check.py FOLDER [ROUNDS]

Each round times both, one after the other, as whole processes; what counts is the ratio of their CPU seconds. The
front matter of each card is written to a file of its own for check-jsonschema, which checks it against the same
schema and nothing else. "Warm" is a second run over files that did not change. The last line checks as many cards as
it takes to have 30,000, copied under other publishers.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from mindhub.resources import schema_dir

MANY = 30_000


def cpu(command: list[str]) -> tuple[float, float]:
    """Return the CPU seconds and the peak memory in MB of a command."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def extract(folder: Path, target: Path) -> None:
    """Write each card's front matter to a file of its own."""
    from mindhub.check import check

    for number, card in enumerate(check([folder]).cards):
        (target / f"{number}.yaml").write_text(yaml.safe_dump(card.front, allow_unicode=True), encoding="utf-8")


def compare(what: str, mine: list[str], others: list[str], rounds: int) -> None:
    """Print the medians of both and of their ratios."""
    pairs = [(cpu(mine), cpu(others)) for _ in range(rounds)]
    mindhub = statistics.median(one[0] for one, _ in pairs)
    peer = statistics.median(other[0] for _, other in pairs)
    ratio = statistics.median(one[0] / other[0] for one, other in pairs)
    memory = max(one[1] for one, _ in pairs)
    print(f"{what}: mindhub {mindhub:.2f} s CPU, {memory:.0f} MB; check-jsonschema {peer:.2f} s; ratio {ratio:.2f}")


def main() -> None:
    """Print all figures."""
    folder, rounds = Path(sys.argv[1]).resolve(), int((*sys.argv, "5")[2])
    ours = [sys.executable, "-m", "mindhub", "check", "--severity", "error"]
    theirs = [str(Path(sys.executable).with_name("check-jsonschema")), "--schemafile"]
    theirs.append(str(schema_dir() / "card.schema.json"))
    with tempfile.TemporaryDirectory() as name:
        # In a process of its own: a child's peak memory is at least that of its parent at the fork.
        subprocess.run([sys.executable, __file__, "--extract", str(folder), name], check=True)
        files = sorted(map(str, Path(name).glob("*.yaml")))
        card = next(path for path in sorted(folder.rglob("*.md")) if path.name != "README.md")
        compare(f"{len(files):,} cards, cold", [*ours, "--no-cache", str(folder)], [*theirs, *files], rounds)
        compare("one card", [*ours, "--no-cache", str(card)], [*theirs, files[0]], 2 * rounds)
        cpu([*ours, str(folder)])
        warm = statistics.median(cpu([*ours, str(folder)])[0] for _ in range(rounds))
        print(f"{len(files):,} cards, warm: {warm:.2f} s CPU")
        many = Path(name, "registry")
        for number in range(MANY // len(files)):
            shutil.copytree(folder, many / f"copy{number}")
        for copy in many.iterdir():  # publisher/version/name again: the copied publishers move up
            for publisher in copy.iterdir():
                publisher.rename(many / f"{copy.name}-{publisher.name}")
            copy.rmdir()
        started = time.perf_counter()
        seconds, memory = cpu([*ours, "--no-cache", str(many)])
        count = len(files) * (MANY // len(files))
        took = time.perf_counter() - started
        print(f"{count:,} cards, cold: {seconds:.1f} s CPU, {memory:.0f} MB, {took:.1f} s")


if __name__ == "__main__":
    if sys.argv[1] == "--extract":
        extract(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
