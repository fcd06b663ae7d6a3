"""What bytes are called that are no checkpoint."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.ckpt_bytes import SAMPLE
from growth import no_explosion
from mindhub.formats.sniff import HEAD, sniff


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, b"x" * 100)
    return file.getvalue()


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.ckpt"))
    return file.getvalue()


PAGES = {
    "html": [
        b"<!DOCTYPE html><html>",
        b"\xef\xbb\xbf\r\n  <HTML lang=en>",
        b"<!-- a --> <!-- b --><html>",
        b"<head><title>x</title>",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'><html>",
    ],
    "xml": [
        b"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>AccessDenied</Code>",
        b"<Error><Code>x</Code></Error>",
    ],
    "json": [json.dumps({"message": "不存在"}).encode(), b"{}", b'[{"a": 1}]', '{"a": "不'.encode()[:-1]],
}
FILES = {
    "empty": [b""],
    "zip": [zipped("weights.bin"), b"PK\x05\x06" + bytes(18)],
    "pytorch": [zipped("archive/data.pkl"), zipped("model/data.pkl"), pickle.dumps(0x1950A86A20F9469CFC6C, 2)],
    "npz": [zipped("arr_0.npy")],
    "pickle": [pickle.dumps({"a": 1}, protocol) for protocol in (2, 3, 4, 5)],
    "gzip": [gzip.compress(b"x", mtime=0)],  # the same name for the test in every process
    "tar": [tarred()],
    "lfs-pointer": [b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"],
    "safetensors": [(64).to_bytes(8, "little") + b'{"__metadata__"', (8).to_bytes(8, "little") + b"{}      "],
    "onnx": [b"\x08\x08\x12\x07pytorch\x1a"],
    "mindir": [b"\x0a\x050.1.0\x12\x09MindSpore"],
    "ms": [b"\x18\x00\x00\x00MSL2"],
    "encrypted": [b"\xd8\x5e\x3a\x7f" + bytes(40)],
    "zeros": [bytes(100)],
    "text": [b"404 page not found\n", "找不到".encode()],
}


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, many in PAGES.items() for data in many])
def test_a_servers_answer_is_recognised_as_a_page(name, data):
    what = sniff(data)

    assert what is not None
    assert (what.name, what.page) == (name, True)


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, many in FILES.items() for data in many])
def test_a_foreign_file_is_recognised_and_is_no_page(name, data):
    what = sniff(data)

    assert what is not None
    assert (what.name, what.page) == (name, False)


@pytest.mark.parametrize("data", [SAMPLE, b"\x00\x01\x02\x03 not text", "Grüße".encode("latin-1") * 2])
def test_a_checkpoint_and_unknown_bytes_have_no_name(data):
    assert sniff(data) is None


def test_a_page_is_named_with_its_title_and_an_error_with_its_code():
    page, error = sniff(b"<html><title> Sign in </title>"), sniff(PAGES["xml"][0])

    assert page is not None
    assert error is not None
    assert (page.noun, error.noun) == ("an HTML page ('Sign in')", "an XML document (error 'AccessDenied')")


@pytest.mark.parametrize("pattern", [b"<!---->", b"<!--", b"<title>", b"{ ", b"[" * 9, b" "])
def test_no_input_makes_it_slow(pattern):
    data = (pattern * 128 * HEAD)[: 128 * HEAD]

    with no_explosion():
        sniff(data)


@given(st.binary(max_size=300))
def test_any_bytes_have_a_name_or_none(data):
    what = sniff(data)

    assert what is None or what.noun
