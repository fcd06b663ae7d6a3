"""What the readers of ONNX and MindIR read, and what they refuse with which words."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.ckpt_bytes import SAMPLE, varint
from formats.model_bytes import (
    MINDIR,
    MINDIR_GRAPH,
    ONNX,
    ONNX_GRAPH,
    data,
    dims,
    floats,
    mindir,
    mindir_place,
    mindir_tensor,
    mindir_value,
    number,
    onnx,
    onnx_tensor,
    onnx_value,
    pair,
)
from mindhub.formats import FormatError, Tensor, TensorTable, Value, graph, proto, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Scan = Callable[[bytes, str], TensorTable]


@pytest.fixture
def scanned(tmp_path: Path) -> Scan:
    def do(content: bytes, file_format: str) -> TensorTable:
        path = tmp_path / "model"
        path.write_bytes(content)
        return scan(path, file_format)

    return do


def fault(scanned: Scan, content: bytes, file_format: str) -> FormatError:
    with pytest.raises(FormatError) as caught:
        scanned(content, file_format)
    return caught.value


def test_an_onnx_model_is_listed_with_its_weights_inputs_outputs_and_facts(scanned):
    table = scanned(ONNX, "onnx")

    start = ONNX.index(floats(6))
    assert table.tensors[0] == Tensor("w", (3, 2), "float32", 24, start)
    assert [(t.name, t.shape, t.dtype, t.encoding, t.file) for t in table.tensors[1:]] == [
        ("b", (2,), "float32", "", ""),
        ("steps", (3,), "int64", "varint", ""),
        ("far", (4,), "float32", "", "w.bin"),
    ]
    assert table.inputs == (Value("x", (-1, 3), "float32"),)
    assert table.outputs == (Value("y", (-1, 2), "float32"),)
    assert {extra.name: extra.text for extra in table.extras} == {
        "ir_version": "8",
        "producer_name": "pytest",
        "opset": "ai.onnx 17",
        "nodes": "1",
        "author": "me",
    }


def test_a_mindir_model_is_listed_without_the_prefixes_of_its_names(scanned):
    table = scanned(MINDIR, "mindir")

    assert [(t.name, t.shape, t.nbytes, t.file) for t in table.tensors] == [
        ("w", (3, 2), 24, ""),
        ("b", (2,), 8, ""),
        ("far", (4,), 16, "net_variables/data_0"),
    ]
    assert table.inputs == (Value("x", (-1, 3), "float32"),)
    assert table.outputs == (Value("CNode:9[0]", (2,), "float32"), Value("CNode:9[1]", None, "none"))
    assert {extra.name: extra.text for extra in table.extras} == {
        "ir_version": "1.1",
        "producer_name": "MindSpore",
        "model_version": "2.10.0",
        "mind_ir_version": "3",
        "nodes": "1",
        "functions": "1",
        "key": "value",
    }


def test_a_name_with_a_colon_of_its_own_keeps_it_when_the_graph_or_the_key_tells(scanned):
    table = scanned(
        mindir(data(2, "1_main") + mindir_tensor("a:b", 1) + mindir_tensor("c:d", 1, prefix="other:")), "mindir"
    )

    assert [t.name for t in table.tensors] == ["a:b", "c:d"]


def test_initializers_that_old_models_repeat_as_inputs_are_no_inputs(scanned):
    table = scanned(onnx(onnx_tensor("w", 2) + onnx_value(11, "w", 2) + onnx_value(11, "x", 2)), "onnx")

    assert [value.name for value in table.inputs] == ["x"]


@pytest.mark.parametrize(
    ("code", "dtype", "content", "sizes"),
    [
        (10, "float16", bytes(6), (3,)),
        (16, "bfloat16", bytes(6), (3,)),
        (9, "bool", bytes(3), (3,)),
        (11, "float64", bytes(24), (3,)),
        (22, "int4", bytes(2), (3,)),
        (21, "uint4", bytes(2), (4,)),
        (17, "float8_e4m3fn", bytes(3), (3,)),
        (14, "complex64", bytes(24), (3,)),
        (7, "int64", bytes(8), ()),
    ],
)
def test_raw_data_of_each_dtype_is_counted_in_its_bits(scanned, code, dtype, content, sizes):
    (tensor,) = scanned(onnx(onnx_tensor("t", *sizes, code=code, values=data(9, content))), "onnx").tensors

    assert (tensor.dtype, tensor.shape, tensor.nbytes) == (dtype, sizes, len(content))


def test_values_in_typed_fields_are_listed_where_they_lie(scanned):
    lists = (
        onnx_tensor("f", 2, values=data(4, floats(2)))
        + onnx_tensor("d", 1, code=11, values=data(10, struct.pack("<d", 1.5)))
        + onnx_tensor("h", 2, code=10, values=data(5, varint(15360) + varint(0)))
        + onnx_tensor("s", 2, code=8, values=data(6, "one") + data(6, "two"))
    )

    table = scanned(onnx(lists), "onnx")

    assert [(t.name, t.dtype, t.nbytes, t.encoding) for t in table.tensors] == [
        ("f", "float32", 8, ""),
        ("d", "float64", 8, ""),
        ("h", "float16", 3, "varint"),
        ("s", "str", 8, "strings"),
    ]


def test_what_is_left_out_is_said(scanned):
    node = data(1, data(4, "Constant") + data(5, bytes(5000)))
    table = scanned(onnx(node + node + data(15, b"") + onnx_tensor("w", 1)), "onnx")

    assert table.suspicious == (
        "sparse tensors (1) are not listed",
        "2 nodes of the operator 'Constant' with 10,026 bytes: what is inside nodes is not listed",
    )


def test_parameters_of_functions_big_endian_weights_and_parallel_layouts_are_said(scanned):
    function = data(8, data(2, "f") + mindir_tensor("inner", 1))
    content = data(1, "1.1") + data(7, mindir_tensor("w", 1)) + function + number(10, 0) + data(11, b"")

    assert scanned(content, "mindir").suspicious == (
        "the weights are written with the highest byte first",
        "the graph is split over devices: shapes may be those of one device's share",
        "parameters of functions (1) are not listed",
    )


def test_a_map_parameter_is_listed_by_its_parts(scanned):
    def part(field: int, *sizes: int) -> bytes:
        return mindir_tensor("k", *sizes, field=field, prefix="")

    table = scanned(mindir(data(10, data(1, "1_main:m") + part(3, 2) + part(4, 2, 3) + part(5, 2))), "mindir")

    assert [(t.name, t.shape) for t in table.tensors] == [("m[key]", (2,)), ("m[value]", (2, 3)), ("m[status]", (2,))]


def test_inputs_of_unknown_rank_have_no_shape_and_side_effects_are_no_inputs(scanned):
    monad = data(5, data(1, "u") + data(5, number(16, 23)))
    table = scanned(mindir(mindir_value(5, "x", -2) + monad), "mindir")

    assert table.inputs == (Value("x", None, "float32"),)


EXTERNAL = {
    "onnx": onnx(onnx_tensor("w", 4, values=pair(13, "location", "d/w.bin") + pair(13, "offset", "64"))),
    "mindir": mindir(mindir_tensor("w", 4, values=mindir_place("d/w.bin", 64, 16))),
}


@pytest.mark.parametrize("file_format", EXTERNAL)
def test_weights_in_another_file_are_held_against_its_size(scanned, tmp_path, file_format):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "w.bin").write_bytes(bytes(80))
    table = scanned(EXTERNAL[file_format], file_format)
    (tmp_path / "d" / "w.bin").write_bytes(bytes(79))
    error = fault(scanned, EXTERNAL[file_format], file_format)

    assert table.tensors == (Tensor("w", (4,), "float32", 16, 64, (), "d/w.bin"),)
    assert table.suspicious == ()
    assert (error.kind, error.tensor) == ("truncated", "w")
    assert "'d/w.bin' is cut off within this tensor" in str(error)


@pytest.mark.parametrize("location", ["../w.bin", "/etc/passwd", "link/w.bin", "d", "none", "a\0b"])
def test_weights_outside_the_folder_are_never_opened(scanned, tmp_path, location):
    (tmp_path / "d").mkdir()
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "w.bin").write_bytes(bytes(16))
    (tmp_path / "link").symlink_to(outside)

    table = scanned(mindir(mindir_tensor("w", 4, values=mindir_place(location, 0, 16))), "mindir")

    assert table.suspicious == (f"weights lie in {location!r}, which is not beside the file",)


def wrong(*sizes: int, **options: object) -> bytes:
    return onnx(onnx_tensor("w", *sizes, **options))  # type: ignore[arg-type]


BROKEN = {
    "nothing": (b"", "onnx", "empty", "this is an empty file"),
    "a page": (b"<!doctype html><html>", "onnx", "foreign", "this is an HTML page, not an ONNX model"),
    "a page as MindIR": (b"<!doctype html><html>", "mindir", "foreign", "this is an HTML page, not a MindIR model"),
    "a checkpoint": (SAMPLE, "mindir", "foreign", "this is a MindSpore checkpoint, not a MindIR model"),
    "MindIR under ONNX": (MINDIR, "onnx", "foreign", "this is a MindIR model, not an ONNX model"),
    "ONNX under MindIR": (ONNX, "mindir", "foreign", "this is an ONNX model, not a MindIR model"),
    "no graph": (number(1, 8) + data(2, "me"), "onnx", "structure", "it has no graph"),
    "no version": (data(7, ONNX_GRAPH), "onnx", "structure", "it has no IR version"),
    "MindIR without a graph": (data(1, "1.1") + data(2, "me"), "mindir", "structure", "it has no graph"),
    "one model twice": (ONNX * 2, "onnx", "duplicate", "stands twice; are these two in one?"),
    "one MindIR twice": (MINDIR * 2, "mindir", "duplicate", "stands twice; are these two in one?"),
    "zeros behind": (ONNX + bytes(10), "onnx", "structure", "no field of the model begins so; found byte 00"),
    "groups": (ONNX + b"\x0b", "onnx", "structure", "no field of the model begins so; found byte 0B"),
    "a name twice": (onnx(2 * onnx_tensor("w", 1)), "onnx", "duplicate", "the name stands twice"),
    "a MindIR name twice": (mindir(2 * mindir_tensor("w", 1)), "mindir", "duplicate", "the name stands twice"),
    "an unknown dtype": (wrong(1, code=99), "onnx", "dtype", "99 is the number of no dtype"),
    "another dtype": (wrong(4, code=10), "onnx", "size", "expected 8 bytes, found 16"),
    "a dimension grown": (wrong(5, values=data(9, floats(4))), "onnx", "size", "expected 20 bytes, found 16"),
    "a negative dimension": (
        wrong(values=dims(-1) + data(9, b"")),
        "onnx",
        "size",
        "a dimension is negative; found -1",
    ),
    "33 dimensions": (wrong(*[1] * 33), "onnx", "limit", "too many dimensions"),
    "a claim beyond all files": (
        wrong(values=dims(*[1 << 62] * 2) + data(9, b"")),
        "onnx",
        "size",
        "expected more bytes than any file has, found 0",
    ),
    "no values": (wrong(3, values=b""), "onnx", "size", "expected 12 bytes, found 0"),
    "values twice": (wrong(1, values=2 * data(9, floats(1))), "onnx", "structure", "it has values twice"),
    "values in two fields": (wrong(1, values=data(4, floats(1)) + data(9, b"")), "onnx", "structure", "values twice"),
    "values of another type": (wrong(1, values=data(10, bytes(8))), "onnx", "structure", "the field of another type"),
    "too few varints": (wrong(9, code=7, values=data(7, b"\1")), "onnx", "size", "expected 9 to 90 bytes, found 1"),
    "unpacked values": (wrong(1, code=7, values=number(7, 1)), "onnx", "unsupported", "not packed"),
    "segments": (wrong(1, values=data(3, b"")), "onnx", "unsupported", "segments"),
    "a name of a megabyte": (onnx(onnx_tensor("n" * 1_000_000, 1)), "onnx", "limit", "expected 4,096 bytes at most"),
    "a name that is no text": (
        onnx(onnx_tensor("abc", 1)).replace(b"abc", b"a\xffc"),
        "onnx",
        "structure",
        "not UTF-8",
    ),
    "a place without a file": (wrong(1, values=pair(13, "offset", "0")), "onnx", "structure", "no location"),
    "a place that is no number": (
        wrong(1, values=pair(13, "location", "a") + pair(13, "offset", "x")),
        "onnx",
        "structure",
        "'x' is no offset of external data",
    ),
    "a place before the file": (
        wrong(1, values=pair(13, "location", "a") + pair(13, "offset", "-4")),
        "onnx",
        "structure",
        "cannot lie in another file so",
    ),
    "a place of another length": (
        mindir(mindir_tensor("w", 4, values=mindir_place("a", 0, 15))),
        "mindir",
        "size",
        "expected 16 bytes, found 15",
    ),
    "tuples without end": (
        mindir(data(6, data(5, b"".join(varint(17 << 3 | 2) + varint(1000) for _ in range(20)) + bytes(1000)))),
        "mindir",
        "structure",
        "reaches beyond",
    ),
    "an endless number": (number(1, 8) + b"\x10" + b"\xff" * 20, "onnx", "structure", "no number of 64 bits"),
}


@pytest.mark.parametrize(("content", "file_format", "kind", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_in_words_that_name_what_is_wrong(scanned, content, file_format, kind, words):
    error = fault(scanned, content, file_format)

    assert words in str(error)
    assert error.kind == kind


def nested(depth: int) -> bytes:
    inner = number(16, 20)
    for _ in range(depth):
        inner = number(16, 20) + data(17, inner)
    return mindir(data(6, data(1, "y") + data(5, inner)))


def test_tuples_deeper_than_the_limit_are_refused(scanned):
    assert len(scanned(nested(8), "mindir").outputs) == 1
    assert fault(scanned, nested(9), "mindir").kind == "limit"


@pytest.mark.parametrize(
    ("module", "limit", "words"),
    [
        (graph, "MAX_TENSORS", "more than 1 tensors"),
        (graph, "MAX_FILES", "too many files"),
        (proto, "MAX_FIELDS", "more than 1 fields"),
    ],
)
def test_limits_are_kept(scanned, monkeypatch, module, limit, words):
    monkeypatch.setattr(module, limit, 1)
    far = [mindir_tensor(name, 1, values=mindir_place(name, 0, 4)) for name in "abc"]

    error = fault(scanned, mindir(b"".join(far)), "mindir")

    assert error.kind == "limit"
    assert words in str(error)


# Where one may cut a file without leaving a trace in its structure: between the fields of the model, behind the graph.
WHOLE = {"onnx": ONNX, "mindir": MINDIR}


def top_level(content: bytes) -> set[int]:
    from mindhub.formats.proto import Walker
    from mindhub.formats.reading import Reader

    class Memory:
        name, size = "memory", len(content)

        def read_at(self, offset: int, length: int) -> bytes:
            return content[offset : offset + length]

    fields = list(Walker(Reader(Memory())).fields(0, len(content), "the model"))
    # Of a number the place is where it begins, which is where the field before it ends.
    return {b for _, _, _, b in fields}


@pytest.mark.parametrize("file_format", WHOLE)
def test_every_cut_but_those_between_the_models_own_fields_is_refused(scanned, file_format):
    content = WHOLE[file_format]
    unseen = [cut for cut in range(1, len(content)) if accepted(scanned, content[:cut], file_format)]

    assert unseen
    assert set(unseen) <= top_level(content)


def accepted(scanned: Scan, content: bytes, file_format: str) -> bool:
    try:
        scanned(content, file_format)
    except FormatError:
        return False
    return True


no_deadline = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
fields = st.one_of(
    st.binary(max_size=30),
    st.builds(number, st.integers(0, 30), st.integers(0, (1 << 64) - 1)),
    st.builds(data, st.integers(1, 30), st.binary(max_size=30)),
    st.sampled_from([ONNX_GRAPH, MINDIR_GRAPH, ONNX, MINDIR, dims(2, 3), floats(3), number(1, 8), data(1, "1.1")]),
)


@no_deadline
@given(st.lists(fields, max_size=6).map(b"".join), st.sampled_from(["onnx", "mindir"]), st.sampled_from([0, 7]))
def test_any_bytes_give_a_table_or_a_format_error(scanned, content, file_format, inside):
    head = number(1, 8) if file_format == "onnx" else data(1, "1.1") + data(2, "x")
    try:
        result: object = scanned(head + (data(7, content) if inside else content), file_format)
    except FormatError as error:
        result = str(error)

    assert isinstance(result, TensorTable | str)


@pytest.mark.parametrize("ahead", [64, 200, 4096])
def test_a_model_reads_the_same_however_it_is_read(scanned, monkeypatch, ahead):
    expected = scanned(MINDIR, "mindir")
    monkeypatch.setattr(proto, "_NEAR", ahead)
    monkeypatch.setattr(proto, "_AHEAD", ahead)

    assert scanned(MINDIR, "mindir") == expected
