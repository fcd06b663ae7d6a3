"""A card as the site sees it: names looked up in the vocabulary, state, order; the same in every language."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass, field
from mindhub.pages import usage
from mindhub.pages.verified import State, state_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mindhub.model import Card, Finding, Uid
    from mindhub.pages.inputs import Record, SiteInput
    from mindhub.smoke.network_runs import NetworkRun
    from mindhub.translation import Translation
    from mindhub.vocabulary import Term, Vocabulary

#: What is smaller serves to show how a network works, not to be used: LeNet has 61,000 parameters, MobileNet 2 million.
_TEACHING_PARAMETERS = 1_000_000
_TEACHING_BYTES = 4_000_000
_NOT_SLUG = re.compile(r"[^a-z0-9.]+")
_DIGITS = re.compile(r"[0-9]+")
#: Rules that doubt a score or whose file it belongs to.
_DOUBTS = ("EV", "RG")
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
    identity: tuple[str, str]  #: publisher and stem: what cards of one model in several versions share
    device: str  #: of a legacy path; mostly empty
    name: str  #: what people call it
    version: Named
    domain: Named | None
    task: Named | None
    dataset: Named | None
    license: Named | None
    devices: tuple[Named, ...]  #: what it was made for
    formats: tuple[Named, ...]
    ran: str  #: MindSpore version (`2.10`) that the network ran on here; empty where it did not
    state: State
    updated: str  #: YYYY-MM-DD; empty where the card's date is none
    parameters: int | None  #: elements of all tensors; None where nobody has counted
    size: int | None  #: bytes of all files; None where a file's size is not known
    teaching: bool  #: too small for more than showing how it works
    archived: bool
    shared: frozenset[str]  #: languages in which another model is called the same
    plain: bool  #: the summary says no more than the name
    record: Record | None = field(default=None, repr=False)
    network_run: NetworkRun | None = field(default=None, repr=False)  #: with random weights
    said: Mapping[str, Translation] = field(default_factory=dict, repr=False)  #: in other languages, by language
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    def title(self, language: str) -> str:
        """Return what people of a language call it."""
        said = self.said.get(language)
        return said.title if said and said.title else self.name

    def label(self, language: str) -> str:
        """Return the name, with the data set where another model is called the same."""
        name = self.title(language)
        return f"{name} · {self.dataset.label(language)}" if language in self.shared and self.dataset else name

    @property
    def deprecated(self) -> bool:
        """Say whether the card tells readers to use something else."""
        return self.card.deprecated is not None or self.card.replaced_by is not None

    @property
    def weights(self) -> frozenset[str]:
        """Return the claimed sha256 of all files; empty where one lacks it."""
        hashes = [usage.digest(asset) for asset in self.card.assets]
        return frozenset(hashes) if all(hashes) else frozenset()

    @property
    def relevance(self) -> tuple[bool, ...]:
        """Return what places a card before others, whatever its date: the smaller, the sooner.

        Old releases come last, then what its author withdrew, then models of teaching size, however far they were
        verified. Among the others, what is known to load comes first, and what has no file comes after the rest.
        """
        loads = "loads" in self.state.reached and not self.state.failed
        return self.archived, self.deprecated, self.teaching, not loads, not self.card.assets

    @property
    def doubted(self) -> bool:
        """Say whether an open finding doubts a score, so that leaderboards leave the card out."""
        return any(found.code.startswith(_DOUBTS) and found.waiver is None for found in self.findings)

    @property
    def written(self) -> Mapping[str, str | None]:
        """Return the keys that the card writes, with the values that are text, numbers or yes and no as text."""
        return {
            key: value if isinstance(value, str) else json.dumps(value) if isinstance(value, int | float) else None
            for key, value in (self.card.front or {}).items()
            if value is not None
        }


def entries(site: SiteInput, before: Sequence[Entry] = ()) -> tuple[Entry, ...]:
    """Return the cards that have a uid, in the order of the listing.

    That is: by relevance, then the last updated first, then by version (newest first) and name. Of `before`, entries
    of the same vocabulary and options, those are taken of which nothing changed.
    """
    kept = {id(entry.card): entry for entry in before}
    told = {uid for uid, _ in site.translations}
    findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in site.findings:
        if finding.uid:
            findings[finding.uid].append(finding)
    made: list[Entry] = []
    for card in site.cards:
        if card.uid:
            old = kept.get(id(card))
            found = tuple(findings.get(old.uid if old else str(card.uid), ()))
            made.append(old if old and _same(old, site, found, told) else _entry(card, card.uid, site, found))
    return _in_place(made, before, site) or _in_order(made, site)


def _in_place(made: Sequence[Entry], before: Sequence[Entry], site: SiteInput) -> tuple[Entry, ...] | None:
    """Return entries in the order of those before, where each that is new takes the place of its former self."""
    new = {entry.uid: entry for entry in made}
    for old in before:
        entry = new.get(old.uid)
        if entry is None or (entry is not old and _standing(entry, site) != _standing(old, site)):
            return None
        if entry is not old:
            new[old.uid] = replace(entry, shared=old.shared)
    return tuple([new[old.uid] for old in before]) if len(made) == len(before) else None


def _standing(entry: Entry, site: SiteInput) -> tuple[object, ...]:
    """Return by what an entry is ordered, and what tells others called alike apart."""
    titles = [entry.title(language) for language in site.options.languages]
    return entry.identity, titles, entry.name, entry.version.en, entry.updated, entry.relevance


def _in_order(made: list[Entry], site: SiteInput) -> tuple[Entry, ...]:
    models_called: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for entry in made:
        for language in site.options.languages:
            models_called[language, entry.title(language)].add(entry.identity)
    several = {called for called, those in models_called.items() if len(those) > 1}
    for at, entry in enumerate(made):
        shared = frozenset(each for each in site.options.languages if (each, entry.title(each)) in several)
        if shared != entry.shared:
            made[at] = replace(entry, shared=shared)
    made.sort(key=lambda entry: (entry.name.casefold(), entry.uid))
    made.sort(key=lambda entry: version_key(entry.version.en), reverse=True)
    made.sort(key=lambda entry: entry.updated, reverse=True)
    made.sort(key=lambda entry: entry.relevance)
    return tuple(made)


def _same(entry: Entry, site: SiteInput, found: tuple[Finding, ...], told: Collection[str]) -> bool:
    """Say whether an entry is what it would be if it were made of its card now; `told` are cards with a translation."""
    uid = entry.uid
    return (
        entry.record is site.records.get(uid)
        and entry.network_run is site.network_runs.get(uid)
        and entry.findings == found
        and (
            (uid not in told and not entry.said)
            or all(entry.said.get(each) is site.translations.get((uid, each)) for each in site.options.languages)
        )
    )


def models(found: Iterable[Entry]) -> tuple[tuple[Entry, ...], ...]:
    """Group cards of one model, each group in the order of `newest_first`; groups stand where their first card does."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    places: dict[str, int] = {}
    for place, entry in enumerate(found):
        groups[entry.identity].append(entry)
        places[entry.uid] = place
    return tuple(sorted(map(newest_first, groups.values()), key=lambda group: places[group[0].uid]))


def models_among(groups: Iterable[tuple[Entry, ...]], found: Sequence[Entry]) -> tuple[tuple[Entry, ...], ...]:
    """Return what `models` returns for some of the cards; `groups` are the models of all."""
    places = {entry.uid: place for place, entry in enumerate(found)}
    some = [tuple(entry for entry in group if entry.uid in places) for group in groups]
    return tuple(sorted(filter(None, some), key=lambda group: places[group[0].uid]))


def newest_first(group: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the cards of one model: what is current before what is deprecated, then the newest MindSpore first."""
    ordered = sorted(group, key=lambda entry: entry.uid)
    ordered.sort(key=lambda entry: version_key(entry.version.en), reverse=True)
    ordered.sort(key=lambda entry: entry.deprecated)
    return tuple(ordered)


@lru_cache(maxsize=1024)
def version_key(version: str) -> tuple[int, ...]:
    """Return what sorts 2.10 after 2.9."""
    return tuple(int(digits) for digits in _DIGITS.findall(version))


@lru_cache(maxsize=1 << 12)
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


def _entry(card: Card, uid: Uid, site: SiteInput, found: tuple[Finding, ...]) -> Entry:
    record = site.records.get(str(uid))
    state = state_of(card, record)
    domain, task = _domain_task(card.module_type, site.vocabulary)
    dataset = card.train_dataset
    version = uid.version
    counted = record.evidence.table if record and not state.old else None
    run = site.network_runs.get(str(uid))
    parameters = (record.evidence.network_parameters or counted.parameters) if record and counted else None
    if parameters is None and run and run.made_by == "hub":
        # A network has as many, whatever its weights are.
        parameters = run.parameters or None
    sizes = [asset.size for asset in card.assets]
    if counted and len(sizes) == 1:
        sizes = [sizes[0] or counted.size]
    total = sum(size or 0 for size in sizes) if sizes and all(sizes) else None
    term = site.vocabulary.find
    return Entry(
        card=card,
        uid=str(uid),
        publisher=uid.publisher,
        stem=uid.name,
        identity=(uid.publisher, uid.name),
        device=uid.device or "",
        name=_name(card, uid),
        version=Named(slug(version), version, version),
        domain=domain,
        task=task,
        dataset=named(term("datasets", dataset) if dataset else None, dataset),
        license=_license(card.license, site.vocabulary),
        devices=_all_named("devices", (*card.devices, uid.device), site.vocabulary),
        formats=_all_named("formats", (asset.file_format for asset in card.assets), site.vocabulary),
        ran=".".join(state.mindspore.split(".")[:2]) if "runs" in state.reached else "",
        state=state,
        updated=_iso(card.update_time),
        parameters=parameters,
        size=total,
        teaching=_teaching(card, parameters, total),
        archived=version in site.options.archived,
        shared=frozenset(),
        plain=any(finding.code == _BOILERPLATE for finding in found),
        record=record,
        network_run=run,
        said={
            language: translated
            for language in site.options.languages
            if (translated := site.translations.get((str(uid), language)))
        },
        findings=found,
    )


def _domain_task(text: str | None, vocabulary: Vocabulary) -> tuple[Named | None, Named | None]:
    if not text:
        return None, None
    domain, task = vocabulary.module_type(text)
    first, _, second = text.partition("-")
    return named(domain, first), named(task, second.replace("_", " "))


def _all_named(kind: str, texts: Iterable[str | None], vocabulary: Vocabulary) -> tuple[Named, ...]:
    found = (named(vocabulary.find(kind, text), text) for text in texts if text)
    return tuple({value.slug: value for value in found if value}.values())


def _license(text: str | None, vocabulary: Vocabulary) -> Named | None:
    """Return a licence by its identifier, which is the same in all languages."""
    term = vocabulary.find("licences", text) if text else None
    name = term.name if term else text
    return Named(slug(name), name, name) if name else None


def _teaching(card: Card, parameters: int | None, size: int | None) -> bool:
    """Say whether a model is a small one that lies in the registry itself: an example rather than a tool."""
    if not card.assets or not all(asset.embedded for asset in card.assets):
        return False
    if parameters is not None:
        return parameters < _TEACHING_PARAMETERS
    return size is not None and size < _TEACHING_BYTES


def _iso(text: str | None) -> str:
    try:
        return dt.date.fromisoformat(text or "").isoformat()
    except ValueError:
        return ""
