"""Time the check of 3,000 links on one host with a round trip of 50 ms, against the ideal for its concurrency.

    python benchmarks/links.py [--links 3000] [--jobs 32]

The ideal is links x round trip / requests at a time. The ledger is written as in every run. The limit is 1.3 times.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from loopback import serving

from mindhub.assets.guard import Guard
from mindhub.assets.ledger import Ledger
from mindhub.assets.schedule import Politeness
from mindhub.assets.store import Store
from mindhub.assets.verify import Options, Question, ask_all


def main() -> None:
    """Ask all links once and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=32)
    parser.add_argument("--delay", type=float, default=0.05)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(Path(name), arguments.delay) as place:
        folder = Path(name)
        politeness = Politeness(arguments.jobs, per_host=arguments.jobs, interval=0.0)
        asked = [Question(f"http://{place}/link/{number}") for number in range(arguments.links)]
        with Ledger(folder / "ledger.sqlite") as ledger:
            start, cpu = time.perf_counter(), time.process_time()
            options = Options(politeness=politeness)
            guard = Guard(frozenset({place}))
            answers = list(ask_all(asked, ledger=ledger, guard=guard, store=Store(folder), options=options))
            seconds, spent = time.perf_counter() - start, time.process_time() - cpu
        if len(answers) != len(asked) or not all(answer.alive for answer in answers):
            raise SystemExit("not all links were found alive")
        ideal = arguments.links * arguments.delay / arguments.jobs
        print(f"{arguments.links} links, {arguments.jobs} at a time, round trip {arguments.delay * 1e3:.0f} ms")
        print(f"{seconds:.2f} s, ideal {ideal:.2f} s, ratio {seconds / ideal:.2f} (limit 1.3); CPU {spent:.2f} s")


if __name__ == "__main__":
    main()
