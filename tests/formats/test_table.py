"""The tensor table: totals, digest, and the way into JSON and back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mindhub.formats import Extra, Tensor, TensorTable, Value

TENSORS = (
    Tensor("dense.权重", (2, 3), "float32", 24, 30),
    Tensor("step", (), "int64", 8, 90),
    Tensor("b", (3,), "float32", 12, 9),
)
TABLE = TensorTable("ckpt", 500, TENSORS, (Extra("author", "x", 120),), ("a sentence",))


def test_the_totals_are_sums_over_the_tensors():
    assert (TABLE.parameters, TABLE.nbytes, TABLE.dtypes) == (10, 44, {"float32": 2, "int64": 1})


def test_the_digest_is_the_sha256_of_the_documented_json():
    text = '[["dense.权重","float32",[2,3]],["step","int64",[]],["b","float32",[3]]]'

    assert TABLE.digest() == hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_depends_on_names_dtypes_shapes_and_order_alone():
    moved = TensorTable("safetensors", 1, tuple(Tensor(t.name, t.shape, t.dtype, 0, 0) for t in TABLE.tensors))
    turned = TensorTable("ckpt", 500, TABLE.tensors[::-1])

    assert moved.digest() == TABLE.digest()
    assert turned.digest() != TABLE.digest()


def test_a_table_survives_json():
    assert TensorTable.from_json(json.loads(json.dumps(TABLE.to_json()))) == TABLE


def test_a_table_of_a_graph_survives_json_with_places_and_open_shapes():
    far = Tensor("far", (4,), "float32", 16, 64, (), "data_0")
    split = Tensor("split", (4,), "float32", 16, 5, ((5, 8), (40, 8)))
    coded = Tensor("coded", (3,), "int64", 4, 60, encoding="varint")
    graph = TensorTable(
        "onnx",
        99,
        (far, split, coded),
        inputs=(Value("x", (-1, 3), "float32"),),
        outputs=(Value("y", None, "sequence"),),
    )

    assert TensorTable.from_json(json.loads(json.dumps(graph.to_json()))) == graph


def test_a_table_of_weights_is_written_as_it_was_before_graphs_were_read():
    keys = {"format", "size", "parameters", "nbytes", "dtypes", "digest", "tensors", "extras", "suspicious"}

    assert TABLE.to_json().keys() == keys
    assert TABLE.to_json()["tensors"][1] == {"name": "step", "shape": [], "dtype": "int64", "nbytes": 8, "offset": 90}


def test_the_tables_of_the_registrys_records_are_read():
    records = sorted((Path(__file__).parents[2] / "registry").rglob("*.evidence.json"))
    tables = [json.loads(path.read_text(encoding="utf-8"))["table"] for path in records]

    assert tables
    assert [TensorTable.from_json(table).to_json() for table in tables] == tables


@pytest.mark.parametrize(
    "change",
    [
        {"tensors": None},
        {"tensors": [{"name": "w"}]},
        {"size": float("inf")},
        {"extras": [3]},
        {"digest": "0" * 64},
        {"tensors": []},
    ],
)
def test_json_that_is_no_table_or_was_edited_is_a_value_error(change):
    with pytest.raises(ValueError, match="tensor table"):
        TensorTable.from_json({**TABLE.to_json(), **change})
