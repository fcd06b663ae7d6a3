"""`mindhub site serve`: look at a site, or follow a registry with it."""

from __future__ import annotations

import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from mindhub.pages.inputs import SiteError
from mindhub.source import SourceError, open_registry, shown

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from mindhub.cli.live import Follower

CANNOT = 2
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    *,
    folder: Path = Path("build/site"),
    host: str = "127.0.0.1",
    port: int = 8000,
    live: bool = False,
    registry: Path | None = None,
) -> int:
    """Serve a site until Ctrl+C; return the exit code. Port 0 takes any that is free.

    `live` builds the site of a registry into the folder first, and again whenever one of its files changes.
    """
    handler: Callable[..., SiteHandler] = partial(SiteHandler, directory=str(folder.absolute()))
    follower: Follower | None = None
    if live:
        from mindhub.cli.live import LiveHandler, follow

        try:
            follower = follow(open_registry(registry), folder)
        except (SiteError, SourceError) as error:
            print(f"mindhub site: {error}", file=sys.stderr)
            return CANNOT
        handler = partial(LiveHandler, follower=follower, directory=str(folder.absolute()))
    if not (folder / "index.html").is_file():
        print(f"mindhub site: {shown(folder)} holds no site; build one with 'mindhub site build'", file=sys.stderr)
        return CANNOT
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
        print(f"mindhub site: cannot listen on {host}:{port}: {reason}; try another --port", file=sys.stderr)
        return CANNOT
    # From the bound port on, Ctrl+C is the usual end, wherever it strikes.
    try:
        with server:
            if host not in _LOOPBACK:
                print(f"mindhub site: {host} can be reached from other machines", file=sys.stderr)
            print(f"{shown(folder)} at http://{host}:{server.server_port}/ (Ctrl+C ends it)", flush=True)
            if follower:
                Thread(target=follower.run, daemon=True).start()
            server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        if follower:
            follower.stop()
    return 0


class SiteHandler(SimpleHTTPRequestHandler):
    """A static host as sites of this kind meet them: types with charset, its own page for what is missing."""

    extensions_map = {  # noqa: RUF012 - the base class declares it so
        ".html": "text/html; charset=utf-8",
        ".json": "application/json; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        "": "application/octet-stream",
    }
    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        """Tell browsers to believe the types."""
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def list_directory(self, path: Any) -> io.BytesIO | None:  # noqa: ARG002 - the base class gives it
        """Answer a folder without a page as any static host does."""
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what does not exist with the site's own page."""
        page = Path(self.directory, "404.html")
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", self.extensions_map[".html"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing: the address has been said, and a visitor's requests are no news."""
