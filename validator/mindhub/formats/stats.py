"""Measure the values of a file: statistics and sha256 of each tensor, in one pass with the file's own sha256."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mindhub.formats.errors import FormatError
from mindhub.formats.external import data_file
from mindhub.formats.values import BLOCK, array, itemsize, numpy, placed, widened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from io import FileIO
    from pathlib import Path

    from mindhub.formats.table import Tensor, TensorTable

#: Read at once. A second thread for the file's own sha256 was measured: no faster on the wall, and more CPU.
_READ = 512 << 10
#: Below this share of the mean square, a variance in float32 has lost too many digits.
_CANCELLED = 0.1
_DIGIT = 16  # bits
_ROW = 1024  # elements whose sum is one of BLAS
_EXACT = 1 << 53  # the whole numbers up to it are float64s
#: Of the floats of 16 bits: infinity, from where on there are NaNs; and the sign.
_INFINITE, _SIGN = {"float16": 0x7C00, "bfloat16": 0x7F80}, 0x8000


@dataclass(frozen=True, slots=True)
class Stats:
    """What the values of a tensor are like; None where they cannot be read as numbers or there are none.

    NaN and infinite elements do not count for `minimum`, `maximum`, `mean` and `std` (that of the population). Integers
    are exact; floats are good to five digits and mostly more.
    """

    name: str
    sha256: str  #: hex, of the content's bytes in order; "" where the file that holds it is not here
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None
    zeros: int | None = None
    nan: int | None = None
    inf: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of a file."""

    sha256: str  #: of the whole file, hex
    stats: tuple[Stats, ...]  #: one for each tensor, in the order of the table
    files: dict[str, str] = field(default_factory=dict)  #: sha256 of the files that hold weights beside it


def measure(path: Path, table: TensorTable) -> Measured:
    """Read a file once from end to end and measure each of the table's tensors; needs numpy.

    Raises NumpyMissing without it, OSError as reading does, and FormatError (`truncated`) where the file is shorter
    than its table says. Memory stays at some megabytes.
    """
    np = numpy()
    meters = [_Meter(np, tensor) for tensor in table.tensors]
    own = [meter for meter in meters if not meter.tensor.file]
    sha256 = _pass(path, own)
    files = {}
    for name in dict.fromkeys(tensor.file for tensor in table.tensors if tensor.file):
        found = data_file(path, name)
        if found is not None:
            files[name] = _pass(found, [meter for meter in meters if meter.tensor.file == name])
    return Measured(sha256, tuple(meter.stats() for meter in meters), files)


def _pass(path: Path, meters: Sequence[_Meter]) -> str:
    """Feed the bytes of a file to its sha256, which it returns, and to the meters whose tensors they are."""
    whole = hashlib.sha256()
    places = ((offset, length, meter) for meter in meters for offset, length in meter.tensor.places)
    stretches = sorted(places, key=lambda place: place[:2])
    with path.open("rb", buffering=0) as file:
        buffer = memoryview(bytearray(_READ))
        at, index = 0, 0
        while count := _fill(file, buffer):
            whole.update(buffer[:count])
            while index < len(stretches) and stretches[index][0] < at + count:
                offset, length, meter = stretches[index]
                begin, end = max(offset, at), min(offset + length, at + count)
                meter.feed(buffer[begin - at : end - at])
                if offset + length > at + count:
                    break
                index += 1
            at += count
    missing = next((meter for offset, length, meter in stretches if offset + length > at), None)
    if missing is not None:
        raise FormatError("truncated", "the file ends before its table does", str(path), at, missing.tensor.name)
    return whole.hexdigest()


def _fill(file: FileIO, buffer: memoryview) -> int:
    """Read into a buffer until it is full or the file ends; return the bytes read."""
    count = 0
    while count < len(buffer) and (more := file.readinto(buffer[count:])):
        count += more
    return count


class _Meter:
    """The running figures of one tensor."""

    def __init__(self, np: Any, tensor: Tensor) -> None:
        self.tensor = tensor
        self._np = np
        self._digest = hashlib.sha256()
        self._size = itemsize(tensor)
        self._rest = b""  # of an element that is not whole yet
        self._fed = False
        self.sums: _Sums | None = None
        if self._size:
            self.sums = _sums(np, tensor.dtype)

    def feed(self, data: memoryview) -> None:
        """Take the next bytes of the tensor."""
        self._digest.update(data)
        self._fed = True
        if self.sums is None:
            return
        if self._rest:
            data = memoryview(self._rest + bytes(data))
        whole = len(data) - len(data) % self._size
        for start in range(0, whole, BLOCK):
            self.sums.add(array(self._np, self.sums.reads, data[start : min(start + BLOCK, whole)]))
        self._rest = bytes(data[whole:])

    def stats(self) -> Stats:
        """Return the figures."""
        if not self._fed and self.tensor.nbytes:
            return Stats(self.tensor.name, "")
        figures = self.sums.figures() if self.sums is not None else ()
        return Stats(self.tensor.name, self._digest.hexdigest(), *figures)


def _sums(np: Any, dtype: str) -> _Sums:
    if dtype[:3] in {"int", "uin", "boo"}:
        return _Integers(np, dtype)
    return _Halves(np, dtype) if dtype in _INFINITE else _Floats(np, dtype)


class _Sums:
    """What is added up over the blocks."""

    def __init__(self, np: Any, reads: str) -> None:
        self._np = np
        self.reads = reads  #: the dtype as which `array` is to read the blocks
        self.count = 0  #: finite elements
        self.zeros = self.nan = self.inf = 0
        self.lows: list[Any] = []
        self.highs: list[Any] = []

    def add(self, block: Any) -> None:
        """Take the next block of elements."""
        raise NotImplementedError

    def moments(self) -> tuple[float, float]:
        """Return mean and variance."""
        raise NotImplementedError

    def figures(self) -> tuple[Any, ...]:
        """Return minimum, maximum, mean, std, zeros, NaN, Inf."""
        if not self.lows:
            return None, None, None, None, self.zeros, self.nan, self.inf
        mean, variance = self.moments()
        return min(self.lows), max(self.highs), mean, math.sqrt(max(0.0, variance)), self.zeros, self.nan, self.inf


class _Integers(_Sums):
    """Sums of whole numbers, exact whatever their size."""

    def __init__(self, np: Any, reads: str) -> None:
        super().__init__(np, reads)
        self._sum = self._squares = 0

    def add(self, block: Any) -> None:
        np = self._np
        self.count += len(block)
        self.zeros += len(block) - int(np.count_nonzero(block))
        low, high = int(block.min()), int(block.max())
        self.lows.append(low)
        self.highs.append(high)
        # Where no sum can reach 2**53, float64 is exact. A block has at most 2**18 elements, so that this holds for
        # sums of products of 16-bit digits too.
        exact = max(low * low, high * high) * len(block) <= _EXACT
        digits = [block.astype(np.float64)] if exact else list(_digits(np, block))
        for lower, one in enumerate(digits):
            self._sum += int(one.sum()) << _DIGIT * lower
            for upper, other in enumerate(digits[lower:], lower):
                self._squares += (1 if lower == upper else 2) * int(np.dot(one, other)) << _DIGIT * (lower + upper)

    def moments(self) -> tuple[float, float]:
        return self._sum / self.count, (self.count * self._squares - self._sum**2) / self.count**2


def _digits(np: Any, block: Any) -> Iterable[Any]:
    """Split integers into digits of 16 bits as float64, the lowest first; the last one bears the sign."""
    for place in range(max(1, block.itemsize // 2) - 1):
        yield (block >> _DIGIT * place & 0xFFFF).astype(np.float64)
    yield (block >> max(0, block.itemsize * 8 - _DIGIT)).astype(np.float64)


class _Floats(_Sums):
    """Sums of floats by blocks, joined in float64 (Chan, Golub and LeVeque, 1979)."""

    def __init__(self, np: Any, reads: str) -> None:
        super().__init__(np, reads)
        self._mean = self._deviation = 0.0  # of the elements so far: mean, and sum of squared distances from it
        self._ones: dict[Any, Any] = {}

    def add(self, block: Any) -> None:
        np = self._np
        if block.dtype.kind == "c":
            self._add_complex(block)
            return
        count = len(block)
        with np.errstate(all="ignore"):
            squares, mean = self._averages(block)
        if not math.isfinite(squares) or squares - mean * mean < _CANCELLED * squares:
            self._add_carefully(block)
            return
        bits = block.view(np.uint32 if block.itemsize == 4 else np.uint64)  # noqa: PLR2004
        # Doubled, a float's bits lose the sign: zero is zero, be it positive or negative.
        self.zeros += count - int(np.count_nonzero(bits + bits))
        self.lows.append(float(block.min()))
        self.highs.append(float(block.max()))
        self._join(count, mean, (squares - mean * mean) * count)

    def _averages(self, block: Any) -> tuple[float, float]:
        """Return mean square and mean, by BLAS in the type of the block: in a fifth of the time of numpy's sums."""
        np, count = self._np, len(block)
        if block.dtype not in self._ones:
            self._ones[block.dtype] = np.ones(_ROW, block.dtype)
        whole = count - count % _ROW
        rows = block[:whole].reshape(-1, _ROW) @ self._ones[block.dtype]
        total = float(rows.sum(dtype=np.float64)) + float(block[whole:].sum(dtype=np.float64))
        return float(np.dot(block, block)) / count, total / count

    def _add_carefully(self, block: Any) -> None:
        """Add a block that has NaN, Inf or huge elements, or whose elements are nearly the same."""
        np = self._np
        self.zeros += len(block) - int(np.count_nonzero(block))
        self.nan += (nan := int(np.isnan(block).sum()))
        finite = block[np.isfinite(block)]
        self.inf += len(block) - nan - len(finite)
        if not len(finite):
            return
        low, high = float(finite.min()), float(finite.max())
        self.lows.append(low)
        self.highs.append(high)
        # Scaled, so that no square of a float64 overflows; what does in the end is an infinite std.
        scale = max(-low, high, 1.0)
        scaled = finite.astype(np.float64) / scale
        mean = float(scaled.mean())
        scaled -= mean
        deviation = float(np.dot(scaled, scaled))
        self._join(len(finite), mean * scale, deviation * scale * scale)

    def _add_complex(self, block: Any) -> None:
        np = self._np
        self.zeros += len(block) - int(np.count_nonzero(block))
        self.nan += int(np.isnan(block).sum())
        self.inf += int(np.isinf(block).sum())

    def _join(self, count: int, mean: float, deviation: float) -> None:
        total = self.count + count
        distance = mean - self._mean
        self._mean += distance * (count / total)
        self._deviation += deviation + distance * distance * (self.count * (count / total))
        self.count = total

    def moments(self) -> tuple[float, float]:
        return self._mean, self._deviation / self.count


class _Halves(_Floats):
    """Sums of float16 and bfloat16, read as the whole numbers that their bits are: order and zeros show there too."""

    def __init__(self, np: Any, dtype: str) -> None:
        super().__init__(np, "uint16")
        self._dtype = dtype
        self._infinite = _INFINITE[dtype]
        # Two elements lie in one word of 32 bits; they are widened side by side, in memory that stays in the cache.
        self._words = np.empty(BLOCK // 2, np.int32)

    def add(self, block: Any) -> None:
        np, count = self._np, len(block)
        signed = block.view(np.int16)
        top, bottom = int(signed.max()), int(block.max())
        if count % 2 or top >= self._infinite or bottom >= _SIGN + self._infinite:
            super().add(widened(np, self._dtype, block))
            return
        wide = self._widen(block.view(np.int32), count)
        with np.errstate(over="ignore", invalid="ignore"):
            squares, mean = self._averages(wide)
        if not math.isfinite(squares) or squares - mean * mean < _CANCELLED * squares:
            super().add(widened(np, self._dtype, block))
            return
        least = int(signed.min())
        # The least that a sign can stand before is zero.
        self.zeros += count - int(np.count_nonzero(block + block if least == -_SIGN else block))
        # Of negative numbers the bits grow with the distance from zero.
        highest = top if top >= 0 else least + 2 * _SIGN
        lowest = bottom if bottom >= _SIGN else int(block.min())
        low, high = widened(np, self._dtype, np.array([lowest, highest], np.uint16)).tolist()
        self.lows.append(low)
        self.highs.append(high)
        self._join(count, mean, (squares - mean * mean) * count)

    def _widen(self, pairs: Any, count: int) -> Any:
        """Return the elements as float32, those in the upper halves of the words first."""
        np, half = self._np, count // 2
        words = self._words[:count]
        upper, lower = words[:half], words[half:]
        np.left_shift(pairs, 16, out=lower)
        if self._dtype == "bfloat16":
            np.bitwise_and(pairs, ~0xFFFF, out=upper)
            return words.view(np.float32)
        np.right_shift(pairs, 3, out=upper)
        np.right_shift(lower, 3, out=lower)
        return placed(np, words)
