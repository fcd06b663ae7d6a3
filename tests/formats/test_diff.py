"""What became of the tensors between two files, and the verb that says it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import jsonschema
import pytest

from formats.ckpt_bytes import entry
from formats.model_bytes import SAFETENSORS, data, floats, mindir, mindir_place, mindir_tensor, onnx, onnx_tensor
from mindhub.cli import diff as verb
from mindhub.formats import scan
from mindhub.formats.diff import Incomparable, compare
from mindhub.resources import schema

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.formats.diff import Difference

np = pytest.importorskip("numpy")


def f32(name: str, *elements: float) -> bytes:
    return entry(name, (len(elements),), "Float32", np.array(elements, np.float32).tobytes())


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "a.ckpt", tmp_path / "b.ckpt"


def compared(files: tuple[Path, Path], first: bytes, second: bytes) -> tuple[Difference, ...]:
    for path, content in zip(files, (first, second), strict=True):
        path.write_bytes(content)
    one, other = files
    return compare((one, scan(one, "ckpt")), (other, scan(other, "ckpt")))


def test_every_kind_of_difference_is_told(files):
    first = f32("same", 1, 2) + f32("gone", 9) + f32("old.name", 1, 2, 3) + f32("shape", 1, 2) + f32("value", 3, 4)
    first += f32("type", 1, 2)
    second = f32("same", 1, 2) + f32("new.name", 1, 2, 3) + f32("shape", 1, 2, 3) + f32("value", 3, 4.5)
    second += entry("type", (2,), "Float16", np.array([1, 2], np.float16).tobytes()) + f32("fresh", 7)

    found = compared(files, first, second)

    assert [(row.kind, row.name) for row in found] == [
        ("unchanged", "same"),
        ("removed", "gone"),
        ("renamed", "old.name"),
        ("reshaped", "shape"),
        ("changed", "value"),
        ("retyped", "type"),
        ("added", "fresh"),
    ]
    assert found[2].after is not None
    assert found[2].after.name == "new.name"
    assert (found[4].changed, found[4].largest, found[4].relative) == (1, 0.5, 0.1)
    assert (found[5].changed, found[5].largest) == (0, 0.0)


def test_tensors_of_one_content_are_paired_once_each(files):
    found = compared(files, f32("a", 1) + f32("b", 1) + f32("c", 1), f32("x", 1) + f32("y", 1))

    assert [(row.kind, row.name) for row in found] == [("renamed", "a"), ("renamed", "b"), ("removed", "c")]


def test_nan_equals_nan_and_differs_from_numbers_without_end(files):
    found = compared(files, f32("w", math.nan, math.inf, 1), f32("w", math.nan, math.inf, 2))
    broken = compared(files, f32("w", 1, 2), f32("w", 1, math.nan))

    assert (found[0].changed, found[0].largest, found[0].relative) == (1, 1.0, 1.0)
    assert (broken[0].changed, broken[0].largest) == (1, math.inf)


def test_a_minus_before_a_zero_changes_the_bytes_and_no_element(files):
    (found,) = compared(files, f32("w", 0.0), f32("w", -0.0))

    assert (found.kind, found.changed, found.largest) == ("changed", 0, 0.0)


def test_differences_of_64_bit_integers_are_exact(files):
    edge = np.iinfo(np.int64)

    (found,) = compared(
        files,
        entry("n", (2,), "Int64", np.array([edge.min, 7]).tobytes()),
        entry("n", (2,), "Int64", np.array([edge.max, 7]).tobytes()),
    )

    assert found.largest == 2**64 - 1


def test_large_tensors_are_compared_in_blocks(files):
    elements = np.zeros(300_000, np.float32)
    other = elements.copy()
    other[[5, 299_999]] = 1, -3

    (found,) = compared(files, f32("w", *elements), f32("w", *other))

    assert (found.changed, found.largest, found.relative) == (2, 3.0, math.inf)


def test_files_of_two_formats_are_compared_by_names_and_values(tmp_path):
    one, other = tmp_path / "a.safetensors", tmp_path / "b.onnx"
    one.write_bytes(SAFETENSORS)
    other.write_bytes(onnx(onnx_tensor("w", 3, 2)))

    found = compare((one, scan(one, "safetensors")), (other, scan(other, "onnx")))

    assert [(row.kind, row.name) for row in found] == [("unchanged", "w"), ("removed", "h")]


def test_values_that_are_no_numbers_are_compared_as_bytes(tmp_path):
    one, other = tmp_path / "a.onnx", tmp_path / "b.onnx"
    one.write_bytes(onnx(onnx_tensor("n", 1, code=7, values=data(7, b"\1"))))
    other.write_bytes(onnx(onnx_tensor("n", 1, code=7, values=data(7, b"\2"))))

    (found,) = compare((one, scan(one, "onnx")), (other, scan(other, "onnx")))

    assert (found.kind, found.changed, found.largest) == ("changed", None, None)


def test_weights_that_are_not_here_cannot_be_compared(tmp_path):
    one, other = tmp_path / "a.mindir", tmp_path / "b.mindir"
    for path in (one, other):
        path.write_bytes(mindir(mindir_tensor("w", 4, values=mindir_place("data_0", 0, 16))))

    with pytest.raises(Incomparable, match="'data_0', which is not beside the file"):
        compare((one, scan(one, "mindir")), (other, scan(other, "mindir")))


def test_the_verb_exits_with_0_1_and_2(files, capsys):
    compared(files, f32("w", 1), f32("w", 1))
    equal = verb.run(first=str(files[0]), second=str(files[1]))
    equal_text = capsys.readouterr().out
    compared(files, f32("w", 1), f32("w", 3))
    different = verb.run(first=str(files[0]), second=str(files[1]))
    different_text = capsys.readouterr().out
    files[1].write_bytes(b"<html>")
    cannot = verb.run(first=str(files[0]), second=str(files[1]))

    assert (equal, different, cannot) == (0, 1, 2)
    assert equal_text == "1 unchanged\n"
    assert different_text == "changed  w  1 of 1 elements differ; max |difference| 2, relative L2 2\n1 changed\n"
    assert "this is an HTML page" in capsys.readouterr().err


def test_the_verbs_json_follows_its_schema(files, capsys):
    compared(files, f32("w", 0) + f32("g", *floats(2)), f32("w", 3) + f32("n", 1))

    code = verb.run(first=str(files[0]), second=str(files[1]), output="json")

    found = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema("diff")).validate(found)
    assert code == 1
    assert found["summary"] == {"changed": 1, "removed": 1, "added": 1}
    assert found["tensors"][0]["relative"] is None
