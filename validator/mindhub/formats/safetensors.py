"""Read the header of a safetensors file.

The format: 8 bytes with the length of the header, little-endian; the header, a JSON object of
`name: {dtype, shape, data_offsets: [begin, end]}` and `__metadata__`; then the data, without gaps.
Source: the README of huggingface/safetensors, section "Format".
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

from mindhub.formats.reading import Reader
from mindhub.formats.table import Extra, Tensor, TensorTable

if TYPE_CHECKING:
    from mindhub.formats.reading import ByteSource

#: Of the header. The reference implementation allows 100 MB; this is room for 100,000 tensors.
MAX_HEADER = 16 << 20
MAX_DIMS = 32
_PREFIX = 8
_SHOWN = 200  # characters of a metadata value
#: As the header spells them -> our name and the bits of an element.
_DTYPES = {
    "BOOL": ("bool", 8),
    "U8": ("uint8", 8),
    "I8": ("int8", 8),
    "U16": ("uint16", 16),
    "I16": ("int16", 16),
    "U32": ("uint32", 32),
    "I32": ("int32", 32),
    "U64": ("uint64", 64),
    "I64": ("int64", 64),
    "F16": ("float16", 16),
    "BF16": ("bfloat16", 16),
    "F32": ("float32", 32),
    "F64": ("float64", 64),
    "C64": ("complex64", 64),
    "F8_E4M3": ("float8_e4m3", 8),
    "F8_E5M2": ("float8_e5m2", 8),
    "F8_E8M0": ("float8_e8m0", 8),
    "F4": ("float4_e2m1", 4),
}


def scan(source: ByteSource) -> TensorTable:
    """List the tensors of a safetensors file; FormatError where the header and the file disagree."""
    file = Reader(source)
    header, data_start = _header(file)
    extras = _metadata(file, header.pop("__metadata__", {}))
    int4 = {extra.name for extra in extras if extra.text == "Int4"}
    tensors = [_tensor(file, name, row, data_start) for name, row in header.items()]
    tensors.sort(key=lambda tensor: (tensor.offset, tensor.nbytes))
    _check_layout(file, tensors, data_start)
    # MindSpore stores its 4-bit integers one per byte and says so in the metadata.
    marked = [
        Tensor(t.name, t.shape, "int4", t.nbytes, t.offset) if t.name in int4 and t.dtype == "int8" else t
        for t in tensors
    ]
    strange = [f"the name {t.name!r} holds control characters" for t in tensors if not t.name.isprintable()]
    return TensorTable("safetensors", file.size, tuple(marked), tuple(extras), tuple(strange))


def _header(file: Reader) -> tuple[dict[str, Any], int]:
    """Read the JSON object at the start and say where the data begin."""
    prefix = file.read(0, _PREFIX + 1)
    length = int.from_bytes(prefix[:_PREFIX], "little")
    if len(prefix) <= _PREFIX or prefix[_PREFIX:] != b"{":
        wanted = "a safetensors file"
        raise file.foreign(wanted) or file.fault(
            "structure", f"this is not {wanted}: no JSON header follows its length"
        )
    if _PREFIX + length > file.size:
        raise file.fault(
            "truncated",
            "the header is cut off; download the file again",
            0,
            expected=f"{_PREFIX + length:,} bytes at least",
            found=f"{file.size:,}",
        )
    if length > MAX_HEADER:
        raise file.fault(
            "limit", "the header is too long", 0, expected=f"{MAX_HEADER:,} bytes at most", found=f"{length:,}"
        )
    try:
        header = json.loads(
            file.read(_PREFIX, length), object_pairs_hook=_unique, parse_float=_no_number, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise file.fault("structure", f"the header is not JSON as safetensors has it: {error}", _PREFIX) from error
    if not isinstance(header, dict):
        raise file.fault("structure", "the header is not a JSON object", _PREFIX)
    return header, _PREFIX + length


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice")
        name.encode()  # a lone surrogate, written as an escape, is no text
        found[name] = value
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]!r} where an integer belongs")


def _metadata(file: Reader, data: object) -> list[Extra]:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise file.fault("structure", "`__metadata__` is not a mapping of strings", _PREFIX)
    return [Extra(name, text[:_SHOWN], _PREFIX) for name, text in data.items()]


def _tensor(file: Reader, name: str, row: object, data_start: int) -> Tensor:
    if not isinstance(row, dict) or row.keys() != {"dtype", "shape", "data_offsets"}:
        raise file.fault("structure", "the header gives other keys than dtype, shape, data_offsets", _PREFIX, name)
    dtype, shape, offsets = row["dtype"], row["shape"], row["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise file.fault("dtype", f"{dtype!r} is no dtype of safetensors", _PREFIX, name)
    if not _naturals(shape) or len(shape) > MAX_DIMS:
        raise file.fault("structure", "the shape is not a short list of whole numbers", _PREFIX, name)
    if not _naturals(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:  # noqa: PLR2004 - begin and end
        raise file.fault("structure", "data_offsets is not [begin, end]", _PREFIX, name)
    ours, bits = _DTYPES[dtype]
    begin, end = offsets
    wanted = math.prod(shape) * bits
    if (end - begin) * 8 != wanted:
        raise file.fault(
            "size",
            f"the content does not fit shape {shape} of {ours}",
            data_start + begin,
            name,
            f"{wanted / 8:,.10g} bytes" if wanted < 2**60 else "more bytes than any file has",
            f"{end - begin:,}",
        )
    return Tensor(name, tuple(shape), ours, end - begin, data_start + begin)


def _naturals(value: object) -> bool:
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 2**63 for item in value)


def _check_layout(file: Reader, tensors: list[Tensor], data_start: int) -> None:
    """See that the tensors follow each other without gap or overlap and end with the file."""
    at = data_start
    for tensor in tensors:
        if tensor.offset != at:
            word = "overlaps the one before it" if tensor.offset < at else "leaves a gap before it"
            raise file.fault("structure", f"the content {word}", tensor.offset, tensor.name, f"byte {at:,}")
        at += tensor.nbytes
    if at > file.size:
        cut = next(tensor for tensor in tensors if tensor.offset + tensor.nbytes > file.size)
        message = "the file is cut off; download it again"
        raise file.fault("truncated", message, file.size, cut.name, f"{at:,} bytes", f"{file.size:,}")
    if at < file.size:
        raise file.fault("structure", "bytes follow the last tensor", at, expected="the end of the file")
