"""Coverage-guided fuzzing of the four readers of model files, with atheris.

    python tests/fuzz/formats.py -runs=1000000

Whatever the bytes, a reader gives a table or a FormatError, and a table survives the way into JSON and back: no other
exception, nothing that takes more than a few seconds (libFuzzer's -timeout) or much memory (-rss_limit_mb). The first
byte of an input chooses the reader; every other input is put into a small valid file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mindhub.formats"]):
    from mindhub.formats import READERS, FormatError, TensorTable, format_of, scan_source

# In place of this script's folder, where `formats` would be this very script.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from formats.ckpt_bytes import SAMPLE as CKPT
from formats.ckpt_bytes import map_entry, with_crc
from formats.model_bytes import MINDIR, ONNX, SAFETENSORS

SEEDS = (CKPT, SAFETENSORS, MINDIR, ONNX, with_crc(CKPT), map_entry("m", 2) + CKPT)
FORMATS = ("ckpt", "safetensors", "mindir", "onnx", "ckpt", "ckpt")


class Memory:
    """Bytes in memory, with a size that may be far beyond them, as of a file with a hole."""

    def __init__(self, data: bytes, size: int) -> None:
        self.name, self.size, self._data = "fuzz", size, data

    def read_at(self, offset: int, length: int) -> bytes:
        """Give the bytes there, then zeros up to the size; a reader that asks for much is what we are looking for."""
        if not 0 <= length <= 1 << 25:
            raise AssertionError(f"{length:,} bytes at once")
        data = self._data[offset : offset + length]
        return data + bytes(max(0, min(length, self.size - offset) - len(data)))


def one(data: bytes) -> None:
    """Read one input."""
    if len(data) < 5:
        return
    which, mode, at, rest = data[0] % len(SEEDS), data[1], int.from_bytes(data[2:4], "big"), data[5:]
    if mode & 1:
        seed = SEEDS[which]
        at %= len(seed) + 1
        rest = seed[:at] + rest + seed[at + (data[4] & 31) :]
    source = Memory(rest, len(rest) + (1 << 31 if mode & 6 == 6 else 0))
    try:
        table = scan_source(source, FORMATS[which])
        again = TensorTable.from_json(json.loads(json.dumps(table.to_json())))
        if again != table:
            raise AssertionError("the table does not survive JSON")
    except FormatError as error:
        str(error)
    try:
        if format_of(source) not in READERS:
            raise AssertionError("a format without a reader")
    except FormatError as error:
        str(error)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
