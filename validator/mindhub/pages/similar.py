"""Models like a given one: near it in what it does and what it is made of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mindhub.pages.entries import Entry

_MOST = 6
#: Of one kind of likeness, so that a page shows more than one kind.
_EACH = 3

#: Why two models are alike, the strongest reason first.
BACKBONE, TASK_AND_DATASET, TASK, DOMAIN_AND_DATASET = "backbone", "task-dataset", "task", "domain-dataset"
REASONS = (BACKBONE, TASK_AND_DATASET, DOMAIN_AND_DATASET, TASK)

Likes = tuple[tuple["Entry", str], ...]  #: models with the reason


def similar(groups: Sequence[Sequence[Entry]]) -> Mapping[tuple[str, str], Likes]:
    """Return for each model, by its identity, at most six others with the reason, nearest in the listing first.

    `groups` are the models in the listing's order. Each is looked up in lists of those that share a property,
    around its own place there, so that the cost grows with the number of models alone and the same favourites do
    not stand on every page.
    """
    lists: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    where: dict[tuple[tuple[str, str], tuple[str, ...]], int] = {}
    leaders = [group[0] for group in groups]
    for entry in leaders:
        for key in _keys(entry):
            where[entry.identity, key] = len(lists[key])
            lists[key].append(entry)
    made = {}
    for entry in leaders:
        chosen: dict[tuple[str, str], tuple[Entry, str]] = {}
        for key in _keys(entry):
            taken = 0
            for other in _around(lists[key], where[entry.identity, key]):
                if len(chosen) == _MOST or taken == _EACH:
                    break
                if other.identity not in chosen:
                    chosen[other.identity] = other, key[0]
                    taken += 1
        made[entry.identity] = tuple(chosen.values())
    return made


def _keys(entry: Entry) -> Iterator[tuple[str, ...]]:
    backbone = (entry.card.backbone_name or "").casefold()
    domain = entry.domain.slug if entry.domain else ""
    task = entry.task.slug if entry.task else ""
    dataset = entry.dataset.slug if entry.dataset else ""
    if backbone:
        yield BACKBONE, backbone
    if task and dataset:
        yield TASK_AND_DATASET, domain, task, dataset
    if domain and dataset:
        yield DOMAIN_AND_DATASET, domain, dataset
    if task:
        yield TASK, domain, task


def _around(items: Sequence[Entry], at: int) -> Iterator[Entry]:
    """Yield the items on both sides of a place, near ones first, as far as anybody would look."""
    for distance in range(1, _MOST + _EACH + 1):
        for other in (at - distance, at + distance):
            if 0 <= other < len(items):
                yield items[other]
