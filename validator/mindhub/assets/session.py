"""Requests over connections that are checked once and kept open, for several threads at a time."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mindhub.assets.answers import REDIRECTS, Trail, refused, unreachable
from mindhub.assets.errors import FetchError, InterruptedFetchError, Kind
from mindhub.assets.guard import Refused
from mindhub.assets.transport import dial, send

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message
    from types import TracebackType

    from mindhub.assets.guard import Guard, Target
    from mindhub.assets.transport import Connection, Deadline

#: What a server does that has closed a kept connection meanwhile: then the request was not heard, and is sent again.
_CLOSED_MEANWHILE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, redirects followed."""

    url: str  #: as asked for
    final: str  #: where the answer came from
    moved: str | None  #: where permanent redirects lead
    status: int
    headers: Message
    body: bytes
    whole: bool  #: the body is complete, rather than cut off at what was wanted of it


class Session:
    """Connections to the hosts of many addresses; each serves one request at a time."""

    def __init__(self, guard: Guard, idle: float = 30.0, spare: int = 4, redirects: int = 5) -> None:
        self._guard = guard
        self._idle = idle  #: seconds of silence, also while connecting
        self._spare = spare  #: connections kept for each place
        self._redirects = redirects
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], list[Connection]] = defaultdict(list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept."""
        with self._lock:
            for kept in self._kept.values():
                for connection in kept:
                    connection.close()
            self._kept.clear()

    def ask(self, method: str, url: str, headers: Mapping[str, str], deadline: Deadline, most: int = 0) -> Answer:
        """Send a request and follow its redirects, each of them checked; read at most `most` bytes of the body.

        Raises FetchError.
        """
        trail = Trail(url, self._redirects)
        while True:
            try:
                target = self._guard.check(trail.url)
                status, fields, body, whole = self._exchange(method, target, headers, deadline, most)
            except Refused as error:
                raise refused(url, error, trail.via) from error
            except http.client.IncompleteRead as error:
                if deadline.expired:
                    raise late(url, deadline) from error
                message = f"{trail.via}the body ended early"
                raise InterruptedFetchError(Kind.SHORT, url, message, remedy="check the file on the server") from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                if deadline.expired:
                    raise late(url, deadline) from error
                raise unreachable(url, error, self._idle, trail.via) from error
            if deadline.expired:
                raise late(url, deadline)
            if status not in REDIRECTS:
                return Answer(url, trail.url, trail.moved, status, fields, body, whole)
            trail.step(status, fields.get("Location"))

    def _exchange(
        self, method: str, target: Target, headers: Mapping[str, str], deadline: Deadline, most: int
    ) -> tuple[int, Message, bytes, bool]:
        connection = self._take(target, deadline)
        kept = connection is not None
        connection = connection or dial(target, self._guard, deadline, self._idle)
        try:
            try:
                response = send(connection, method, target, headers, keep=True)
            except _CLOSED_MEANWHILE:
                if not kept or deadline.expired:
                    raise
                connection.close()
                connection = dial(target, self._guard, deadline, self._idle)
                response = send(connection, method, target, headers, keep=True)
            with response:
                body, whole = _body(response, most)
                reusable = whole and not response.will_close
        except BaseException:
            connection.close()
            raise
        # The end of an answer that the deadline cut looks like any other end.
        self._give_back(target, connection, keep=reusable and not deadline.expired)
        return response.status, response.headers, body, whole

    def _take(self, target: Target, deadline: Deadline) -> Connection | None:
        with self._lock:
            kept = self._kept[target.scheme, target.place]
            connection = kept.pop() if kept else None
        if connection is not None:
            connection.borrow(deadline)
        return connection

    def _give_back(self, target: Target, connection: Connection, *, keep: bool) -> None:
        with self._lock:
            kept = self._kept[target.scheme, target.place]
            if keep and len(kept) < self._spare:
                kept.append(connection)
                return
        connection.close()


def late(url: str, deadline: Deadline) -> FetchError:
    """Make the error for a request that outlasted its deadline."""
    return FetchError(Kind.DEADLINE, url, f"no answer within {deadline.seconds:g} s", remedy="allow more time")


def _body(response: http.client.HTTPResponse, most: int) -> tuple[bytes, bool]:
    """Read a body up to a number of bytes, and say whether that was all; IncompleteRead where it ends early."""
    if response.length == 0:
        return b"", True
    parts, missing = [], most
    while missing and (part := response.read1(missing)):
        parts.append(part)
        missing -= len(part)
    body = b"".join(parts)
    if missing:
        # `read1` takes an end before its time for an end.
        if response.length:
            raise http.client.IncompleteRead(body, response.length)
        return body, True
    return body, response.length == 0
