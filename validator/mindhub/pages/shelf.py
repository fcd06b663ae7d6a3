"""What was made before, each piece under a digest of all it was made from: one file, which only its owner can write.

A file of kept pieces holds them one after the other, then an index (key, sha256, place and length of each), then the
index's own length and sha256. It is written beside the old one and renamed, so that two builds at once, or one that is
killed, leave a whole file. What does not have its sha256 is not there, and a file or folder that others may write is
not looked into: pages are shown to visitors as they are kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import struct
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENTRY = struct.Struct("<32s32sQQ")  #: key, sha256, place, length
_END = struct.Struct("<Q32s16s")  #: length and sha256 of the index, and what files of this form end with
_MARK = b"mindhub kept 1\n\0"
_PACKAGES = ("jinja2", "markupsafe", "markdown-it-py", "nh3", "pygments")
_ENDINGS = (".py", ".yaml")
_FILES = 8  #: builds whose pieces are kept: a registry with its settings is one
_WASTE = 4  #: a file is written anew when one part in so many of its bytes is of no use any more
_ONLY_OWNER = 0o700
_WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def place_of(*build: object) -> Path:
    """Return where the pieces of a build lie, beside what `mindhub check` remembers; `build` tells it from others."""
    cache = os.environ.get("MINDHUB_CACHE")
    home = (Path(cache) if cache else Path.home() / ".cache" / "mindhub") / "site"
    return home / f"{hashlib.sha256(repr(build).encode()).hexdigest()[:16]}.kept"


def program() -> bytes:
    """Return a digest of what turns cards into pages: this package's files, and the packages and Python it uses."""
    package = Path(__file__).parents[1]
    made = hashlib.sha256(repr([sys.version, *((name, version(name)) for name in _PACKAGES)]).encode())
    for path in sorted(path for ending in _ENDINGS for path in package.rglob(f"*{ending}")):
        content = path.read_bytes()
        made.update(f"{path.relative_to(package)} {len(content)}\n".encode() + content)
    return made.digest()


class Shelf:
    """The pieces that the build before kept, and those that this one makes."""

    def __init__(self, path: Path, program: bytes) -> None:
        """Open the file, where there is one that can be trusted; `faults` says what was wrong with it.

        What another program kept is not found.
        """
        self.path = path
        self._program = program
        self.faults: list[str] = []
        self._old: int | None = None
        self._index: dict[bytes, tuple[bytes, int, int]] = {}
        self._used: set[bytes] = set()
        self._new: int | None = None
        self._new_path = ""
        self._made: dict[bytes, tuple[bytes, int, int]] = {}
        self._length = 0
        self._able = self._prepare()
        if self._able:
            self._open()

    def __enter__(self) -> Self:
        """Return itself: what was made is kept where the block ends well."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Keep what was made, or leave everything as it was where the block failed."""
        self.close(keep=kind is None)

    def get(self, key: bytes) -> bytes | None:
        """Return what is kept under a key; None where that is nothing, or not what was kept."""
        key = self._own(key)
        place = self._index.get(key)
        if place is None or self._old is None:
            return None
        digest, start, length = place
        try:
            content = os.pread(self._old, length, start)
        except OSError:
            content = b""
        if hashlib.sha256(content).digest() != digest:
            del self._index[key]
            self._say(f"{self.path}: a part of it is not what was kept; it is made anew")
            return None
        self._used.add(key)
        return content

    def put(self, key: bytes, content: bytes) -> None:
        """Keep something for the next build."""
        key = self._own(key)
        if not self._able or key in self._made:
            return
        try:
            if self._new is None:
                self._new, self._new_path = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
            _write(self._new, content)
        except OSError as error:
            self._give_up(error)
            return
        self._made[key] = hashlib.sha256(content).digest(), self._length, len(content)
        self._length += len(content)

    def close(self, *, keep: bool = True) -> None:
        """Keep what this build asked for and made, and nothing else; or leave everything as it was."""
        try:
            if keep and self._able and self._worth_writing():
                self._write_anew()
            elif keep and self._old is not None:
                os.utime(self.path)
        except OSError as error:
            self._give_up(error)
        finally:
            for descriptor in (self._old, self._new):
                if descriptor is not None:
                    os.close(descriptor)
            self._old = self._new = None
            if self._new_path:
                with contextlib.suppress(OSError):
                    Path(self._new_path).unlink()
        self._forget_others()

    def _own(self, key: bytes) -> bytes:
        return hashlib.sha256(self._program + key).digest()

    def _prepare(self) -> bool:
        """Make the folder; tell whether it is one that only its owner can write.

        Windows does not say whose a file is in these terms: there nothing is kept.
        """
        if not hasattr(os, "geteuid"):
            return False
        try:
            self.path.parent.mkdir(_ONLY_OWNER, parents=True, exist_ok=True)
            state = self.path.parent.stat()
        except OSError as error:
            self._say(f"{self.path.parent}: nothing is kept for the next build: {error.strerror}")
            return False
        if not _own(state):
            self._say(f"{self.path.parent}: others may write there, so nothing is kept; 'chmod 700' mends it")
            return False
        return True

    def _open(self) -> None:
        try:
            self._old = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        except OSError as error:
            self._say(f"{self.path}: not looked into: {error.strerror}")
            return
        state = os.fstat(self._old)
        if not stat.S_ISREG(state.st_mode) or not _own(state):
            self._say(f"{self.path}: others may have written it; all is made anew")
        elif (index := _index(self._old, state.st_size)) is None:
            self._say(f"{self.path}: is damaged; all is made anew")
        else:
            self._index = index

    def _worth_writing(self) -> bool:
        if self._made:
            return True
        used = sum(self._index[key][2] for key in self._used)
        held = sum(length for _, _, length in self._index.values())
        return (held - used) * _WASTE > held

    def _write_anew(self) -> None:
        if self._new is None:
            self._new, self._new_path = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        index = dict(self._made)
        kept = sorted((key for key in self._used if key not in index), key=lambda key: self._index[key][1])
        for start, length in _runs(self._index[key][1:] for key in kept):
            _copy(self._old, self._new, start, length)
        for key in kept:
            digest, _, length = self._index[key]
            index[key] = digest, self._length, length
            self._length += length
        table = b"".join(_ENTRY.pack(key, *place) for key, place in index.items())
        _write(self._new, table + _END.pack(len(table), hashlib.sha256(table).digest(), _MARK))
        Path(self._new_path).replace(self.path)
        self._new_path = ""

    def _give_up(self, error: OSError) -> None:
        self._able = False
        self._say(f"{self.path}: nothing is kept for the next build: {error.strerror}")

    def _say(self, fault: str) -> None:
        if fault not in self.faults:
            self.faults.append(fault)

    def _forget_others(self) -> None:
        """Remove files that were not used for the longest time."""
        with contextlib.suppress(OSError):
            files = sorted(self.path.parent.glob("*.kept"), key=lambda path: path.stat().st_mtime, reverse=True)
            for old in files[_FILES:]:
                old.unlink(missing_ok=True)


def _own(state: os.stat_result) -> bool:
    return state.st_uid == os.geteuid() and not state.st_mode & _WRITTEN_BY_OTHERS


def _index(descriptor: int, size: int) -> dict[bytes, tuple[bytes, int, int]] | None:
    """Return what a file says it holds; None where it is none of ours, or not whole."""
    if size < _END.size:
        return None
    length, digest, mark = _END.unpack(os.pread(descriptor, _END.size, size - _END.size))
    body = size - _END.size - length
    if mark != _MARK or body < 0 or length % _ENTRY.size:
        return None
    table = os.pread(descriptor, length, body)
    if len(table) != length or hashlib.sha256(table).digest() != digest:
        return None
    found = {key: (sha256, start, count) for key, sha256, start, count in _ENTRY.iter_unpack(table)}
    return found if all(start + count <= body for _, start, count in found.values()) else None


def _runs(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join places that follow each other: most of a file is kept in one piece."""
    runs: list[tuple[int, int]] = []
    for start, length in places:
        if runs and sum(runs[-1]) == start:
            runs[-1] = runs[-1][0], runs[-1][1] + length
        else:
            runs.append((start, length))
    return runs


def _copy(source: int | None, target: int, start: int, length: int) -> None:
    """Copy a stretch of a file to the end of another one, without reading it where the system can do that."""
    if source is None:
        return
    while length:
        try:
            count = os.copy_file_range(source, target, length, start)
        except (OSError, AttributeError):
            count = os.write(target, os.pread(source, min(length, 1 << 20), start))
        if not count:
            raise OSError(5, "the file became shorter")
        start, length = start + count, length - count


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
