"""The content-addressed store: a file lies under its sha256, whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import stat
import tempfile
import threading
import time
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOCK = 1 << 20
_HELD = 128  # files that a store keeps from being pruned: those it gave out last
_PATIENCE = 20  # looks at a stored file that somebody has alone
_POLL = 0.05  # seconds between two looks at a lock that another process holds


def hash_file(path: Path) -> tuple[str, int]:
    """Compute the sha256 (hex) and count the bytes of a file in one pass."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


def default_root() -> Path:
    """Return the store's folder: below MINDHUB_CACHE if that is set, else below `~/.cache/mindhub`."""
    cache = os.environ.get("MINDHUB_CACHE")
    return (Path(cache) if cache else Path.home() / ".cache" / "mindhub") / "store"


class Mismatch(ValueError):  # noqa: N818 - a finding about bytes
    """Say that bytes do not have the sha256 they should."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return f"sha256 is {self.found}, expected {self.expected}"


class Partial:
    """A file that is being received: its bytes so far, hashed as they come, and what identifies their source."""

    def __init__(self, file: IO[bytes], path: Path, store: Store) -> None:
        self._file = file
        self._path = path
        self._meta = path.with_suffix(".json")
        self._store = store
        self._hash = hashlib.sha256()
        self.length = 0
        self.source: dict[str, str] = {}  #: what the server said of the bytes received so far
        self._recall()

    def _recall(self) -> None:
        """Take up what an earlier run received, if it left word of where it came from."""
        try:
            source = json.loads(self._meta.read_bytes())
        except (OSError, ValueError):
            source = None
        if not isinstance(source, dict) or not all(isinstance(value, str) for value in source.values()):
            self.restart()
            return
        self.source = source
        while block := self._file.read(_BLOCK):
            self._hash.update(block)
            self.length += len(block)

    def restart(self, source: dict[str, str] | None = None) -> None:
        """Throw away the bytes and begin anew, noting where the next ones come from."""
        # The note first goes: bytes without a note are never taken up again.
        self._meta.unlink(missing_ok=True)
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.length = 0
        self.source = source or {}
        if source:
            self._meta.write_text(json.dumps(source))

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        self._file.write(chunk)
        self._hash.update(chunk)
        self.length += len(chunk)

    def head(self, length: int) -> bytes:
        """Read the first bytes again."""
        self._file.flush()
        return os.pread(self._file.fileno(), length, 0)

    @property
    def sha256(self) -> str:
        """Return the sha256 (hex) of the bytes so far."""
        return self._hash.hexdigest()

    def commit(self) -> Path:
        """Move the file to its place in the store, on the disk before it is visible; returns the place."""
        place = self._store.path(self.sha256)
        _settle(self._file, self._path, place)
        self._meta.unlink(missing_ok=True)
        self._store.get(self.sha256)
        return place


class Store:
    """Files by sha256 under `<root>/<first two digits>/<sha256>`, safe for several processes at once.

    The last files that a store gave out are held as long as it lives: nobody prunes them (`mindhub.assets.upkeep`).
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = default_root() if root is None else root
        self._holding = threading.Lock()
        self._held: OrderedDict[str, int] = OrderedDict()  # sha256 -> descriptor with a shared lock
        weakref.finalize(self, _let_go, self._held)

    def path(self, sha256: str) -> Path:
        """Return where a file lies or would lie; ValueError for what is not 64 lower-case hex digits."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a sha256; it has 64 lower-case hex digits")
        return self.root / sha256[:2] / sha256

    def get(self, sha256: str, size: int | None = None) -> Path | None:
        """Return the stored file if there is a regular one, with `size` bytes where that is given.

        The content is not read: it was hashed on its way in, and `verify` hashes it again. The file is held, and
        counts as used just now.
        """
        path = self._find(sha256, size)
        if path is not None:
            with contextlib.suppress(OSError):
                os.utime(path)
        return path

    def _find(self, sha256: str, size: int | None = None) -> Path | None:
        path = self.path(sha256)
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or size not in (None, status.st_size):
                return None
            return path if self._hold(sha256, path) else None
        except OSError:
            return None

    def verify(self, sha256: str) -> bool:
        """Hash a stored file again; one that is damaged is removed, so that it is fetched anew."""
        path = self._find(sha256)
        if path is None:
            return False
        if hash_file(path)[0] == sha256:
            return True
        path.unlink(missing_ok=True)
        return False

    def put_stream(self, chunks: Iterable[bytes], sha256: str | None = None) -> Path:
        """Store bytes as they come and return their place; Mismatch if they have another sha256 than the given one."""
        wanted = self.path(sha256).name if sha256 is not None else None
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=self._receiving(), delete=False) as file:
            temporary = Path(file.name)
            try:
                # Tells a file in the making from what a killed process left.
                fcntl.flock(file, fcntl.LOCK_EX)
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                place = self.path(_agreed(wanted, digest.hexdigest()))
                _settle(file, temporary, place)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        return place

    @contextlib.contextmanager
    def partial(self, key: str, wait: float = 0.0) -> Iterator[Partial]:
        """Open the file that receives the bytes of `key` (64 hex digits), for one process at a time.

        Bytes left by an earlier run are kept, and stay when the block ends without `commit`. Raises TimeoutError if
        another process still holds it after `wait` seconds; OSError as writing does.
        """
        path = self._receiving() / f"{self.path(key).name}.part"
        file = _locked(path, time.monotonic() + wait)
        try:
            partial = Partial(file, path, self)
            try:
                yield partial
            finally:
                if not partial.length:
                    path.unlink(missing_ok=True)
        finally:
            file.close()

    def _hold(self, sha256: str, path: Path) -> bool:
        """Lock a file against being pruned; False where it is pruned just now. Raises OSError."""
        with self._holding:
            held = self._held.pop(sha256, None)
            if held is not None and not os.path.samestat(os.fstat(held), path.lstat()):
                os.close(held)
                held = None
            held = _shared(path) if held is None else held
            if held is None:
                return False
            self._held[sha256] = held
            while len(self._held) > _HELD:
                os.close(self._held.popitem(last=False)[1])
        return True

    def _receiving(self) -> Path:
        folder = self.root / "partial"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _locked(path: Path, until: float) -> IO[bytes]:
    """Open a file and lock it; the lock goes with the file, also when its process is killed."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Its last owner may have moved it into the store while we were on our way.
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return os.fdopen(descriptor, "r+b")
        except (BlockingIOError, FileNotFoundError):
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= until:
            raise TimeoutError(f"another process is receiving {path.name}")
        time.sleep(_POLL)


def _shared(path: Path) -> int | None:
    """Open a stored file with a lock that others may share; None where it is being removed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    for _ in range(_PATIENCE):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), path.lstat()):
                return descriptor
            break
        except BlockingIOError:
            time.sleep(_POLL)  # it is being given its name, or removed: either takes a moment
        except OSError:
            break
    os.close(descriptor)
    return None


def _let_go(held: OrderedDict[str, int]) -> None:
    while held:
        os.close(held.popitem()[1])


def _agreed(wanted: str | None, found: str) -> str:
    if wanted not in (None, found):
        raise Mismatch(str(wanted), found)
    return found


def _settle(file: IO[bytes], path: Path, place: Path) -> None:
    """Give a complete file its name: first its bytes reach the disk, then the name."""
    file.flush()
    # Stored files are shared by all who trust their name: nobody writes into them by accident.
    os.fchmod(file.fileno(), 0o444)
    os.fsync(file.fileno())
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)
    # Whoever received it had it alone; from here on all may use it.
    fcntl.flock(file, fcntl.LOCK_UN)
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
