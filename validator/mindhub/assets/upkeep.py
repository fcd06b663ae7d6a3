"""Look after the store: what lies in it, whether it is sound, and what may go."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mindhub.assets.store import Store

#: A file that was used so short a time ago is not pruned, whoever may be about to open it.
FRESH = 60.0  # seconds
#: How long what is left of a broken download waits for being continued.
KEEP_PARTIAL = 7 * 86400.0  # seconds
_NAME = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store."""

    sha256: str
    size: int  #: bytes
    used: float  #: seconds since the epoch


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a download that did not end has left."""

    path: Path
    size: int  #: bytes
    changed: float  #: seconds since the epoch
    busy: bool  #: a process is at work on it


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, and what could not be."""

    removed: tuple[Stored, ...]
    leftovers: tuple[Leftover, ...]
    in_use: tuple[Stored, ...]  #: would have gone as well, but somebody uses them
    total: int  #: bytes that the stored files take now


def stored(store: Store) -> list[Stored]:
    """List the files of a store, the one used longest ago first."""
    found = []
    for path in _files(store):
        with contextlib.suppress(OSError):  # somebody else prunes at the same time
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                found.append(Stored(path.name, status.st_size, status.st_mtime))
    return sorted(found, key=lambda file: (file.used, file.sha256))


def leftovers(store: Store) -> list[Leftover]:
    """List what downloads have left that are under way or broke off."""
    found = []
    folder = store.root / "partial"
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        with contextlib.suppress(OSError):
            status = path.lstat()
            found.append(Leftover(path, status.st_size, status.st_mtime, _busy(path)))
    return found


def prune(
    store: Store, budget: int, *, keep_partial: float = KEEP_PARTIAL, fresh: float = FRESH, now: float | None = None
) -> Pruned:
    """Remove files until the rest fits into `budget` bytes, those used longest ago first, and old leftovers.

    A file that any process has been given and still holds is never removed, nor one that was used in the last `fresh`
    seconds; neither is a download that somebody is at work on. Of the others, those that were changed in the last
    `keep_partial` seconds stay, to be continued.
    """
    now = time.time() if now is None else now
    swept = tuple(left for left in leftovers(store) if not left.busy and _sweep(left, now, keep_partial))
    removed, in_use = [], []
    files = stored(store)
    total = sum(file.size for file in files)
    for file in files:
        if total <= budget:
            break
        if now - file.used < fresh or not _remove(store.path(file.sha256)):
            in_use.append(file)
            continue
        removed.append(file)
        total -= file.size
    return Pruned(tuple(removed), swept, tuple(in_use), total)


def _sweep(left: Leftover, now: float, keep: float) -> bool:
    """Remove a leftover that nobody will continue; say whether that was done."""
    body = left.path.with_suffix(".part")
    # A note without its file, and a file under a passing name, are of use to nobody, once their maker is gone.
    useless = left.path.suffix != ".part" and not (left.path.suffix == ".json" and body.exists())
    if now - left.changed < (FRESH if useless else keep):
        return False
    if left.path.suffix == ".json" and not useless:
        return False  # it goes with its file
    if not _remove(left.path):
        return False
    if left.path.suffix == ".part":
        left.path.with_suffix(".json").unlink(missing_ok=True)
    return True


def _remove(path: Path) -> bool:
    """Remove a file that nobody holds; say whether that was done."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(descriptor), path.lstat()):
            return False
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _busy(path: Path) -> bool:
    # The note of a download is as busy as the download.
    with contextlib.suppress(OSError):
        descriptor = os.open(path.with_suffix(".part") if path.suffix == ".json" else path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _files(store: Store) -> Iterator[Path]:
    for folder in sorted(store.root.iterdir()) if store.root.is_dir() else []:
        if _FOLDER.fullmatch(folder.name) and folder.is_dir():
            yield from (path for path in sorted(folder.iterdir()) if _NAME.fullmatch(path.name))
