"""Walk the fields of a protobuf message that may be larger than memory, reading tags and skipping contents.

The encoding: https://protobuf.dev/programming-guides/encoding/. A field is a varint of number and wire type, then a
varint (type 0), 8 bytes (1), a length and so many bytes (2), or 4 bytes (5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.formats.errors import FormatError
    from mindhub.formats.reading import Reader

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

#: Bounds of this reader, on the fields that are looked at and on the text that is kept, in bytes.
MAX_FIELDS = 2_000_000
MAX_TEXT = 64 << 20

_LONGEST = 10  # bytes of a varint of 64 bits
_ROOM = 2 * _LONGEST  # a tag, and a number or a length
_NEAR = 4 << 10  # read after a jump over a large content
_AHEAD = 128 << 10  # read at once, at most, where fields are small
_BIG = 1 << 64


class Walker:
    """A window on a file that moves forward from field to field."""

    def __init__(self, file: Reader) -> None:
        self.file = file
        self._window = b""
        self._base = 0  # where the window begins
        self._ahead = _NEAR
        self._fields = 0
        self._text = 0

    def fields(  # noqa: C901 - in one piece, because it runs for every field
        self, start: int, end: int, what: str
    ) -> Iterator[tuple[int, int, int, int]]:
        """Yield the fields between two bytes of the file: (number, wire type, a, b).

        Of a varint `a` is the value and `b` where the field begins; of the other types the content is the bytes from
        `a` to `b`. Messages inside may be walked while their field is at hand. FormatError where a field breaks.
        """
        at = start
        while at < end:
            place = at
            self._fields += 1
            if self._fields > MAX_FIELDS:
                raise self.fault("limit", f"more than {MAX_FIELDS:,} fields", place)
            index = at - self._base
            if index < 0 or index + _ROOM > len(self._window):
                index = self._look(at)
            window = self._window
            try:
                # Most tags and lengths are one byte.
                tag = window[index]
                index += 1
                if tag > 0x7F:  # noqa: PLR2004 - the high bit says that more follows
                    tag, index = self._varint(index - 1, what)
                wire = tag & 7
                if wire in (VARINT, BYTES):
                    value = window[index]
                    index += 1
                    if value > 0x7F:  # noqa: PLR2004
                        value, index = self._varint(index - 1, what)
                else:
                    value = {FIXED32: 4, FIXED64: 8}.get(wire, -1)
            except IndexError:
                raise self._cut(what, place) from None
            if tag < 8 or value < 0:  # noqa: PLR2004 - field 0, which does not exist; or a type out of use
                raise self.fault(
                    "structure", f"no field of {what} begins so", place, found=f"byte {window[place - self._base]:02X}"
                )
            at = self._base + index
            if wire == VARINT:
                if at > end:
                    raise self._beyond(what, place, at, end)
                yield tag >> 3, wire, value, place
                continue
            content, at = at, at + value
            if at > end:
                raise self._beyond(what, place, at, end)
            yield tag >> 3, wire, content, at

    def text(self, start: int, end: int, longest: int, what: str) -> str:
        """Read UTF-8 of at most `longest` bytes."""
        if end - start > longest:
            raise self.fault("limit", f"{what} is too long", start, f"{longest:,} bytes at most", f"{end - start:,}")
        self._text += end - start
        if self._text > MAX_TEXT:
            raise self.fault("limit", f"more than {MAX_TEXT >> 20} MiB of names", start)
        try:
            return self._bytes(start, end).decode()
        except UnicodeDecodeError as error:
            raise self.fault("structure", f"{what} is not UTF-8", start) from error

    def shown(self, start: int, end: int, longest: int) -> str:
        """Read the beginning of a text that is for people's eyes alone."""
        return self._bytes(start, min(end, start + 4 * longest)).decode("utf-8", "replace")[:longest]

    def numbers(self, start: int, end: int, most: int, what: str) -> list[int]:
        """Read packed varints, of which there may be no more than `most`."""
        if end - start > most * _LONGEST:
            raise self.fault("limit", f"{what} has too many values", start, f"{most} at most")
        data, found, value, shift = self._bytes(start, end), list[int](), 0, 0
        for byte in data:
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004
                found.append(value & (_BIG - 1))
                value = shift = 0
        if shift or len(found) > most:
            kind = "structure" if shift else "limit"
            raise self.fault(kind, f"{what} is no list of at most {most} numbers", start)
        return found

    def _bytes(self, start: int, end: int) -> bytes:
        index = start - self._base
        if index >= 0 and end - self._base <= len(self._window):
            return self._window[index : end - self._base]
        return self.file.read(start, end - start)

    def _look(self, offset: int) -> int:
        """Bring `offset` into the window, with room for a field's head; return where in the window it is."""
        end = self._base + len(self._window)
        if self._base <= offset <= end == self.file.size:
            return offset - self._base
        self._ahead = min(2 * self._ahead, _AHEAD) if 0 <= offset - end < self._ahead else _NEAR
        self._window = self.file.read(offset, self._ahead)
        self._base = offset
        return 0

    def _varint(self, index: int, what: str) -> tuple[int, int]:
        """Read a number of several bytes: seven bits a byte, the lowest first. IndexError where the window ends."""
        value = 0
        for shift in range(0, 7 * _LONGEST, 7):
            byte = self._window[index]
            index += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004
                return value & (_BIG - 1), index
        raise self.fault("structure", f"a field of {what} has no number of 64 bits", self._base + index - _LONGEST)

    def _beyond(self, what: str, place: int, at: int, end: int) -> FormatError:
        if at <= self.file.size:
            message = f"a field reaches beyond {what} that holds it"
            return self.fault("structure", message, place, f"an end by byte {end:,}", f"byte {at:,}")
        message = f"the file is cut off within {what}; download it again"
        return self.fault("truncated", message, place, f"a field up to byte {at:,}", f"the end at {self.file.size:,}")

    def _cut(self, what: str, place: int) -> FormatError:
        found = f"the end of the file at {self.file.size:,}"
        return self.fault("truncated", f"the file is cut off within {what}; download it again", place, found=found)

    def fault(
        self,
        kind: str,
        message: str,
        offset: int,
        expected: str | None = None,
        found: str | None = None,
        tensor: str | None = None,
    ) -> FormatError:
        """Make the error that names file and byte."""
        return self.file.fault(kind, message, offset, tensor, expected, found)


def signed(value: int) -> int:
    """Return a varint as the int64 that it stands for."""
    return value - _BIG if value >= _BIG >> 1 else value
