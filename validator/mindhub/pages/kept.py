"""What a build keeps for the next one, and the digests that it is kept under."""

from __future__ import annotations

import hashlib
from typing import Protocol


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
