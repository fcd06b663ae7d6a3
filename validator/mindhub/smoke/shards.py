"""Split cards among machines that do not know of each other, by the time that they took before."""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

from mindhub.smoke.evidence import EvidenceError, evidence_path, read_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mindhub.model import Card

_FORM = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")
#: Seconds for a card where no card has a record.
_UNKNOWN = 10.0


def parse_shard(text: str) -> tuple[int, int]:
    """Read `2/5`, the second of five shards; ValueError for what is none."""
    found = _FORM.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise ValueError(f"{text!r} is no shard; '2/5' is the second of five")
    return int(found[1]), int(found[2])


def shard(names: Sequence[str], seconds: Mapping[str, float], index: int, count: int) -> list[str]:
    """Return the names that are the `index`-th of `count` shards' (from 1), in their order.

    Every name is in exactly one shard, whoever computes it from the same records. `seconds` is what each took; what has
    no record counts as the median of the others. The longest go first to the shard that has least (Graham, 1969).
    """
    usual = median(seconds.values()) if seconds else _UNKNOWN
    loads = [0.0] * count
    chosen: set[str] = set()
    for name in sorted(names, key=lambda name: (-seconds.get(name, usual), name)):
        least = loads.index(min(loads))
        loads[least] += seconds.get(name, usual)
        if least == index - 1:
            chosen.add(name)
    return [name for name in names if name in chosen]


def recorded_seconds(cards: Sequence[Card]) -> dict[str, float]:
    """Return how long the run took that each card's record tells of, by the card's file; cards without are left out."""
    found = {}
    for card in cards:
        try:
            evidence = read_evidence(evidence_path(card.path))
        except EvidenceError:
            continue  # a rule of its own says so
        if evidence is not None:
            found[card.file] = sum(stage.seconds for stage in evidence.stages)
    return found


def shard_of(cards: Sequence[Card], index: int, count: int) -> list[Card]:
    """Return the cards of one shard."""
    chosen = set(shard([card.file for card in cards], recorded_seconds(cards), index, count))
    return [card for card in cards if card.file in chosen]
