"""Bring a file from an address into the store: verified, resumable, bounded in bytes and in time."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.assets.errors import FetchError, Kind
from mindhub.assets.transfer import Limits, Transfer, too_large, wrong_size
from mindhub.assets.transport import Deadline
from mindhub.formats.sniff import HEAD, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mindhub.assets.guard import Guard
    from mindhub.assets.store import Partial, Store

__all__ = ["FetchError", "FetchOutcome", "Kind", "Limits", "fetch", "fetch_any"]


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """A file that is in the store, with the hash and size it was found to have."""

    path: Path
    sha256: str
    size: int  #: bytes
    url: str  #: the address that gave it, redirects followed
    cached: bool  #: it was in the store already; nobody was contacted
    received: int  #: bytes that came over the network in this call
    seconds: float
    etag: str | None = None
    moved: str | None = None  #: where permanent redirects lead: the address the card should name


def fetch(
    url: str,
    *,
    store: Store,
    guard: Guard,
    sha256: str | None = None,
    size: int | None = None,
    limits: Limits | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> FetchOutcome:
    """Return the file behind an address from the store, downloading it if it is not there.

    `sha256` (hex) and `size` (bytes) are what the card claims; None where it claims nothing, then the file is stored
    under the hash it has. `progress` is called with the bytes that are there and the size, None where it is unknown. A
    download that breaks leaves its bytes, and the next call asks for the rest. Raises FetchError.
    """
    limits = limits or Limits()
    started = time.monotonic()
    claimed = _claimed(url, sha256)
    if claimed is not None and (path := _stored(url, store, claimed, size)):
        return _cached(path, claimed, url, started)
    if size is not None and size > limits.size:
        raise too_large(url, limits, size)
    key = claimed or hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()
    with Deadline(limits.seconds) as deadline:
        try:
            with store.partial(key, deadline.remaining) as partial:
                # Another process may have brought it while we waited for the lock.
                if claimed is not None and (path := store.get(claimed, size)):
                    return _cached(path, claimed, url, started)
                transfer = Transfer(url, partial, guard, deadline, limits, size, progress)
                _download(transfer, partial, claimed)
                found, length, etag = partial.sha256, partial.length, partial.source.get("etag")
                path = partial.commit()
        except TimeoutError as error:
            raise FetchError(Kind.DEADLINE, url, f"not begun after {limits.seconds:g} s: {error}") from error
        except OSError as error:
            raise FetchError(Kind.LOCAL, url, f"cannot write into {store.root}: {error}") from error
    seconds = time.monotonic() - started
    final = transfer.final or url
    return FetchOutcome(path, found, length, final, False, transfer.received, seconds, etag, transfer.moved)


def fetch_any(
    urls: Sequence[str],
    *,
    store: Store,
    guard: Guard,
    sha256: str,
    size: int | None = None,
    limits: Limits | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> FetchOutcome:
    """Try an address and then its mirrors; if none has the file, the first error is raised, with notes on the others.

    A mirror is believed only by its hash, so the sha256 is needed. The limits hold for each address by itself.
    """
    first: FetchError | None = None
    for url in urls:
        try:
            return fetch(url, store=store, guard=guard, sha256=sha256, size=size, limits=limits, progress=progress)
        except FetchError as error:
            if first is None:
                first = error
            else:
                first.add_note(f"mirror {error}")
    raise first or ValueError("there is no address to fetch from")


def _download(transfer: Transfer, partial: Partial, claimed: str | None) -> None:
    """Fill the partial file until it has the claimed hash; raises FetchError."""
    resumed = partial.length > 0
    # Complete, but its process was killed before it could move it into the store.
    if claimed is None or partial.sha256 != claimed or not resumed:
        transfer.run()
    if claimed is None or partial.sha256 == claimed:
        return
    if resumed:
        # What an earlier run left may be damaged (a crash of the machine): a fresh copy decides.
        partial.restart()
        transfer.run()
        if partial.sha256 == claimed:
            return
    what = sniff(partial.head(HEAD))
    found = partial.sha256
    partial.restart()
    raise FetchError(
        Kind.WRONG_HASH,
        transfer.url,
        f"the file{f' ({what.noun})' if what else ''} has not the sha256 that the card claims",
        claimed,
        found,
        "do not use it; if it was replaced on purpose, the card needs its new sha256",
    )


def _claimed(url: str, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    if not re.fullmatch(r"[0-9a-f]{64}", sha256.lower()):
        raise FetchError(Kind.WRONG_HASH, url, "what the card claims is no sha256", "64 hex digits", repr(sha256))
    return sha256.lower()


def _stored(url: str, store: Store, sha256: str, size: int | None) -> Path | None:
    """Look into the store; a file that has the claimed hash and another size convicts the card."""
    path = store.get(sha256)
    if path is None or size is None or (found := path.stat().st_size) == size:
        return path
    if store.verify(sha256):
        raise wrong_size(url, size, found)
    return None


def _cached(path: Path, sha256: str, url: str, started: float) -> FetchOutcome:
    seconds = time.monotonic() - started
    return FetchOutcome(path, sha256, path.stat().st_size, url, cached=True, received=0, seconds=seconds)
