"""All files of a site, as bytes by path. Pure: the same input gives the same bytes."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mindhub.pages import machine
from mindhub.pages.entries import entries
from mindhub.pages.inputs import SiteError
from mindhub.pages.shared import MINISEARCH, Shared
from mindhub.pages.units import units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.pages.inputs import SiteInput
    from mindhub.pages.kept import Kept
    from mindhub.pages.unit import Page

__all__ = ["MINISEARCH", "Paths", "build_site", "settled", "site_files"]


def build_site(site: SiteInput, kept: Kept | None = None) -> dict[str, bytes]:
    """Return every file of the site: its path below the output folder, with `/`, and its bytes.

    Raises SiteError where two files would have one path, or a language lacks its strings.
    """
    return dict(site_files(site, kept))


def site_files(site: SiteInput, kept: Kept | None = None) -> Iterator[Page]:
    """Yield what `build_site` returns, one file after the other: a large site need not be in memory as a whole.

    With what the build before kept, pages that show what they showed then are not made again; the bytes are the same.
    """
    shared = Shared(site, entries(site), kept)
    paths = Paths()
    for unit in units(shared):
        for path, content in unit.files():
            paths.add(path)
            yield path, content
    yield from machine.crawling(paths, site.options)


@contextmanager
def settled() -> Iterator[None]:
    """Leave what is there by now out of the search for cycles: cards and findings stay to the end, pages do not."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class Paths:
    """The paths of a site's files, no two of which are one on a host that folds case."""

    def __init__(self) -> None:
        self._spellings: dict[str, str] = {}

    def add(self, path: str) -> None:
        """Take one more; raises SiteError where there is one that reads the same."""
        # Hosts and laptops whose file systems fold case would keep only one of two such files.
        folded = path.casefold()
        if folded == path:
            folded = path  # most are small letters: kept once
        if folded in self._spellings:
            other = self._spellings[folded]
            raise SiteError(f"two pages are called {path!r} and {other!r}; rename one of the cards")
        self._spellings[folded] = path

    def __iter__(self) -> Iterator[str]:
        """Return them in their order."""
        return iter(self._spellings.values())
