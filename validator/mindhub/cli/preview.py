"""`mindhub preview`: the page of a card as the site will have it; it follows the card while that is written."""

from __future__ import annotations

import os
import sys
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.check import check
from mindhub.cli.live import LiveHandler
from mindhub.cli.targets import chosen_cards
from mindhub.localise import locale_language
from mindhub.messages import many, say, translate
from mindhub.pages.disk import gather, read_options
from mindhub.pages.folder import write_site
from mindhub.pages.inputs import SiteError
from mindhub.pages.site import build_site
from mindhub.source import SourceError, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.model import Uid
    from mindhub.source import Registry

CANNOT = 2
#: Cards that the listing shows around the one; a whole registry takes too long to build at each change.
_AROUND = 24


def run(
    *,
    target: str = "",
    registry: Path | None = None,
    serve: bool = True,
    port: int = 8000,
    out: Path | None = None,
    language: str | None = None,
) -> int:
    """Build the page of a card with a listing of its neighbours, and serve it on this machine; return the exit code.

    Without a target the newest card file of the registry is meant. Without `serve` the page's path is printed. The
    site goes into `out`, else into the user's cache.
    """
    spoken = language or locale_language(os.environ)
    try:
        made = _Preview(*_chosen(target, registry), out, spoken)
        made.build()
    except (SourceError, SiteError) as error:
        print(f"mindhub preview: {error}", file=sys.stderr)
        return CANNOT
    made.tell()
    if not serve:
        print(made.page)
        return 0
    return _serve(made, port, spoken)


def _chosen(target: str, registry: Path | None) -> tuple[Registry, Path, Uid]:
    """Return the registry and the card that is meant; raises SourceError."""
    home, cards, troubles = chosen_cards([target] if target else [], registry)
    if troubles and target:
        raise SourceError(Path(target), troubles[0])
    named = [card for card in cards if card.uid]
    if not named:
        raise SourceError(home.root, say("no card here that has a place in the registry"))
    if target and len(named) > 1:
        raise SourceError(Path(target), say("means {count:,} cards; name one", count=len(named)))
    card = max(named, key=lambda one: one.path.stat().st_mtime_ns)
    return home, card.path, card.uid  # type: ignore[return-value]  # those without are left out above


class _Preview:
    """The site of a few cards, and when it was made."""

    def __init__(self, home: Registry, card: Path, uid: Uid, out: Path | None, language: str = "en") -> None:
        self.home, self.card, self.language = home, card, language
        cache = os.environ.get("MINDHUB_CACHE")
        self.out = out or (Path(cache) if cache else Path.home() / ".cache" / "mindhub") / "preview"
        self.url = f"{uid}/index.html"
        self.page = self.out / self.url
        self.findings = 0
        self.build_id = 0
        self._uid = uid
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._lock = threading.Lock()

    def build(self) -> bool:
        """Build the site anew where a file has changed since, and tell whether; raises SourceError, SiteError."""
        with self._lock:
            now = tuple(self._state())
            if now == self._seen:
                return False
            report = check(self._around(), root=self.home.root)
            self.findings = sum(finding.uid == str(self._uid) for finding in report.findings)
            site, _ = gather(report, self.home, read_options(self.home), None)
            write_site(build_site(site), self.out)
            self._seen = now
            self.build_id += 1
            return True

    def refresh(self) -> None:
        """Build anew where something changed and say what came of it."""
        try:
            if self.build():
                self.tell()
        except (SourceError, SiteError, OSError) as error:
            print(f"mindhub preview: {error}", file=sys.stderr)

    def tell(self) -> None:
        """Say how many findings the card has."""
        said = many(self.findings, "{count:,} finding", "{count:,} findings")
        print(translate(say("{file}: {found}", file=shown(self.card), found=said), self.language), flush=True)

    def _around(self) -> Sequence[Path]:
        """Return the card first, then others of its folder and other versions of it."""
        versions = sorted(self.card.parent.parent.glob(f"*/{self.card.name}"))
        others = [file.path for file in self.home.files() if file.path.parent == self.card.parent]
        return list(dict.fromkeys((self.card, *versions, *others)))[:_AROUND]

    def _state(self) -> list[tuple[str, int, int]]:
        """Return name, size and time of the files that the page is made of."""
        found = []
        folders = {path.parent: None for path in self._around()}
        for folder in (*folders, self.card.parent.parent, self.home.root, self.home.root / "disclaimers"):
            for entry in sorted(os.scandir(folder), key=lambda e: e.name) if folder.is_dir() else ():
                if entry.is_file():
                    state = entry.stat()
                    found.append((entry.path, state.st_size, state.st_mtime_ns))
        return found


def _serve(made: _Preview, port: int, language: str) -> int:
    # It builds before it answers, so that a page is never older than its card.
    handler = partial(LiveHandler, follower=made, directory=str(made.out.absolute()))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
        print(f"mindhub preview: cannot listen on port {port}: {reason}; try another --port", file=sys.stderr)
        return CANNOT
    try:
        with server:
            print(f"http://127.0.0.1:{server.server_port}/{made.url}")
            said = say("edit {file}: the page follows; Ctrl+C ends it", file=shown(made.card))
            print(translate(said, language), flush=True)
            server.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0
