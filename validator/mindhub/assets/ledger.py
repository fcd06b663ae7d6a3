"""The ledger: what every address answered, in an SQLite file that several processes may use at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import sqlite3
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mindhub.online import Reached, remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

_COLUMNS = tuple(field.name for field in fields(Reached))
_TIMES = frozenset({"checked", "reached", "due"})
_WAIT = 30.0  # seconds for another process to finish writing

#: What makes a ledger of version n one of version n + 1.
_STEPS = (
    """
    CREATE TABLE addresses (
        url TEXT PRIMARY KEY, kind TEXT NOT NULL, message TEXT NOT NULL, fault INTEGER NOT NULL, status INTEGER,
        final TEXT, moved TEXT, size INTEGER, etag TEXT, sha256 TEXT, "table" TEXT,
        checked TEXT, reached TEXT, due TEXT, failures INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE addresses ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
    CREATE INDEX due ON addresses (due);
    """,
)
VERSION = len(_STEPS)


def default_path() -> Path:
    """Return the ledger's file: below MINDHUB_CACHE if that is set, else below `~/.cache/mindhub`."""
    cache = os.environ.get("MINDHUB_CACHE")
    return (Path(cache) if cache else Path.home() / ".cache" / "mindhub") / "ledger.sqlite"


class LedgerError(Exception):
    """A ledger that cannot be used; says which, why, and what would do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class Ledger:
    """The ledger in a file, made where there is none; use it as a context manager, in one thread.

    A file that is damaged is put aside and a new one begun; `notice` then says so. Raises LedgerError where neither can
    be done, or where a newer MindHub has written it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self.notice = ""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(self.path):
                self._database = self._opened()
        except (OSError, sqlite3.OperationalError) as error:
            raise LedgerError(self.path, f"cannot be opened: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def __iter__(self) -> Iterator[Reached]:
        """Yield all that is known, in the order of the addresses."""
        return map(_read, self._rows("ORDER BY url"))

    def get(self, url: str) -> Reached | None:
        """Return what is known of an address."""
        return next(map(_read, self._rows("WHERE url = ?", url)), None)

    def due(self, urls: Iterable[str], now: dt.datetime) -> list[str]:
        """Return the addresses, of those given, that are to be asked: never seen, or due; the longest overdue first."""
        known: dict[str, str] = dict(self._ask("SELECT url, due FROM addresses"))
        wanted = dict.fromkeys(urls)
        return sorted(
            (url for url in wanted if (known.get(url) or "") <= _text(now)), key=lambda url: known.get(url, "")
        )

    def note(self, new: Reached, now: dt.datetime) -> Reached:
        """Write down another attempt and return what is known now; two processes do not undo each other's notes."""
        with self._guarded(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            entry = remember(self.get(new.url), new, now)
            values = (_text(value) if isinstance(value, dt.datetime) else value for value in astuple(entry))
            marks = ", ".join("?" * len(_COLUMNS))
            self._database.execute(f"INSERT OR REPLACE INTO addresses ({_NAMES}) VALUES ({marks})", tuple(values))  # noqa: S608 - names of our own
        return entry

    def _rows(self, rest: str, *values: str) -> Iterator[tuple[Any, ...]]:
        return iter(self._ask(f"SELECT {_NAMES} FROM addresses {rest}", *values))  # noqa: S608 - names of our own

    def _ask(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with self._guarded():
            return self._database.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise LedgerError(self.path, f"cannot be used: {error}; the next run will look at it anew") from error

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._migrated()
        except sqlite3.OperationalError:
            raise  # busy, or no rights: not the file's fault
        except sqlite3.DatabaseError as error:
            aside = self._put_aside()
            self.notice = (
                f"{self.path}: the ledger was damaged ({error}); it is kept as {aside.name}, and a new one begun"
            )
            return self._migrated()

    def _migrated(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
        try:
            version = self._version(database)
            database.execute("PRAGMA journal_mode = WAL")
            # With a write-ahead log, a power cut can lose the last notes and damages nothing.
            database.execute("PRAGMA synchronous = NORMAL")
            for number, step in enumerate(_STEPS[version:], version + 1):
                database.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
            database.execute(f"SELECT {_NAMES} FROM addresses LIMIT 0")  # noqa: S608 - names of our own
        except BaseException:
            database.close()
            raise
        return database

    def _version(self, database: sqlite3.Connection) -> int:
        version: int = database.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            message = f"was written by a newer MindHub (version {version}, this one reads {VERSION}); update it"
            raise LedgerError(self.path, message)
        if (found := database.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise sqlite3.DatabaseError(str(found[0]))
        return version

    def _put_aside(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        for ending in ("-wal", "-shm"):
            # What belongs to the damaged file must not be taken for the new one's.
            with contextlib.suppress(FileNotFoundError):
                self.path.with_name(self.path.name + ending).rename(f"{aside}{ending}")
        return self.path.rename(aside)


_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)


def _read(row: tuple[Any, ...]) -> Reached:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in _TIMES:
        values[name] = values[name] and dt.datetime.fromisoformat(values[name])
    return Reached(**{**values, "fault": bool(values["fault"])})


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time make, migrate or replace a ledger."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
