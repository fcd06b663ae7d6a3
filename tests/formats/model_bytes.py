"""Build the bytes of ONNX, MindIR and safetensors files, whole and broken."""

from __future__ import annotations

import json
import struct
from typing import Any

from formats.ckpt_bytes import varint


def number(field: int, value: int) -> bytes:
    """Encode a varint field."""
    return varint(field << 3) + varint(value)


def data(field: int, content: bytes | str) -> bytes:
    """Encode a length-delimited field: bytes, text or a message."""
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def dims(*sizes: int) -> bytes:
    """Encode the dims of a `TensorProto`."""
    return b"".join(number(1, size) for size in sizes)


def floats(count: int) -> bytes:
    """Give so many float32."""
    return struct.pack(f"<{count}f", *range(count))


def pair(field: int, key: str, value: str) -> bytes:
    """Encode a pair of strings."""
    return data(field, data(1, key) + data(2, value))


# ONNX


def onnx_tensor(name: str, *sizes: int, code: int = 1, values: bytes | None = None) -> bytes:
    """Encode an initializer; without values, float32 in raw_data."""
    count = 1
    for size in sizes:
        count *= size
    return data(
        5, dims(*sizes) + number(2, code) + data(8, name) + (data(9, floats(count)) if values is None else values)
    )


def onnx_value(field: int, name: str, *sizes: int | str, code: int = 1) -> bytes:
    """Encode an input (11) or output (12)."""
    shape = b"".join(data(1, data(2, size) if isinstance(size, str) else number(1, size)) for size in sizes)
    return data(field, data(1, name) + data(2, data(1, number(1, code) + data(2, shape))))


def onnx(graph: bytes, head: bytes = b"") -> bytes:
    """Encode a model around the fields of its graph."""
    return number(1, 8) + data(2, "pytest") + head + data(7, graph) + data(8, data(1, "") + number(2, 17))


ONNX_GRAPH = (
    data(1, data(1, "x") + data(1, "w") + data(2, "y") + data(4, "MatMul"))
    + data(2, "main")
    + onnx_tensor("w", 3, 2)
    + onnx_tensor("b", 2)
    + onnx_tensor("steps", 3, code=7, values=data(7, b"\x01\x02\xac\x02"))
    + onnx_tensor("far", 4, values=pair(13, "location", "w.bin") + pair(13, "offset", "64") + number(14, 1))
    + onnx_value(11, "x", "batch", 3)
    + onnx_value(12, "y", "batch", 2)
)
ONNX = onnx(ONNX_GRAPH) + pair(14, "author", "me")


# MindIR


def mindir_tensor(
    name: str, *sizes: int, code: int = 1, values: bytes | None = None, field: int = 3, prefix: str = "1_main:"
) -> bytes:
    """Encode a parameter; without values, float32 in raw_data."""
    count = 1
    for size in sizes:
        count *= size
    values = data(9, floats(count)) if values is None else values
    return data(field, dims(*sizes) + number(2, code) + data(7, prefix + name) + values + data(13, name))


def mindir_value(field: int, name: str, *sizes: int, code: int = 1) -> bytes:
    """Encode an input (5) or output (6)."""
    return data(field, data(1, f"1_main:{name}") + data(2, dims(*sizes) + number(2, code)))


def mindir(graph: bytes, tail: bytes = b"") -> bytes:
    """Encode a model around the fields of its graph."""
    head = data(1, "1.1") + data(2, "MindSpore") + data(5, "2.10.0")
    return head + data(7, graph) + tail + number(10, 1) + number(13, 3)


def mindir_place(location: str, offset: int, length: int) -> bytes:
    """Encode where in another file a parameter's values are."""
    return data(12, data(1, location) + number(2, offset) + number(3, length))


MINDIR_TUPLE = data(
    6,
    data(1, "1_main:CNode:9")
    + data(5, number(16, 20) + data(17, number(16, 17) + data(12, dims(2) + number(2, 1))) + data(17, number(16, 25))),
)
MINDIR_GRAPH = (
    data(1, data(1, "1_main:x") + data(2, "1_main:CNode:9") + data(4, "REF::MatMul:2"))
    + data(2, "1_main")
    + mindir_tensor("w", 3, 2)
    + mindir_tensor("b", 2)
    + mindir_tensor("far", 4, values=mindir_place("net_variables/data_0", 64, 16))
    + mindir_value(5, "x", -1, 3)
    + MINDIR_TUPLE
)
MINDIR = mindir(MINDIR_GRAPH, data(8, data(2, "2_then") + mindir_value(5, "x", -1, 3)) + pair(14, "key", "value"))


# safetensors


def safetensors(header: dict[str, Any], content: bytes = b"") -> bytes:
    """Encode a file."""
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content


SAFETENSORS = safetensors(
    {
        "__metadata__": {"format": "ms"},
        "w": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]},
        "h": {"dtype": "BF16", "shape": [2], "data_offsets": [24, 28]},
    },
    floats(7),
)
