"""Turn a tensor's bytes into numbers, by blocks; needs numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mindhub.formats.table import Tensor

#: Bytes looked at in one go: they stay in the cache while several passes go over them.
BLOCK = 256 << 10

#: Our dtype -> numpy's, for those whose elements numpy can read as they lie.
_PLAIN = {
    "bool": "u1",
    "int4": "i1",  # MindSpore's, with one element to the byte
    "int8": "i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "uint8": "u1",
    "uint16": "<u2",
    "uint32": "<u4",
    "uint64": "<u8",
    "float16": "<f2",
    "float32": "<f4",
    "float64": "<f8",
    "bfloat16": "<u2",
    "complex64": "<c8",
    "complex128": "<c16",
}
_HALVES = frozenset({"float16", "bfloat16"})
#: Of float16: all but the sign, and the least of what is Inf or NaN.
_NOT_SIGN, _INFINITE = 0x7FFF, 0x7C00


class NumpyMissing(ImportError):  # noqa: N818 - reads as what it says
    """Say that values cannot be looked at here."""

    def __str__(self) -> str:
        return "looking at values needs numpy: pip install 'numpy<2', or mindhub[run]"


def numpy() -> Any:
    """Return the module numpy; raises NumpyMissing where it is not installed."""
    try:
        import numpy as np
    except ImportError:
        raise NumpyMissing from None
    return np


def itemsize(tensor: Tensor) -> int:
    """Return the bytes of an element, or 0 where the elements cannot be read as numbers.

    That is so for strings, for elements of less than a byte, for 8-bit floats, and for values that are compressed or
    written as varints.
    """
    plain = _PLAIN.get(tensor.dtype)
    if plain is None or tensor.encoding:
        return 0
    size = int(plain.lstrip("<iufc"))
    # ONNX packs two of its int4 into a byte.
    return size if tensor.nbytes == tensor.size * size else 0


def array(np: Any, dtype: str, data: Any) -> Any:
    """Return a block of bytes as an array: float16 and bfloat16 as float32, the others as they are."""
    found = np.frombuffer(data, _PLAIN[dtype])
    return widened(np, dtype, found) if dtype in _HALVES else found


def widened(np: Any, dtype: str, block: Any) -> Any:
    """Return float16 or bfloat16, given as such or as bits, as float32; three times as fast as numpy does it."""
    if dtype == "bfloat16":
        # The upper half of a float32.
        return np.left_shift(block, 16, dtype=np.uint32).view(np.float32)
    bits = block.view(np.int16)
    if int((bits & _NOT_SIGN).max(initial=0)) >= _INFINITE:
        return block.view(np.float16).astype(np.float32)
    wide = bits.astype(np.int32)
    wide <<= 13
    return placed(np, wide)


def placed(np: Any, words: Any) -> Any:
    """Make finite float16s into float32s in place: int32 words, shifted so that only the exponents are wrong yet."""
    # The sign, which was spread over four bits, and the rest.
    words &= -0x70002000
    found = words.view(np.float32)
    # The exponents' zero points differ by 112; a product by a power of two is exact, of subnormal numbers too.
    found *= np.float32(2.0**112)
    return found
