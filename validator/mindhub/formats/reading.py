"""Read bytes by places: the little that a structural scan needs of a big file, wherever it lies."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from mindhub.formats.errors import FormatError
from mindhub.formats.sniff import CHECKPOINT, HEAD, begins_like_checkpoint, encryption, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAX_BLOCKS = 200_000  # of an encrypted file: 12 TB

# Without O_NONBLOCK, opening a pipe waits for somebody to write into it; without O_BINARY, Windows changes line ends.
_READING = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_BINARY"))


def _seek_and_read(descriptor: int, length: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, length)


_pread = getattr(os, "pread", _seek_and_read)  # Windows has none


class ByteSource(Protocol):
    """Bytes that can be read at any place: a file on this disk, or one behind HTTP ranges."""

    @property
    def name(self) -> str:
        """Return what messages call it: a path or an address."""

    @property
    def size(self) -> int:
        """Return how many bytes there are."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`; fewer only where the bytes end. Raises OSError."""


class LocalFile:
    """A regular file on this machine, by its open descriptor."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self.name = str(path)
        self.size = os.fstat(descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`; fewer only where the file ends."""
        data = _pread(self._descriptor, length, offset)
        while len(data) < length and (more := _pread(self._descriptor, length - len(data), offset + len(data))):
            data += more
        return data


class Reader:
    """What a reader of a format holds: the bytes, and the errors that name where they come from."""

    def __init__(self, source: ByteSource) -> None:
        self.name = source.name
        self.size = source.size
        self.read = source.read_at

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

    def foreign(self, wanted: str, name: str = "") -> FormatError | None:
        """Make the error that names what the file really is, if it is something well known and not `name` itself."""
        head = self.read(0, HEAD)
        what = sniff(head) or (CHECKPOINT if name and begins_like_checkpoint(head) else None)
        if what is None or what.name == name:
            return None
        remedy = "; the link leads to a server's answer instead of the file" if what.page else ""
        kind = what.name if what.name in {"empty", "encrypted"} else "foreign"
        return self.fault(kind, f"this is {what.noun}, not {wanted}{remedy}")

    def encrypted(self) -> FormatError | None:
        """Make the error for a file that MindSpore encrypted; None for any other.

        Without the key, the blocks still show whether the file is whole. A block is a magic number, a tag of 16 bytes
        (AES-GCM only, and none by MindSpore 1.x), a length, and so many bytes.
        """
        cipher = encryption(self.read(0, 5))
        if cipher is None:
            return None
        for tag in (16, 0) if cipher == "AES-GCM" else (0,):
            at, blocks = 0, 0
            while at < self.size and blocks < _MAX_BLOCKS and encryption(head := self.read(at, 8 + tag)) == cipher:
                length = int.from_bytes(head[4 + tag :], "little") if len(head) == 8 + tag else self.size
                at += 8 + tag + length
                blocks += 1
            if at == self.size:
                remedy = "publish it decrypted, for a card's file must be readable to all"
                return self.fault("encrypted", f"the file is encrypted with {cipher} (blocks: {blocks}); {remedy}")
        return self.fault("truncated", f"the file is encrypted with {cipher} and cut off; download it again")


@contextmanager
def local(path: Path) -> Iterator[LocalFile]:
    """Open a regular file for reading by places.

    Raises OSError as `open` does, and FormatError for a directory, a pipe or a device.
    """
    descriptor = os.open(path, _READING)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FormatError("not-a-file", "this is no regular file", str(path))
        yield LocalFile(descriptor, path)
    finally:
        os.close(descriptor)
