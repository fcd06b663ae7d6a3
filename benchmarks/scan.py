"""Compare the structural scan with `mindspore.load_checkpoint`, side by side on the same files.

    python benchmarks/scan.py [--rounds 3]

Two files are made in a temporary folder: the 201 tensors of a BERT base classifier (438 MB of seeded random numbers)
and 5,000 small tensors. In each round the two readers take turns, so that a busy machine slows both; the ratio is that
of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mindspore
import numpy as np

from mindhub.formats import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BERT = Path(__file__).parents[1] / "tests" / "fixtures" / "bert_classifier_r1.7.json"


def main() -> None:
    """Make the files, time both readers, print a line per file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    bert = [(row["name"], tuple(row["shape"])) for row in json.loads(BERT.read_text(encoding="utf-8"))]
    small = [(f"network.layer{n}.weight", (8, 16)) for n in range(5000)]
    print(f"{'file':<22}{'tensors':>8}{'MB':>8}{'load':>12}{'scan':>12}{'ratio':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("BERT base classifier", bert), ("5,000 small tensors", small)):
            path = written(Path(folder) / "model.ckpt", rows)
            # The first load pays for the framework's start.
            mindspore.load_checkpoint(str(path))
            pairs = [
                (
                    seconds(lambda path=path: mindspore.load_checkpoint(str(path))),
                    seconds(lambda path=path: scan(path, "ckpt")),
                )
                for _ in range(rounds)
            ]
            load, scanned = (statistics.median(times) for times in zip(*pairs, strict=True))
            size = path.stat().st_size / 1e6
            milli = f"{scanned * 1e3:.1f} ms"
            print(f"{name:<22}{len(rows):>8}{size:>8.1f}{load * 1e3:>9.0f} ms{milli:>12}{load / scanned:>9.0f}×")
            path.unlink()


def written(path: Path, rows: Iterable[tuple[str, tuple[int, ...]]]) -> Path:
    """Save float32 tensors of seeded random numbers with MindSpore."""
    generator = np.random.default_rng(0)
    entries = [
        {"name": name, "data": mindspore.Tensor(generator.standard_normal(shape, dtype=np.float32))}
        for name, shape in rows
    ]
    mindspore.save_checkpoint(entries, str(path))
    return path


def seconds(call: Callable[[], Any]) -> float:
    """Time one call on the wall."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
