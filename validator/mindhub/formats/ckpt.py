"""Read the structure of a MindSpore checkpoint.

A checkpoint is a protobuf message (`Checkpoint` in MindSpore's checkpoint.proto) whose only field repeats, so the file
is a bare row of entries, without magic number, count or end mark:

    0A len | 0A n name | 12 len | (08 dim)* | 12 n dtype | 1A n content

The content comes last: the three nested lengths end at the same byte. What the writer does with big tensors, scalars,
strings, the CRC trailer and encryption is in `mindspore/train/serialization.py`. A cut between two entries, a changed
value and a name changed into another name leave no trace in the structure: size, sha256 and a recorded table show them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mindhub.formats.errors import FormatError
from mindhub.formats.reading import Reader
from mindhub.formats.table import Extra, Tensor, TensorTable
from mindhub.formats.wire import MAP_PARTS, Entry, Piece, Wire

if TYPE_CHECKING:
    from mindhub.formats.reading import ByteSource

#: A bound of this reader, on the entries of a file.
MAX_ENTRIES = 200_000
#: A tensor of more bytes is written in pieces.
CHUNK = 512 << 20

_CRC = b"crc_num"
_TRAILER = len(_CRC) + 10
_TEXT = 200  # characters of a string that are kept

#: As the file spells them -> our name and the bytes of an element.
_DTYPES = {
    "Bool": ("bool", 1),
    "Int4": ("int4", 1),  # qint4x2, with one element to the byte
    "Int8": ("int8", 1),
    "Int16": ("int16", 2),
    "Int32": ("int32", 4),
    "Int64": ("int64", 8),
    "UInt8": ("uint8", 1),
    "Uint8": ("uint8", 1),  # spelt so by MindSpore 1.x
    "UInt16": ("uint16", 2),
    "UInt32": ("uint32", 4),
    "UInt64": ("uint64", 8),
    "Float16": ("float16", 2),
    "Float32": ("float32", 4),
    "Float64": ("float64", 8),
    "BFloat16": ("bfloat16", 2),
    "Complex64": ("complex64", 8),
    "Complex128": ("complex128", 16),
    "str": ("str", 4),  # UTF-32, little-endian
}
#: `load_checkpoint` of MindSpore 2 has no entry for them.
_NOT_LOADABLE = frozenset({"Uint8", "Complex64", "Complex128"})
#: Map parameters spell dtypes as numpy does.
_NUMPY_DTYPES = {ours: (ours, size) for ours, size in _DTYPES.values() if ours not in {"int4", "str"}}


def scan(source: ByteSource) -> TensorTable:
    """List the tensors of a checkpoint; FormatError names the byte and the tensor where the structure breaks.

    Reads the headers only: about 2 kB per large tensor, 128 kB at a time where tensors are small.
    """
    file = Reader(source)
    if error := file.encrypted():
        raise error
    end = file.size
    # As MindSpore does it: whatever ends so has a trailer.
    if end >= _TRAILER and file.read(end - _TRAILER, len(_CRC)) == _CRC:
        end -= _TRAILER
    scanner = _Scanner(file, end)
    try:
        return scanner.table()
    except FormatError as error:
        # A file that breaks in its first entry may never have been a checkpoint.
        if error.kind not in {"structure", "truncated", "limit"} or scanner.entries:
            raise
        raise (file.foreign("a MindSpore checkpoint") or error) from None


class _Scanner:
    """One pass over the entries of a file, in which those of one name are judged together."""

    def __init__(self, file: Reader, end: int) -> None:
        self._file = file
        self._end = end
        self._wire = Wire(file, end)
        self.entries = 0
        self._seen: dict[str, int] = {}
        self._headers: dict[bytes, tuple[tuple[int, ...], str, int] | None] = {}
        self._tensors: list[Tensor] = []
        self._extras: list[Extra] = []
        self._suspicious: list[str] = []

    def table(self) -> TensorTable:
        if self._end == 0:
            raise self._file.fault(
                "empty", "the file holds nothing but a CRC" if self._file.size else "the file is empty"
            )
        same: list[Entry] = []
        usual: tuple[str, int] | None = None  # name and place of the entry before, if it was read at a glance
        careful = 0  # entries that begin before here are taken apart
        while (start := self._wire.at) < self._end:
            if start >= careful and (tensor := self._usual()) is not None:
                if same:
                    self._close(same)
                    same = []
                self._seen[tensor.name] = start
                self._tensors.append(tensor)
                self._wire.at = tensor.offset + tensor.nbytes
                self.entries += 1
                usual = tensor.name, start
                continue
            entry = self._entry()
            if usual is not None and usual[0] == entry.name:
                # Two in a row are judged together: take the one before apart as well.
                del self._tensors[-1], self._seen[entry.name]
                self.entries -= 2
                self._wire.at, careful, usual = usual[1], start + 1, None
                continue
            usual = None
            if same and same[0].name == entry.name:
                self._check_piece(same[0], entry)
            else:
                self._close(same)
                same = []
                if entry.name in self._seen:
                    first = self._seen[entry.name]
                    message = f"the name stands twice, first at byte {first:,}; are these two files in one?"
                    raise self._fault("duplicate", message, entry.offset)
                self._seen[entry.name] = entry.offset
            same.append(entry)
        self._close(same)
        return TensorTable("ckpt", self._file.size, tuple(self._tensors), tuple(self._extras), tuple(self._suspicious))

    def _usual(self) -> Tensor | None:
        """Return the tensor of the entry at hand, if nothing about it needs a second look; step over nothing.

        Where the answer is None, `_entry` finds out what is unusual or wrong.
        """
        plain = self._wire.plain()
        if plain is None or self.entries >= MAX_ENTRIES:
            return None
        name, header, offset = plain
        if header not in self._headers:
            self._headers[header] = self._learnt()
        known = self._headers[header]
        if known is None or name in self._seen or offset + known[2] > self._end:
            return None
        shape, dtype, nbytes = known
        return Tensor(name, shape, dtype, nbytes, offset)

    def _learnt(self) -> tuple[tuple[int, ...], str, int] | None:
        """Take the entry at hand apart: its shape, dtype and bytes if they agree and are usual, else None."""
        start = self._wire.at
        try:
            piece = self._wire.entry().pieces[0]
        except FormatError:
            return None
        finally:
            self._wire.at = start
        if piece.dtype not in _DTYPES or piece.dtype in _NOT_LOADABLE or piece.dtype == "str":
            return None
        dtype, itemsize = _DTYPES[piece.dtype]
        # MindSpore 1.x gives a scalar the dims [0], 2.x gives it none.
        shape = () if piece.dims == (0,) else piece.dims
        wanted = math.prod(shape) * itemsize
        return (shape, dtype, wanted) if 0 < wanted == piece.nbytes else None

    def _entry(self) -> Entry:
        start = self._wire.at
        try:
            entry = self._wire.entry()
        except FormatError as error:
            rest = self._file.read(start, len(_CRC))
            if self.entries == 0 or error.offset != start or not rest or not _CRC.startswith(rest):
                raise
            if self._file.size - start < _TRAILER:
                raise self._fault(
                    "truncated", "the CRC at the end is cut off; download the file again", start
                ) from None
            raise self._fault(
                "structure", "bytes follow the CRC that ends a file; are these two in one?", start
            ) from None
        self.entries += 1
        if self.entries > MAX_ENTRIES:
            raise self._fault("limit", f"more than {MAX_ENTRIES:,} entries", start)
        return entry

    def _check_piece(self, first: Entry, entry: Entry) -> None:
        """Tell the next piece of a big tensor, which repeats its dims and dtype, from a name that stands twice."""
        one, other = first.pieces[0], entry.pieces[0]
        if first.is_map and entry.is_map:
            return  # slices of a map have dims of their own
        if first.is_map != entry.is_map or (one.dims, one.dtype) != (other.dims, other.dtype):
            raise self._fault("duplicate", "the name stands twice, with another shape or dtype", entry.offset)
        if one.dtype == "str":
            raise self._fault("duplicate", "the name stands twice", entry.offset)

    def _close(self, entries: list[Entry]) -> None:
        """Judge what the entries of one name make together, and list it."""
        if not entries:
            return
        name = entries[0].name
        # Reading is one entry ahead by now.
        ahead, self._wire.name = self._wire.name, name
        if not name.isprintable():
            self._suspicious.append(f"the name {name!r} holds control characters")
        if entries[0].is_map:
            self._suspicious.append(f"{name!r} is a map parameter, listed as its key, value and status")
            for index, part in enumerate(MAP_PARTS):
                self._tensors.append(self._map_tensor(f"{name}[{part}]", [entry.pieces[index] for entry in entries]))
        elif entries[0].pieces[0].dtype == "str":
            self._extras.append(self._string(name, entries[0].pieces[0]))
        else:
            self._tensors.append(self._tensor(name, [entry.pieces[0] for entry in entries]))
        self._wire.name = ahead

    def _tensor(self, name: str, pieces: list[Piece]) -> Tensor:
        first = pieces[0]
        dtype, itemsize = self._dtype(first, _DTYPES)
        # MindSpore 1.x gives a scalar the dims [0], 2.x gives it none.
        shape = () if first.dims == (0,) else first.dims
        wanted = math.prod(shape) * itemsize
        total = sum(piece.nbytes for piece in pieces)
        if len(pieces) > 1:
            self._check_split(name, pieces, wanted)
        if total != wanted:
            raise self._wrong_size(first, shape, dtype, wanted, total)
        if first.dtype in _NOT_LOADABLE:
            self._suspicious.append(f"{name!r} has the dtype {first.dtype}, which MindSpore 2 does not load")
        if total == 0:
            self._suspicious.append(f"{name!r} has no elements, and MindSpore does not write such tensors")
        return Tensor(name, shape, dtype, total, first.offset, _places(pieces))

    def _check_split(self, name: str, pieces: list[Piece], wanted: int) -> None:
        sizes = [piece.nbytes for piece in pieces]
        if wanted <= CHUNK or sizes[0] >= wanted:
            raise self._fault("duplicate", "the name stands twice", pieces[1].offset)
        exact = all(size == CHUNK for size in sizes[:-1]) and 0 < sizes[-1] <= CHUNK
        # np.array_split, of the asynchronous writer, makes pieces that differ by one row, the longer ones first.
        even = sizes == sorted(sizes, reverse=True) and len(set(sizes)) <= 2 and len(sizes) == -(-wanted // CHUNK)  # noqa: PLR2004
        if not exact and not even:
            self._suspicious.append(f"{name!r} is cut into pieces unlike those that MindSpore writes")

    def _map_tensor(self, name: str, pieces: list[Piece]) -> Tensor:
        """Join the slices of one part of a map: rows follow rows."""
        first, rows = pieces[0], 0
        dtype, itemsize = self._dtype(first, _NUMPY_DTYPES)
        for piece in pieces:
            if not piece.dims or piece.dims[1:] != first.dims[1:] or piece.dtype != first.dtype:
                raise self._fault("structure", f"the slices of {name!r} differ in shape or dtype", piece.offset)
            wanted = math.prod(piece.dims) * itemsize
            if wanted != piece.nbytes:
                raise self._wrong_size(piece, piece.dims, dtype, wanted, piece.nbytes)
            rows += piece.dims[0]
        total = sum(piece.nbytes for piece in pieces)
        return Tensor(name, (rows, *first.dims[1:]), dtype, total, first.offset, _places(pieces))

    def _string(self, name: str, piece: Piece) -> Extra:
        if piece.nbytes % 4 or not piece.nbytes or piece.dims not in {(), (0,)}:
            expected = "dims [0] and a multiple of 4 bytes, at least 4"
            found = f"dims {list(piece.dims)}, {piece.nbytes:,} bytes"
            raise self._fault("size", "this is no string", piece.offset, expected, found)
        data = self._file.read(piece.offset, min(piece.nbytes, 4 * _TEXT))
        return Extra(name, data.decode("utf-32-le", "replace").rstrip("\x00"), piece.offset)

    def _dtype(self, piece: Piece, known: dict[str, tuple[str, int]]) -> tuple[str, int]:
        if piece.dtype not in known:
            raise self._fault("dtype", f"{piece.dtype!r} is no dtype of MindSpore", piece.offset)
        return known[piece.dtype]

    def _wrong_size(self, piece: Piece, shape: tuple[int, ...], dtype: str, wanted: int, found: int) -> FormatError:
        message = f"the content does not fit shape {list(shape)} of {dtype}"
        expected = f"{wanted:,} bytes" if wanted < 1 << 64 else "more bytes than any file has"
        return self._fault("size", message, piece.offset, expected, f"{found:,}")

    def _fault(
        self, kind: str, message: str, offset: int, expected: str | None = None, found: str | None = None
    ) -> FormatError:
        return self._wire.fault(kind, message, offset, expected, found)


def _places(pieces: list[Piece]) -> tuple[tuple[int, int], ...]:
    """Return where the pieces of a tensor lie; nothing for one that is in one piece."""
    return tuple((piece.offset, piece.nbytes) for piece in pieces) if len(pieces) > 1 else ()
