"""Build the bytes of checkpoints, whole and broken, as MindSpore's writer lays them out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import accumulate

SIZES = {"Bool": 1, "Int8": 1, "UInt8": 1, "Uint8": 1, "Int4": 1, "Float16": 2, "BFloat16": 2, "Int32": 4}
SIZES |= {"Float32": 4, "Int64": 8, "Float64": 8, "Complex64": 8, "int32": 4, "float32": 4}


def varint(value: int) -> bytes:
    """Encode a number of 64 bits, negative ones as two's complement."""
    value &= (1 << 64) - 1
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def block(tag: int, data: bytes) -> bytes:
    """Encode a length-delimited field by its tag byte."""
    return bytes([tag]) + varint(len(data)) + data


def proto(dims: tuple[int, ...], dtype: str, content: bytes | None = None) -> bytes:
    """Encode a `TensorProto`; without content, zeros of the size that dims and dtype ask for."""
    if content is None:
        count = 1
        for dim in () if dims == (0,) else dims:
            count *= dim
        content = bytes(count * SIZES[dtype])
    return b"".join(b"\x08" + varint(dim) for dim in dims) + block(0x12, dtype.encode()) + block(0x1A, content)


def entry(name: str, dims: tuple[int, ...] = (2, 3), dtype: str = "Float32", content: bytes | None = None) -> bytes:
    """Encode one entry of a checkpoint."""
    return block(0x0A, block(0x0A, name.encode()) + block(0x12, proto(dims, dtype, content)))


def text(name: str, value: str) -> bytes:
    """Encode a string as `append_dict` does."""
    return entry(name, (0,), "str", (value or "\0").encode("utf-32-le"))


def map_entry(name: str, rows: int, width: int = 3) -> bytes:
    """Encode one slice of a map parameter."""
    parts = [proto((rows,), "int32"), proto((rows, width), "float32"), proto((rows,), "int32")]
    return block(0x0A, block(0x0A, name.encode()) + block(0x1A, b"".join(block(0x0A, part) for part in parts)))


def with_crc(data: bytes) -> bytes:
    """Append the trailer of `crc_check=True`."""
    return data + b"crc_num" + zlib.crc32(data).to_bytes(10, "big")


@dataclass(frozen=True)
class Split:
    """The header bytes and the content's size of an entry too large to build in memory."""

    header: bytes
    nbytes: int


def large(name: str, dims: tuple[int, ...], nbytes: int, dtype: str = "Float32") -> Split:
    """Encode an entry up to its content of `nbytes`, which a test leaves as a hole in the file."""
    tail = b"".join(b"\x08" + varint(dim) for dim in dims) + block(0x12, dtype.encode()) + b"\x1a" + varint(nbytes)
    tensor = varint(len(tail) + nbytes) + tail
    body = block(0x0A, name.encode()) + b"\x12" + tensor
    return Split(b"\x0a" + varint(len(body) + nbytes) + body, nbytes)


#: A small checkpoint with a bit of everything that MindSpore 2 writes, by entries.
PARTS = (
    entry("conv.weight", (4, 3, 2, 2)),
    entry("conv.bias", (4,), "Float16"),
    entry("steps", (), "Int64"),
    entry("flag", (), "Bool"),
    entry("dense.weight", (5, 7), "BFloat16"),
    text("author", "héllo 世界"),
)
SAMPLE = b"".join(PARTS)
#: Where one may cut SAMPLE without leaving a trace in its structure.
BOUNDARIES = tuple(accumulate(len(part) for part in PARTS))
