"""A check of a registry that is repeated as its files change: only what lies by changed cards is read and judged again.

The report is that of `check` on the whole registry. Rules over the whole registry look again where a field changed that
they read.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.card import read_card
from mindhub.check import embedded, read_translations
from mindhub.collection import without_collection
from mindhub.facts import Facts, load_facts
from mindhub.frozen import dataclass
from mindhub.gate import configured, weigh, with_registry
from mindhub.judgements import Judgements
from mindhub.model import Card, Failure, Report
from mindhub.recorded import read_recorded
from mindhub.rules import ALL_RULES
from mindhub.source import RESERVED, CardFile, SourceError, collect, is_card_name, is_translation, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

#: Size, times of change and place on the disk of a file.
State = tuple[int, int, int, int]
#: Nanoseconds within which a file may change twice and have one time: the kernel's clock ticks every 1 to 10 ms.
_TICK = 50_000_000
#: `<publisher>/<version>/`: what lies higher belongs to the registry rather than to its cards.
_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Checked:
    """A report of the whole registry, and how it came about."""

    report: Report
    fresh: tuple[Card, ...]  #: the cards that were read for this report
    changed: frozenset[str]  #: files that changed since the report before
    whole: bool  #: nothing was taken from an earlier check


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for a report."""

    files: tuple[CardFile, ...]
    cards: Mapping[Path, Card]
    facts: Facts


class Rechecker:
    """Checks one registry again and again."""

    def __init__(self, root: Path, apart: Path | None = None) -> None:
        """Take the registry's root, and a folder in it that does not count, such as that of its site."""
        self._root, self._apart = root.absolute(), apart.absolute() if apart else None
        self._states: dict[str, State] | None = None
        self._read: _Read | None = None
        self._judgements = Judgements()

    def check(self) -> Checked | None:
        """Check the registry as it is now; None where nothing changed since the last time."""
        states = dict(look(str(self._root), str(self._apart or "")))
        if states == self._states:
            return None
        before = self._states or {}
        changed = {path for path in states.keys() | before.keys() if states.get(path) != before.get(path)}
        moved = states.keys() ^ before.keys()
        self._states = states
        with without_collection():
            return self._check(frozenset(changed), frozenset(moved))

    def forget(self) -> None:
        """Take nothing from an earlier check the next time that something changed."""
        self._read = None

    def _check(self, changed: frozenset[str], moved: frozenset[str]) -> Checked:
        started = time.perf_counter()
        before, self._read = self._read, None  # for good only once the check came to its end
        if before is None or before.facts.today != _today() or not all(map(self._by_cards, changed)):
            before = None
            self._judgements = Judgements()
        failures: list[Failure] = []
        if before is None or any(path.endswith(".md") for path in moved):
            files = tuple(self._collect(failures))
        else:
            files = before.files
        stale = set(changed)
        if before is not None:
            stale.update(_beside(before, changed))
        cards, fresh = self._cards(files, before, stale, failures)
        facts = self._facts(cards, fresh, before, changed, moved, failures)
        findings, crashes = weigh(cards, facts, ALL_RULES, self._root, self._judgements)
        self._judgements.end((*cards, *(there.page for there in facts.translations)))
        if not failures:
            self._read = _Read(files, {card.path: card for card in cards}, facts)
        report = Report(tuple(cards), findings, (*failures, *crashes), time.perf_counter() - started)
        return Checked(report, tuple(fresh), changed, before is None)

    def _collect(self, failures: list[Failure]) -> Iterator[CardFile]:
        for file in collect((self._root,), self._root):
            if isinstance(file, SourceError):
                failures.append(Failure(str(file.path), file.reason))
            else:
                yield file

    def _by_cards(self, path: str) -> bool:
        """Say whether a file lies where cards do, so that it can matter to those around it alone."""
        parts = path[len(str(self._root)) + 1 :].split("/")
        return len(parts) > _DEPTH and parts[0] not in RESERVED

    def _cards(
        self, files: Iterable[CardFile], before: _Read | None, stale: Collection[str], failures: list[Failure]
    ) -> tuple[list[Card], list[Card]]:
        """Return the cards, and those of them that were read just now."""
        vocabulary = (before.facts if before else load_facts()).vocabulary
        known = before.cards if before else {}
        cards: list[Card] = []
        fresh: list[Card] = []
        for file in files:
            card = known.get(file.path)
            if card is None or str(file.path) in stale:
                try:
                    card = read_card(file, vocabulary)
                except SourceError as error:
                    failures.append(Failure(str(error.path), error.reason))
                    continue
                fresh.append(card)
            cards.append(card)
        return cards, fresh

    def _facts(
        self,
        cards: list[Card],
        fresh: list[Card],
        before: _Read | None,
        changed: Collection[str],
        moved: Collection[str],
        failures: list[Failure],
    ) -> Facts:
        root = self._root
        if before is None:
            facts = load_facts()
            facts = replace(facts, embedded=embedded(cards, root))
            facts = replace(facts, recorded=dict(read_recorded(cards, root, facts.today)))
        else:
            facts = before.facts
            # What lay by a card that is gone does no harm: it is asked for by the card's name.
            anew = {card.file for card in fresh}
            held = {key: found for key, found in facts.embedded.items() if key[0] not in anew}
            recorded = {file: found for file, found in facts.recorded.items() if file not in anew}
            facts = replace(
                facts,
                embedded={**held, **embedded(fresh, root)},
                recorded={**recorded, **dict(read_recorded(fresh, root, facts.today))},
            )
        if before is None or moved or any(is_translation(path.rpartition("/")[2]) for path in changed):
            translations, unread = read_translations((root,), root, cards)
            facts = replace(facts, translations=translations)
            failures += unread
        else:
            now = {card.path: card for card in fresh}
            facts = replace(
                facts,
                translations=tuple(
                    replace(there, original=now[there.original.path])
                    if there.original and there.original.path in now
                    else there
                    for there in facts.translations
                ),
            )
        if before is not None:
            return configured(facts, facts.books.config)
        try:
            return with_registry(facts, root, cards, [card.path for card in cards], (root,), None)
        except SourceError as error:
            failures.append(Failure(shown(error.path), error.reason))
            return facts


def look(folder: str, apart: str = "") -> Iterator[tuple[str, State]]:
    """Yield the files below a folder with their states; hidden folders are not looked into, nor the one named apart.

    A file that changed a moment ago may change again without another time: its state is like no other one.
    """
    todo = [folder]
    sure = time.time_ns() - _TICK
    while todo:
        with os.scandir(todo.pop()) as found:
            for entry in found:
                if entry.name.startswith((".", "__pycache__")) or entry.path == apart:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    state = entry.stat()
                    last = max(state.st_mtime_ns, state.st_ctime_ns)
                    place = state.st_ino if last < sure else -sure
                    yield entry.path, (state.st_size, state.st_mtime_ns, state.st_ctime_ns, place)


def _beside(read: _Read, changed: Iterable[str]) -> Iterator[str]:
    """Yield the cards to which files that are no cards may belong: records, translations, checkpoints, pictures."""
    folders = {path.rpartition("/")[0] for path in changed if not is_card_name(path.rpartition("/")[2])}
    if not folders:
        return
    for path, card in read.cards.items():
        elsewhere = any(asset.embedded and "/" in (asset.link or "") for asset in card.assets)
        if elsewhere or str(path.parent) in folders:
            yield str(path)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
