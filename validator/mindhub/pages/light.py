"""What a site says of a card outside of its own page: few fields, which are kept from one build to the next.

A build that checks one changed card anew takes the others from here. A kept card answers from these fields, and reads
its file when somebody asks for more: whoever does pays for it, and gets the truth.
"""

from __future__ import annotations

import operator
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from mindhub.model import Asset, Card, Citation, Metric, Uid
from mindhub.pages.entries import Entry, Named
from mindhub.pages.verified import State
from mindhub.source import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from mindhub.model import Finding
    from mindhub.pages.inputs import Record
    from mindhub.translation import Translation

#: Fields of a card that only its own page, its JSON and the comparison of its versions show.
HEAVY = ("data", "front", "places", "keys", "quoted", "body", "faults", "smoke")
#: Those that follow from where its file lies.
PLACED = ("file", "path", "uid", "misplaced")
#: The others.
CLAIMS = tuple(field.name for field in fields(Card) if field.name not in (*HEAVY, *PLACED))
_LISTS: Mapping[str, Callable[..., Any]] = {"evaluation": Metric, "assets": Asset}
#: Fields of an entry that are a name with its labels, and those that are several.
_NAMES, _MANY = ("version", "domain", "task", "dataset", "license"), ("devices", "formats")
_PLAIN = (
    "uid", "publisher", "stem", "device", "name", "ran", "updated", "parameters", "size", "teaching", "archived",
    "plain",
)  # fmt: skip
#: Fields of an entry that are asked for where they are needed (`shared` is found out anew in every build).
_LATER = ("card", "record", "network_run", "said", "findings", "state", "shared")
ENTRY = frozenset((*_NAMES, *_MANY, *_PLAIN, *_LATER))
_flat_metric = operator.attrgetter(*(field.name for field in fields(Metric)))
_ASSET = tuple(field.name for field in fields(Asset))
_flat_asset = operator.attrgetter(*_ASSET)
_flat_citation = operator.attrgetter(*(field.name for field in fields(Citation)))
_flat_state = operator.attrgetter(*(field.name for field in fields(State)))
_flat_named = operator.attrgetter(*(field.name for field in fields(Named)))
_claims = operator.attrgetter(*CLAIMS)
_plain = operator.attrgetter(*_PLAIN)

#: A finding as lists count it: code, severity, and whether it is accepted.
Remark = tuple[str, int, bool]


def claims(card: Card) -> list[Any]:
    """Return a card's typed fields as values of JSON, in the order of `CLAIMS`."""
    row = list(_claims(card))
    row[_EVALUATION] = [_flat_metric(metric) for metric in card.evaluation]
    row[_ASSETS] = [_flat_asset(asset) for asset in card.assets]
    row[_CITATION] = card.citation and _flat_citation(card.citation)
    return row


_EVALUATION, _ASSETS, _CITATION, _DEVICES, _TAGS = map(
    CLAIMS.index, ("evaluation", "assets", "citation", "devices", "tags")
)


def _asset(row: Sequence[Any]) -> Asset:
    return Asset(**{**dict(zip(_ASSET, row, strict=True)), "mirrors": tuple(row[-1])})


class Names:
    """Values that many cards have, each kept once and known by its place."""

    def __init__(self, rows: Iterable[Sequence[Any]] = ()) -> None:
        """Take those that were kept."""
        self.rows = [_hashable(row) for row in rows]
        self._places = {row: at for at, row in enumerate(self.rows)}
        self._made: dict[tuple[type, int], Any] = {}

    def place(self, row: tuple[Any, ...]) -> int:
        """Return the place of a value, a new one where it is new."""
        found = self._places.get(row)
        if found is None:
            found = self._places[row] = len(self.rows)
            self.rows.append(row)
        return found

    def get(self, kind: type, at: int) -> Any:
        """Return the value at a place as what it is."""
        found = self._made.get((kind, at))
        if found is None:
            found = self._made[kind, at] = kind(*self.rows[at])
        return found


def _hashable(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(tuple(each) if isinstance(each, list) else each for each in row)


def pack(entry: Entry, names: Names) -> list[Any]:
    """Return an entry as values of JSON; `KeptEntry` reads them."""
    record = entry.record
    return [
        list(_plain(entry)),
        [None if (named := getattr(entry, name)) is None else names.place(_flat_named(named)) for name in _NAMES],
        [[names.place(_flat_named(named)) for named in getattr(entry, name)] for name in _MANY],
        names.place(_flat_state(entry.state)),
        [record.outdated, record.due] if record else None,
        entry.network_run is not None,
        [[language, said.title, said.summary] for language, said in entry.said.items()],
        [list(remark) for remark in entry.remarks],
        claims(entry.card),
    ]


class Reader:
    """Reads what a kept card has in its files, and what else was kept of it; asked when a page needs that."""

    def card(self, uid: str) -> Card:
        """Read the card's file."""
        raise NotImplementedError

    def record(self, uid: str) -> Record:
        """Read the record of its last run."""
        raise NotImplementedError

    def network_run(self, uid: str) -> Any:
        """Read its run with random weights."""
        raise NotImplementedError

    def said(self, uid: str) -> Mapping[str, Translation]:
        """Read its translations."""
        raise NotImplementedError

    def findings(self, uid: str) -> tuple[Finding, ...]:
        """Return what the check found."""
        raise NotImplementedError

    def written(self, uid: str) -> Mapping[str, str | None]:
        """Return what its front matter holds, as `Entry.written` does."""
        raise NotImplementedError


class _Lazy:
    """Something whose first lines are known; the whole is read when one asks for more."""

    def _whole(self) -> Any:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._whole(), name)


class KeptCard(_Lazy):
    """A card as the build before saw it; its file is read where more than its claims is asked for."""

    def __init__(self, row: Sequence[Any], uid: Uid, path: Path, reader: Reader) -> None:
        """Take the claims as `claims` gave them."""
        self._row, self._reader, self.uid, self.path, self.misplaced = row, reader, uid, path, ""
        self._read: Card | None = None
        self.__dict__.update(zip(CLAIMS, row, strict=True))
        self.evaluation = tuple(Metric(*each) for each in row[_EVALUATION])
        self.assets = tuple(_asset(each) for each in row[_ASSETS])
        self.devices, self.tags = tuple(row[_DEVICES]), tuple(row[_TAGS])
        if row[_CITATION]:
            title, authors, *rest = row[_CITATION]
            self.citation = Citation(title, tuple(authors), *rest)

    @cached_property
    def file(self) -> str:
        """The file as it is shown to people."""
        return shown(self.path)

    def _whole(self) -> Card:
        if self._read is None:
            self._read = self._reader.card(str(self.uid))
        return self._read


class _KeptRecord(_Lazy):
    def __init__(self, uid: str, reader: Reader, outdated: str, due: str) -> None:
        self._uid, self._reader, self.outdated, self.due = uid, reader, outdated, due

    def _whole(self) -> Record:
        return self._reader.record(self._uid)


class _KeptTranslation(_Lazy):
    def __init__(self, uid: str, reader: Reader, language: str, title: str, summary: str) -> None:
        self._uid, self._reader = uid, reader
        self.language, self.title, self.summary = language, title, summary

    def _whole(self) -> Translation:
        return self._reader.said(self._uid)[self.language]


class KeptEntry:
    """An entry as the build before saw it: what pages ask for of one, they may ask for of this."""

    shared: frozenset[str] = frozenset()

    def __init__(self, row: Sequence[Any], names: Names, root: Path, reader: Reader) -> None:
        """Take what `pack` gave."""
        plain, named, many, state, record, run, said, remarks, card = row
        known = self.__dict__
        known.update(zip(_PLAIN, plain, strict=True))
        for name, at in zip(_NAMES, named, strict=True):
            known[name] = None if at is None else names.get(Named, at)
        for name, places in zip(_MANY, many, strict=True):
            known[name] = tuple([names.get(Named, at) for at in places])
        self.state: State = names.get(State, state)
        self.remarks: tuple[Remark, ...] = tuple(map(tuple, remarks))
        uid = known["uid"]
        self.record = _KeptRecord(uid, reader, *record) if record else None
        self.said = {each[0]: _KeptTranslation(uid, reader, *each) for each in said}
        self._later = card, root, reader
        self._has_run = run

    @cached_property
    def card(self) -> Card:
        """The card, which reads its file where its claims are not enough."""
        row, root, reader = self._later
        known = self.__dict__
        uid = Uid(known["publisher"], self.version.en, known["stem"], known["device"] or None)
        return cast("Card", KeptCard(row, uid, root / f"{known['uid']}.md", reader))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the check found."""
        return self._later[2].findings(self.__dict__["uid"])

    @cached_property
    def network_run(self) -> Any:
        """The run with random weights, where there is one."""
        return self._later[2].network_run(self.__dict__["uid"]) if self._has_run else None

    @cached_property
    def written(self) -> Mapping[str, str | None]:
        """What the front matter holds."""
        return self._later[2].written(self.__dict__["uid"])

    version: Named
    title, label = Entry.title, Entry.label
    deprecated, weights, relevance, identity = Entry.deprecated, Entry.weights, Entry.relevance, Entry.identity
