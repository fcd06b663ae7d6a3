"""Read the entries of a checkpoint off the file, header by header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mindhub.formats.errors import FormatError
    from mindhub.formats.reading import Reader

#: Bounds of this reader. Networks of today stay below a tenth of each.
MAX_NAME = 1024  # bytes of UTF-8
MAX_DIMS = 32
MAP_PARTS = ("key", "value", "status")

_BYTES = 0x0A  # field 1, length-delimited: an entry, a name, a tensor of a map
_VALUE = 0x12  # field 2, length-delimited: a tensor, a dtype
_MAP = 0x1A  # field 3, length-delimited: a map parameter, or a tensor's content
_DIM = 0x08  # field 1, a number
_VARINT = 10  # bytes a 64-bit number takes at most
_MAX_DTYPE = 32  # bytes of a dtype's name
#: Room for the longest header: lengths and tags, the name, the dims, the dtype.
_HEADER = 8 * (_VARINT + 1) + MAX_NAME + MAX_DIMS * (_VARINT + 1) + _MAX_DTYPE
_AHEAD = 128 << 10  # read at once, at most, while tensors are small; past a large one, a header is enough

#: An entry whose name is printable ASCII, up to its content: length; length of the name, name; the rest of the header.
_NUMBER = rb"[\x80-\xff]{0,9}[\x00-\x7f]"
_PLAIN = re.compile(
    rb"\x0a(%(n)s)\x0a([\x80-\xff]?[\x00-\x7f])([!-~]{1,1024})"
    rb"\x12(%(n)s(?:\x08%(n)s){0,32}\x12[\x01-\x20][A-Za-z0-9]{1,32}\x1a%(n)s)" % {b"n": _NUMBER}
)
_TENSOR_LENGTH = re.compile(_NUMBER)


@dataclass(frozen=True, slots=True)
class Piece:
    """One `TensorProto`: a whole tensor, or a slice of a big one."""

    dims: tuple[int, ...]
    dtype: str  #: as spelt in the file
    offset: int  #: of the content
    nbytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One `Value` of the file."""

    name: str
    offset: int
    is_map: bool
    pieces: tuple[Piece, ...]  #: one, or of a map three: key, value, status


class Wire:
    """A place in a file that moves from entry to entry."""

    def __init__(self, file: Reader, end: int) -> None:
        self._file = file
        self._end = end  #: of the entries; a CRC trailer may follow
        self._window = b""
        self._base = 0  #: where the window begins
        self._ahead = _HEADER  #: how much to read next
        self._lengths: dict[bytes, int] = {}  # of parts of headers, which repeat from layer to layer
        self.at = 0
        self.name: str | None = None  #: of the entry being read or judged, for messages

    def plain(self) -> tuple[str, bytes, int] | None:
        """Recognise the usual entry at `at` without taking it apart or stepping over it.

        Gives its name, its header from the tensor's length to the content's (the same bytes say the same of any
        tensor), and where the content begins; None for an entry that `entry` has to look at.
        """
        start = self.at
        self._look(start)
        found = _PLAIN.match(self._window, start - self._base)
        if found is None:
            return None
        length, name_length, name, rest = found.groups()
        lengths = self._lengths
        if length not in lengths:
            lengths[length] = _decoded(length)
        if rest not in lengths:
            # How much the entry holds from this length on, without the name.
            size = _TENSOR_LENGTH.match(rest)
            lengths[rest] = 1 + (len(size[0]) + _decoded(size[0]) if size else 0)
        count = name_length[0] if len(name_length) == 1 else _decoded(name_length)
        if count != len(name) or lengths[length] != 1 + len(name_length) + count + lengths[rest]:
            return None
        return name.decode(), rest, self._base + found.end()

    def entry(self) -> Entry:
        """Read the entry at `at` up to its content, and step over that; FormatError where it breaks."""
        start = self.at
        self.name = None
        self._look(start)
        end = self._length(_BYTES, "an entry")
        name_end = self._length(_BYTES, "a name")
        self.name = name = self._text(name_end, MAX_NAME, "name")
        if not name:
            raise self.fault("structure", "an entry without a name", start)
        if self._window[self.at - self._base : self.at - self._base + 1] == bytes([_MAP]):
            inner = self._length(_MAP, "a map parameter")
            self._same_end(end, inner, "the map parameter")
            return Entry(name, start, True, self._map_parts(inner))
        inner = self._length(_VALUE, "a tensor")
        self._same_end(end, inner, "the tensor")
        piece = self._piece(inner)
        self.at = end
        return Entry(name, start, False, (piece,))

    def _map_parts(self, end: int) -> tuple[Piece, ...]:
        parts: list[Piece] = []
        while self.at < end and len(parts) < len(MAP_PARTS):
            self._look(self.at)
            inner = self._length(_BYTES, "a tensor of a map parameter")
            if inner > end:
                raise self.fault(
                    "structure", "a tensor of the map reaches beyond it", expected=f"{end:,}", found=f"{inner:,}"
                )
            parts.append(self._piece(inner))
            self.at = inner
        if self.at != end or len(parts) != len(MAP_PARTS):
            raise self.fault("structure", "a map parameter is not made of key, value and status")
        return tuple(parts)

    def _piece(self, end: int) -> Piece:
        """Read a `TensorProto` up to its content, which must reach to `end`."""
        dims: list[int] = []
        while (self.at - self._base) < len(self._window) and self._window[self.at - self._base] == _DIM:
            place = self.at
            self.at += 1
            dim = self._number("a dimension")
            if dim >= 1 << 63:
                raise self.fault("size", "a dimension is negative", place, found=f"{dim - (1 << 64)}")
            dims.append(dim)
            if len(dims) > MAX_DIMS:
                raise self.fault("limit", "too many dimensions", place, f"{MAX_DIMS} at most")
        place = self.at
        dtype_end = self._length(_VALUE, "a dtype")
        dtype = self._text(dtype_end, _MAX_DTYPE, "dtype")
        content_end = self._length(_MAP, "the content")
        offset = self.at
        self._same_end(end, content_end, "the content")
        if end > self._end:
            raise self.fault(
                "truncated",
                "the file is cut off within this tensor; download it again",
                offset,
                f"content up to byte {end:,}",
                f"the end of the {'file' if self._end == self._file.size else 'entries'} at {self._end:,}",
            )
        return Piece(tuple(dims), dtype, offset, content_end - offset)

    def _length(self, tag: int, what: str) -> int:
        """Read a tag and a length; return where what they announce ends."""
        index = self.at - self._base
        if index >= len(self._window):
            raise self._cut(what)
        if self._window[index] != tag:
            raise self.fault(
                "structure", f"{what} should begin here", None, f"byte {tag:02X}", f"{self._window[index]:02X}"
            )
        self.at += 1
        return self._number(f"the length of {what}") + self.at

    def _number(self, what: str) -> int:
        """Read a varint: seven bits a byte, the lowest first."""
        data, index, value = self._window, self.at - self._base, 0
        for shift in range(0, 7 * _VARINT, 7):
            if index >= len(data):
                raise self._cut(what)
            byte = data[index]
            index += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the high bit says that more follows
                self.at = self._base + index
                return value & (1 << 64) - 1
        raise self.fault("structure", f"{what} is no number of 64 bits")

    def _text(self, end: int, longest: int, what: str) -> str:
        if end - self.at > longest:
            raise self.fault("limit", f"the {what} is too long", None, f"{longest} bytes at most", f"{end - self.at:,}")
        index = self.at - self._base
        data = self._window[index : end - self._base]
        if len(data) < end - self.at:
            raise self._cut(f"the {what}")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise self.fault("structure", f"the {what} is not UTF-8") from error
        self.at = end
        return text

    def _look(self, offset: int) -> None:
        """Bring the header at `offset` into the window."""
        window_end = self._base + len(self._window)
        if self._base <= offset and (offset + _HEADER <= window_end or window_end == self._end):
            return
        # A read near the one before doubles the next: neither rows of small tensors nor large ones cost much.
        near = offset - window_end < self._ahead
        self._ahead = min(2 * self._ahead, _AHEAD) if near else _HEADER
        length = min(self._ahead, self._end - offset)
        self._window = self._file.read(offset, length) if length > 0 else b""
        self._base = offset

    def _same_end(self, outer: int, inner: int, what: str) -> None:
        if inner != outer:
            message = f"{what} and the entry around it end at different bytes"
            raise self.fault("structure", message, None, f"byte {outer:,}", f"byte {inner:,}")

    def _cut(self, what: str) -> FormatError:
        found = f"the end of the file at {self._end:,}"
        return self.fault("truncated", f"the file is cut off before {what}; download it again", self._end, found=found)

    def fault(
        self,
        kind: str,
        message: str,
        offset: int | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> FormatError:
        """Make the error that names file, tensor and byte: this one, or else the place where reading stands."""
        place = self.at if offset is None else offset
        return self._file.fault(kind, message, place, self.name, expected, found)


def _decoded(data: bytes) -> int:
    """Return the number that the bytes of one varint stand for."""
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data)) & (1 << 64) - 1
