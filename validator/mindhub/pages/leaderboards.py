"""Leaderboards: the scores on one data set by one metric, best first, one row per file."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass, field
from mindhub.pages.entries import Named, named, slug
from mindhub.pages.usage import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mindhub.model import Metric
    from mindhub.pages.entries import Entry
    from mindhub.smoke.evidence import Measured
    from mindhub.vocabulary import Term, Vocabulary

#: Fewer rows rank nothing.
_FEWEST = 2

#: No score is larger; NaN is not smaller either. Plots could not place such numbers.
_LARGEST = 1e15

Key = tuple[str, str]  #: slugs of data set and metric


@dataclass(frozen=True, slots=True)
class Place:
    """One file's place on a leaderboard."""

    entry: Entry  #: the newest card that names the file
    others: tuple[Entry, ...]  #: further cards with the same file
    rank: int  #: from 1; equal scores share it
    claimed: float | None
    measured: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """All scores on one data set by one metric."""

    dataset: Named
    metric: Named
    unit: str
    direction: str  #: `higher` or `lower` is better; empty where neither is known, and then higher counts
    places: tuple[Place, ...]  #: best first
    left_out: tuple[Entry, ...]  #: cards whose score or file the checker doubts

    @property
    def key(self) -> Key:
        """Return what addresses call it."""
        return self.dataset.slug, self.metric.slug

    @property
    def path(self) -> str:
        """Return its folder below the root of a language, ending in `/`."""
        return f"leaderboard/{self.dataset.slug}/{self.metric.slug}/"


@dataclass(slots=True)
class _Scored:
    """A card's claimed and measured value on one board."""

    entry: Entry
    claimed: float | None = None
    measured: float | None = None


@dataclass(slots=True)
class _Making:
    dataset: Named
    term: Term | None
    name: str
    scored: dict[str, _Scored] = field(default_factory=dict)
    left_out: dict[str, Entry] = field(default_factory=dict)


def boards(found: Sequence[Entry], vocabulary: Vocabulary) -> tuple[Board, ...]:
    """Return every board that ranks at least two files: the most contested first, then by name.

    `found` are all cards in the order of the listing. A score without a data set of its own belongs to the one
    that the card was trained on. Scores that are no numbers, or absurd ones, are left out with their cards.
    """
    making: dict[Key, _Making] = {}
    for entry in found:
        doubted = entry.doubted
        for metric in entry.card.evaluation:
            spelling = metric.dataset or entry.card.train_dataset
            _enter(making, vocabulary, entry, spelling, metric.name, doubted, claimed=metric)
        record = entry.record
        if record and not entry.state.old and not entry.state.reported:
            for item in record.evidence.measured:
                spelling = item.dataset.removeprefix("sklearn:")
                _enter(making, vocabulary, entry, spelling, item.metric, doubted, measured=item)
    made = [_board(each) for each in making.values()]
    made = [board for board in made if len(board.places) >= _FEWEST]
    made.sort(key=lambda board: (board.dataset.en.casefold(), board.metric.en))
    made.sort(key=lambda board: -len(board.places))
    return tuple(made)


def _enter(
    making: dict[Key, _Making],
    vocabulary: Vocabulary,
    entry: Entry,
    spelling: str | None,
    metric: str,
    doubted: bool,
    *,
    claimed: Metric | None = None,
    measured: Measured | None = None,
) -> None:
    where = dataset_of(entry, spelling, vocabulary)
    value = claimed.value if claimed else measured.measured if measured else math.nan
    if where is None:
        return
    term = vocabulary.find("metrics", metric)
    key = where.slug, slug(term.name if term else metric)
    board = making.setdefault(key, _Making(where, term, metric))
    if doubted or not abs(value) < _LARGEST:
        board.left_out[entry.uid] = entry
        return
    scored = board.scored.setdefault(entry.uid, _Scored(entry))
    if claimed:
        scored.claimed = value
    else:
        scored.measured = value


def dataset_of(entry: Entry, spelling: str | None, vocabulary: Vocabulary) -> Named | None:
    """Return the data set that a score belongs to; None where nobody names one."""
    if spelling == entry.card.train_dataset:
        return entry.dataset
    return named(vocabulary.find("datasets", spelling) if spelling else None, spelling)


def _board(making: _Making) -> Board:
    term = making.term
    metric = named(term, making.name) or Named(slug(making.name), making.name, making.name)
    direction = str(term.more.get("direction", "")) if term else ""
    groups: dict[str, list[_Scored]] = defaultdict(list)
    for uid, scored in making.scored.items():
        sha256 = next((found for asset in scored.entry.card.assets if (found := digest(asset))), "")
        groups[sha256 or uid].append(scored)
    sign = 1 if direction == "lower" else -1

    def value(group: Sequence[_Scored]) -> float:
        first = group[0]
        return first.claimed if first.claimed is not None else first.measured or 0.0

    ordered = sorted(groups.values(), key=lambda group: sign * value(group))
    places: list[Place] = []
    for at, group in enumerate(ordered, 1):
        same = bool(places) and value(ordered[at - 2]) == value(group)
        measured = next((each.measured for each in group if each.measured is not None), None)
        places.append(
            Place(
                group[0].entry, tuple(each.entry for each in group[1:]), places[-1].rank if same else at,
                group[0].claimed, measured,
            )
        )  # fmt: skip
    unit = str(term.more.get("unit", "")) if term else ""
    return Board(making.dataset, metric, unit, direction, tuple(places), tuple(making.left_out.values()))


def ranks(found: Sequence[Board]) -> Mapping[str, Mapping[Key, tuple[int, int]]]:
    """Return per uid and board the rank of the card's file and how many files are ranked."""
    made: dict[str, dict[Key, tuple[int, int]]] = defaultdict(dict)
    for board in found:
        for place in board.places:
            for entry in (place.entry, *place.others):
                made[entry.uid][board.key] = place.rank, len(board.places)
    return made
