"""Readers of checkpoint files: what they hold, without the framework and without reading the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.formats import ckpt, safetensors
from mindhub.formats.errors import FormatError
from mindhub.formats.table import Extra, Tensor, TensorTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["READERS", "Extra", "FormatError", "Tensor", "TensorTable", "scan"]

#: How a card spells the format -> its reader.
READERS: dict[str, Callable[[Path], TensorTable]] = {"ckpt": ckpt.scan, "safetensors": safetensors.scan}


def scan(path: Path, file_format: str) -> TensorTable:
    """List the tensors of a file, reading its structure and none of its weights.

    `file_format` is what the card says (`ckpt`, `safetensors`), without regard to the file's name. Whatever the bytes,
    the result is a table or a FormatError; a file that cannot be opened or read raises OSError. Memory is bounded by
    the number of tensors, not by what the file claims.
    """
    reader = READERS.get(file_format.lower())
    if reader is None:
        message = f"no reader for the format {file_format!r}; readable are {', '.join(READERS)}"
        raise FormatError("unsupported", message, str(path))
    return reader(path)
