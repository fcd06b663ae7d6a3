"""A card as the site sees it: names looked up in the vocabulary, state, order; the same in every language."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mindhub.pages.verified import State, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mindhub.model import Card, Finding, Uid
    from mindhub.pages.inputs import Record, SiteInput
    from mindhub.vocabulary import Term, Vocabulary

_NOT_SLUG = re.compile(r"[^a-z0-9.]+")
_DIGITS = re.compile(r"[0-9]+")
#: The rule that finds a summary which says no more than the name.
_BOILERPLATE = "FD006"


@dataclass(frozen=True, slots=True)
class Named:
    """A name with its labels: of the vocabulary, or as the card spells it."""

    slug: str
    en: str
    zh: str
    words: tuple[str, ...] = ()  #: other spellings, for the search

    def label(self, language: str) -> str:
        """Return the name as people of a language read it."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Entry:
    """A card with everything that listings, pages and JSON say about it."""

    card: Card = field(repr=False)
    uid: str
    publisher: str
    stem: str  #: the uid's last part, which the same model has in other versions
    device: str  #: of a legacy path; mostly empty
    name: str  #: what people call it
    version: Named
    domain: Named | None
    task: Named | None
    dataset: Named | None
    state: State
    updated: str  #: YYYY-MM-DD; empty where the card's date is none
    parameters: int | None  #: elements of all tensors; None where nobody has counted
    archived: bool
    shared: bool  #: another model has the same name
    plain: bool  #: the summary says no more than the name
    record: Record | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    def label(self, language: str) -> str:
        """Return the name, with the data set where another model is called the same."""
        return f"{self.name} · {self.dataset.label(language)}" if self.shared and self.dataset else self.name

    @property
    def deprecated(self) -> bool:
        """Say whether the card tells readers to use something else."""
        return self.card.deprecated is not None or self.card.replaced_by is not None

    @property
    def identity(self) -> tuple[str, str]:
        """Return what cards of one model in several versions share."""
        return self.publisher, self.stem


def entries(site: SiteInput) -> tuple[Entry, ...]:
    """Return the cards that have a uid, in the order of the listing.

    That is: what is current before what is deprecated or archived, then the last updated first, then by
    version (newest first) and name.
    """
    findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in site.findings:
        if finding.uid:
            findings[finding.uid].append(finding)
    models_called: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for card in site.cards:
        if card.uid:
            models_called[_name(card, card.uid)].add((card.uid.publisher, card.uid.name))
    made = [
        _entry(card, card.uid, site, tuple(findings[str(card.uid)]), len(models_called[_name(card, card.uid)]) > 1)
        for card in site.cards
        if card.uid
    ]
    made.sort(key=lambda entry: (entry.name.casefold(), entry.uid))
    made.sort(key=lambda entry: version_key(entry.version.en), reverse=True)
    made.sort(key=lambda entry: entry.updated, reverse=True)
    made.sort(key=lambda entry: (entry.deprecated, entry.archived))
    return tuple(made)


def models(found: Iterable[Entry]) -> tuple[tuple[Entry, ...], ...]:
    """Group cards of one model, each group in the order of `newest_first`; groups keep the listing's order."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in found:
        groups[entry.identity].append(entry)
    return tuple(newest_first(group) for group in groups.values())


def newest_first(group: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the cards of one model: what is current before what is deprecated, then the newest MindSpore first."""
    ordered = sorted(group, key=lambda entry: entry.uid)
    ordered.sort(key=lambda entry: version_key(entry.version.en), reverse=True)
    ordered.sort(key=lambda entry: entry.deprecated)
    return tuple(ordered)


def version_key(version: str) -> tuple[int, ...]:
    """Return what sorts 2.10 after 2.9."""
    return tuple(int(digits) for digits in _DIGITS.findall(version))


def slug(text: str) -> str:
    """Return a name for paths and filters: lower-case ASCII letters, digits, dots and hyphens, never empty."""
    made = _NOT_SLUG.sub("-", text.casefold()).strip("-.")
    return made or "x" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def named(term: Term | None, text: str | None) -> Named | None:
    """Return a term of the vocabulary, else the card's own spelling, else None."""
    if term:
        return Named(slug(term.name), term.en, term.zh, (term.name, *term.aliases))
    return Named(slug(text), text, text) if text else None


def _name(card: Card, uid: Uid) -> str:
    return card.model_name or uid.name


def _entry(card: Card, uid: Uid, site: SiteInput, found: tuple[Finding, ...], shared: bool) -> Entry:
    record = site.records.get(str(uid))
    state = state_of(card, record)
    domain, task = _domain_task(card.module_type, site.vocabulary)
    dataset = card.train_dataset
    version = uid.version
    counted = record.evidence.table if record and not state.old else None
    return Entry(
        card=card,
        uid=str(uid),
        publisher=uid.publisher,
        stem=uid.name,
        device=uid.device or "",
        name=_name(card, uid),
        version=Named(slug(version), version, version),
        domain=domain,
        task=task,
        dataset=named(site.vocabulary.find("datasets", dataset) if dataset else None, dataset),
        state=state,
        updated=_iso(card.update_time),
        parameters=(record.evidence.network_parameters or counted.parameters) if record and counted else None,
        archived=version in site.options.archived,
        shared=shared,
        plain=any(finding.code == _BOILERPLATE for finding in found),
        record=record,
        findings=found,
    )


def _domain_task(text: str | None, vocabulary: Vocabulary) -> tuple[Named | None, Named | None]:
    if not text:
        return None, None
    domain, task = vocabulary.module_type(text)
    first, _, second = text.partition("-")
    return named(domain, first), named(task, second.replace("_", " "))


def _iso(text: str | None) -> str:
    try:
        return dt.date.fromisoformat(text or "").isoformat()
    except ValueError:
        return ""
