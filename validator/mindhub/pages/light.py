"""What a site says of a card outside of its own page: few fields, as values that read the same in every process."""

from __future__ import annotations

import operator
from dataclasses import fields
from typing import Any

from mindhub.model import Asset, Card, Citation, Metric
from mindhub.pages.entries import Entry, Named
from mindhub.pages.verified import State

#: Fields of a card that only its own page, its JSON and the comparison of its versions show.
HEAVY = ("data", "front", "places", "keys", "quoted", "body", "faults", "smoke")
#: Those that follow from where its file lies.
PLACED = ("file", "path", "uid", "misplaced")
#: The others.
CLAIMS = tuple(field.name for field in fields(Card) if field.name not in (*HEAVY, *PLACED))
#: Fields of an entry that are a name with its labels, and those that are several.
_NAMES, _MANY = ("version", "domain", "task", "dataset", "license"), ("devices", "formats")
_PLAIN = (
    "uid", "publisher", "stem", "device", "name", "ran", "updated", "parameters", "size", "teaching", "archived",
)  # fmt: skip
#: Fields of an entry that are asked for where they are needed (`shared` is found out anew in every build), or follow.
_LATER = ("identity", "card", "record", "network_run", "said", "findings", "plain", "state", "shared")
ENTRY = frozenset((*_NAMES, *_MANY, *_PLAIN, *_LATER))
_flat_metric = operator.attrgetter(*(field.name for field in fields(Metric)))
_flat_asset = operator.attrgetter(*(field.name for field in fields(Asset)))
_flat_citation = operator.attrgetter(*(field.name for field in fields(Citation)))
_flat_state = operator.attrgetter(*(field.name for field in fields(State)))
_flat_named = operator.attrgetter(*(field.name for field in fields(Named)))
_claims = operator.attrgetter(*CLAIMS)
_plain = operator.attrgetter(*_PLAIN)


def claims(card: Card) -> list[Any]:
    """Return a card's typed fields as values of JSON, in the order of `CLAIMS`."""
    row = list(_claims(card))
    row[_EVALUATION] = [_flat_metric(metric) for metric in card.evaluation]
    row[_ASSETS] = [_flat_asset(asset) for asset in card.assets]
    row[_CITATION] = card.citation and _flat_citation(card.citation)
    return row


_EVALUATION, _ASSETS, _CITATION = map(CLAIMS.index, ("evaluation", "assets", "citation"))


class Names:
    """Values that many cards have, each kept once and known by its place."""

    def __init__(self) -> None:
        """Begin without any."""
        self.rows: list[tuple[Any, ...]] = []
        self._places: dict[tuple[Any, ...], int] = {}

    def place(self, row: tuple[Any, ...]) -> int:
        """Return the place of a value, a new one where it is new."""
        found = self._places.get(row)
        if found is None:
            found = self._places[row] = len(self.rows)
            self.rows.append(row)
        return found


def pack(entry: Entry, names: Names) -> list[Any]:
    """Return an entry as values of JSON."""
    record = entry.record
    return [
        list(_plain(entry)),
        [None if (named := getattr(entry, name)) is None else names.place(_flat_named(named)) for name in _NAMES],
        [[names.place(_flat_named(named)) for named in getattr(entry, name)] for name in _MANY],
        names.place(_flat_state(entry.state)),
        [record.outdated, record.due] if record else None,
        entry.network_run is not None,
        [[language, said.title, said.summary] for language, said in entry.said.items()],
        claims(entry.card),
    ]
