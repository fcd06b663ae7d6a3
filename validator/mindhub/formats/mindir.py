"""Read the structure of a MindIR model: its weights' names, shapes, types and places, its inputs and outputs.

A model is a protobuf message much like ONNX's: field 7 is the graph, whose field 3 are the parameters, 5 the inputs and
6 the outputs. Over 1 GB of weights `mindspore.export` writes `<name>_graph.mindir` and the weights into
`<name>_variables/data_0`, `data_1` and so on. Source: the descriptors in `mindspore/train/mind_ir_pb2.py` and
`_save_mindir` in `mindspore/train/serialization.py`. Listed are the parameters of the main graph. Constants inside
nodes and the parameters of functions are counted and named, not listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.formats.graph import MAX_NAME, MAX_VALUES, SHARED_TYPES, SHOWN, Graph, Proto
from mindhub.formats.proto import BYTES, VARINT, Walker, signed
from mindhub.formats.reading import Reader
from mindhub.formats.table import Value

if TYPE_CHECKING:
    from mindhub.formats.reading import ByteSource
    from mindhub.formats.table import TensorTable

#: `TensorProto.DataType` -> our name and the bits of an element.
_DTYPES = {
    **SHARED_TYPES,
    17: ("float64", 64),
    18: ("int4", 8),  # qint4x2, with one element to the byte
}
#: Fields of `TensorProto`, some of them with other numbers than ONNX gives them.
_ROLES = {
    3: "float",
    4: "int32",
    5: "strings",
    6: "int64",
    7: "name",
    9: "raw",
    10: "double",
    11: "uint64",
    12: "external",
    13: "ref_key",
    16: "compression",
}
_VERSION, _GRAPH, _FUNCTION, _PREPROCESSOR = 1, 7, 8, 9
_LITTLE_ENDIAN, _PARALLEL, _MIND_IR_VERSION, _USER_INFO = 10, 11, 13, 14
_TEXTS = {1: "ir_version", 2: "producer_name", 3: "producer_version", 4: "domain", 5: "model_version"}
_NODE, _NAME, _PARAMETER, _INPUT, _OUTPUT, _MAP_PARAMETER = 1, 2, 3, 5, 6, 10
_MAP_PARTS = {3: "key", 4: "value", 5: "status"}
#: Of `AttributeProto.AttributeType`: what an output can be beside a tensor.
_KINDS = {20: "tuple", 21: "list", 22: "dict", 23: "umonad", 24: "iomonad", 25: "none", 30: "csr", 31: "coo", 32: "row"}
_MONADS = frozenset({"umonad", "iomonad"})  # the order of side effects, no data
_TENSORS = frozenset({17, 19})
_DEPTH = 8  # of tuples in tuples
_UNKNOWN_RANK = -2


def scan(source: ByteSource) -> TensorTable:
    """List the tensors of a MindIR model; FormatError where the structure breaks, or for what is no such model."""
    file = Reader(source)
    if error := file.encrypted():
        raise error
    # What has a name of its own is not tried as a row of protobuf fields, which much can be read as.
    if error := file.foreign("a MindIR model", "mindir"):
        raise error
    return _MindIR(file).table()


class _MindIR:
    def __init__(self, file: Reader) -> None:
        self._file = file
        self._walker = Walker(file)
        self._graph = Graph(self._walker, _ROLES, _DTYPES)
        self._once: set[int] = set()
        self._prefix = ""  # that MindSpore puts before the names of the graph

    def table(self) -> TensorTable:
        graph, walker, functions, own = self._graph, self._walker, 0, 0
        for number, wire, a, b in walker.fields(0, self._file.size, "the model"):
            if number in (*_TEXTS, _GRAPH):
                self._first(number, a)
            if number == _GRAPH and wire == BYTES:
                self._main_graph(a, b)
            elif number == _FUNCTION and wire == BYTES:
                functions += 1
                inside = walker.fields(a, b, "a function")
                own += sum(inner in (_PARAMETER, _MAP_PARAMETER) for inner, _, _, _ in inside)
            else:
                self._fact(number, wire, a, b)
        if not {_VERSION, _GRAPH} <= self._once:
            missing = "graph" if _VERSION in self._once else "version"
            raise self._file.fault("structure", f"this is not a MindIR model: it has no {missing}", 0)
        graph.fact("functions", f"{functions:,}" if functions else "", 0)
        graph.not_listed(own, "parameters of functions")
        return graph.table("mindir")

    def _fact(self, number: int, wire: int, a: int, b: int) -> None:
        graph, walker = self._graph, self._walker
        if number in _TEXTS and wire == BYTES:
            graph.fact(_TEXTS[number], walker.shown(a, b, SHOWN), a)
        elif number == _MIND_IR_VERSION and wire == VARINT:
            graph.fact("mind_ir_version", str(signed(a)), b)
        elif number == _USER_INFO and wire == BYTES:
            graph.fact(*self._pair(a, b), a)
        elif number == _PREPROCESSOR:
            graph.fact("preprocessor", "operations of a data set", a)
        elif number == _LITTLE_ENDIAN and wire == VARINT and not a:
            graph.suspect("the weights are written with the highest byte first")
        elif number == _PARALLEL:
            graph.suspect("the graph is split over devices: shapes may be those of one device's share")

    def _first(self, number: int, at: int) -> None:
        if number in self._once:
            raise self._walker.fault(
                "duplicate", f"field {number} of the model stands twice; are these two in one?", at
            )
        self._once.add(number)

    def _main_graph(self, start: int, end: int) -> None:
        graph, walker = self._graph, self._walker
        for number, wire, a, b in walker.fields(start, end, "the graph"):
            if wire != BYTES:
                continue
            if number == _NODE:
                graph.node(a, b)
            elif number == _NAME:
                # It stands before what it is a prefix of.
                self._prefix = walker.text(a, b, MAX_NAME, "a name") + ":"
            elif number == _PARAMETER:
                found = graph.proto(a, b)
                graph.add(found, self._own_name(found.name, found.ref_key), self._external(found))
            elif number == _MAP_PARAMETER:
                self._map(a, b)
            elif number == _INPUT:
                self._values(graph.inputs, a, b)
            elif number == _OUTPUT:
                self._values(graph.outputs, a, b)
        graph.fact("nodes", f"{graph.nodes:,}", start)

    def _external(self, found: Proto) -> tuple[str, int, int] | None:
        """Read where in which file the values are (`ExternalDataProto`)."""
        if not found.external:
            return None
        location, offset, length = "", 0, -1
        for number, wire, a, b in self._walker.fields(*found.external[-1], "the place in another file"):
            if number == 1 and wire == BYTES:
                location = self._walker.text(a, b, MAX_NAME, "a path")
            elif number == 2 and wire == VARINT:  # noqa: PLR2004
                offset = signed(a)
            elif number == 3 and wire == VARINT:  # noqa: PLR2004
                length = signed(a)
        if not location:
            raise self._walker.fault("structure", "no location of external data", found.at, tensor=found.name)
        return location, offset, length

    def _map(self, start: int, end: int) -> None:
        """List a map parameter by its key, value and status."""
        name, parts = "", list[tuple[str, Proto]]()
        for number, wire, a, b in self._walker.fields(start, end, "a map parameter"):
            if number == 1 and wire == BYTES:
                name = self._own_name(self._walker.text(a, b, MAX_NAME, "a name"), "")
            elif number in _MAP_PARTS and wire == BYTES and len(parts) < len(_MAP_PARTS):
                parts.append((_MAP_PARTS[number], self._graph.proto(a, b)))
        self._graph.suspect(f"{name!r} is a map parameter, listed as its key, value and status")
        for part, found in parts:
            self._graph.add(found, f"{name}[{part}]", self._external(found))

    def _values(self, into: list[Value], start: int, end: int) -> None:
        """Read an input or output (`ValueInfoProto`); a tuple of tensors gives a value for each."""
        name, values = "", list[Value]()
        for number, wire, a, b in self._walker.fields(start, end, "an input or output"):
            if wire != BYTES:
                continue
            if number == 1:
                name = self._own_name(self._walker.text(a, b, MAX_NAME, "a name"), "")
            elif number == 2:  # noqa: PLR2004 - TensorProto
                values.append(self._tensor(a, b))
            elif number == 5:  # noqa: PLR2004 - AttributeProto
                self._attribute(values, a, b, 0)
        values = [value for value in values if value.dtype not in _MONADS]
        for index, value in enumerate(values):
            label = name if len(values) == 1 else f"{name}[{index}]"
            self._graph.values(into, Value(label, value.shape, value.dtype), start)

    def _attribute(self, into: list[Value], start: int, end: int, depth: int) -> None:
        """Read what kind of value an output is, and the tensors of a tuple."""
        code, found = 0, list[Value]()
        for number, wire, a, b in self._walker.fields(start, end, "an attribute"):
            if number == 16 and wire == VARINT:  # noqa: PLR2004 - type
                code = a
            elif number in (6, 12) and wire == BYTES:  # t, tensors
                found.append(self._tensor(a, b))
            elif number == 17 and wire == BYTES:  # noqa: PLR2004 - values
                if depth == _DEPTH:
                    raise self._walker.fault("limit", "tuples too deep", a, f"{_DEPTH} levels at most")
                self._attribute(found, a, b, depth + 1)
            if len(found) + len(into) > MAX_VALUES:
                raise self._walker.fault("limit", f"more than {MAX_VALUES:,} inputs or outputs", a)
        if not found and code not in _TENSORS:
            found.append(Value("", None, _KINDS.get(code, "other")))
        into.extend(found)

    def _tensor(self, start: int, end: int) -> Value:
        found = self._graph.proto(start, end)
        dims = tuple(signed(dim) for dim in found.dims)
        dtype = self._graph.dtype(found.code, start)[0] if found.code else "unknown"
        return Value(found.name, None if _UNKNOWN_RANK in dims else tuple(max(-1, dim) for dim in dims), dtype)

    def _pair(self, start: int, end: int) -> tuple[str, str]:
        pair = {1: "", 2: ""}
        for number, wire, a, b in self._walker.fields(start, end, "an entry"):
            if number in pair and wire == BYTES:
                pair[number] = self._walker.shown(a, b, SHOWN)
        return pair[1], pair[2]

    def _own_name(self, name: str, ref_key: str) -> str:
        """Return a name without the graph's, which MindSpore puts before it with a colon.

        The key by which a parameter is referred to has no such prefix, and a name may hold a colon of its own.
        """
        if ref_key and (name == ref_key or name.endswith(f":{ref_key}")):
            return ref_key
        if len(self._prefix) > 1 and name.startswith(self._prefix):
            return name.removeprefix(self._prefix)
        return name.rpartition(":")[2]
