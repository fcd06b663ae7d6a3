"""Compare hashing a stored file, and a download with hashing and guard, with hashing alone.

    python benchmarks/download.py [--megabytes 1000] [--rounds 3]

`hash_file` against `hashlib.file_digest` by throughput (limit 0.95), and the CPU time of `fetch` from a server on
loopback, in another process, against that of hashing the same bytes in memory (limit 2.6). Rounds take turns, so that a
busy machine slows all of them. A first round is not counted: a virtual machine that touches memory for the first time
waits for its host to provide it, and that waiting counts as CPU time. What storing alone costs, the same bytes written
to a file with fsync, is printed beside it, since most of the variance is there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from loopback import serving

from mindhub.assets.fetch import fetch
from mindhub.assets.guard import Guard
from mindhub.assets.store import Store, hash_file

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK = 1 << 20


def main() -> None:
    """Make the file, take turns, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, block = folder / "file", bytes(range(256)) * (_BLOCK // 256)
        blocks = arguments.megabytes * 1_000_000 // _BLOCK
        with path.open("wb") as file:
            for _ in range(blocks):
                file.write(block)

        def digest() -> None:
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")

        def in_memory() -> None:
            sha256 = hashlib.sha256()
            for _ in range(blocks):
                sha256.update(block)

        def store() -> None:
            with tempfile.NamedTemporaryFile(dir=folder) as file:
                for _ in range(blocks):
                    file.write(block)
                os.fsync(file.fileno())

        with serving(folder, 0.0) as place:

            def download() -> None:
                with tempfile.TemporaryDirectory(dir=folder) as store:
                    fetch(f"http://{place}/file", store=Store(Path(store)), guard=Guard(frozenset({place})))

            calls = (digest, lambda: hash_file(path), in_memory, download, store)
            figures = [[cpu(call) for call in calls] for _ in range(1 + arguments.rounds)][1:]
        columns = zip(*figures, strict=True)
        file_digest, ours, memory, fetched, stored = (statistics.median(column) for column in columns)
        print(f"{path.stat().st_size / 1e6:.0f} MB, CPU seconds, medians of {arguments.rounds}")
        throughput = file_digest / ours
        print(f"hash_file {ours:.2f}, file_digest {file_digest:.2f}: throughput ratio {throughput:.2f} (limit 0.95)")
        print(f"fetch {fetched:.2f}, hashing in memory {memory:.2f}: ratio {fetched / memory:.2f} (limit 2.6)")
        print(f"storing alone {stored:.2f}; fetch from round to round {[round(row[3] / row[2], 2) for row in figures]}")


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds of this process that a call takes."""
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    main()
