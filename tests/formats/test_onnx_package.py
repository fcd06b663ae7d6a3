"""What the onnx package writes is listed as it says itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mindhub.formats import Value, scan

if TYPE_CHECKING:
    from pathlib import Path

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx", reason="onnx is not installed")


@pytest.fixture
def model() -> object:
    helper, kinds = onnx.helper, onnx.TensorProto
    raw = [
        onnx.numpy_helper.from_array(np.arange(6).astype(dtype).reshape(2, 3), f"raw.{dtype}")
        for dtype in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint64", "bool")
    ]
    typed = [
        helper.make_tensor(f"typed.{kind}", kind, [2, 2], [0, 1, 2, 3])
        for kind in (kinds.FLOAT, kinds.DOUBLE, kinds.INT64, kinds.INT32, kinds.UINT64, kinds.FLOAT16, kinds.BFLOAT16)
    ]
    odd = [
        helper.make_tensor("int4", kinds.INT4, [3], [1, 2, 3]),
        helper.make_tensor("strings", kinds.STRING, [2], [b"a", b"bc"]),
        onnx.numpy_helper.from_array(np.float32(1), "scalar"),
    ]
    x = helper.make_tensor_value_info("x", kinds.FLOAT, ["batch", 3])
    y = helper.make_tensor_value_info("y", kinds.FLOAT, None)
    z = helper.make_tensor_sequence_value_info("z", kinds.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y, z], [*raw, *typed, *odd])
    return helper.make_model(graph, producer_name="test", opset_imports=[helper.make_opsetid("", 21)])


def test_a_model_is_listed_as_the_package_reads_it(model, tmp_path: Path):
    path = tmp_path / "model.onnx"
    onnx.save_model(model, str(path))

    table = scan(path, "onnx")

    expected = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    assert {tensor.name: tensor.shape for tensor in table.tensors} == expected
    assert len(table.tensors) == 20
    assert table.inputs == (Value("x", (-1, 3), "float32"),)
    assert table.outputs == (Value("y", None, "float32"), Value("z", None, "sequence"))
    assert {extra.name: extra.text for extra in table.extras}["opset"] == "ai.onnx 21"


def test_the_content_lies_where_the_table_says(model, tmp_path: Path):
    path = tmp_path / "model.onnx"
    onnx.save_model(model, str(path))
    content = path.read_bytes()
    raw = {tensor.name: tensor.raw_data for tensor in model.graph.initializer if tensor.raw_data}

    found = {t.name: content[t.offset : t.offset + t.nbytes] for t in scan(path, "onnx").tensors if t.name in raw}

    assert found == raw
    assert len(raw) >= 10


def test_external_data_are_found_and_a_file_cut_short_is_refused(model, tmp_path: Path):
    from mindhub.formats import FormatError
    from mindhub.formats.stats import measure

    path = tmp_path / "model.onnx"
    onnx.save_model(model, str(path), save_as_external_data=True, location="weights.bin", size_threshold=0)

    table = scan(path, "onnx")
    found = {stats.name: (stats.minimum, stats.maximum) for stats in measure(path, table).stats}
    weights = tmp_path / "weights.bin"
    weights.write_bytes(weights.read_bytes()[:-1])

    assert {tensor.file for tensor in table.tensors} >= {"weights.bin"}
    assert found["raw.int16"] == (0, 5)
    with pytest.raises(FormatError, match=r"'weights\.bin' is cut off within this tensor"):
        scan(path, "onnx")
