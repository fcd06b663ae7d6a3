"""What lies beside the cards: translations, old names, publishers, accepted faults, disclaimers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from mindhub.pages.inputs import SiteError
from mindhub.recorded import PAST
from mindhub.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mindhub.model import Card
    from mindhub.rules.base import Rule
    from mindhub.smoke.evidence import Evidence
    from mindhub.source import Registry
    from mindhub.translation import Translation

_DISCLAIMERS = "disclaimers"
_LARGEST = 1 << 20  #: bytes of a disclaimer


def books(registry: Registry, rules: Sequence[Rule]) -> dict[str, Any]:
    """Return the registry's old names, publishers and accepted faults as fields of a SiteInput.

    Raises SiteError where a file cannot be read; entries that are none are left out, and the checker says why.
    """
    from mindhub.books import read_books

    try:
        found = read_books(registry.root, frozenset(rule.code for rule in rules))
    except SourceError as error:
        raise SiteError(str(error)) from None
    return {
        "aliases": found.aliases.targets,
        "publishers": found.publishers.entries,
        "waivers": found.waivers.entries,
    }


def translations(
    cards: Iterable[Card], languages: Sequence[str]
) -> tuple[dict[tuple[str, str], Translation], list[str]]:
    """Return what cards say in other languages, by uid and language, and a sentence for each unreadable file."""
    from mindhub.source import TRANSLATION_ENDINGS
    from mindhub.translation import beside

    found: dict[tuple[str, str], Translation] = {}
    faults: list[str] = []
    for card in cards:
        for language in languages:
            if language not in TRANSLATION_ENDINGS or card.uid is None:
                continue
            try:
                said = beside(card.path, language)
            except SourceError as error:
                faults.append(str(error))
                continue
            if said:
                found[str(card.uid), language] = said
    return found, faults


def having(cards: Iterable[Card], ending: str) -> list[Card]:
    """Return the cards beside which a file lies that has their name and this ending.

    Asked before anything of the smoke run is imported: that takes longer than all else that a site imports of ours, and
    many registries have no record.
    """
    listed: dict[str, frozenset[str]] = {}
    found: list[Card] = []
    for card in cards:
        folder, _, name = str(card.path).rpartition(os.sep)
        if folder not in listed:  # one look at the folder of many cards costs less than one for each of them
            listed[folder] = _names(folder)
        if card.uid and f"{name.removesuffix('.md')}{ending}" in listed[folder]:
            found.append(card)
    return found


def _names(folder: str) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries)
    except OSError:
        return frozenset()


def runs(cards: Iterable[Card]) -> tuple[dict[str, tuple[Evidence, ...]], list[str]]:
    """Return every known run of each card that has a history, by uid, and a sentence for each unreadable one."""
    found: dict[str, tuple[Evidence, ...]] = {}
    faults: list[str] = []
    remembered = having(cards, PAST)
    if not remembered:
        return found, faults
    from mindhub.smoke.evidence import EvidenceError
    from mindhub.smoke.history import history_path, records_of

    for card in remembered:
        if not history_path(card.path).is_file():
            continue
        try:
            found[str(card.uid)] = records_of(card.path)
        except EvidenceError as error:
            faults.append(str(error))
    return found, faults


def disclaimers(registry: Registry) -> dict[str, str]:
    """Return the texts of `disclaimers/<name>.md`, which cards refer to by name; raises SiteError."""
    folder = registry.root / _DISCLAIMERS
    found = {}
    for path in sorted(folder.glob("*.md")) if folder.is_dir() else ():
        try:
            if path.is_symlink() or path.stat().st_size > _LARGEST:
                raise SiteError(f"{path}: a disclaimer is a regular file of at most {_LARGEST:,} bytes")
            found[path.stem] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SiteError(f"{path}: cannot be read: {error}") from None
    return found
