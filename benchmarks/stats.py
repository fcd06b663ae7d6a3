"""Compare `mindhub inspect --stats` with sha256 alone: CPU seconds, side by side on the same file.

    python benchmarks/stats.py [--megabytes 438] [--rounds 7]

The file holds tensors of seeded random numbers of one type. In each round the two take turns, so that a busy machine
slows both; a round gives one ratio, and the median of the ratios is what the limit of 2.6 is held against.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

# One thread for BLAS, as the command has it: more of them burn time on blocks of 256 kB.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from mindhub.formats import scan
from mindhub.formats.stats import measure

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from formats.ckpt_bytes import large

TYPES = {"float32": ("Float32", 4), "float16": ("Float16", 2), "bfloat16": ("BFloat16", 2), "int32": ("Int32", 4)}
ROW = 768


def main() -> None:
    """Make a file of each type, time both, print a line per file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=438)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(f"{'type':<10}{'MB':>6}{'sha256':>10}{'stats':>10}{'CPU ratio':>11}{'wall ratio':>12}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.ckpt"
        for name in TYPES:
            write(path, name, options.megabytes * 1_000_000)
            table = scan(path, "ckpt")
            rounds = [
                (spent(lambda: sha256(path)), spent(lambda t=table: measure(path, t))) for _ in range(options.rounds)
            ]
            cpu = statistics.median(stats[0] / alone[0] for alone, stats in rounds)
            wall = statistics.median(stats[1] / alone[1] for alone, stats in rounds)
            alone, stats = (statistics.median(pair[at][0] for pair in rounds) for at in (0, 1))
            size = path.stat().st_size / 1e6
            print(f"{name:<10}{size:>6.0f}{alone * 1e3:>7.0f} ms{stats * 1e3:>7.0f} ms{cpu:>10.2f}×{wall:>11.2f}×")


def write(path: Path, name: str, nbytes: int) -> None:
    """Write a checkpoint of tensors of 9.4 MB each, as large as most of a BERT's."""
    spelt, itemsize = TYPES[name]
    generator, rows = np.random.default_rng(0), 4 * ROW * 4 // itemsize
    values = generator.standard_normal((rows, ROW), dtype=np.float32)
    if name == "bfloat16":
        content = (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()
    else:
        content = (values * (1000 if name == "int32" else 1)).astype(name).tobytes()
    with path.open("wb") as file:
        for index in range(max(1, nbytes // len(content))):
            file.write(large(f"layer{index}.weight", (rows, ROW), len(content), spelt).header)
            file.write(content)


def sha256(path: Path) -> str:
    """Hash a file the fastest way that Python has."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spent(call: Callable[[], Any]) -> tuple[float, float]:
    """Time one call: CPU seconds of all threads, and seconds on the wall."""
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main()
