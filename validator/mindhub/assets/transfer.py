"""One download: attempts, each of which goes on where the one before it broke."""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.assets.answers import REDIRECTS, Trail, etag, refused, unreachable, validator, wrong_status
from mindhub.assets.errors import FetchError, InterruptedFetchError, Kind
from mindhub.assets.guard import Refused
from mindhub.assets.transport import Connection, Deadline, get
from mindhub.formats.sniff import HEAD, sniff

if TYPE_CHECKING:
    from collections.abc import Callable

    from mindhub.assets.guard import Guard
    from mindhub.assets.store import Partial

_BLOCK = 1 << 18
_OK, _PARTIAL_CONTENT, _CANNOT_RANGE = 200, 206, 416
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a download may take."""

    size: int = 16 << 30  #: bytes
    seconds: float = 3600.0  #: in all, retries and waiting for another process included
    idle: float = 30.0  #: seconds of silence, also while connecting
    attempts: int = 3  #: in a row that bring nothing new
    redirects: int = 5
    pause: float = 0.5  #: seconds before the first retry; doubles each time


@dataclass(slots=True)
class Transfer:
    """The state of one download into a partial file."""

    url: str
    partial: Partial
    guard: Guard
    deadline: Deadline
    limits: Limits
    size: int | None  #: as claimed
    progress: Callable[[int, int | None], None] | None
    received: int = 0  #: bytes over the network
    final: str = ""  #: the address that answered, redirects followed
    moved: str | None = None  #: where permanent redirects lead

    def run(self) -> None:
        """Attempt until the body is complete, an answer is final, or nothing new comes any more; raises FetchError."""
        fruitless = short = 0
        best = self.partial.length
        while True:
            try:
                self._attempt()
            except InterruptedFetchError as error:
                short += error.kind is Kind.SHORT
                fruitless = 0 if self.partial.length > best else fruitless + 1
                best = max(best, self.partial.length)
                if short > 1 or fruitless >= self.limits.attempts:
                    raise
                if error.kind is not Kind.SHORT:
                    time.sleep(min(self.limits.pause * 2**fruitless, self.deadline.remaining))
                if self.deadline.expired:
                    raise self._late() from error
            else:
                return

    def _attempt(self) -> None:
        """Ask for what is missing, or for everything where the rest alone is not to be had."""
        source = self.partial.source
        if self.partial.length and "validator" in source and source.get("url") == self.url:
            wanted = {"Range": f"bytes={self.partial.length}-", "If-Range": source["validator"]}
            if self._request(wanted):
                return
        self.partial.restart()
        self._request({})

    def _request(self, wanted: dict[str, str]) -> bool:
        """Send one request and receive its body; False where the answer does not go on where we stand."""
        connection, response = self._open(wanted)
        try:
            if wanted and response.status in (_PARTIAL_CONTENT, _CANNOT_RANGE):
                going_on = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
                if (
                    response.status == _CANNOT_RANGE
                    or going_on is None
                    or int(going_on[1]) != self.partial.length
                    or validator(response.headers) != wanted["If-Range"]
                ):
                    return False
                total = int(going_on[2]) if going_on[2] != "*" else None
            elif response.status == _OK:
                self.partial.restart(self._source(response))
                total = response.length
            else:
                raise wrong_status(self.url, response.status, self.final)
            self._receive(response, total)
            return True
        finally:
            self.deadline.release()
            response.close()
            connection.close()

    def _open(self, wanted: dict[str, str]) -> tuple[Connection, http.client.HTTPResponse]:
        """Follow the redirects, each of them checked like the first address, up to an answer."""
        trail = Trail(self.url, self.limits.redirects)
        while True:
            try:
                target = self.guard.check(trail.url)
                connection, response = get(target, wanted, self.guard, self.deadline, self.limits.idle)
            except Refused as error:
                raise refused(self.url, error, trail.via) from error
            except (OSError, http.client.HTTPException) as error:
                raise self._unreachable(error, trail.via) from error
            if response.status not in REDIRECTS:
                self.final, self.moved = trail.url, trail.moved
                return connection, response
            self.deadline.release()
            response.close()
            connection.close()
            trail.step(response.status, response.headers.get("Location"))

    def _receive(self, response: http.client.HTTPResponse, total: int | None) -> None:
        """Write the body behind what is there, looking at what it is as soon as there is enough of it."""
        if total is not None and total > self.limits.size:
            raise self._too_large(total)
        looked = self.partial.length >= HEAD
        while chunk := self._read(response):
            self.partial.write(chunk)
            self.received += len(chunk)
            if self.progress is not None:
                self.progress(self.partial.length, total or self.size)
            if not looked and self.partial.length >= HEAD:
                self._look(total)
                looked = True
            if self.size is not None and self.partial.length > self.size:
                self._look(total)
                raise self._wrong_size(self.partial.length, " and more")
            if self.partial.length > self.limits.size:
                raise self._too_large(self.partial.length, " and more")
        if not looked:
            self._look(total)
        end = total if total is not None else self.size
        if end is None or self.partial.length >= end:
            return
        if total is None and response.chunked:
            # The server said that this is the end.
            raise self._wrong_size(self.partial.length)
        raise self._short(end)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        """Read what there is, at most a block: never wait for a block to fill."""
        try:
            chunk = response.read1(_BLOCK)
        except http.client.IncompleteRead as error:
            raise (self._late() if self.deadline.expired else self._short(None)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._unreachable(error, f"the connection broke after {self.partial.length:,} bytes: ") from error
        # The end of a body that the deadline cut looks like any other end.
        if self.deadline.expired:
            raise self._late()
        return chunk

    def _look(self, total: int | None) -> None:
        """Judge the first bytes and the announced size: a page is named as such before its size is held against it."""
        what = sniff(self.partial.head(HEAD))
        if what is not None and what.page:
            self.partial.restart()
            remedy = "the link leads to a server's answer: use the direct link to the file"
            message = "this is no checkpoint"
            raise FetchError(Kind.ERROR_PAGE, self.url, message, found=what.noun, remedy=remedy)
        if self.size is not None and total is not None and total != self.size:
            raise self._wrong_size(total)

    def _source(self, response: http.client.HTTPResponse) -> dict[str, str]:
        """Note where bytes come from; without a validator they cannot be continued."""
        source = {"url": self.url}
        if mark := validator(response.headers):
            source["validator"] = mark
        if tag := etag(response.headers):
            source["etag"] = tag
        return source

    # Errors.

    def _unreachable(self, error: Exception, before: str) -> FetchError:
        return self._late() if self.deadline.expired else unreachable(self.url, error, self.limits.idle, before)

    def _late(self) -> FetchError:
        message = f"not finished after {self.limits.seconds:g} s, with {self.partial.length:,} bytes received"
        return FetchError(Kind.DEADLINE, self.url, message, remedy="what came is kept: try again, or allow more time")

    def _short(self, expected: int | None) -> FetchError:
        message = "the body ended early"
        wanted = "the end mark of its last chunk" if expected is None else f"{expected:,} bytes"
        found = f"{self.partial.length:,} bytes"
        return InterruptedFetchError(Kind.SHORT, self.url, message, wanted, found, "check the file on the server")

    def _wrong_size(self, found: int, more: str = "") -> FetchError:
        self.partial.restart()
        return wrong_size(self.url, self.size or 0, found, more)

    def _too_large(self, found: int, more: str = "") -> FetchError:
        self.partial.restart()
        return too_large(self.url, self.limits, found, more)


def wrong_size(url: str, expected: int, found: int, more: str = "") -> FetchError:
    """Make the error for a file of another size than the card claims."""
    return FetchError(
        Kind.WRONG_SIZE,
        url,
        "the file has not the size that the card claims",
        f"{expected:,} bytes",
        f"{found:,}{more}",
        "if the file was replaced on purpose, correct the card",
    )


def too_large(url: str, limits: Limits, found: int, more: str = "") -> FetchError:
    """Make the error for a file over the limit."""
    return FetchError(
        Kind.TOO_LARGE,
        url,
        "the file is over the size limit",
        f"{limits.size:,} bytes at most",
        f"{found:,}{more}",
        "raise the limit if the file is meant to be so large",
    )
