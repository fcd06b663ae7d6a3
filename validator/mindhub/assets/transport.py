"""One HTTP request to a checked address, under a deadline that a trickling server cannot stretch.

It stands on `http.client`, where the place at which a connection is made is public (`connect`), a read takes what there
is (`read1`), and nothing is decoded, redirected, retried or taken from the environment behind one's back.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import certifi

from mindhub import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from mindhub.assets.guard import Guard, Target

_AGENT = f"mindhub/{__version__}"


class Deadline:
    """A wall-clock limit that cuts the connections it watches when the time is up.

    A timeout of a socket starts anew with every byte, so a server that sends one a second holds a reader for ever, also
    within the headers and the TLS handshake. Cutting the connection from outside ends the read wherever it is.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self.release()

    @property
    def remaining(self) -> float:
        """Return the seconds left, never less than 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def expired(self) -> bool:
        """Say whether the time is up."""
        return self.remaining == 0

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection too when the time is up."""
        # A descriptor of our own: the TLS layer takes over the socket, and shutting down an SSLSocket from another
        # thread would pull its state from under the reader.
        with self._lock:
            self._sockets.append(socket.socket(fileno=os.dup(connection.fileno())))
        if self.expired:
            self._cut()

    def release(self) -> None:
        """Stop watching."""
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def _cut(self) -> None:
        with self._lock:
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the other side was faster


class Connection(http.client.HTTPConnection):
    """A connection that goes to an address it is given, whatever the name resolves to by now.

    The name still makes the Host header, and for https the SNI and the name that the certificate must have.
    """

    def __init__(
        self, target: Target, addresses: tuple[str, ...], deadline: Deadline, idle: float, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(target.host, target.port, timeout=idle)
        self._addresses = addresses
        self._deadline = deadline
        self._idle = idle
        self._tls = tls

    def borrow(self, deadline: Deadline) -> None:
        """Put the connection under another deadline, for another request."""
        if self.sock is not None and deadline is not self._deadline:
            deadline.watch(self.sock)
        self._deadline = deadline

    def connect(self) -> None:
        """Open the connection to the first address that answers."""
        failure: OSError | None = None
        for address in self._addresses:
            try:
                seconds = max(0.001, min(self._idle, self._deadline.remaining))
                plain = socket.create_connection((address, self.port), seconds)
            except OSError as error:
                failure = error
                continue
            plain.settimeout(self._idle)
            try:
                self._deadline.watch(plain)
                self.sock = plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=self.host)
            except BaseException:
                plain.close()
                raise
            return
        raise failure or OSError("no address to connect to")


def trust(guard: Guard) -> ssl.SSLContext:
    """Make the TLS settings: certificates and names are verified against certifi's list, or the guard's own."""
    return _context(guard.cafile or certifi.where())


@lru_cache(maxsize=8)
def _context(cafile: str) -> ssl.SSLContext:
    # Reading the certificates takes 10 ms. Not `create_default_context()`, which without a file would listen to
    # SSL_CERT_FILE of the environment.
    return ssl.create_default_context(cafile=cafile)


def dial(target: Target, guard: Guard, deadline: Deadline, idle: float) -> Connection:
    """Prepare a connection to the checked addresses of a target; it is opened by its first request.

    Raises Refused, or OSError where the name does not resolve.
    """
    # The addresses are checked and used here, in one breath: between the two no name is asked for again.
    addresses = guard.addresses(target)
    return Connection(target, addresses, deadline, idle, trust(guard) if target.scheme == "https" else None)


def send(
    connection: Connection, method: str, target: Target, headers: Mapping[str, str], *, keep: bool = False
) -> http.client.HTTPResponse:
    """Send one request and read the headers of the answer; redirects are not followed, nothing is decoded.

    `keep` asks the server to leave the connection open. Raises OSError (among them timeouts and TLS errors) or
    HTTPException.
    """
    sent = {
        "Host": target.authority,
        "User-Agent": _AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive" if keep else "close",
    }
    connection.request(method, target.path, headers={**sent, **headers})
    return connection.getresponse()


def get(
    target: Target, headers: Mapping[str, str], guard: Guard, deadline: Deadline, idle: float
) -> tuple[Connection, http.client.HTTPResponse]:
    """Send one GET on a connection of its own; close it when done.

    Raises Refused, OSError (among them timeouts and TLS errors) or HTTPException.
    """
    connection = dial(target, guard, deadline, idle)
    try:
        return connection, send(connection, "GET", target, headers)
    except BaseException:
        connection.close()
        raise
