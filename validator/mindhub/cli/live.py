"""A site that follows its registry: built anew when a file changes, and shown anew in the browser.

A card that cannot be read keeps its page, which says what is wrong with it; a page that is gone is looked for again.

Of a change, whatever shows it is made anew: pages, listings, leaderboards, JSON; the index of texts after these. The
pages are those of a build from nothing; the script that reloads them is put in while they are served, so that nothing
of it is ever published.
"""

from __future__ import annotations

import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mindhub.cli.server import SiteHandler
from mindhub.cli.site import missing_search, open_shelf, tell, unread
from mindhub.pages.inputs import SiteError
from mindhub.pages.rebuild import Rebuilder
from mindhub.source import SourceError, shown

if TYPE_CHECKING:
    from mindhub.pages.inputs import Options
    from mindhub.pages.shelf import Shelf
    from mindhub.source import Registry

_EVERY = 0.7  #: seconds between two looks at the registry
_BUILD_ID, _SCRIPT = "/.build-id", "/.live.js"
_RELOAD = b"""// Reload when the site was built anew.
const seen = document.currentScript.dataset.build;
setInterval(async () => {
  try {
    const now = await (await fetch("/.build-id", { cache: "no-store" })).text();
    if (seen !== now) location.reload();
  } catch { /* the server is away; it may come back */ }
}, 700);
"""


class Followed(Protocol):
    """A site that changes while it is served."""

    out: Path
    build_id: int  #: another one for every build

    def refresh(self) -> None:
        """Build what a request asks for, where that is not done of itself."""


class Follower:
    """Watches a registry and keeps a site of it."""

    def __init__(self, registry: Registry, out: Path) -> None:
        self.registry, self.out = registry, out
        self.build_id = 0
        self._rebuilder = Rebuilder(registry, out)
        self._stop = threading.Event()

    def start(self) -> None:
        """Build the whole site, from what earlier builds kept; raises SiteError and SourceError where that fails."""
        started = time.perf_counter()
        shelves: list[Shelf] = []

        def kept(options: Options) -> Shelf:
            shelves.append(open_shelf(self.registry, options))
            return shelves[-1]

        built = self._rebuilder.build(kept)
        if built is None:
            return
        tell((*(fault for shelf in shelves for fault in shelf.faults), *missing_search(built.site)))
        tell(unread(built.faults, built.report))
        pages, cards, took = self._rebuilder.pages(), len(built.report.cards), time.perf_counter() - started
        print(f"{shown(self.out)}: {pages:,} pages of {cards:,} cards, {took:.1f} s", flush=True)

    def look(self) -> bool:
        """Build what a change asks for; tell whether there was one."""
        started = time.process_time()
        built = self._rebuilder.build()
        if built is None:
            return False
        self.build_id += 1
        tell(unread(built.faults, built.report))
        print(f"{built.changed:,} files changed, {time.process_time() - started:.2f} s of CPU", flush=True)
        self._rebuilder.index()
        return True

    def refresh(self) -> None:
        """Do nothing: a thread of its own looks."""

    def run(self) -> None:
        """Look until told to stop."""
        while not self._stop.wait(_EVERY):
            try:
                self.look()
            except (SiteError, SourceError, OSError) as error:
                tell((str(error),))

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()


class LiveHandler(SiteHandler):
    """Serves the site, with the script that reloads its pages."""

    def __init__(self, *args: Any, follower: Followed, **options: Any) -> None:
        self._follower = follower
        super().__init__(*args, **options)

    def do_GET(self) -> None:  # noqa: N802 - the base class calls it so
        """Answer with a page that reloads itself, or with what it reloads by."""
        path = self.path.split("?", 1)[0]
        if path == _SCRIPT:
            self._say(_RELOAD, self.extensions_map[".js"])
            return
        if path == _BUILD_ID or path.endswith(("/", ".html")):
            self._follower.refresh()
        if path == _BUILD_ID:
            self._say(str(self._follower.build_id).encode(), "text/plain; charset=utf-8")
        elif path.endswith(("/", ".html")):
            # Asked for first: a build that ends in between is then noticed.
            build_id, page = self._follower.build_id, self._page(path)
            if page is None:
                self._show(self._page("/404.html") or b"<!doctype html>\n</head>", build_id, HTTPStatus.NOT_FOUND)
            else:
                self._show(page, build_id)
        else:
            super().do_GET()

    def _page(self, path: str) -> bytes | None:
        file = Path(self.translate_path(f"{path}index.html" if path.endswith("/") else path))
        try:
            return file.read_bytes()
        except OSError:
            return None

    def _show(self, page: bytes, build_id: int, status: HTTPStatus = HTTPStatus.OK) -> None:
        tag = f'<script src="{_SCRIPT}" data-build="{build_id}" defer></script>\n</head>'.encode()
        self._say(page.replace(b"</head>", tag, 1), self.extensions_map[".html"], status)

    def _say(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)


def follow(registry: Registry, out: Path) -> Follower:
    """Build the site and return what keeps it up to date; raises SiteError or SourceError where it cannot be built."""
    follower = Follower(registry, out)
    follower.start()
    return follower
