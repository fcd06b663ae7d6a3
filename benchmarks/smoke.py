"""What the smoke run costs beside the bare work: `python benchmarks/smoke.py [--cards 40] [--jobs 2]`.

The card is the registry's smallest, in pynative mode: `mlp_wine`. Bare is a process that has imported MindSpore, built,
loaded and called a network once before, and does it again. Fresh is a process of its own for each card, which does the
same without any harness. Ratios are of one run on one machine, side by side.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mindhub.formats import scan
from mindhub.smoke.child import Nursery
from mindhub.smoke.contract import Limits

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = ROOT / "registry"
CHECKPOINT = REGISTRY / "mindhub" / "2.10" / "mlp_wine.ckpt"
BARE = f"""
import sys, time
import mindspore, numpy as np
from pathlib import Path
from mindhub.formats import scan
from mindhub.smoke.loading import build, load_strict
from mindhub.card import read_card
from mindhub.source import Registry
from mindhub.model import Uid
from mindhub.vocabulary import load_vocabulary
card = read_card(Registry(Path({str(REGISTRY)!r})).card_file(Uid.parse("mindhub/2.10/mlp_wine")), load_vocabulary())
table = scan(Path({str(CHECKPOINT)!r}), "ckpt").tensors
mindspore.set_device("CPU")
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    network = build(Path({str(REGISTRY)!r}), card.smoke["network"])
    load_strict(network, Path({str(CHECKPOINT)!r}), table)
    for _ in range(2):
        network(mindspore.Tensor(np.ones((1, 13), np.float32))).asnumpy()
    print(time.perf_counter() - start)
"""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", type=int, default=40)
    options.add_argument("--jobs", type=int, default=2)
    chosen = options.parse_args()
    bare = [float(line) for line in _bare(10).splitlines()]
    with Nursery() as nursery:
        _smoke(nursery)  # imports MindSpore
        warm = [_smoke(nursery) for _ in range(10)]
        with ThreadPoolExecutor(chosen.jobs) as pool:
            start = time.perf_counter()
            list(pool.map(lambda _: _smoke(nursery), range(chosen.cards)))
            many = time.perf_counter() - start
            start = time.perf_counter()
            list(pool.map(lambda _: _bare(1), range(chosen.cards)))
            fresh = time.perf_counter() - start
    over = statistics.median(warm) - statistics.median(bare[1:])
    print(f"bare, again       {statistics.median(bare[1:]):6.3f} s  (the first time {bare[0]:.3f} s)")
    print(f"by the harness    {statistics.median(warm):6.3f} s  ({over:+.3f} s)")
    said = f"by the harness {many:.1f} s; fresh processes {fresh:.1f} s: {fresh / many:.1f} x"
    print(f"{chosen.cards} cards, {chosen.jobs} at a time: {said}")


def _bare(times: int) -> str:
    return subprocess.run(
        [sys.executable, "-c", BARE, str(times)], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def _smoke(nursery: Nursery) -> float:
    """Run the card once in a child; return the seconds that it took from the order to the end."""
    import numpy as np

    from mindhub.card import read_card
    from mindhub.model import Uid
    from mindhub.source import Registry
    from mindhub.vocabulary import load_vocabulary

    card = read_card(Registry(REGISTRY).card_file(Uid.parse("mindhub/2.10/mlp_wine")), load_vocabulary())
    start = time.perf_counter()
    job = {
        "registry": str(REGISTRY),
        "network": (card.smoke or {})["network"],
        "table": scan(CHECKPOINT, "ckpt").to_json(),
        "ignore-extra": [],
        "modes": ["pynative"],
        "inputs": 1,
    }
    outcome = nursery.run(job, [np.ones((1, 13), np.float32)], CHECKPOINT, Limits(60, 1_000_000_000))
    if outcome.ending != "done" or not outcome.of("ran"):
        raise SystemExit(f"the card did not run: {outcome.ending} {outcome.detail} {outcome.output}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
