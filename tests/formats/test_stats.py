"""Statistics and digests of tensors, held against plain numpy and hashlib."""

from __future__ import annotations

import hashlib
import math
import sys
from typing import TYPE_CHECKING

import pytest

from formats.ckpt_bytes import SAMPLE, entry, large, map_entry, text, with_crc
from formats.model_bytes import data, floats, mindir, mindir_place, mindir_tensor, onnx, onnx_tensor
from mindhub.formats import FormatError, ckpt, scan, stats, values
from mindhub.formats.stats import Stats, measure
from mindhub.formats.values import NumpyMissing

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.formats.stats import Measured

np = pytest.importorskip("numpy")


def measured(path: Path, content: bytes, file_format: str = "ckpt") -> Measured:
    path.write_bytes(content)
    return measure(path, scan(path, file_format))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model"


TYPES = {
    "Float16": "float16",
    "Float32": "float32",
    "Float64": "float64",
    "Int8": "int8",
    "Int32": "int32",
    "Int64": "int64",
}


@pytest.mark.parametrize("spelt", TYPES)
@pytest.mark.parametrize("count", [1, 1000, 200_003])
def test_statistics_are_those_of_numpy(path, spelt, count):
    elements = (np.random.default_rng(0).standard_normal(count) * 50 + 3).astype(TYPES[spelt])

    (found,) = measured(path, entry("w", (count,), spelt, elements.tobytes())).stats

    wide = elements.astype(np.float64)
    assert (found.minimum, found.maximum) == (elements.min(), elements.max())
    assert found.mean == pytest.approx(wide.mean(), rel=1e-5, abs=1e-5)
    assert found.std == pytest.approx(wide.std(), rel=1e-5, abs=1e-9)
    assert (found.zeros, found.nan, found.inf) == (int((elements == 0).sum()), 0, 0)
    assert found.sha256 == hashlib.sha256(elements.tobytes()).hexdigest()


def test_bfloat16_is_the_upper_half_of_float32(path):
    wide = np.array([1.5, -2.0, 0.0, 96.0], np.float32)

    (found,) = measured(path, entry("w", (4,), "BFloat16", (wide.view(np.uint32) >> 16).astype("<u2").tobytes())).stats

    assert (found.minimum, found.maximum, found.mean, found.zeros) == (-2.0, 96.0, 23.875, 1)


def test_every_float16_is_widened_bit_by_bit_as_numpy_does_it():
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every.astype(np.float32))]

    assert np.array_equal(values.array(np, "float16", finite.tobytes()).view("u4"), finite.astype("f4").view("u4"))
    assert np.isnan(values.array(np, "float16", every.tobytes())).sum() == 2046


def test_nan_and_infinite_elements_are_counted_and_do_not_count(path):
    elements = np.array([np.nan, 1, np.inf, -np.inf, -0.0, 3], np.float32)

    (found,) = measured(path, entry("w", (6,), "Float32", elements.tobytes())).stats

    assert (found.nan, found.inf, found.zeros) == (1, 2, 1)
    assert (found.minimum, found.maximum, found.mean) == (0, 3, pytest.approx(4 / 3))


def test_a_tensor_of_nothing_but_nan_has_no_minimum(path):
    (found,) = measured(path, entry("w", (3,), "Float16", np.full(3, np.nan, np.float16).tobytes())).stats

    assert (found.minimum, found.mean, found.std, found.nan) == (None, None, None, 3)


@pytest.mark.parametrize("level", [1.0, 1e6, 1e30])
def test_elements_that_are_nearly_the_same_keep_their_deviation(path, level):
    elements = (level * (1 + 1e-4 * np.random.default_rng(0).standard_normal(300_000))).astype(np.float32)

    (found,) = measured(path, entry("w", (300_000,), "Float32", elements.tobytes())).stats

    assert found.std == pytest.approx(elements.astype(np.float64).std(), rel=1e-5)


def test_huge_float64_have_an_infinite_deviation_and_no_fault(path):
    elements = np.array([-1e300, 1e300])

    (found,) = measured(path, entry("w", (2,), "Float64", elements.tobytes())).stats

    assert (found.mean, found.std) == (0.0, math.inf)


def test_negative_zeros_are_zeros(path):
    elements = np.array([-0.0, 0.0, 1.0, -1.0], np.float32)

    (found,) = measured(path, entry("w", (4,), "Float32", elements.tobytes())).stats

    assert found.zeros == 2


@pytest.mark.parametrize("dtype", ["Float16", "BFloat16"])
@pytest.mark.parametrize(
    "elements",
    [
        [-1.0, -2.0, -3.5, -8.0],
        [1.0, 2.0, 3.5, 8.0],
        [-0.0, -1.0, -2.0, -4.0],
        [-0.0, 0.0, 1.0, -1.0, 2.0],
        [0.0, 0.0, 2.0**-14, -(2.0**-24)],
        [1.0, -np.inf, 2.0, 4.0],
        [np.nan, -3.0, np.inf, 4.0],
        [1.0, 1.0, 1.0, 1.0],
        [2.0**15, -(2.0**15), 2.0**14, 0.0],
    ],
)
def test_floats_of_16_bits_have_the_figures_of_the_same_numbers_in_64(path, dtype, elements):
    wide = np.array(elements * 1500, np.float64)
    bits = wide.astype(np.float16).view("<u2") if dtype == "Float16" else wide.astype("<f4").view("<u4") >> 16

    (found,) = measured(path, entry("w", wide.shape, dtype, bits.astype("<u2").tobytes())).stats

    finite = wide[np.isfinite(wide)]
    assert (found.minimum, found.maximum) == (finite.min(), finite.max())
    assert found.mean == pytest.approx(finite.mean(), rel=1e-5, abs=1e-7)
    assert found.std == pytest.approx(finite.std(), rel=1e-5, abs=1e-7)
    assert (found.zeros, found.nan, found.inf) == (
        int((wide == 0).sum()),
        int(np.isnan(wide).sum()),
        int(np.isinf(wide).sum()),
    )


def test_huge_bfloat16_do_not_overflow(path):
    wide = np.array([3e38, -3e38] * 1000, np.float32)

    (found,) = measured(path, entry("w", (2000,), "BFloat16", (wide.view("<u4") >> 16).astype("<u2").tobytes())).stats

    assert found.std == pytest.approx(3e38, rel=1e-2)


@pytest.mark.parametrize("largest", [1 << 10, 1 << 19, 1 << 30])
def test_integers_of_32_bits_are_exact_whether_or_not_their_squares_fit(path, largest):
    elements = np.random.default_rng(0).integers(-largest, largest, 100_001, np.int32)

    (found,) = measured(path, entry("w", (100_001,), "Int32", elements.tobytes())).stats

    exact = [int(element) for element in elements]
    assert found.mean == sum(exact) / len(exact)
    squares = len(exact) * sum(e * e for e in exact) - sum(exact) ** 2
    assert found.std == math.sqrt(squares / len(exact) ** 2)


@pytest.mark.parametrize("spelt", ["Int64", "UInt64"])
def test_integers_of_64_bits_are_exact(path, spelt):
    edge = np.iinfo(spelt.lower())
    elements = np.array([edge.min, edge.max, edge.max, 5], spelt.lower())

    (found,) = measured(path, entry("w", (4,), spelt, elements.tobytes())).stats

    exact = [int(element) for element in elements]
    assert (found.minimum, found.maximum) == (min(exact), max(exact))
    assert found.mean == sum(exact) / 4
    assert found.std == math.sqrt((4 * sum(e * e for e in exact) - sum(exact) ** 2) / 16)


def test_the_file_is_hashed_whole_with_what_is_no_tensor(path):
    content = with_crc(SAMPLE + text("note", "x"))

    assert measured(path, content).sha256 == hashlib.sha256(content).hexdigest()


def test_blocks_and_reads_of_odd_sizes_change_nothing(path, monkeypatch):
    content = SAMPLE + map_entry("m", 5) + map_entry("m", 6)
    expected = measured(path, content)
    monkeypatch.setattr(stats, "_READ", 7)
    monkeypatch.setattr(stats, "BLOCK", 64)

    found = measured(path, content)

    assert found.sha256 == expected.sha256
    assert [row.sha256 for row in found.stats] == [row.sha256 for row in expected.stats]
    assert [(row.minimum, row.zeros) for row in found.stats] == [(row.minimum, row.zeros) for row in expected.stats]


def test_a_tensor_in_pieces_is_measured_as_one(path, monkeypatch):
    monkeypatch.setattr(ckpt, "CHUNK", 40)
    elements = np.arange(25, dtype=np.float32)
    raw = elements.tobytes()
    pieces = [large("w", (25,), len(raw[at : at + 40])).header + raw[at : at + 40] for at in (0, 40, 80)]

    found = measured(path, b"".join(pieces) + entry("z"))

    assert (found.stats[0].minimum, found.stats[0].maximum, found.stats[0].mean) == (0, 24, 12)
    assert found.stats[0].sha256 == hashlib.sha256(raw).hexdigest()


def test_weights_in_another_file_are_measured_there(path):
    weights = bytes(64) + floats(4)
    (path.parent / "data_0").write_bytes(weights)

    found = measured(path, mindir(mindir_tensor("w", 4, values=mindir_place("data_0", 64, 16))), "mindir")

    assert found.files == {"data_0": hashlib.sha256(weights).hexdigest()}
    assert (found.stats[0].maximum, found.stats[0].sha256) == (3, hashlib.sha256(floats(4)).hexdigest())


def test_weights_that_are_not_here_have_no_figures(path):
    found = measured(path, mindir(mindir_tensor("w", 4, values=mindir_place("data_0", 64, 16))), "mindir")

    assert found.stats == (Stats("w", ""),)
    assert found.files == {}


@pytest.mark.parametrize(
    "tensor",
    [onnx_tensor("w", 1, code=7, values=data(7, b"\1")), onnx_tensor("w", 3, code=22, values=data(9, b"\1\2"))],
    ids=["varints", "two to the byte"],
)
def test_values_that_numpy_cannot_read_have_a_digest_alone(path, tensor):
    (found,) = measured(path, onnx(tensor), "onnx").stats

    assert len(found.sha256) == 64
    assert (found.minimum, found.zeros) == (None, None)


def test_a_file_that_shrank_after_the_scan_is_truncated(path):
    path.write_bytes(SAMPLE)
    table = scan(path, "ckpt")
    path.write_bytes(SAMPLE[:100])

    with pytest.raises(FormatError, match="the file ends before its table does"):
        measure(path, table)


def test_without_numpy_the_remedy_is_named(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)

    with pytest.raises(NumpyMissing, match="needs numpy: pip install"):
        measured(path, SAMPLE)
