"""What the smoke run costs beside the bare work: `python benchmarks/smoke.py [--cards 40] [--jobs 2] [--bert]`.

The card is the registry's smallest: `mlp_wine`. Bare is a process that has imported MindSpore, built, loaded and called
a network once before, and does it again. Fresh is a process of its own for each card, which does the same without any
harness. Isolation is measured by two warm processes, one of which leaves out namespaces, mounts, limits, control group,
Landlock and seccomp; they take turns. GRAPH compilation is the first call in graph mode less the second. `--bert` adds
the peak memory of BERT base with a made-up checkpoint of real size (438 MB; a minute). Ratios are of one run on one
machine, side by side.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.card import read_card
from mindhub.formats import scan
from mindhub.model import Uid
from mindhub.smoke import child
from mindhub.smoke.child import Nursery
from mindhub.smoke.contract import Limits, make_inputs, parse_contract
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.smoke.watch import Outcome

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = ROOT / "registry"
CHECKPOINT = REGISTRY / "mindhub" / "2.10" / "mlp_wine.ckpt"
SMALLEST = "mindhub/2.10/mlp_wine"
BERT = "mindspore/1.7/bertfinetuning_classifier_cola"
#: Those whose compilation is shown: a perceptron, convolutions, a recurrent network.
COMPILED = (SMALLEST, "mindhub/2.10/lenet_digits", "mindhub/2.10/gru_digits")
ROUNDS = 15
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
card = read_card(Registry(Path({str(REGISTRY)!r})).card_file(Uid.parse({SMALLEST!r})), load_vocabulary())
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
#: A warm process whose forks are not shut in.
OPEN = """
import sys
from mindhub.smoke import sandbox, warm
sandbox.unshare = sandbox.mount_scratch = sandbox.set_limits = sandbox.drop_privileges = lambda *_, **__: ()
warm.main(int(sys.argv[1]))
"""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", type=int, default=40)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--bert", action="store_true", help="measure the peak memory of BERT base too")
    chosen = options.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} processors")
    bare = [float(line) for line in _bare(10).splitlines()]
    with Nursery() as nursery:
        _seconds(nursery)  # imports MindSpore
        warm = [_seconds(nursery) for _ in range(10)]
        over = statistics.median(warm) - statistics.median(bare[1:])
        print(f"bare, again       {statistics.median(bare[1:]):6.3f} s  (the first time {bare[0]:.3f} s)")
        print(f"by the harness    {statistics.median(warm):6.3f} s  ({over:+.3f} s)")
        _isolation(nursery)
        _compilation(nursery)
        _many(nursery, chosen.cards, chosen.jobs)
        if chosen.bert:
            _bert(nursery)


def _isolation(nursery: Nursery) -> None:
    """Run the card with and without isolation, in turns."""
    with tempfile.TemporaryDirectory() as folder, _open_nursery(Path(folder)) as bare:
        _seconds(bare)
        shut: list[float] = []
        free: list[float] = []
        for number in range(ROUNDS):
            # Each goes first every other time, so that what the machine does meanwhile meets both.
            for wanted in (True, False) if number % 2 else (False, True):
                (shut if wanted else free).append(_seconds(nursery if wanted else bare, isolated=wanted))
    apart = [one - other for one, other in zip(shut, free, strict=True)]
    medians = f"{statistics.median(shut):.3f} s with, {statistics.median(free):.3f} s without"
    print(f"isolation         {statistics.median(apart):+6.3f} s  (median of {ROUNDS} pairs; {medians})")


@contextmanager
def _open_nursery(folder: Path) -> Iterator[Nursery]:
    """Give a nursery whose warm process shuts no fork in."""
    script, python = folder / "open.py", folder / "python"
    script.write_text(OPEN, encoding="utf-8")
    # Called as -s -P -m MODULE DESCRIPTOR.
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -s -P {script} "$5"\n', encoding="utf-8")
    python.chmod(0o755)
    with Nursery(python=python) as nursery:
        yield nursery


def _compilation(nursery: Nursery) -> None:
    for uid in COMPILED:
        ran = {item.message.values["mode"]: item.message.values["seconds"] for item in _run(nursery, uid).of("ran")}
        figures = ", ".join(f"{mode} {first:.3f} s, again {second:.3f} s" for mode, (first, second) in ran.items())
        first, second = ran["graph"]
        print(f"GRAPH compilation {first - second:6.3f} s  {uid.rpartition('/')[2]}: {figures}")


def _many(nursery: Nursery, cards: int, jobs: int) -> None:
    with ThreadPoolExecutor(jobs) as pool:
        start = time.perf_counter()
        list(pool.map(lambda _: _seconds(nursery), range(cards)))
        many = time.perf_counter() - start
        start = time.perf_counter()
        list(pool.map(lambda _: _bare(1), range(cards)))
        fresh = time.perf_counter() - start
    said = f"by the harness {many:.1f} s; fresh processes {fresh:.1f} s: {fresh / many:.1f} x"
    print(f"{cards} cards, {jobs} at a time: {said}")


def _bert(nursery: Nursery) -> None:
    """Load and run BERT base in both modes; print its peak, the largest the harness saw of the process and its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bert.ckpt")
        maker = [sys.executable, str(ROOT / "tests" / "make_bert_checkpoint.py"), str(path)]
        subprocess.run(maker, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        outcome = _run(nursery, BERT, path)
    stages = ", ".join(
        f"{item.message.values.get('mode', item.message.kind)} {item.memory / 1e6:,.0f} MB at {item.seconds:.1f} s"
        for item in outcome.received
    )
    print(f"BERT base, 438 MB: peak {outcome.memory / 1e6:,.0f} MB, {outcome.seconds:.1f} s  ({stages})")


def _bare(times: int) -> str:
    return subprocess.run(
        [sys.executable, "-c", BARE, str(times)], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def _seconds(nursery: Nursery, *, isolated: bool = True) -> float:
    """Run the smallest card once in pynative mode; return the seconds that it took from the order to the end."""
    make_group = child.make_group
    if not isolated:
        child.make_group = lambda *_: None  # type: ignore[assignment]
    try:
        start = time.perf_counter()
        _run(nursery, SMALLEST, CHECKPOINT, modes=["pynative"])
        return time.perf_counter() - start
    finally:
        child.make_group = make_group


def _run(nursery: Nursery, uid: str, path: Path | None = None, **changes: Any) -> Outcome:
    card = read_card(Registry(REGISTRY).card_file(Uid.parse(uid)), load_vocabulary())
    contract = parse_contract({**(card.smoke or {}), **changes})
    path = path or card.path.with_suffix(".ckpt")
    inputs = make_inputs(contract)
    job = {
        "registry": str(REGISTRY),
        "network": contract.network,
        "table": scan(path, "ckpt").to_json(),
        "ignore-extra": [],
        "modes": contract.modes,
        "inputs": len(inputs),
    }
    outcome = nursery.run(job, inputs, path, Limits(600, 3_000_000_000))
    if outcome.ending != "done" or not outcome.of("ran"):
        raise SystemExit(
            f"{uid} did not run: {outcome.ending} {outcome.detail} {outcome.of('raised')} {outcome.output}"
        )
    return outcome


if __name__ == "__main__":
    main()
