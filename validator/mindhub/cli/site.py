"""`mindhub site build`: build the site of a registry."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.check import check
from mindhub.pages import fulltext
from mindhub.pages.disk import gather, read_options
from mindhub.pages.folder import write_site
from mindhub.pages.inputs import SiteError
from mindhub.pages.site import MINISEARCH, settled, site_files
from mindhub.source import SourceError, open_registry, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mindhub.model import Report
    from mindhub.pages.inputs import Options, SiteInput
    from mindhub.pages.shelf import Shelf
    from mindhub.source import Registry

CANNOT = 2


def build(
    *,
    registry: Path | None = None,
    out: Path = Path("build/site"),
    base_url: str = "",
    report: Report | None = None,
    ledger: Path | None = None,
    base: str = "",
    cache: bool = False,
) -> int:
    """Build the site of a registry into a folder and say what was made; return the exit code.

    With a ledger, that of `mindhub verify`, pages say when addresses last answered. A report of the whole registry
    that is at hand saves checking it again. With a base, a revision of the registry's repository, the site holds the
    cards that changed since, and the other versions of their models, alone. With `cache`, pages that show what they
    showed in the last build are taken from there. Faults of cards do not keep the site from being built: it shows them.
    """
    started = time.perf_counter()
    try:
        source = open_registry(registry)
        if report is None:
            report = check([source.root], root=source.root)
        options = read_options(source)
        if base_url:
            options = replace(options, base_url=f"{base_url.rstrip('/')}/")
        if base:
            report = _changed(report, source, base)
        site, faults = gather(report, source, options, ledger)
        shelf = open_shelf(source, options) if cache and not base else None
        with shelf or nullcontext(), settled():
            pages = _Counted(chain(site_files(site, shelf), fulltext.files(site, shelf)))
            changed = write_site(pages, out)
    except (SiteError, SourceError) as error:
        print(f"mindhub site: {error}", file=sys.stderr)
        return CANNOT
    tell((*(shelf.faults if shelf else ()), *missing_search(site), *unread(faults, report)))
    took = time.perf_counter() - started
    print(f"{shown(out)}: {pages.html:,} pages of {len(report.cards):,} cards, {changed:,} files changed, {took:.1f} s")
    return 0


def unread(faults: Iterable[str], report: Report) -> Iterator[str]:
    """Yield a sentence for each file that could not be read, and what follows from it."""
    yield from (f"{fault}; its card is shown as not checked" for fault in faults)
    yield from (f"{failure.file}: {failure.message}; it has no page" for failure in report.failures)


def tell(notices: Iterable[str]) -> None:
    """Print sentences to the standard error."""
    for notice in notices:
        print(f"mindhub site: {notice}", file=sys.stderr)


def open_shelf(source: Registry, options: Options) -> Shelf:
    """Return what the last build of a registry with these settings kept."""
    from mindhub.pages.shelf import Shelf, place_of, program

    return Shelf(place_of(str(source.root), options.base_url, options.languages), program())


def _changed(report: Report, source: Registry, base: str) -> Report:
    """Return a report of what changed since a base, with all findings that the whole registry gives these cards."""
    from mindhub.history import HistoryError
    from mindhub.history.base import changed_files, find_base
    from mindhub.history.git import open_repository

    try:
        repository = open_repository(source.root)
        found = changed_files(repository, find_base(repository, base).commit)
    except HistoryError as error:
        raise SiteError(f"{base}: {error}") from None
    touched = {str(repository.root / change.path) for change in found}
    near = [card for card in report.cards if card.uid and any(name.startswith(str(card.path)[:-2]) for name in touched)]
    models = {(card.uid.publisher, card.uid.name) for card in near if card.uid}
    cards = tuple(card for card in report.cards if card.uid and (card.uid.publisher, card.uid.name) in models)
    uids = {str(card.uid) for card in cards}
    return replace(report, cards=cards, findings=tuple(each for each in report.findings if each.uid in uids))


class _Counted:
    """Files of a site on their way, and how many of them are pages."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        self._files = files
        self.html = 0

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for path, content in self._files:
            self.html += path.endswith(".html")
            yield path, content


def missing_search(site: SiteInput) -> list[str]:
    """Return a sentence for each part of the search that this build lacks."""
    said = []
    if MINISEARCH not in site.theme.static:
        said.append("without MiniSearch the search forgives no typing errors; 'make hub' fetches it in a checkout")
    if not site.fulltext:
        said.append("without Pagefind texts of cards are not searched; 'pip install mindhub[site]' brings it")
    return said
