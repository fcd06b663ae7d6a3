"""Compare the tensors of two files: what was added, removed, renamed, reshaped, retyped or changed, and how far."""

from __future__ import annotations

import hashlib
import math
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mindhub.formats.external import data_file
from mindhub.formats.reading import LocalFile, local
from mindhub.formats.values import array, itemsize, numpy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mindhub.formats.table import Tensor, TensorTable

#: In the order of a report.
KINDS = ("removed", "added", "renamed", "reshaped", "retyped", "changed", "unchanged")
_BLOCK = 64 << 10  # elements at a time; also bytes / 4 of tensors that are compared as bytes


class Incomparable(Exception):  # noqa: N818 - reads as what it says
    """Say why the values of a file cannot be had."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one tensor."""

    kind: str  #: one of KINDS
    name: str  #: in the first file; in the second where it was added
    before: Tensor | None
    after: Tensor | None
    #: Elements that differ; None where they were not compared. 0 of a changed tensor: -0.0 in place of 0.0, say.
    changed: int | None = None
    largest: float | None = None  #: absolute difference; infinite where NaN or Inf stands on one side alone
    relative: float | None = None  #: L2 norm of the difference over that of the first; infinite where that is 0


def compare(first: tuple[Path, TensorTable], second: tuple[Path, TensorTable]) -> tuple[Difference, ...]:
    """Compare two files by their tables and their bytes, in the order of the first and then of the second.

    Equal bytes need no numpy; how far values differ does. A removed and an added tensor with the same shape, dtype and
    bytes count as one that was renamed. Raises NumpyMissing, Incomparable where weights lie in a file that is not
    here, OSError, and FormatError.
    """
    old = {tensor.name: tensor for tensor in first[1].tensors}
    new = {tensor.name: tensor for tensor in second[1].tensors}
    with ExitStack() as stack:
        one, other = _Contents(first[0], stack), _Contents(second[0], stack)
        renamed = dict(_renamed(one, other, old, new))
        found = [
            _judged(one, other, name, tensor, new.get(renamed.get(name, name)), name in renamed)
            for name, tensor in old.items()
        ]
    seen = set(renamed.values())
    found += [
        Difference("added", name, None, tensor) for name, tensor in new.items() if name not in old and name not in seen
    ]
    return tuple(found)


class _Contents:
    """The bytes of a file's tensors."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path = path
        self._stack = stack
        self._files: dict[str, LocalFile] = {}

    def blocks(self, tensor: Tensor, size: int) -> Iterator[bytes]:
        """Yield the content in blocks of `size` bytes, whatever pieces it lies in; the last may be shorter."""
        file = self._file(tensor.file)
        rest = b""
        for offset, length in tensor.places:
            at, end = offset, offset + length
            while at < end:
                data = file.read_at(at, min(size - len(rest), end - at))
                if not data:
                    raise Incomparable(f"{file.name} ends within tensor {tensor.name!r}")
                at += len(data)
                rest += data
                if len(rest) == size:
                    yield rest
                    rest = b""
        if rest:
            yield rest

    def digest(self, tensor: Tensor) -> bytes:
        """Return the sha256 of the content."""
        digest = hashlib.sha256()
        for block in self.blocks(tensor, 4 * _BLOCK):
            digest.update(block)
        return digest.digest()

    def _file(self, name: str) -> LocalFile:
        if name not in self._files:
            path = data_file(self._path, name) if name else self._path
            if path is None:
                raise Incomparable(f"{self._path}: weights lie in {name!r}, which is not beside the file")
            self._files[name] = self._stack.enter_context(local(path))
        return self._files[name]


def _renamed(
    one: _Contents, other: _Contents, old: dict[str, Tensor], new: dict[str, Tensor]
) -> Iterator[tuple[str, str]]:
    """Pair removed with added tensors of the same content, in order; only those of a like are hashed."""
    added: dict[tuple[object, ...], list[Tensor]] = {}
    for name, tensor in new.items():
        if name not in old:
            added.setdefault(_likeness(tensor), []).append(tensor)
    digests: dict[str, bytes] = {}
    for name, tensor in old.items():
        alike = added.get(_likeness(tensor), []) if name not in new else []
        if not alike:
            continue
        wanted = one.digest(tensor)
        for candidate in alike:
            if candidate.name not in digests:
                digests[candidate.name] = other.digest(candidate)
            if digests[candidate.name] == wanted:
                alike.remove(candidate)
                yield name, candidate.name
                break


def _likeness(tensor: Tensor) -> tuple[object, ...]:
    return tensor.shape, tensor.dtype, tensor.nbytes, tensor.encoding


def _judged(
    one: _Contents, other: _Contents, name: str, before: Tensor, after: Tensor | None, renamed: bool
) -> Difference:
    """Compare one tensor with what became of it."""
    if after is None:
        return Difference("removed", name, before, None)
    if renamed:
        return Difference("renamed", name, before, after, 0, 0.0, 0.0)
    if before.shape != after.shape:
        return Difference("reshaped", name, before, after)
    alike = _likeness(before) == _likeness(after)
    if alike and all(a == b for a, b in _pairs(one, other, before, after, 4 * _BLOCK, 4 * _BLOCK)):
        return Difference("unchanged", name, before, after, 0, 0.0, 0.0)
    kind = "changed" if before.dtype == after.dtype else "retyped"
    sizes = itemsize(before), itemsize(after)
    if not all(sizes):
        return Difference(kind, name, before, after)
    gap = _Gap()
    for a, b in _pairs(one, other, before, after, sizes[0] * _BLOCK, sizes[1] * _BLOCK):
        gap.add(a, before.dtype, b, after.dtype)
    return Difference(kind, name, before, after, gap.changed, gap.largest, gap.relative)


def _pairs(
    one: _Contents, other: _Contents, before: Tensor, after: Tensor, size: int, other_size: int
) -> Iterator[tuple[bytes, bytes]]:
    return zip(one.blocks(before, size), other.blocks(after, other_size), strict=True)


class _Gap:
    """How far the elements of two tensors are apart."""

    def __init__(self) -> None:
        self._np = numpy()
        self.changed = 0
        self.largest = 0.0
        self._squares = self._norm = 0.0

    def add(self, a: bytes, dtype: str, b: bytes, other_dtype: str) -> None:
        """Take the next elements of both."""
        np = self._np
        before, after = array(np, dtype, a), array(np, other_dtype, b)
        whole = before.dtype.kind in "iu" and before.dtype == after.dtype
        with np.errstate(all="ignore"):
            differ = (before != after) & ~(_nan(np, before) & _nan(np, after))
            wide = np.complex128 if "c" in (before.dtype.kind, after.dtype.kind) else np.float64
            start, end = before.astype(wide), after.astype(wide)
            self._norm += float(np.sum(np.abs(start[np.isfinite(start)]) ** 2))
            count = int(np.count_nonzero(differ))
            if not count:
                return
            self.changed += count
            distance = np.abs(end[differ] - start[differ])
            distance[np.isnan(distance)] = np.inf
            self._squares += float(np.sum(distance**2))
            largest: float = float(distance.max())
            if whole:
                # Exact, where float64 may not be: the difference of two 64-bit numbers fits into 64 bits without sign.
                high, low = np.maximum(before, after), np.minimum(before, after)
                largest = int((high.astype(np.uint64) - low.astype(np.uint64)).max())
            self.largest = max(self.largest, largest)

    @property
    def relative(self) -> float:
        """Return the relative difference in the L2 norm."""
        if not self._squares:
            return 0.0
        return math.sqrt(self._squares / self._norm) if self._norm else math.inf


def _nan(np: Any, block: Any) -> Any:
    return np.isnan(block) if block.dtype.kind in "fc" else np.zeros(len(block), bool)
