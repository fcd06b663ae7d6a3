"""Read a file by places: the little that a structural scan needs of a big file."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mindhub.formats.errors import FormatError
from mindhub.formats.sniff import HEAD, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Reader:
    """A regular file, its size, and reads at any place of it."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self.name = str(path)
        self.size = os.fstat(descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Read up to `length` bytes at `offset`; fewer only where the file ends."""
        data = os.pread(self._descriptor, length, offset)
        while len(data) < length and (more := os.pread(self._descriptor, length - len(data), offset + len(data))):
            data += more
        return data

    def fault(
        self,
        kind: str,
        message: str,
        offset: int | None = None,
        tensor: str | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> FormatError:
        """Make the error that names this file."""
        return FormatError(kind, message, self.name, offset, tensor, expected, found)

    def foreign(self, wanted: str) -> FormatError | None:
        """Make the error that names what the file really is, if it is something well known."""
        what = sniff(self.read(0, HEAD))
        if what is None:
            return None
        remedy = "; the link leads to a server's answer instead of the file" if what.page else ""
        kind = what.name if what.name in {"empty", "encrypted"} else "foreign"
        return self.fault(kind, f"this is {what.noun}, not {wanted}{remedy}")


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open a regular file for reading by places.

    Raises OSError as `open` does, and FormatError for a directory, a pipe or a device.
    """
    # Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FormatError("not-a-file", "this is no regular file", str(path))
        yield Reader(descriptor, path)
    finally:
        os.close(descriptor)
