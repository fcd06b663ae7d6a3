"""Readers of model files: what they hold, without the framework and without reading the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.formats import ckpt, mindir, onnx, safetensors
from mindhub.formats.errors import FormatError
from mindhub.formats.external import with_data_files
from mindhub.formats.reading import ByteSource, local
from mindhub.formats.sniff import HEAD, begins_like_checkpoint, sniff
from mindhub.formats.table import Extra, Tensor, TensorTable, Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "READERS",
    "ByteSource",
    "Extra",
    "FormatError",
    "Tensor",
    "TensorTable",
    "Value",
    "format_of",
    "scan",
    "scan_source",
]

#: How a card spells the format -> its reader.
READERS: dict[str, Callable[[ByteSource], TensorTable]] = {
    "ckpt": ckpt.scan,
    "safetensors": safetensors.scan,
    "mindir": mindir.scan,
    "onnx": onnx.scan,
}


def scan(path: Path, file_format: str) -> TensorTable:
    """List the tensors of a file, reading its structure and none of its weights.

    `file_format` is what the card says (`ckpt`, `safetensors`, `mindir`, `onnx`), without regard to the file's name.
    Whatever the bytes, the result is a table or a FormatError; a file that cannot be opened or read raises OSError.
    Memory is bounded by the number of tensors, not by what the file claims. Where tensors lie in files of their own
    beside this one, those files' sizes are looked at too.
    """
    reader = _reader(file_format, str(path))
    with local(path) as source:
        table = reader(source)
    return with_data_files(table, path)


def scan_source(source: ByteSource, file_format: str) -> TensorTable:
    """List the tensors of bytes that lie anywhere, as `scan` does of a file; raises FormatError, OSError."""
    return _reader(file_format, source.name)(source)


def format_of(source: ByteSource) -> str:
    """Tell by the first bytes which reader a file is for, whatever its name.

    A checkpoint has no mark of its own: what begins like one counts as one. Raises FormatError (`foreign`, `empty`)
    that names what the bytes are, where they are no model that can be read.
    """
    head = source.read_at(0, HEAD)
    what = sniff(head)
    if what is None or what.name == "encrypted":
        if what is not None or begins_like_checkpoint(head):
            return "ckpt"
        raise FormatError("foreign", f"these bytes are none of {', '.join(READERS)}", source.name, 0)
    if what.name in READERS:
        return what.name
    remedy = "; the link leads to a server's answer instead of the file" if what.page else ""
    kind = "empty" if what.name == "empty" else "foreign"
    raise FormatError(kind, f"this is {what.noun}, not a model file{remedy}", source.name)


def _reader(file_format: str, name: str) -> Callable[[ByteSource], TensorTable]:
    reader = READERS.get(file_format.lower())
    if reader is None:
        message = f"no reader for the format {file_format!r}; readable are {', '.join(READERS)}"
        raise FormatError("unsupported", message, name)
    return reader
