"""Look after the files that hold a graph's weights beside it."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mindhub.formats.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.formats.table import TensorTable


def data_file(path: Path, location: str) -> Path | None:
    """Return the file beside `path` that `location` names, or None where it names none that may be opened.

    A location is a relative path with `/`, which does not leave the folder of `path`, neither by `..` nor by a link.
    """
    parts = PurePosixPath(location)
    if not location or parts.is_absolute() or ".." in parts.parts or "\0" in location:
        return None
    try:
        folder = path.parent.resolve(strict=True)
        found = (folder / parts).resolve(strict=True)
        usable = found.is_relative_to(folder) and stat.S_ISREG(found.stat().st_mode)
    except (OSError, RuntimeError):
        return None
    return found if usable else None


def with_data_files(table: TensorTable, path: Path) -> TensorTable:
    """Return the table with a sentence for each data file that is not beside `path`.

    Raises FormatError (`truncated`) where one is there and ends before a tensor that it should hold does.
    """
    missing: list[str] = []
    sizes: dict[str, int | None] = {}
    for tensor in table.tensors:
        if not tensor.file:
            continue
        if tensor.file not in sizes:
            found = data_file(path, tensor.file)
            sizes[tensor.file] = None if found is None else found.stat().st_size
            if found is None:
                missing.append(f"weights lie in {tensor.file!r}, which is not beside the file")
        size = sizes[tensor.file]
        end = tensor.offset + tensor.nbytes
        if size is not None and end > size:
            message = f"{tensor.file!r} is cut off within this tensor; download it again"
            expected = f"content up to byte {end:,}"
            raise FormatError("truncated", message, str(path), tensor.offset, tensor.name, expected, f"{size:,} bytes")
    return replace(table, suspicious=(*table.suspicious, *missing)) if missing else table
