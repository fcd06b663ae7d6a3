"""What ONNX and MindIR have in common: tensors with their values in one of several fields, and what a graph lists."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mindhub.formats.proto import BYTES, VARINT, Walker, signed
from mindhub.formats.table import Extra, Tensor, TensorTable, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.formats.errors import FormatError

#: Bounds of this reader.
MAX_TENSORS = 200_000
MAX_VALUES = 10_000  # inputs and outputs
MAX_FILES = 1_000
MAX_NAME = 4096
MAX_DIMS = 32
MAX_SENTENCES = 100
MAX_PIECES = 10_000  # of one list of values
SHOWN = 200  # characters of a fact
#: A node of more bytes than these holds more than names: values, or a graph of its own.
HEAVY = 4096

#: `TensorProto.DataType` -> our name and the bits of an element, as far as both formats give a type the same number.
SHARED_TYPES = {
    1: ("float32", 32),
    2: ("uint8", 8),
    3: ("int8", 8),
    4: ("uint16", 16),
    5: ("int16", 16),
    6: ("int32", 32),
    7: ("int64", 64),
    8: ("str", 8),
    9: ("bool", 8),
    10: ("float16", 16),
    11: ("float64", 64),
    12: ("uint32", 32),
    13: ("uint64", 64),
    14: ("complex64", 64),
    15: ("complex128", 128),
    16: ("bfloat16", 16),
}

#: Roles of the fields of `TensorProto` that hold values, and the bytes that a number takes there; 0 where that varies.
_VALUES = {"raw": 0, "strings": 0, "float": 4, "double": 8, "int32": 0, "int64": 0, "uint64": 0}
_VARINTS = frozenset({"int32", "int64", "uint64"})
#: Elements of a complex tensor are two numbers of its list.
_COMPLEX = {"complex64": 8, "complex128": 16}


@dataclass(slots=True)
class Proto:
    """One `TensorProto`, as it stands in the file."""

    at: int
    name: str = ""
    ref_key: str = ""
    dims: list[int] = field(default_factory=list)
    code: int = 0  #: of the dtype
    kind: str = ""  #: role of the field that holds the values; "" where none does
    pieces: list[tuple[int, int]] = field(default_factory=list)  #: (offset, bytes)
    external: list[tuple[int, int]] = field(default_factory=list)  #: messages that say where in another file they are
    compressed: bool = False


class Graph:
    """Collect what a graph holds, with one judgement of names and sizes for both formats."""

    def __init__(self, walker: Walker, roles: Mapping[int, str], dtypes: Mapping[int, tuple[str, int]]) -> None:
        self.walker = walker
        self._roles = roles  #: number of a field of `TensorProto` -> what it holds
        self._dtypes = dtypes  #: code -> our name and the bits of an element
        self._seen: dict[str, int] = {}
        self._files: set[str] = set()
        self._heavy: dict[str, tuple[int, int]] = {}  # operator -> nodes, bytes
        self.tensors: list[Tensor] = []
        self.extras: list[Extra] = []
        self.suspicious: list[str] = []
        self.inputs: list[Value] = []
        self.outputs: list[Value] = []
        self.nodes = 0

    def table(self, file_format: str) -> TensorTable:
        """Return the table of all that was collected."""
        for operator, (count, nbytes) in sorted(self._heavy.items())[:10]:
            nodes = "1 node" if count == 1 else f"{count:,} nodes"
            self.suspect(
                f"{nodes} of the operator {operator!r} with {nbytes:,} bytes: what is inside nodes is not listed"
            )
        return TensorTable(
            file_format,
            self.walker.file.size,
            tuple(self.tensors),
            tuple(self.extras),
            tuple(self.suspicious),
            tuple(self.inputs),
            tuple(self.outputs),
        )

    def fact(self, name: str, text: str, offset: int) -> None:
        """Keep a fact about the model."""
        if text and len(self.extras) < MAX_VALUES:
            self.extras.append(Extra(name, text[:SHOWN], offset))

    def suspect(self, sentence: str) -> None:
        """Keep a sentence about what deserves a look, once, and of thousands the first hundred."""
        if sentence not in self.suspicious and len(self.suspicious) < MAX_SENTENCES:
            self.suspicious.append(sentence)

    def node(self, start: int, end: int) -> None:
        """Count a node, and note one that carries more than its names."""
        self.nodes += 1
        if end - start <= HEAVY:
            return
        operator = "?"
        for number, wire, a, b in self.walker.fields(start, end, "a node"):
            if number == 4 and wire == BYTES:  # noqa: PLR2004 - op_type in both formats
                operator = self.walker.shown(a, b, 40)
                break
        if operator not in self._heavy and len(self._heavy) >= MAX_FILES:
            return
        count, nbytes = self._heavy.get(operator, (0, 0))
        self._heavy[operator] = count + 1, nbytes + end - start

    def proto(self, start: int, end: int) -> Proto:
        """Read a `TensorProto` up to its values."""
        found, walker = Proto(start), self.walker
        for number, wire, a, b in walker.fields(start, end, "a tensor"):
            if number == 1 and wire in (VARINT, BYTES):
                found.dims += [a] if wire == VARINT else walker.numbers(a, b, MAX_DIMS, "the shape")
                if len(found.dims) > MAX_DIMS:
                    raise self._fault(found, "limit", "too many dimensions", f"{MAX_DIMS} at most")
            elif number == 2 and wire == VARINT:  # noqa: PLR2004
                found.code = a
            elif role := self._roles.get(number):
                self._role(found, role, wire, a, b)
        return found

    def _role(self, found: Proto, role: str, wire: int, a: int, b: int) -> None:
        """Take what the two formats put into fields of different numbers."""
        if role in _VALUES:
            self._values(found, role, wire, a, b)
        elif role == "name" and wire == BYTES:
            found.name = self.walker.text(a, b, MAX_NAME, "a name")
        elif role == "ref_key" and wire == BYTES:
            found.ref_key = self.walker.text(a, b, MAX_NAME, "a name")
        elif role == "compression" and wire == VARINT:
            found.compressed = bool(a)
        elif role == "external" and wire == BYTES:
            found.external.append((a, b))
            if len(found.external) > MAX_DIMS:
                raise self._fault(found, "limit", "its place in another file has too many parts")
        elif role == "segment":
            raise self._fault(found, "unsupported", "the tensor is cut into segments, which this reader does not join")

    def _values(self, found: Proto, role: str, wire: int, a: int, b: int) -> None:
        """Note where values lie."""
        if role not in ("raw", "strings") and wire != BYTES:
            message = "its values stand one by one (not packed), which this reader does not read"
            raise self._fault(found, "unsupported", message)
        if wire != BYTES:
            raise self._fault(found, "structure", "its values are of a wrong kind")
        if found.kind not in ("", role) or (role == "raw" and found.kind):
            raise self._fault(found, "structure", "it has values twice")
        found.kind = role
        if role == "strings" and found.pieces:
            # Strings follow each other with their tags and lengths: one stretch.
            found.pieces[0] = found.pieces[0][0], b - found.pieces[0][0]
            return
        if len(found.pieces) >= MAX_PIECES:
            raise self._fault(found, "limit", "its values are in too many pieces", f"{MAX_PIECES:,} at most")
        found.pieces.append((a, b - a))

    def add(self, found: Proto, name: str, external: tuple[str, int, int] | None = None) -> None:
        """List a tensor under its name, with `external` as (file, offset, bytes or -1 for as many as it needs)."""
        if name in self._seen:
            message = f"the name stands twice, first at byte {self._seen[name]:,}"
            raise self.walker.fault("duplicate", message, found.at, tensor=name)
        if len(self._seen) >= MAX_TENSORS:
            raise self.walker.fault("limit", f"more than {MAX_TENSORS:,} tensors", found.at)
        self._seen[name] = found.at
        if not name:
            self.suspect("a tensor has no name")
        elif not name.isprintable():
            self.suspect(f"the name {name!r} holds control characters")
        found.name = name
        shape = self._shape(found)
        dtype, bits = self.dtype(found.code, found.at, name)
        if external is not None:
            self.tensors.append(self._outside(found, shape, dtype, bits, external))
            return
        nbytes = sum(length for _, length in found.pieces)
        encoding = ""
        if found.kind == "strings" or dtype == "str":
            encoding = "strings"
            self._check_strings(found, shape)
        elif found.kind in _VARINTS:
            encoding = "varint"
            self._check_varints(found, shape, bits, nbytes)
        elif not found.compressed:
            self._check_size(found, shape, dtype, bits, nbytes)
        if found.compressed:
            encoding = "compressed"
            self.suspect(f"{name!r} is compressed, so that its bytes do not show whether it is whole")
        first = found.pieces[0][0] if found.pieces else found.at
        pieces = tuple(found.pieces) if len(found.pieces) > 1 else ()
        self.tensors.append(Tensor(name, shape, dtype, nbytes, first, pieces, "", encoding))

    def dtype(self, code: int, at: int, name: str | None = None) -> tuple[str, int]:
        """Return our name of a dtype and the bits of an element."""
        if code not in self._dtypes:
            raise self.walker.fault("dtype", f"{code} is the number of no dtype", at, tensor=name)
        return self._dtypes[code]

    def values(self, into: list[Value], value: Value, at: int) -> None:
        """Add an input or an output."""
        if len(into) >= MAX_VALUES:
            raise self.walker.fault("limit", f"more than {MAX_VALUES:,} inputs or outputs", at)
        into.append(value)

    def not_listed(self, count: int, what: str) -> None:
        """Say what the file holds that the table leaves out."""
        if count:
            self.suspect(f"{what} ({count:,}) are not listed")

    def _outside(
        self, found: Proto, shape: tuple[int, ...], dtype: str, bits: int, external: tuple[str, int, int]
    ) -> Tensor:
        """List a tensor whose values are in another file."""
        location, offset, nbytes = external
        wanted = -(-math.prod(shape) * bits // 8)
        if nbytes < 0:
            nbytes = wanted
        if found.pieces:
            raise self._fault(found, "structure", "it has values here and in another file")
        if dtype == "str" or not 0 <= offset < 1 << 63:
            raise self._fault(found, "structure", "it cannot lie in another file so")
        if nbytes != wanted:
            raise self._wrong_size(found, shape, dtype, wanted, nbytes)
        self._files.add(location)
        if len(self._files) > MAX_FILES:
            raise self._fault(found, "limit", "the weights lie in too many files", f"{MAX_FILES:,} at most")
        return Tensor(found.name, shape, dtype, nbytes, offset, (), location)

    def _shape(self, found: Proto) -> tuple[int, ...]:
        shape = tuple(signed(dim) for dim in found.dims)
        if any(dim < 0 for dim in shape):
            raise self._fault(found, "size", "a dimension is negative", None, str(min(shape)))
        return shape

    def _check_size(self, found: Proto, shape: tuple[int, ...], dtype: str, bits: int, nbytes: int) -> None:
        """Hold bytes that lie side by side against the shape."""
        wanted = -(-math.prod(shape) * bits // 8)
        width = _VALUES.get(found.kind, 0)
        if width and bits != (2 if dtype in _COMPLEX else 1) * 8 * width:
            raise self._fault(found, "structure", f"values of {dtype} stand in the field of another type")
        if nbytes != wanted:
            raise self._wrong_size(found, shape, dtype, wanted, nbytes)

    def _check_varints(self, found: Proto, shape: tuple[int, ...], bits: int, nbytes: int) -> None:
        """Hold the bytes of varints against the shape: a number takes one to ten."""
        count = math.prod(shape) if bits >= 8 else -(-math.prod(shape) * bits // 8)  # noqa: PLR2004
        if not count <= nbytes <= 10 * count:
            wanted = f"{count:,} to {10 * count:,} bytes" if count < 1 << 60 else "more bytes than any file has"
            raise self._fault(found, "size", f"the values do not fit shape {list(shape)}", wanted, f"{nbytes:,}")

    def _check_strings(self, found: Proto, shape: tuple[int, ...]) -> None:
        """Hold the bytes of strings against the shape: each takes two at least, but for the tag of the first."""
        count, nbytes = math.prod(shape), sum(length for _, length in found.pieces)
        if found.kind not in ("", "strings") or (count > 0) != bool(found.pieces) or 2 * (count - 1) > nbytes:
            raise self._fault(found, "size", f"the strings do not fit shape {list(shape)}", None, f"{nbytes:,} bytes")

    def _wrong_size(self, found: Proto, shape: tuple[int, ...], dtype: str, wanted: int, nbytes: int) -> FormatError:
        message = f"the content does not fit shape {list(shape)} of {dtype}"
        expected = f"{wanted:,} bytes" if wanted < 1 << 64 else "more bytes than any file has"
        return self._fault(found, "size", message, expected, f"{nbytes:,}")

    def _fault(
        self, found: Proto, kind: str, message: str, expected: str | None = None, given: str | None = None
    ) -> FormatError:
        return self.walker.fault(kind, message, found.at, expected, given, found.name or None)
