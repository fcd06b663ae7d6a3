"""The baseline: how many findings of each rule a registry had when it was taken over, in `registry/baseline.json`.

It is written by `mindhub baseline` alone, counts as a waiver of those findings, and only ever shrinks.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from mindhub.documents import Document, parse_json
from mindhub.frozen import dataclass, field
from mindhub.waivers import may_be_waived, shows_by_absence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

NAME = "baseline.json"
VERSION = 1
REASON = "baseline"  #: what stands as the waiver of a finding that the baseline excuses

#: (code of a rule, name of a card) -> number of findings
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a registry's imported cards are excused for."""

    document: Document | None = None
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)  #: (rule, card) -> findings excused
    grown: tuple[Mapping[str, str], ...] = ()  #: each later enlargement: date, reason, entries
    surplus: tuple[tuple[str, str], ...] = ()  #: entries beyond what is found today, where that could be seen
    added: tuple[tuple[str, str], ...] = ()  #: entries that a change adds or raises against its base

    def place(self, rule: str, name: str = "") -> tuple[int, int]:
        """Return the characters of an entry's name, or of its rule; (0, 0) where they stand nowhere."""
        text = self.document.text if self.document else ""
        start = text.find(json.dumps(rule) + ":")
        at = text.find(json.dumps(name, ensure_ascii=False), start) if name and start >= 0 else start
        return (at, at + len(json.dumps(name or rule, ensure_ascii=False))) if at >= 0 else (0, 0)


def parse_baseline(data: bytes, path: Path) -> Baseline:
    """Read the file; where it is none, nothing is excused and the document's problems say why."""
    document = parse_json(data, path, "baseline")
    if document.problems:
        return Baseline(document)
    value: dict[str, Any] = document.value
    counts = {(rule, name): count for rule, cards in value["rules"].items() for name, count in cards.items()}
    return Baseline(document, counts, tuple(value.get("grown", ())))


def count(findings: Iterable[tuple[str, str]]) -> Counts:
    """Count findings, given as (rule, card); those that no baseline can hold are left out."""
    return Counter((rule, name) for rule, name in findings if may_be_waived(rule) and shows_by_absence(rule))


def more(wanted: Mapping[tuple[str, str], int], held: Mapping[tuple[str, str], int]) -> Iterator[tuple[str, str]]:
    """Yield the entries of which more is wanted than is held."""
    return (entry for entry, number in sorted(wanted.items()) if number > held.get(entry, 0))


def shrunk(held: Mapping[tuple[str, str], int], found: Mapping[tuple[str, str], int]) -> Counts:
    """Return the baseline without what is found no more; it never grows."""
    return Counter({entry: min(number, found.get(entry, 0)) for entry, number in held.items() if found.get(entry, 0)})


def render(counts: Mapping[tuple[str, str], int], grown: Iterable[Mapping[str, str]] = ()) -> str:
    """Return the file: sorted, one card a line, so that two changes seldom meet."""
    rules: dict[str, dict[str, int]] = {}
    for (rule, name), number in sorted(counts.items()):
        rules.setdefault(rule, {})[name] = number
    data: dict[str, Any] = {"version": VERSION, "findings": sum(counts.values())}
    log = [dict(entry) for entry in grown]
    return json.dumps(data | ({"grown": log} if log else {}) | {"rules": rules}, ensure_ascii=False, indent=1) + "\n"
