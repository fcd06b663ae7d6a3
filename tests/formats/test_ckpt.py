"""What the checkpoint reader reads, and what it refuses with which words."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.ckpt_bytes import BOUNDARIES, PARTS, SAMPLE, block, entry, large, map_entry, proto, text, varint, with_crc
from mindhub.formats import Extra, FormatError, Tensor, TensorTable, scan, wire
from mindhub.formats import ckpt as reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from formats.ckpt_bytes import Split

    Scan = Callable[[bytes], TensorTable]

CHUNK = 512 << 20


@pytest.fixture
def scanned(tmp_path: Path) -> Scan:
    def do(data: bytes) -> TensorTable:
        path = tmp_path / "model.ckpt"
        path.write_bytes(data)
        return scan(path, "ckpt")

    return do


def sparse(path: Path, *parts: Split | bytes) -> Path:
    """Write a file whose large contents are holes: they take no disk."""
    with path.open("wb") as file:
        for part in parts:
            if isinstance(part, bytes):
                file.write(part)
            else:
                file.write(part.header)
                file.seek(part.nbytes, 1)
        file.truncate()
    return path


def fault(scanned: Scan, data: bytes) -> FormatError:
    with pytest.raises(FormatError) as caught:
        scanned(data)
    return caught.value


def test_names_shapes_dtypes_sizes_and_offsets_are_listed_in_the_order_of_the_file(scanned):
    data = entry("w", (2, 3)) + entry("b", (3,), "Float16")

    table = scanned(data)

    assert table.tensors == (Tensor("w", (2, 3), "float32", 24, 22), Tensor("b", (3,), "float16", 6, len(data) - 6))
    assert (table.format, table.size, table.parameters, table.nbytes) == ("ckpt", len(data), 9, 30)
    assert table.dtypes == {"float32": 1, "float16": 1}
    assert table.suspicious == ()


@pytest.mark.parametrize(
    ("spelt", "ours"),
    [
        ("Bool", "bool"),
        ("Int8", "int8"),
        ("UInt8", "uint8"),
        ("Int4", "int4"),
        ("Float16", "float16"),
        ("BFloat16", "bfloat16"),
        ("Int32", "int32"),
        ("Int64", "int64"),
        ("Float64", "float64"),
    ],
)
def test_a_dtype_is_named_in_the_manner_of_numpy(scanned, spelt, ours):
    table = scanned(entry("t", (3,), spelt))

    assert [tensor.dtype for tensor in table.tensors] == [ours]
    assert table.suspicious == ()


@pytest.mark.parametrize("spelt", ["Uint8", "Complex64"])
def test_a_dtype_that_mindspore_2_does_not_load_is_listed_and_suspicious(scanned, spelt):
    table = scanned(entry("t", (3,), spelt))

    assert [tensor.dtype for tensor in table.tensors] == [spelt.lower()]
    assert table.suspicious == (f"'t' has the dtype {spelt}, which MindSpore 2 does not load",)


def test_scalars_of_1_x_and_of_2_x_have_the_same_shape(scanned):
    table = scanned(entry("old", (0,), "Int32") + entry("new", (), "Int32"))

    assert [tensor.shape for tensor in table.tensors] == [(), ()]


def test_strings_are_extras_and_no_parameters(scanned):
    table = scanned(entry("w") + text("author", "héllo 世界") + text("none", ""))

    assert [tensor.name for tensor in table.tensors] == ["w"]
    assert [(extra.name, extra.text) for extra in table.extras] == [("author", "héllo 世界"), ("none", "")]


def test_a_long_string_is_cut_at_200_characters(scanned):
    table = scanned(entry("w") + text("log", "x" * 100_000))

    assert table.extras == (Extra("log", "x" * 200, table.extras[0].offset),)


def test_a_crc_trailer_ends_the_entries(scanned):
    assert scanned(with_crc(SAMPLE)).tensors == scanned(SAMPLE).tensors


def test_a_map_parameter_is_listed_by_its_parts_with_the_rows_of_all_slices(scanned):
    table = scanned(map_entry("m", 2) + map_entry("m", 5) + entry("w"))

    assert [(t.name, t.shape, t.dtype) for t in table.tensors] == [
        ("m[key]", (7,), "int32"),
        ("m[value]", (7, 3), "float32"),
        ("m[status]", (7,), "int32"),
        ("w", (2, 3), "float32"),
    ]
    assert table.suspicious == ("'m' is a map parameter, listed as its key, value and status",)


def test_a_name_with_control_characters_is_suspicious(scanned):
    assert scanned(entry("a\x1b[31m")).suspicious == ("the name 'a\\x1b[31m' holds control characters",)


def test_a_large_tensor_in_slices_of_512_mib_is_one_tensor(tmp_path):
    dims, nbytes = (300_000_000,), 1_200_000_000
    sizes = [CHUNK, CHUNK, nbytes - 2 * CHUNK]
    path = sparse(tmp_path / "m.ckpt", entry("a"), *(large("big", dims, size) for size in sizes), entry("z"))

    table = scan(path, "ckpt")

    assert [(t.name, t.nbytes) for t in table.tensors] == [("a", 24), ("big", nbytes), ("z", 24)]
    assert table.tensors[1].offset == len(entry("a") + large("big", dims, CHUNK).header)
    assert table.suspicious == ()


def test_a_large_tensor_split_into_even_rows_is_one_tensor(tmp_path):
    rows, row = 11, 50_000_000 * 4
    sizes = [3 * row, 2 * row, 2 * row, 2 * row, 2 * row]
    path = sparse(tmp_path / "m.ckpt", *(large("big", (rows, 50_000_000), size) for size in sizes))

    table = scan(path, "ckpt")

    assert [(t.shape, t.nbytes) for t in table.tensors] == [((11, 50_000_000), 11 * row)]
    assert table.suspicious == ()


def test_a_large_tensor_in_odd_slices_is_suspicious(tmp_path):
    sizes = [100, CHUNK, 1_000_000_000 - CHUNK - 100]
    path = sparse(tmp_path / "m.ckpt", *(large("big", (250_000_000,), size) for size in sizes))

    assert scan(path, "ckpt").suspicious == ("'big' is cut into pieces unlike those that MindSpore writes",)


def test_a_large_tensor_that_lacks_a_slice_is_refused(tmp_path):
    path = sparse(tmp_path / "m.ckpt", large("big", (300_000_000,), CHUNK), large("big", (300_000_000,), CHUNK))

    with pytest.raises(FormatError, match="expected 1,200,000,000 bytes, found 1,073,741,824") as caught:
        scan(path, "ckpt")

    assert (caught.value.kind, caught.value.tensor) == ("size", "big")


@pytest.mark.parametrize("cut", sorted(set(range(1, len(SAMPLE))) - set(BOUNDARIES)))
def test_a_file_cut_within_an_entry_is_refused(scanned, cut):
    assert fault(scanned, SAMPLE[:cut]).kind in {"truncated", "foreign"}


def test_a_file_cut_within_a_tensor_says_which_and_how_long_it_should_be(scanned):
    whole = entry("first") + entry("second")

    error = fault(scanned, whole[:-5])

    assert (error.kind, error.tensor, error.offset) == ("truncated", "second", len(whole) - 24)
    assert str(error).endswith(
        "model.ckpt: tensor 'second' at byte 77: the file is cut off within this tensor; download it again; "
        "expected content up to byte 101, found the end of the file at 96"
    )


@pytest.mark.parametrize("cut", range(1, 17))
def test_a_cut_within_the_crc_trailer_is_refused(scanned, cut):
    error = fault(scanned, with_crc(SAMPLE)[:-cut])

    assert (error.kind, error.offset) == ("truncated", len(SAMPLE))
    assert "the CRC at the end is cut off" in str(error)


def test_a_cut_between_entries_leaves_another_table(scanned):
    assert scanned(SAMPLE[: BOUNDARIES[3]]).digest() != scanned(SAMPLE).digest()


BROKEN = {
    "a dtype changed to a smaller one": (entry("a", (2,), "Float16", bytes(8)), "size", "expected 4 bytes, found 8"),
    "a dimension grown by one": (entry("a", (65,), content=bytes(256)), "size", "expected 260 bytes, found 256"),
    "a payload shorter than its dims": (entry("a", (4,), content=bytes(15)), "size", "expected 16 bytes, found 15"),
    "a payload longer than its dims": (entry("a", (4,), content=bytes(17)), "size", "expected 16 bytes, found 17"),
    "a negative dimension": (entry("a", (-2, -3), content=bytes(24)), "size", "a dimension is negative; found -2"),
    "a scalar without content": (entry("a", (0,), content=b""), "size", "expected 4 bytes, found 0"),
    "2,147,483,648 elements in 4 bytes": (
        entry("a", (1 << 31,), content=bytes(4)),
        "size",
        "expected 8,589,934,592 bytes, found 4",
    ),
    "dims beyond all numbers": (
        entry("a", ((1 << 63) - 1,) * 32, content=bytes(4)),
        "size",
        "expected more bytes than any file has, found 4",
    ),
    "33 dimensions": (entry("a", (1,) * 33), "limit", "too many dimensions; expected 32 at most"),
    "an unknown dtype": (entry("a", (1,), "Float8", bytes(1)), "dtype", "'Float8' is no dtype of MindSpore"),
    "an empty name": (entry(""), "structure", "an entry without a name"),
    "a name of a megabyte": (entry("n" * 1_000_000), "limit", "expected 1024 bytes at most, found 1,000,000"),
    "a name that is not UTF-8": (
        entry("abc").replace(b"abc", b"a\xffc"),
        "structure",
        "the name is not UTF-8",
    ),
    "a string with a shape": (entry("s", (3,), "str", bytes(12)), "size", "found dims [3], 12 bytes"),
    "a string of half characters": (entry("s", (0,), "str", bytes(6)), "size", "found dims [0], 6 bytes"),
    "a string twice": (text("s", "a") * 2, "duplicate", "the name stands twice"),
    "one file twice": (SAMPLE * 2, "duplicate", "first at byte 0; are these two files in one?"),
    "one file with a CRC twice": (with_crc(SAMPLE) * 2, "structure", "bytes follow the CRC that ends a file"),
    "one tensor twice": (entry("w") * 2, "duplicate", "the name stands twice"),
    "one name with two shapes": (entry("w", (2,)) + entry("w", (3,)), "duplicate", "with another shape or dtype"),
    "one name with two dtypes": (entry("w", (2,)) + entry("w", (2,), "Int32"), "duplicate", "another shape or dtype"),
    "one name for a tensor and a map": (entry("m") + map_entry("m", 1), "duplicate", "another shape or dtype"),
    "a name that comes again later": (entry("a") + entry("b") + entry("a"), "duplicate", "first at byte 0"),
    "zeros behind the entries": (SAMPLE + bytes(4096), "structure", "expected byte 0A, found 00"),
    "text behind the entries": (SAMPLE + b"done", "structure", "expected byte 0A, found 64"),
    "a tensor shorter than its entry": (
        block(0x0A, block(0x0A, b"a") + block(0x12, proto((1,), "Int8")) + b"rest"),
        "structure",
        "the tensor and the entry around it end at different bytes",
    ),
    "a content shorter than its tensor": (
        block(0x0A, block(0x0A, b"a") + block(0x12, proto((1,), "Int8") + b"rest")),
        "structure",
        "the content and the entry around it end at different bytes",
    ),
    "a map of two parts": (
        block(0x0A, block(0x0A, b"m") + block(0x1A, 2 * block(0x0A, proto((1,), "int32")))),
        "structure",
        "a map parameter is not made of key, value and status",
    ),
    "a map whose slices differ": (map_entry("m", 2, 3) + map_entry("m", 2, 4), "structure", "differ in shape or dtype"),
    "a map that reaches beyond itself": (
        block(0x0A, block(0x0A, b"m") + block(0x1A, block(0x0A, proto((1,), "int32"))[:-1])),
        "structure",
        "a tensor of the map reaches beyond it",
    ),
    "a map whose dims lie": (
        block(0x0A, block(0x0A, b"m") + block(0x1A, 3 * block(0x0A, proto((9,), "int32", bytes(4))))),
        "size",
        "expected 36 bytes, found 4",
    ),
    "a length without end": (b"\x0a" + b"\xff" * 20, "structure", "the length of an entry is no number of 64 bits"),
    "a length of 2**63": (b"\x0a" + varint(1 << 63) + entry("a")[2:], "structure", "end at different bytes"),
    "a CRC alone": (with_crc(b""), "empty", "the file holds nothing but a CRC"),
    "nothing": (b"", "empty", "the file is empty"),
}


@pytest.mark.parametrize(("data", "kind", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_in_words_that_name_what_is_wrong(scanned, data, kind, words):
    error = fault(scanned, data)

    assert error.kind == kind
    assert words in str(error)


def test_a_file_of_30_bytes_that_claims_8_6_gb_is_refused(scanned):
    data = entry("claimed", (1 << 31,), content=b"")

    error = fault(scanned, data)

    assert len(data) == 30
    assert (error.kind, error.expected) == ("size", "8,589,934,592 bytes")


FOREIGN = {
    b"\n\n<!DOCTYPE html><html><title>Sign in</title>": "this is an HTML page ('Sign in'), not a MindSpore checkpoint",
    b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code>": "this is an XML document (error 'NoSuchKey')",
    b'{"error": "not found"}': "this is a JSON document",
    b"PK\x03\x04" + bytes(26) + b"archive/data.pkl": "this is a PyTorch checkpoint (zip)",
    b"\x80\x04\x95\x10": "this is a Python pickle",
    b"\x1f\x8b\x08\x00": "this is gzip data",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:00": "this is a Git LFS pointer",
    b"\x40" + bytes(7) + b'{"a":{"dtype":"F32"': "this is a safetensors file",
    b"\x08\x07\x12\x07pytorch": "this is an ONNX model",
    b"\x0a\x050.1.0\x12\x09MindSpore": "this is a MindIR model",
    bytes(4096): "this is nothing but zero bytes",
    b"404: Not Found": "this is plain text",
}


@pytest.mark.parametrize(("data", "words"), FOREIGN.items(), ids=FOREIGN.values())
def test_a_foreign_file_under_the_name_of_a_checkpoint_is_named(scanned, data, words):
    error = fault(scanned, data)

    assert error.kind == "foreign"
    assert words in str(error)


def encrypted(magic: str, tag: int) -> bytes:
    body = varint(0) * 40
    return 2 * (bytes.fromhex(magic) + bytes(tag) + len(body).to_bytes(4, "little") + body)


@pytest.mark.parametrize(
    ("data", "cipher"),
    [
        (encrypted("d85e3a7f", 16), "AES-GCM"),
        (encrypted("d85e3a7f", 0), "AES-GCM"),
        (encrypted("d95e3a7f", 0), "AES-CBC"),
        (encrypted("da5e3a7f", 0), "SM4-CBC"),
    ],
    ids=["GCM", "GCM of 1.x", "CBC", "SM4"],
)
def test_an_encrypted_file_is_named_with_its_cipher_and_a_cut_one_as_cut(scanned, data, cipher):
    whole, cut = fault(scanned, data), fault(scanned, data[:-1])

    assert (whole.kind, cut.kind) == ("encrypted", "truncated")
    assert f"encrypted with {cipher} (blocks: 2)" in str(whole)
    assert f"encrypted with {cipher} and cut off" in str(cut)


def test_more_entries_than_the_limit_are_refused(scanned, monkeypatch):
    monkeypatch.setattr(reader, "MAX_ENTRIES", 3)

    error = fault(scanned, SAMPLE)

    assert (error.kind, error.offset) == ("limit", BOUNDARIES[2])


def test_a_folder_and_a_pipe_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.ckpt")

    with pytest.raises(FormatError, match="no regular file"):
        scan(tmp_path, "ckpt")
    with pytest.raises(FormatError, match="no regular file"):
        scan(tmp_path / "pipe.ckpt", "ckpt")


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "none.ckpt", "ckpt")


def test_a_format_without_a_reader_is_refused_with_those_that_have_one(tmp_path):
    with pytest.raises(FormatError, match="no reader for the format 'air'; readable are ckpt, safetensors"):
        scan(tmp_path / "m.air", "air")


def test_an_error_survives_pickling(scanned):
    error = fault(scanned, entry("a", (4,), content=bytes(15)))

    again = pickle.loads(pickle.dumps(error))

    assert str(again) == str(error)
    assert (again.kind, again.tensor, again.offset) == (error.kind, error.tensor, error.offset)


def test_no_weights_are_read(tmp_path, monkeypatch):
    parts = [part for n in range(20) for part in (large(f"w{n}", (10_000_000,), 40_000_000), entry(f"b{n}"))]
    path = sparse(tmp_path / "m.ckpt", *parts)
    read: list[int] = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, n, at: read.append(n) or pread(fd, n, at))

    table = scan(path, "ckpt")

    assert table.nbytes > 800_000_000
    assert sum(read) < 200_000


def test_5000_small_tensors_are_told(scanned):
    data = b"".join(entry(f"network.layer{n}.weight", (8, 16)) for n in range(5000))

    table = scanned(data)

    assert len(table.tensors) == 5000


# Hypothesis: whatever the bytes, a table or a FormatError.

fragments = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([*PARTS, map_entry("m", 2), with_crc(SAMPLE), b"\x0a", b"\x12", b"\x1a", b"crc_num"]),
    st.builds(block, st.sampled_from([0x08, 0x0A, 0x12, 0x1A]), st.binary(max_size=40)),
    st.builds(
        entry,
        st.text(max_size=4),
        st.lists(st.integers(-2, 3) | st.integers(), max_size=3).map(tuple),
        st.sampled_from(["Float32", "str", "Bool", "Complex64", "x"]),
        st.binary(max_size=24),
    ),
)
no_deadline = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def outcome(scanned: Scan, data: bytes) -> object:
    try:
        return scanned(data)
    except FormatError as error:
        return str(error)


@no_deadline
@given(st.lists(fragments, max_size=8).map(b"".join))
def test_any_bytes_give_a_table_or_a_format_error(scanned, data):
    assert isinstance(outcome(scanned, data), TensorTable | str)


@no_deadline
@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_a_flipped_byte_gives_a_table_or_a_format_error(scanned, place, flip):
    data = SAMPLE[:place] + bytes([SAMPLE[place] ^ flip]) + SAMPLE[place + 1 :]

    assert isinstance(outcome(scanned, data), TensorTable | str)


rows = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.lists(st.integers(1, 5), max_size=3).map(tuple),
    st.sampled_from(["Float32", "Float16", "Int64", "Bool", "BFloat16"]),
)


@no_deadline
@given(st.lists(rows, min_size=1, max_size=6, unique_by=lambda row: row[0]), st.integers(1, 64))
def test_what_was_written_is_listed_however_the_file_is_read(scanned, rows, ahead):
    data = b"".join(entry(*row) for row in rows)

    with pytest.MonkeyPatch.context() as patch:
        # Windows that just hold a header, so that every entry lies across the edge of one.
        patch.setattr(wire, "_AHEAD", wire._HEADER + ahead)
        table = scanned(data)

    assert [(t.name, t.shape, t.dtype) for t in table.tensors] == [(n, s, d.lower()) for n, s, d in rows]
