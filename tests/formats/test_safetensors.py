"""What the reader of safetensors reads, and what it refuses with which words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mindhub.formats import Extra, FormatError, Tensor, TensorTable, safetensors, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Scan = Callable[[bytes], TensorTable]


def packed(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def row(dtype: str = "F32", shape: Any = (2, 3), offsets: Any = (0, 24)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.fixture
def scanned(tmp_path: Path) -> Scan:
    def do(data: bytes) -> TensorTable:
        path = tmp_path / "model.safetensors"
        path.write_bytes(data)
        return scan(path, "safetensors")

    return do


def test_tensors_are_listed_in_the_order_of_their_data(scanned):
    data = packed({"b": row("BF16", [3], [24, 30]), "a": row(), "__metadata__": {"format": "ms"}}, bytes(30))

    table = scanned(data)

    start = len(data) - 30
    assert table.tensors == (
        Tensor("a", (2, 3), "float32", 24, start),
        Tensor("b", (3,), "bfloat16", 6, start + 24),
    )
    assert table.extras == (Extra("format", "ms", 8),)
    assert (table.format, table.size, table.parameters) == ("safetensors", len(data), 9)


def test_scalars_and_tensors_without_elements_are_legal(scanned):
    table = scanned(packed({"s": row("I64", [], [0, 8]), "e": row("F32", [0, 4], [0, 0])}, bytes(8)))

    assert [(t.name, t.shape, t.nbytes) for t in table.tensors] == [("e", (0, 4), 0), ("s", (), 8)]


def test_int4_of_mindspore_is_known_by_its_metadata(scanned):
    table = scanned(packed({"q": row("I8", [4], [0, 4]), "__metadata__": {"q": "Int4"}}, bytes(4)))

    assert table.dtypes == {"int4": 1}


def test_two_elements_to_the_byte_are_counted_in_bits(scanned):
    assert scanned(packed({"f": row("F4", [6], [0, 3])}, bytes(3))).nbytes == 3


WHOLE = packed({"a": row(), "b": row("F32", [1], [24, 28])}, bytes(28))
BROKEN = {
    "nothing": (b"", "empty", "this is an empty file"),
    "a checkpoint": (b"\x0a\x10\x0a\x01a\x12\x0b\x08\x01\x12\x04", "structure", "no JSON header follows its length"),
    "a page": (b"<!doctype html><html>", "foreign", "this is an HTML page, not a safetensors file"),
    "a header cut off": (WHOLE[:40], "truncated", "the header is cut off"),
    "data cut off": (WHOLE[:-5], "truncated", f"expected {len(WHOLE)} bytes, found {len(WHOLE) - 5}"),
    "data behind the last tensor": (WHOLE + b"x", "structure", "bytes follow the last tensor"),
    "a header of 100 MB": ((10**8).to_bytes(8, "little") + b"{", "truncated", "the header is cut off"),
    "no object": (packed(b"{} 3"), "structure", "the header is not JSON as safetensors has it"),
    "nested without end": (packed(b'{"a":' + b"[" * 100_000), "structure", "the header is not JSON"),
    "a name twice": (packed(b'{"a": 1, "a": 2}'), "structure", "the name 'a' stands twice"),
    "half a character": (packed(b'{"\\ud800": 1}'), "structure", "the header is not JSON"),
    "NaN": (packed(b'{"a": NaN}'), "structure", "'NaN' where an integer belongs"),
    "a float": (packed(b'{"a": 1e3}'), "structure", "'1e3' where an integer belongs"),
    "metadata of numbers": (packed({"__metadata__": {"a": 1}}), "structure", "not a mapping of strings"),
    "a row of other keys": (packed({"a": {"dtype": "F32"}}), "structure", "other keys than dtype, shape, data_offsets"),
    "an unknown dtype": (packed({"a": row("F12")}), "dtype", "'F12' is no dtype of safetensors"),
    "a negative dimension": (packed({"a": row(shape=[-2, -3])}), "structure", "not a short list of whole numbers"),
    "a boolean dimension": (packed({"a": row(shape=[True])}), "structure", "not a short list of whole numbers"),
    "offsets backwards": (packed({"a": row(offsets=[24, 0])}), "structure", "data_offsets is not [begin, end]"),
    "more than its shape": (packed({"a": row(shape=[2])}, bytes(24)), "size", "expected 8 bytes, found 24"),
    "a claim beyond all files": (
        packed({"a": row(shape=[2**62, 2**62])}, bytes(24)),
        "size",
        "expected more bytes than any file has, found 24",
    ),
    "a gap": (packed({"a": row(), "b": row("F32", [1], [28, 32])}, bytes(32)), "structure", "leaves a gap"),
    "an overlap": (packed({"a": row(), "b": row("F32", [1], [20, 24])}, bytes(24)), "structure", "overlaps"),
}


@pytest.mark.parametrize(("data", "kind", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_in_words_that_name_what_is_wrong(scanned, data, kind, words):
    with pytest.raises(FormatError) as caught:
        scanned(data)

    assert caught.value.kind == kind
    assert words in str(caught.value)


def test_a_header_over_the_limit_is_not_read(scanned, monkeypatch):
    monkeypatch.setattr(safetensors, "MAX_HEADER", 20)

    with pytest.raises(FormatError, match="the header is too long; expected 20 bytes at most"):
        scanned(WHOLE)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.integers() | st.sampled_from(["F32", "U8", "a"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["dtype", "shape", "data_offsets", "a", "__metadata__"]), inner)
            ),
        ).map(lambda value: packed(value, bytes(8))),
    )
)
def test_any_bytes_give_a_table_or_a_format_error(scanned, data):
    try:
        result: object = scanned(data)
    except FormatError as error:
        result = str(error)

    assert isinstance(result, TensorTable | str)
