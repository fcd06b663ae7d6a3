"""A site that follows its registry: built anew when a file changes, and shown anew in the browser.

A card that cannot be read keeps its page, which says what is wrong with it; a page that is gone is looked for again.

A change of cards shows in two steps: the pages of these cards and of their other versions at once, then the whole
site, whose listings take their time. The pages are those of the build; the script that reloads them is put in while
they are served, so that nothing of it is ever published.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mindhub.check import check
from mindhub.cli.server import SiteHandler
from mindhub.cli.site import build
from mindhub.pages.disk import gather, read_options
from mindhub.pages.folder import replace_files
from mindhub.pages.inputs import SiteError
from mindhub.pages.site import build_site
from mindhub.source import SourceError, is_card_name, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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
        self._seen = dict(self._state())
        self._stop = threading.Event()

    def look(self) -> bool:
        """Build what a change asks for; tell whether there was one."""
        now = dict(self._state())
        if now == self._seen:
            return False
        changed = {path for path in now.keys() | self._seen.keys() if now.get(path) != self._seen.get(path)}
        self._seen = now
        started = time.process_time()
        quick = self._cards(changed)
        if quick:
            print(f"{quick} files of the changed cards, {time.process_time() - started:.2f} s of CPU", flush=True)
        self.whole()
        self.build_id += 1
        return True

    def whole(self) -> int:
        """Build the whole site; return the exit code of the build."""
        return build(registry=self.registry.root, out=self.out, cache=True)

    def refresh(self) -> None:
        """Do nothing: a thread of its own looks."""

    def _cards(self, changed: Collection[str]) -> int:
        """Replace the pages of changed cards and of their other versions; return how many files that were."""
        cards = [Path(path) for path in changed if is_card_name(Path(path).name) and Path(path).is_file()]
        try:
            count = replace_files(pages_of(self.registry, cards), self.out) if cards else 0
        except (SiteError, SourceError, OSError) as error:
            print(f"mindhub site: {error}", file=sys.stderr)
            return 0
        self.build_id += bool(count)
        return count

    def run(self) -> None:
        """Look until told to stop."""
        while not self._stop.wait(_EVERY):
            try:
                self.look()
            except (SourceError, OSError) as error:
                print(f"mindhub site: {error}", file=sys.stderr)

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _state(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield the registry's files with size and time of change; those of hidden folders are not looked at."""
        todo = [self.registry.root]
        while todo:
            with os.scandir(todo.pop()) as found:
                for entry in found:
                    if entry.name.startswith((".", "__pycache__")):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        state = entry.stat()
                        yield entry.path, (state.st_size, state.st_mtime_ns)


def pages_of(registry: Registry, cards: Collection[Path]) -> dict[str, bytes]:
    """Return the files of these cards' pages, made beside the other versions of their models.

    What other cards do with them, such as the places on leaderboards, is left to a build of the whole.
    """
    beside = {other for card in cards for other in card.parent.parent.glob(f"*/{card.name}")}
    report = check(sorted({*cards, *beside}), root=registry.root)
    site, _ = gather(report, registry, read_options(registry))
    made = build_site(replace(site, rules=(), fulltext=False))
    uids = [f"{card.uid}/" for card in report.cards if card.uid]
    prefixes = tuple(before + uid for uid in uids for before in ("", *(f"{lang}/" for lang in site.options.languages)))
    return {path: content for path, content in made.items() if path.startswith(prefixes)}


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
    """Build the site and return what keeps it up to date; raises SiteError where it cannot be built."""
    follower = Follower(registry, out)
    if follower.whole():
        raise SiteError(f"{shown(out)}: there is no site to serve")
    return follower
