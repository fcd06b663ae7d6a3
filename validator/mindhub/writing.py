"""Writes a file as a whole: readers see what was there before or what is there now, never a part."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_bytes(path: Path, data: bytes) -> None:
    """Put bytes in the place of a file, with the permissions that it has or that files commonly have.

    Folders above it are made. Raises OSError, and what was there before is then unharmed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Put text, line ends as given and in UTF-8, in the place of a file; raises OSError as `write_bytes` does."""
    write_bytes(path, text.encode())
