"""Measure the networks of mindcv that cards of an old hub name: built, saved, strictly reloaded, run.

    python benchmarks/libraries.py measure --cards CARDS --out RESULTS
    python benchmarks/libraries.py table --out RESULTS   # the part of docs/networks.md about mindcv

`CARDS` is a folder of cards whose `repo-link` names the library's repository; the model's name is the factory's. Each
network is made with the library's defaults in a child of its own, as a card with `source: package` has it, its random
weights are saved, made zero and strictly reloaded, and it runs twice on one picture. Results are lines of JSON, and a
second run does what the first left open (`--again` repeats what did not run).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "validator"))

import numpy as np
from networks import MEMORY, SECONDS, brief

from mindhub.smoke.child import Nursery
from mindhub.smoke.contract import Limits

_LINK = re.compile(r"^repo-link:\s*<?https://github\.com/mindspore-lab/mindcv\b", re.MULTILINE)
_NAME = re.compile(r"^model-name:\s*(\S+)", re.MULTILINE)
#: Side of the picture where it is not 224: what the library's own configurations of these train with.
_SIDES = {"crossvit_9": 240, "edgenext_xx_small": 256, "inception_v3": 299, "inception_v4": 299}
_SIDES |= {"mobilevit_xx_small": 256, "swinv2_tiny_window8": 256}


def population(cards: Path) -> list[str]:
    """Return the models that cards name."""
    texts = [path.read_text("utf-8", errors="replace") for path in cards.rglob("*.md")]
    return sorted({name[1] for text in texts if _LINK.search(text) and (name := _NAME.search(text))})


def run_one(nursery: Nursery, name: str, seconds: float) -> dict[str, Any]:
    """Build, save, reload and run one network, and say how far it came."""
    side = _SIDES.get(name, 224)
    picture = np.random.default_rng(0).random((1, 3, side, side), np.float32)
    network = {"source": "package", "name": f"mindcv.models:{name}"}
    row: dict[str, Any] = {"name": name, "side": side, "stage": "", "reason": "", "shims": []}
    with tempfile.TemporaryDirectory() as registry:
        job = {"network": network, "table": None, "ignore-extra": [], "modes": ["pynative"], "inputs": 1}
        job |= {"registry": registry}
        start = time.monotonic()
        outcome = nursery.run(job, [picture], None, Limits(seconds, MEMORY), scratch_bytes=MEMORY)
    kinds = {"built": "built", "saved": "saved", "loaded": "reloaded", "ran": "ran"}
    for item in outcome.received:
        values = item.message.values
        row["stage"] = kinds.get(item.message.kind, row["stage"])
        row["shims"] = values.get("shims", row["shims"])
        if item.message.kind == "built":
            row["parameters"] = sum(int(np.prod(shape)) for _, shape, _ in values["rows"])
        if item.message.kind == "loaded":
            row["seconds"] = round(item.seconds, 1)
        if item.message.kind == "ran":
            outputs = item.message.arrays
            row["run seconds"] = [round(one, 2) for one in values["seconds"]]
            row["outputs"] = [list(array.shape) for array in outputs]
            if not all(np.isfinite(array).all() for array in outputs):
                row |= {"stage": "reloaded", "reason": "an output is not finite"}
        if item.message.kind == "raised":
            row["reason"] = f"{values['type']}: {values['message']}"[:1500]
    if outcome.ending != "done":
        row["reason"] = f"{outcome.ending}: {outcome.detail}"
    return {**row, "memory": outcome.memory, "all seconds": round(time.monotonic() - start, 1)}


def measure(options: argparse.Namespace) -> None:
    """Try every network that the results lack, and append what came of it."""
    done = {row["name"] for row in read(options.out) if not options.again or row["stage"] == "ran"}
    todo = [name for name in population(options.cards) if name not in done]
    print(f"{len(todo)} to do", flush=True)
    with Nursery() as nursery:
        for name in todo:
            row = run_one(nursery, name, options.seconds)
            with options.out.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            print(name, row["stage"], row["reason"][:150].replace("\n", " "), flush=True)


def read(path: Path) -> list[dict[str, Any]]:
    """Return the last result of each network, in the order of their names."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
    return [row for _, row in sorted({row["name"]: row for row in rows}.items())]


def table(options: argparse.Namespace) -> None:
    """Print the table of the results, in Markdown."""
    rows = read(options.out)
    reloaded, ran = (sum(row["stage"] in stages for row in rows) for stages in (("reloaded", "ran"), ("ran",)))
    print("| names | built, saved and strictly reloaded | ran |\n|---:|---:|---:|")
    print(f"| {len(rows)} | {reloaded} | {ran} |\n")
    print(
        "| name | parameters | shims | reached | input | output | until reloaded s | first run s | second run s | MB |",
        end="",
    )
    print(" reason |\n|---|---:|---|---|---|---|---:|---:|---:|---:|---|")
    for row in rows:
        outputs = ", ".join("×".join(map(str, shape)) for shape in row.get("outputs", []))
        runs = row.get("run seconds", ["", ""])
        cells = [row["name"], f"{row.get('parameters', 0):,}", ", ".join(row["shims"]), row["stage"] or "not built"]
        cells += [f"1×3×{row['side']}×{row['side']}", outputs, row.get("seconds", ""), *runs]
        print("| " + " | ".join([*map(str, cells), f"{row['memory'] / 1e6:.0f}", brief(row["reason"])]) + " |")


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("measure")
    verb.add_argument("--cards", type=Path, required=True)
    verb.add_argument("--out", type=Path, required=True)
    verb.add_argument("--seconds", type=float, default=SECONDS)
    verb.add_argument("--again", action="store_true")
    verb = verbs.add_parser("table")
    verb.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    {"measure": measure, "table": table}[options.verb](options)


if __name__ == "__main__":
    main()
