"""What a build keeps for the next one, and the digests that it is kept under."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kept(Protocol):
    """Holds pieces of a site from one build to the next."""

    def get(self, key: bytes) -> bytes | None:
        """Return what is kept under a key; None where that is nothing."""

    def put(self, key: bytes, content: bytes) -> None:
        """Keep something for the next build."""


class Memory:
    """Holds pieces as long as the process lives."""

    def __init__(self) -> None:
        """Begin without any."""
        self._held: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return what is kept under a key; None where that is nothing."""
        return self._held.get(key)

    def put(self, key: bytes, content: bytes) -> None:
        """Keep something."""
        self._held[key] = content


def digest(*parts: object) -> bytes:
    """Return 32 bytes that stand for values whose `repr` says all about them: texts, numbers, and tuples of such."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).digest()


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as one piece: their names and lengths as a line of JSON, then their bytes."""
    head = json.dumps([(name, len(content)) for name, content in files.items()]).encode()
    return b"\n".join((head, b"".join(files.values())))


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of a piece."""
    head, _, rest = content.partition(b"\n")
    files, at = {}, 0
    for name, length in json.loads(head):
        files[name] = rest[at : at + length]
        at += length
    return files
