"""A site that is built again and again as its registry changes: only units that show something else are made anew.

What an earlier build found out lives in memory and ends with the process. The folder holds what a build from nothing
would put there.
"""

from __future__ import annotations

from contextlib import nullcontext
from itertools import chain
from typing import TYPE_CHECKING

from mindhub.collection import without_collection
from mindhub.frozen import dataclass
from mindhub.pages import fulltext, machine
from mindhub.pages.card_units import name_of
from mindhub.pages.disk import gather, gather_again, read_options
from mindhub.pages.entries import entries
from mindhub.pages.folder import replace_files, write_site
from mindhub.pages.kept import Memory
from mindhub.pages.shared import Shared
from mindhub.pages.site import Paths, settled
from mindhub.pages.units import units
from mindhub.recheck import Rechecker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mindhub.model import Report
    from mindhub.pages.inputs import Options, SiteInput
    from mindhub.pages.kept import Kept
    from mindhub.pages.unit import Page
    from mindhub.recheck import Checked
    from mindhub.source import Registry

    #: Opens what builds of other processes kept.
    Open = Callable[[Options], AbstractContextManager[Kept]]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made, and of what."""

    site: SiteInput
    report: Report
    faults: tuple[str, ...]  #: sentences about what lies beside the cards, of those that were read for this build
    changed: int  #: files that are not what they were, or are gone


@dataclass(frozen=True, slots=True)
class _Made:
    """What is known of a unit."""

    sees: bytes
    asked: Mapping[str, bool]
    paths: tuple[str, ...]


class Rebuilder:
    """Builds the site of one registry into one folder."""

    def __init__(self, registry: Registry, out: Path) -> None:
        """Take where the cards are, and where the site is to be."""
        self._registry, self._out = registry, out
        self._checker = Rechecker(registry.root, out)
        self._shared: Shared | None = None
        self._made: dict[str, _Made] = {}
        self._crawling: tuple[str, ...] = ()  #: the files that are made of the paths of all others
        self._texts = _Texts()

    def build(self, kept: Open | None = None) -> Built | None:
        """Bring the folder up to date; None where nothing changed since the last time.

        `kept` opens what builds of other processes kept; a build from nothing uses and fills it. What changed is then
        in all pages, and in the index of texts after `index`. Raises SourceError and SiteError, after which the next
        change is followed by a build from nothing.
        """
        checked = self._checker.check()
        if checked is None:
            return None
        before, self._shared = self._shared, None
        try:
            if before is None or checked.whole:
                built = self._anew(checked, kept)
            else:
                with without_collection():
                    built = self._again(checked, before)
        except BaseException:
            self._checker.forget()
            raise
        return built

    def pages(self) -> int:
        """Return how many pages the site has."""
        return sum(path.endswith(".html") for unit in self._made.values() for path in unit.paths)

    def index(self) -> int:
        """Bring the index of all texts up to date; return how many files of it changed."""
        return self._texts.bring(self._shared.site, self._out) if self._shared else 0

    def _anew(self, checked: Checked, kept: Open | None) -> Built:
        options = read_options(self._registry)
        site, faults = gather(checked.report, self._registry, options)
        with kept(options) if kept else nullcontext() as shelf:
            shared = Shared(site, entries(site), shelf, lasting=True)
            made: dict[str, _Made] = {}
            pages = self._pages(shared, made)
            texts = self._texts.first(site, shelf)
            with settled():
                changed = write_site(chain(pages, self._crawl(shared, made), texts), self._out)
        self._shared, self._made = shared, made
        return Built(site, checked.report, tuple(faults), changed)

    def _again(self, checked: Checked, before: Shared) -> Built:
        site, faults = gather_again(before.site, checked.report, self._registry, checked.fresh)
        shared = Shared(site, entries(site, before.found), lasting=True, before=before)
        made: dict[str, _Made] = {}
        # All of them are made before the first is written: a failure leaves the site as it was.
        files = dict(self._pages(shared, made, self._made))
        now, then = _paths_beside(made, self._made), _paths_beside(self._made, made)
        gone = then - now
        if now != then:
            crawling = self._crawling
            files.update(self._crawl(shared, made))
            gone |= set(crawling) - set(self._crawling)
        changed = replace_files(files, self._out, sorted(gone))
        self._shared, self._made = shared, made
        return Built(site, checked.report, tuple(faults), changed)

    def _pages(
        self, shared: Shared, made: dict[str, _Made], before: Mapping[str, _Made] | None = None
    ) -> Iterator[Page]:
        """Yield the files of units that show something else than before, and note all units."""
        names, before = shared.names, before or {}
        made.update((name, before[name]) for name in map(name_of, shared.still))
        for unit in units(shared):
            known = before.get(unit.name)
            sees = known.sees if known and unit.lists and shared.lists_stay else unit.sees()
            if known and known.sees == sees and all((uid in names) is there for uid, there in known.asked.items()):
                made[unit.name] = known
                continue
            paths: list[str] = []
            for path, content in unit.files():
                paths.append(path)
                yield path, content
            made[unit.name] = _Made(sees, unit.asked, tuple(paths))

    def _crawl(self, shared: Shared, made: Mapping[str, _Made]) -> Iterator[Page]:
        """Yield the files that are made of the paths of all others, once these are known."""
        paths = Paths()
        for unit in made.values():
            for path in unit.paths:
                paths.add(path)
        found = dict(machine.crawling(paths, shared.site.options))
        self._crawling = tuple(found)
        yield from found.items()


def _paths_beside(units_: Mapping[str, _Made], others: Mapping[str, _Made]) -> set[str]:
    """Return the files of units that are not the very same among others."""
    return {path for name, unit in units_.items() if others.get(name) is not unit for path in unit.paths}


class _Texts:
    """The index of all texts, and what it was made of."""

    def __init__(self) -> None:
        self._words = Memory()
        self._given: list[tuple[str, str]] = []
        self._paths: frozenset[str] = frozenset()

    def first(self, site: SiteInput, kept: Kept | None) -> Iterator[Page]:
        """Yield the files of the index."""
        self._given = list(fulltext.texts(site, kept))
        files = fulltext.index(self._given, fulltext.program(), kept)
        self._paths = frozenset(files)
        yield from files.items()

    def bring(self, site: SiteInput, out: Path) -> int:
        """Bring the index in a folder up to date, where the texts are not what they were; return the changed files."""
        given = list(fulltext.texts(site, self._words))
        if given == self._given:
            return 0
        files = fulltext.index(given, fulltext.program())
        changed = replace_files(files, out, sorted(self._paths - files.keys()))
        self._given, self._paths = given, frozenset(files)
        return changed
