"""`mindhub inspect`: what it prints, what it exits with, and what its JSON looks like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cards import card_text
from formats.ckpt_bytes import SAMPLE, entry
from formats.model_bytes import MINDIR, ONNX, SAFETENSORS
from mindhub.cli import diff, inspect
from mindhub.formats import show
from mindhub.resources import schema

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"ckpt": SAMPLE, "safetensors": SAFETENSORS, "mindir": MINDIR, "onnx": ONNX}


def inspected(capsys: Any, path: Path, **options: Any) -> tuple[int, str, str]:
    code = inspect.run(target=str(path), **options)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.write_bytes(ONNX)
    return path


def test_the_table_is_aligned_with_totals_inputs_and_what_is_suspicious(capsys, model):
    code, out, _ = inspected(capsys, model)

    assert code == 0
    assert (
        out
        == f"""{model}: ONNX model, {len(ONNX)} bytes
4 tensors, 15 parameters, 52 B of values
dtypes: float32 × 3, int64 × 1

name   shape   dtype    parameters  bytes    offset
w      [3, 2]  float32           6     24        51
b      [2]     float32           2      8        86
steps  [3]     int64             3      4       109
far    [4]     float32           4     16  w.bin:64

inputs
  x  [?, 3]  float32

outputs
  y  [?, 2]  float32

facts
  ir_version     8
  producer_name  pytest
  nodes          1
  author         me
  opset          ai.onnx 17

suspicious
  weights lie in 'w.bin', which is not beside the file
"""
    )


@pytest.mark.parametrize("file_format", FILES)
def test_the_format_is_found_by_the_bytes(capsys, tmp_path, file_format):
    path = tmp_path / "no ending"
    path.write_bytes(FILES[file_format])

    code, out, _ = inspected(capsys, path, output="json")

    assert code == 0
    assert json.loads(out)["table"]["format"] == file_format


@pytest.mark.parametrize("stats", [False, True])
@pytest.mark.parametrize("file_format", FILES)
def test_the_json_follows_its_schema(capsys, tmp_path, file_format, stats):
    if stats:
        pytest.importorskip("numpy")
    path = tmp_path / f"model.{file_format}"
    path.write_bytes(FILES[file_format])

    _, out, _ = inspected(capsys, path, output="json", stats=stats)

    found = json.loads(out)
    jsonschema.Draft202012Validator(schema("inspect")).validate(found)
    assert len(found.get("stats", found["table"]["tensors"])) == len(found["table"]["tensors"]) > 0


def test_a_name_that_promises_another_format_is_suspicious(capsys, tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(SAFETENSORS)

    code, out, _ = inspected(capsys, path)

    assert code == 0
    assert "the name ends in .ckpt, and the bytes are safetensors" in out


FOREIGN = {
    b"<!doctype html><title>Sign in</title>": "this is an HTML page ('Sign in')",
    b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code>": "this is an XML document (error 'NoSuchKey')",
    b"PK\x03\x04" + bytes(26) + b"archive/data.pkl": "this is a PyTorch checkpoint (zip)",
    b"\x80\x04\x95\x10": "this is a Python pickle",
    b"\x1f\x8b\x08\x00": "this is gzip data",
    b"version https://git-lfs.github.com/spec/v1\noid": "this is a Git LFS pointer",
    b"": "empty",
    SAMPLE[:100]: "the file is cut off within this tensor",
    bytes(100): "nothing but zero bytes",
}


@pytest.mark.parametrize("ending", ["", ".ckpt", ".onnx", ".mindir", ".safetensors"])
@pytest.mark.parametrize(("content", "words"), FOREIGN.items(), ids=FOREIGN.values())
def test_what_is_no_model_is_named_as_what_it_is(capsys, tmp_path, content, words, ending):
    path = tmp_path / f"model{ending}"
    path.write_bytes(content)

    code, out, err = inspected(capsys, path)

    assert (code, out) == (1, "")
    assert words in err


def test_an_error_as_json_follows_the_schema(capsys, tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(SAMPLE[:100])

    code, out, _ = inspected(capsys, path, output="json")

    found = json.loads(out)
    jsonschema.Draft202012Validator(schema("inspect")).validate(found)
    assert (code, found["error"]["kind"]) == (1, "truncated")


def test_the_tree_joins_branches_of_one_child_and_sums_up(capsys, tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(b"".join(entry(name, (10,)) for name in ("net.a.w", "net.a.b", "net.c.d.w", "net.c.d.b", "step")))

    _, out, _ = inspected(capsys, path, output="tree")

    assert (
        out.partition("\n\n")[2]
        == """├─ net  4 tensors, 40 parameters, 160 B
│  ├─ a  2 tensors, 20 parameters, 80 B
│  │  ├─ w  [10] float32, 40 B
│  │  └─ b  [10] float32, 40 B
│  └─ c.d  2 tensors, 20 parameters, 80 B
│     ├─ w  [10] float32, 40 B
│     └─ b  [10] float32, 40 B
└─ step  [10] float32, 40 B
"""
    )


def test_names_cannot_steer_a_terminal(capsys, tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(entry("a\x1b[31mred\n"))

    outs = [inspected(capsys, path, output=output)[1] for output in ("text", "tree")]

    assert all("\x1b" not in out and "\\x1b[31mred\\n" in out for out in outs)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"output": "yaml"}, "'yaml' is no output"),
        ({"file_format": "air"}, "no reader for the format 'air'"),
        ({"output": "tree", "stats": True}, "no room for statistics"),
    ],
)
def test_what_makes_no_sense_exits_with_2(capsys, model, options, words):
    code, _, err = inspected(capsys, model, **options)

    assert code == 2
    assert words in err


def test_a_missing_file_and_a_folder_exit_with_2(capsys, tmp_path):
    missing, folder = inspected(capsys, tmp_path / "none.ckpt"), inspected(capsys, tmp_path)

    assert (missing[0], folder[0]) == (2, 2)
    assert "this is a folder" in folder[2]


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    card = tmp_path / "registry" / "mindspore" / "2.3" / "x.md"
    card.parent.mkdir(parents=True)
    card.write_text(card_text(), encoding="utf-8")
    return tmp_path / "registry"


def test_a_card_means_its_embedded_file(capsys):
    from pathlib import Path

    root = Path(__file__).parents[2] / "registry"
    code = inspect.run(target="mindhub/2.10/mlp_wine", registry=root)

    assert code == 0
    assert "mindhub/2.10/mlp_wine: MindSpore checkpoint, 3,730 bytes" in capsys.readouterr().out


def test_a_card_whose_file_is_not_here_says_how_to_fetch_it(capsys, registry, tmp_path, monkeypatch):
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))

    code = diff.run(first="mindspore/2.3/x", second="mindspore/2.3/x", registry=registry)

    assert code == 2
    told = capsys.readouterr().err
    assert "its file has not been downloaded; 'mindhub inspect --stats mindspore/2.3/x' fetches it" in told


@pytest.mark.parametrize(
    ("nbytes", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (54_824, "54.8 kB"), (438_000_000, "438 MB")]
)
def test_sizes_are_shown_with_three_digits(nbytes, shown):
    assert show.human(nbytes) == shown
