"""Time the structural scan of a BERT-size checkpoint over HTTP ranges, with a round trip of 50 ms.

    python benchmarks/remote.py [--rounds 3] [--delay 0.05]

The file has the 201 tensors of a BERT base classifier (438 MB, its weights a hole in the file: a scan does not read
them). The limits are 0.7 s where the table is known from before, and 1.6 s where it is not.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from pathlib import Path

from loopback import serving

from mindhub.assets.guard import Guard
from mindhub.assets.remote import scan_remote

BERT = Path(__file__).parents[1] / "tests" / "fixtures" / "bert_classifier_r1.7.json"
LIMITS = {"first contact": 1.6, "table known": 0.7}


def main() -> None:
    """Make the file, scan it both ways, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--delay", type=float, default=0.05)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder) / "bert.ckpt")
        with serving(Path(folder), arguments.delay) as place:
            guard, url = Guard(frozenset({place})), f"http://{place}/bert.ckpt"
            table = scan_remote(url, "ckpt", guard=guard).table
            print(f"{len(table.tensors)} tensors, {table.size / 1e6:.1f} MB, round trip {arguments.delay * 1e3:.0f} ms")
            print(f"{'':<15}{'seconds':>9}{'limit':>8}{'waits':>8}{'requests':>10}{'kB':>8}")
            for name, known in (("first contact", None), ("table known", table)):
                times = []
                for _ in range(arguments.rounds):
                    start = time.perf_counter()
                    scan = scan_remote(url, "ckpt", guard=guard, known=known)
                    times.append(time.perf_counter() - start)
                    if scan.table != table:
                        raise SystemExit("the two scans differ")
                figures = f"{scan.rounds:>8}{scan.requests:>10}{scan.received / 1e3:>8.0f}"
                print(f"{name:<15}{statistics.median(times):>9.2f}{LIMITS[name]:>8}{figures}")


def written(path: Path) -> None:
    """Write the headers of a checkpoint, with holes in place of the weights."""
    with path.open("wb") as file:
        for row in json.loads(BERT.read_text(encoding="utf-8")):
            length = 4 * math.prod(row["shape"])
            dims = b"".join(b"\x08" + varint(dim) for dim in row["shape"])
            tensor = dims + field(0x12, b"Float32") + b"\x1a" + varint(length)
            name = field(0x0A, row["name"].encode())
            inner = b"\x12" + varint(len(tensor) + length) + tensor
            file.write(b"\x0a" + varint(len(name) + len(inner) + length) + name + inner)
            file.seek(length, 1)
        file.truncate()


def field(tag: int, data: bytes) -> bytes:
    """Return a length-delimited field."""
    return bytes([tag]) + varint(len(data)) + data


def varint(value: int) -> bytes:
    """Return a number as protobuf writes it."""
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


if __name__ == "__main__":
    main()
