"""A file on a server, read by places: HTTP ranges of one and the same file, several in flight."""

from __future__ import annotations

import bisect
import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mindhub.assets.answers import etag, validator, wrong_status
from mindhub.assets.errors import FetchError, Kind
from mindhub.assets.session import Answer, Session
from mindhub.assets.transport import Deadline
from mindhub.formats.sniff import HEAD, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from mindhub.assets.guard import Guard

_OK, _PARTIAL, _PRECONDITION, _NO_RANGE = 200, 206, 412, 416
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_EMPTY = re.compile(r"bytes \*/0")
_GAP = 16 << 10  # two ranges that lie closer are one: a request costs more than so many bytes


@dataclass(frozen=True, slots=True)
class RangeLimits:
    """How much reading by places may take."""

    seconds: float = 120.0  #: in all
    idle: float = 30.0  #: seconds of silence, also while connecting
    flights: int = 12  #: requests at a time
    first: int = 16 << 10  #: bytes that the first request asks for
    whole: int = 4 << 20  #: a file up to this size is simply read
    received: int = 64 << 20  #: bytes, above which downloading is the better way
    redirects: int = 5


class Pieces:
    """What is known of a file: stretches of it, in order, that neither touch nor overlap."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._parts: list[bytes] = []

    def add(self, start: int, data: bytes) -> None:
        """Put a stretch in its place; where it meets others they become one."""
        first = bisect.bisect_left(self._starts, start)
        if first and start <= self._starts[first - 1] + len(self._parts[first - 1]):
            first -= 1
        last = first
        while last < len(self._starts) and self._starts[last] <= start + len(data):
            before = self._starts[last]
            part = self._parts[last]
            if before < start:
                data, start = part[: start - before] + data, before
            end = start + len(data)
            if before + len(part) > end:
                data += part[end - before :]
            last += 1
        self._starts[first:last] = [start]
        self._parts[first:last] = [data]

    def get(self, start: int, length: int) -> bytes:
        """Return what is known from a place on without a gap, at most `length` bytes."""
        index = bisect.bisect_right(self._starts, start) - 1
        if index < 0:
            return b""
        offset = start - self._starts[index]
        return self._parts[index][offset : offset + length]

    def missing(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the stretch to ask for so that [start, end) is known; None where it is."""
        start += len(self.get(start, end - start))
        index = bisect.bisect_left(self._starts, end) - 1
        if index >= 0 and self._starts[index] > start and self._starts[index] + len(self._parts[index]) >= end:
            end = self._starts[index]
        return (start, end) if start < end else None


class RemoteFile:
    """A file behind an address as a source of bytes, for readers of formats.

    `guess` is called when bytes are needed that are not here, with this file and the stretch wanted; it returns
    further stretches that are worth asking for at the same time. Use it as a context manager; opening it and `read_at`
    raise FetchError.
    """

    def __init__(
        self,
        url: str,
        guard: Guard,
        limits: RangeLimits | None = None,
        guess: Callable[[RemoteFile, int, int], Iterable[tuple[int, int]]] | None = None,
    ) -> None:
        self.url = url
        self.limits = limits or RangeLimits()
        self.name = url
        self.size = 0
        self.etag: str | None = None
        self.moved: str | None = None  #: where permanent redirects lead
        self.received = 0  #: bytes
        self.requests = 0
        self.rounds = 0  #: times that reading had to wait for a server
        self.known = Pieces()
        self._guess = guess
        self._final = url
        self._mark: str | None = None
        self._deadline = Deadline(self.limits.seconds)
        self._session = Session(guard, self.limits.idle, self.limits.flights, self.limits.redirects)
        self._pool = ThreadPoolExecutor(self.limits.flights, thread_name_prefix="ranges")

    def __enter__(self) -> Self:
        self._deadline.__enter__()
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._session.close()
        self._deadline.__exit__(None, None, None)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`; fewer only where the file ends."""
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        if wanted := self.known.missing(offset, end):
            guessed = self._guess(self, *wanted) if self._guess else ()
            self.ask([wanted, *guessed])
        data = self.known.get(offset, end - offset)
        if len(data) != end - offset:
            raise self._lies(f"bytes {offset:,} to {end:,} are still missing")
        return data

    def ask(self, stretches: Iterable[tuple[int, int]]) -> None:
        """Bring stretches [start, end) here, several at a time; the first is needed, the others may be guesses."""
        todo = [gap for start, end in stretches if (gap := self.known.missing(max(0, start), min(end, self.size)))]
        if not todo:
            return
        self.rounds += 1
        asked = [self._pool.submit(self._range, start, end) for start, end in _joined(todo)]
        try:
            for future in asked:
                start, body = future.result()
                self.known.add(start, body)
        except BaseException:
            _drop(asked)
            raise

    # The first answer.

    def _open(self) -> None:
        """Ask for the start of the file: the answer tells its size, its version, and whether ranges work."""
        self.rounds += 1
        answer = self._ask(0, self.limits.first, {})
        self._final, self.moved = answer.final, answer.moved
        self.etag, self._mark = etag(answer.headers), validator(answer.headers)
        if answer.status == _PARTIAL:
            start, end, self.size = self._placed(answer, 0, None)
            self._add(start, end, answer)
        elif answer.status == _NO_RANGE and _EMPTY.fullmatch(answer.headers.get("Content-Range", "")):
            return
        elif answer.status == _OK:
            self._whole(answer)
        else:
            raise wrong_status(self.url, answer.status, answer.final)
        what = sniff(self.known.get(0, HEAD)) if self.size else None
        if what is not None and what.page:
            remedy = "the link leads to a server's answer: use the direct link to the file"
            raise FetchError(Kind.ERROR_PAGE, self.url, "this is no checkpoint", found=what.noun, remedy=remedy)
        if self.size <= self.limits.whole:
            self.ask([(0, self.size)])

    def _whole(self, answer: Answer) -> None:
        """Take the whole file from a server that does not heed ranges, if it is a small one."""
        if not answer.whole:
            size = answer.headers.get("Content-Length", "")
            raise FetchError(
                Kind.HTTP,
                self.url,
                "the server sends the whole file where a range of it was asked for (status 200)",
                f"at most {self.limits.whole:,} bytes, or status 206",
                f"{int(size):,} bytes" if size.isdigit() else "more",
                "download the file to check it",
                _OK,
                fault=False,
            )
        self.size = len(answer.body)
        self.known.add(0, answer.body)

    # Every answer.

    def _range(self, start: int, end: int) -> tuple[int, bytes]:
        """Ask for one stretch of the same file; returns where it starts, and its bytes."""
        mark = self._mark
        same = {} if mark is None else {"If-Match" if mark.startswith('"') else "If-Unmodified-Since": mark}
        answer = self._ask(start, end, same)
        if answer.status == _PRECONDITION:
            raise self._changed()
        if answer.status == _OK:
            if validator(answer.headers) != mark:
                raise self._changed()
            raise self._lies("it sends the whole file where a range was asked for, though it sent a range before")
        if answer.status != _PARTIAL:
            raise wrong_status(self.url, answer.status, answer.final)
        if validator(answer.headers) not in (mark, None) or etag(answer.headers) not in (self.etag, None):
            raise self._changed()
        first, last, size = self._placed(answer, start, end)
        if size != self.size:
            raise self._changed()
        if (first, last) != (start, end):
            raise self._lies(f"bytes {first:,} to {last:,} came where {start:,} to {end:,} were asked for")
        self._check_length(first, last, answer)
        return first, answer.body

    def _ask(self, start: int, end: int, headers: dict[str, str]) -> Answer:
        most = end - start
        if self.received + most > self.limits.received:
            remedy = "download the file to check it"
            message = f"its structure is spread over more than {self.limits.received:,} bytes"
            raise FetchError(Kind.TOO_LARGE, self.url, message, remedy=remedy)
        self.requests += 1
        # Room for a small file that is sent whole; one byte more than wanted shows an answer that is too long.
        room = max(self.limits.whole if start == 0 and not self.size else 0, most + 1)
        wanted = {**headers, "Range": f"bytes={start}-{end - 1}"}
        answer = self._session.ask("GET", self._final, wanted, self._deadline, room)
        self.received += len(answer.body)
        return answer

    def _placed(self, answer: Answer, start: int, end: int | None) -> tuple[int, int, int]:
        """Read what part of what file an answer says it is."""
        told = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if told is None:
            raise self._lies(f"a range without a usable Content-Range ({answer.headers.get('Content-Range')!r})")
        first, last, size = int(told[1]), int(told[2]) + 1, int(told[3])
        if first != start or not first < last <= size or (end is not None and last > end):
            raise self._lies(f"{told[0]!r} in answer to a range from byte {start:,}")
        return first, last, size

    def _add(self, start: int, end: int, answer: Answer) -> None:
        if end != min(self.limits.first, self.size):
            raise self._lies(f"bytes {start:,} to {end:,} came where {self.limits.first:,} were asked for")
        self._check_length(start, end, answer)
        self.known.add(start, answer.body)

    def _check_length(self, start: int, end: int, answer: Answer) -> None:
        if not answer.whole or len(answer.body) != end - start:
            more = "" if answer.whole else " and more"
            raise self._lies(f"{end - start:,} bytes announced, {len(answer.body):,}{more} received")

    def _changed(self) -> FetchError:
        message = "the file changed on the server while it was being read"
        return FetchError(Kind.HTTP, self.url, message, remedy="try again", fault=False)

    def _lies(self, what: str) -> FetchError:
        message = f"the server answers a range wrongly: {what}"
        return FetchError(Kind.HTTP, self.url, message, remedy="download the file to check it", fault=False)


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join stretches that overlap or nearly meet."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1] + _GAP:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _drop(asked: Iterable[Future[tuple[int, bytes]]]) -> None:
    for future in asked:
        future.cancel()
