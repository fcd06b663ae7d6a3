"""Servers on loopback that misbehave on request."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Script = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request, answered by the script of its server."""

    server: Server

    def handle(self) -> None:
        if self.server.raw:
            self.act()
        else:
            super().handle()

    def do_GET(self) -> None:
        self.server.requests.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
        self.act()

    def act(self) -> None:
        """Do what the server's script says, until the client hangs up."""
        try:
            self.server.script(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send an answer; `Content_Length="9"` lies about the body."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def ranged(self, body: bytes, etag: str = '"one"', upto: int | None = None) -> None:
        """Send a file, or the range of it that was asked for if the ETag still holds; break off at `upto`."""
        start = 0
        if self.headers.get("If-Range") == etag and "Range" in self.headers:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        headers = {"Content_Length": str(len(body) - start), "ETag": etag}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        self.answer(206 if start else 200, body[start:upto], **headers)

    def trickle(self, begun: bytes) -> None:
        """Send a few bytes at once, and then one at a time for minutes, unless the client leaves before that."""
        self.wfile.write(begun)
        for _ in range(6000):
            if self.server.stop.wait(0.02):
                return
            self.wfile.write(b"x")
        self.server.outlasted = True

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server with a script and a record of what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, script: Script, *, raw: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.raw = raw  #: the script is called with the connection, before anything was read of it
        self.outlasted = False  #: a client stayed until the end of a trickle
        self.requests: list[dict[str, str]] = []
        self.stop = threading.Event()  #: ends what trickles

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/model.ckpt"

    def handle_error(self, request: Any, address: Any) -> None:
        """Stay silent: clients that hang up are what the tests are about."""


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None, *, raw: bool = False) -> Iterator[Server]:
    """Serve in a thread until the block ends."""
    server = Server(script, raw=raw)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def deaf() -> Iterator[str]:
    """Hold a place on loopback where nobody listens, so that no other process comes to listen there meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
