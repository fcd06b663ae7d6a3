"""The tensor table of a file on a server: what a scan needs of it, in few rounds.

A checkpoint's headers lie between its tensors, so that each is known only when the one before it has been read. Over a
network that is one round trip for each; here the next headers are guessed and asked for together. A guess costs a few
kilobytes where it is wrong and is never believed: the reader of the format walks over the bytes themselves, from header
to header, and what it needs beyond the guesses is asked for as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mindhub.assets.errors import FetchError, Kind
from mindhub.assets.ranges import RangeLimits, RemoteFile
from mindhub.formats import FormatError, scan_source
from mindhub.formats.reading import Reader
from mindhub.formats.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mindhub.assets.guard import Guard
    from mindhub.formats.table import TensorTable

_WINDOW = 8 << 10  # bytes asked for at a header: longer than any header, and the small tensors behind it
_SLACK = 256  # bytes that a guess may lie too far: names of higher layers are longer by a digit
_AHEAD = 4096  # entries guessed at a time
_TAIL = 64  # bytes at the end, where a checkpoint may have a CRC
_MEMORY = 2048  # entries that are remembered when the next ones are guessed
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class RemoteScan:
    """The table of a file on a server, and what reading it took."""

    table: TensorTable
    etag: str | None
    moved: str | None  #: where permanent redirects lead
    received: int  #: bytes
    requests: int
    rounds: int  #: times that one had to wait for the server


def scan_remote(
    url: str,
    file_format: str,
    *,
    guard: Guard,
    known: TensorTable | None = None,
    size: int | None = None,
    limits: RangeLimits | None = None,
) -> RemoteScan:
    """List the tensors of a file behind an address, reading its structure and none of its weights.

    `known` is an earlier table of what should be the same file: its offsets say where headers are, which saves rounds
    and decides nothing. `size` (bytes) is what the card claims. Raises FetchError for what the server does, and
    FormatError for what the file is.
    """
    guess = _Speculation(known) if known is not None or file_format.lower() == "ckpt" else None
    with RemoteFile(url, guard, limits, guess) as file:
        if size is not None and file.size != size:
            message, remedy = "the file has not the size that the card claims", "correct the card if it was replaced"
            raise FetchError(Kind.WRONG_SIZE, url, message, f"{size:,} bytes", f"{file.size:,}", remedy)
        table = scan_source(file, file_format)
        return RemoteScan(table, file.etag, file.moved, file.received, file.requests, file.rounds)


@dataclass(frozen=True, slots=True)
class _Step:
    """An entry that was read: what it is, and how many bytes it takes."""

    shape: object  #: dtype and dims of its tensors
    name: str  #: without its numbers
    length: int = field(compare=False)


class _Speculation:
    """Guesses where the next headers of a checkpoint are.

    Where a table is known, behind each of its tensors. Else the entries so far are followed over the bytes at hand;
    what came after the last time the same run of shapes was seen is expected to come again.
    """

    def __init__(self, table: TensorTable | None) -> None:
        self._table = table
        self._at = 0  #: end of the last entry that was followed
        self._steps: list[_Step] = []

    def __call__(self, file: RemoteFile, start: int, end: int) -> Iterator[tuple[int, int]]:
        yield start, max(end, start + _WINDOW)
        yield file.size - _TAIL, file.size
        if self._table is not None:
            for tensor in self._table.tensors:
                behind = tensor.offset + tensor.nbytes
                yield behind, behind + _WINDOW
            self._table = None  # once: where it was wrong, it is of no more use
            return
        self._follow(file)
        at = self._at
        yield at, at + _WINDOW
        for step in self._expected():
            at += step.length
            if at >= file.size:
                return
            yield at - _SLACK, at + _WINDOW

    def _follow(self, file: RemoteFile) -> None:
        """Walk over the entries as far as their headers are at hand."""
        wire = Wire(Reader(_AtHand(file)), file.size)
        wire.at = self._at
        while self._at < file.size:
            try:
                entry = wire.entry()
            except FormatError:
                return  # the rest of it is not here yet; or it is broken, which the reader will say
            shape = tuple((piece.dtype, piece.dims) for piece in entry.pieces)
            self._steps.append(_Step(shape, _NUMBER.sub("#", entry.name), wire.at - self._at))
            self._at = wire.at

    def _expected(self) -> Iterator[_Step]:
        """Yield the entries that should come: those behind the longest run that ends like ours and came before.

        Where names repeat but for their numbers, a layer follows its like up to the end of the file. Where only shapes
        do, the longer the run, the farther it is trusted.
        """
        period, run = self._repetition(lambda one, other: one == other)
        far = _AHEAD
        if not run:
            period, run = self._repetition(lambda one, other: one.shape == other.shape)
            far = 2 * run + 2 if run > 1 else 0
        for ahead in range(far):
            yield self._steps[ahead % period - period]

    def _repetition(self, same: Callable[[_Step, _Step], bool]) -> tuple[int, int]:
        """Return how many entries lie between the last ones and the longest run like them, and how long that is."""
        steps, count = self._steps, len(self._steps)
        period = longest = 0
        for end in range(count - 1, max(0, count - _MEMORY), -1):
            run = 0
            while run < min(end, _MEMORY // 4) and same(steps[end - 1 - run], steps[count - 1 - run]):
                run += 1
            # Of runs of one length the nearest counts.
            if run > longest:
                period, longest = count - end, run
        return period, longest


class _AtHand:
    """The part of a remote file that is here, as a source that ends where knowledge does."""

    def __init__(self, file: RemoteFile) -> None:
        self._known = file.known
        self.name = file.name
        self.size = file.size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return what is here."""
        return self._known.get(offset, length)
