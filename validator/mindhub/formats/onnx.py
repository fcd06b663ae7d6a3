"""Read the structure of an ONNX model: its weights' names, shapes, types and places, its inputs and outputs.

A model is a protobuf message `ModelProto` whose field 7 is the graph; the weights are the graph's initializers (field
5), with their bytes inside or in files beside the model. Source: onnx/onnx.proto of the ONNX project and its page
"External Data". Listed are the initializers of the main graph. Tensors inside nodes (of `Constant`, or of the graphs
that `If`, `Loop` and `Scan` hold), sparse tensors and those of functions are counted and named, not listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.formats.graph import MAX_DIMS, MAX_NAME, SHARED_TYPES, SHOWN, Graph, Proto
from mindhub.formats.proto import BYTES, VARINT, Walker, signed
from mindhub.formats.reading import Reader
from mindhub.formats.table import Value

if TYPE_CHECKING:
    from mindhub.formats.reading import ByteSource
    from mindhub.formats.table import TensorTable

#: `TensorProto.DataType` -> our name and the bits of an element.
_DTYPES = {
    **SHARED_TYPES,
    17: ("float8_e4m3fn", 8),
    18: ("float8_e4m3fnuz", 8),
    19: ("float8_e5m2", 8),
    20: ("float8_e5m2fnuz", 8),
    21: ("uint4", 4),
    22: ("int4", 4),
    23: ("float4_e2m1", 4),
    24: ("float8_e8m0", 8),
    25: ("uint2", 2),
    26: ("int2", 2),
    27: ("float6_e2m3", 6),
    28: ("float6_e3m2", 6),
}
#: Fields of `TensorProto`.
_ROLES = {
    3: "segment",
    4: "float",
    5: "int32",
    6: "strings",
    7: "int64",
    8: "name",
    9: "raw",
    10: "double",
    11: "uint64",
    13: "external",
}
_IR_VERSION, _OPSET, _GRAPH, _METADATA, _FUNCTIONS = 1, 8, 7, 14, 25
_TEXTS = {2: "producer_name", 3: "producer_version", 4: "domain"}
_MODEL_VERSION = 5
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _SPARSE = 1, 5, 11, 12, 15
#: Fields of `TypeProto` for what is no tensor.
_TENSOR_TYPE, _SPARSE_TYPE = 1, 8
_OTHER_TYPES = {4: "sequence", 5: "map", 7: "opaque", 9: "optional"}
_MAX_VERSIONS = 1000


def scan(source: ByteSource) -> TensorTable:
    """List the tensors of an ONNX model; FormatError where the structure breaks, or for what is no such model."""
    file = Reader(source)
    # What has a name of its own is not tried as a row of protobuf fields, which much can be read as.
    if error := file.foreign("an ONNX model", "onnx"):
        raise error
    return _Onnx(file).table()


class _Onnx:
    def __init__(self, file: Reader) -> None:
        self._file = file
        self._walker = Walker(file)
        self._graph = Graph(self._walker, _ROLES, _DTYPES)
        self._opsets: list[str] = []
        self._once: set[int] = set()

    def table(self) -> TensorTable:
        graph, functions = self._graph, 0
        for number, wire, a, b in self._walker.fields(0, self._file.size, "the model"):
            if number in (_IR_VERSION, _GRAPH, *_TEXTS):
                self._first(number, b if wire == VARINT else a)
            if number == _IR_VERSION and wire == VARINT:
                graph.fact("ir_version", str(a), b)
            elif number == _MODEL_VERSION and wire == VARINT:
                graph.fact("model_version", str(signed(a)), b)
            elif number in _TEXTS and wire == BYTES:
                graph.fact(_TEXTS[number], self._walker.shown(a, b, SHOWN), a)
            elif number == _OPSET and wire == BYTES and len(self._opsets) < _MAX_VERSIONS:
                self._opsets.append(self._opset(a, b))
            elif number == _METADATA and wire == BYTES:
                graph.fact(*self._pair(a, b), a)
            elif number == _GRAPH and wire == BYTES:
                self._main_graph(a, b)
            functions += number == _FUNCTIONS
        if not {_IR_VERSION, _GRAPH} <= self._once:
            missing = "graph" if _IR_VERSION in self._once else "IR version"
            raise self._file.fault("structure", f"this is not an ONNX model: it has no {missing}", 0)
        graph.fact("opset", ", ".join(self._opsets), 0)
        graph.fact("functions", f"{functions:,}" if functions else "", 0)
        return graph.table("onnx")

    def _first(self, number: int, at: int) -> None:
        if number in self._once:
            raise self._walker.fault(
                "duplicate", f"field {number} of the model stands twice; are these two in one?", at
            )
        self._once.add(number)

    def _main_graph(self, start: int, end: int) -> None:
        graph, walker, sparse = self._graph, self._walker, 0
        for number, wire, a, b in walker.fields(start, end, "the graph"):
            if wire != BYTES:
                continue
            if number == _NODE:
                graph.node(a, b)
            elif number == _INITIALIZER:
                self._initializer(a, b)
            elif number == _INPUT:
                graph.values(graph.inputs, self._value(a, b), a)
            elif number == _OUTPUT:
                graph.values(graph.outputs, self._value(a, b), a)
            elif number == _SPARSE:
                sparse += 1
        names = {tensor.name for tensor in graph.tensors}
        # Up to IR version 3 every initializer is an input too.
        graph.inputs = [value for value in graph.inputs if value.name not in names]
        graph.fact("nodes", f"{graph.nodes:,}", start)
        graph.not_listed(sparse, "sparse tensors")

    def _initializer(self, start: int, end: int) -> None:
        found = self._graph.proto(start, end)
        self._graph.add(found, found.name, self._external(found) if found.external else None)

    def _external(self, found: Proto) -> tuple[str, int, int]:
        """Read where in which file the values are: entries `location`, `offset` (0) and `length` (up to its end)."""
        said = dict(self._pair(a, b, MAX_NAME) for a, b in found.external)
        numbers = []
        for key in ("offset", "length"):
            text = said.get(key, "0" if key == "offset" else "-1")
            if not text.removeprefix("-").isdecimal() or len(text) > 19:  # noqa: PLR2004 - digits of an int64
                message = f"{text[:40]!r} is no {key} of external data"
                raise self._walker.fault("structure", message, found.at, tensor=found.name)
            numbers.append(int(text))
        if not said.get("location"):
            raise self._walker.fault("structure", "no location of external data", found.at, tensor=found.name)
        return said["location"], numbers[0], numbers[1]

    def _opset(self, start: int, end: int) -> str:
        domain, version = "", 0
        for number, wire, a, b in self._walker.fields(start, end, "an operator set"):
            if number == 1 and wire == BYTES:
                domain = self._walker.shown(a, b, 60)
            elif number == 2 and wire == VARINT:  # noqa: PLR2004
                version = signed(a)
        return f"{domain or 'ai.onnx'} {version}"

    def _pair(self, start: int, end: int, longest: int = SHOWN) -> tuple[str, str]:
        """Read a `StringStringEntryProto`."""
        pair = {1: "", 2: ""}
        for number, wire, a, b in self._walker.fields(start, end, "an entry"):
            if number in pair and wire == BYTES:
                pair[number] = self._walker.shown(a, b, longest)
        return pair[1], pair[2]

    def _value(self, start: int, end: int) -> Value:
        """Read a `ValueInfoProto`."""
        name, shape, dtype = "", None, "unknown"
        for number, wire, a, b in self._walker.fields(start, end, "an input or output"):
            if number == 1 and wire == BYTES:
                name = self._walker.text(a, b, MAX_NAME, "a name")
            elif number == 2 and wire == BYTES:  # noqa: PLR2004 - TypeProto
                shape, dtype = self._type(a, b)
        return Value(name, shape, dtype)

    def _type(self, start: int, end: int) -> tuple[tuple[int, ...] | None, str]:
        for number, wire, a, b in self._walker.fields(start, end, "a type"):
            if number in (_TENSOR_TYPE, _SPARSE_TYPE) and wire == BYTES:
                shape, dtype = self._tensor_type(a, b)
                return shape, dtype if number == _TENSOR_TYPE else f"sparse {dtype}"
            if number in _OTHER_TYPES:
                return None, _OTHER_TYPES[number]
        return None, "unknown"

    def _tensor_type(self, start: int, end: int) -> tuple[tuple[int, ...] | None, str]:
        shape, code, at = None, 0, start
        for number, wire, a, b in self._walker.fields(start, end, "a tensor's type"):
            if number == 1 and wire == VARINT:
                code, at = a, b
            elif number == 2 and wire == BYTES:  # noqa: PLR2004 - TensorShapeProto
                shape = self._shape(a, b)
        return shape, self._graph.dtype(code, at)[0] if code else "unknown"

    def _shape(self, start: int, end: int) -> tuple[int, ...]:
        dims: list[int] = []
        for number, wire, a, b in self._walker.fields(start, end, "a shape"):
            if number != 1 or wire != BYTES:
                continue
            if len(dims) == MAX_DIMS:
                raise self._walker.fault("limit", "too many dimensions", a, f"{MAX_DIMS} at most")
            size = -1
            for inner, inner_wire, value, _ in self._walker.fields(a, b, "a dimension"):
                if inner == 1 and inner_wire == VARINT:
                    size = max(-1, signed(value))
            dims.append(size)
        return tuple(dims)
