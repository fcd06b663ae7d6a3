"""The filters of the listing: their values, their pages, and the style sheet that makes them work without scripts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.pages.entries import Entry, Named, version_key
from mindhub.pages.verified import FAILED_STATE, NOT_CHECKED, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mindhub.vocabulary import Vocabulary

KINDS = ("domain", "dataset", "version", "status")
#: Values of a filter that are shown at once; the others unfold.
SHOWN = {"domain": 8, "dataset": 8, "version": 8, "status": 8}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a filter, with the number of models that have it."""

    kind: str
    named: Named
    count: int


def tokens(entry: Entry, kind: str) -> tuple[str, ...]:
    """Return the slugs of a card's values of a kind."""
    return tuple(named.slug for named in _named(entry, kind))


def _named(entry: Entry, kind: str) -> tuple[Named, ...]:
    if kind == "status":
        return tuple(Named(token, token, token) for token in entry.state.tokens)
    value = {"domain": entry.domain, "dataset": entry.dataset, "version": entry.version}[kind]
    return (value,) if value else ()


def group_tokens(group: Sequence[Entry], kind: str) -> tuple[str, ...]:
    """Return the values that a model is found under.

    Its newest card speaks for how far it was verified; the rest comes from all its cards.
    """
    cards = group[:1] if kind == "status" else group
    return tuple(dict.fromkeys(token for entry in cards for token in tokens(entry, kind)))


def values(groups: Iterable[Sequence[Entry]], kind: str, vocabulary: Vocabulary) -> tuple[Value, ...]:
    """Return all values of a kind with their counts, in the order of the filter.

    Versions come newest first, verified states in the order of the ladder, the rest the most frequent first.
    """
    counts: Counter[str] = Counter()
    names: dict[str, Named] = {}
    for group in groups:
        counts.update(group_tokens(group, kind))
        for entry in group:
            for named in _named(entry, kind):
                names.setdefault(named.slug, named)
    if kind == "status":
        order = (*reversed(STEPS), NOT_CHECKED, FAILED_STATE)
        return tuple(Value(kind, status(step, vocabulary), counts[step]) for step in order if counts[step])
    found = [Value(kind, names[slug], count) for slug, count in counts.items()]
    found.sort(key=lambda value: value.named.slug)
    if kind == "version":
        found.sort(key=lambda value: version_key(value.named.en), reverse=True)
    else:
        found.sort(key=lambda value: -value.count)
    return tuple(found)


def status(step: str, vocabulary: Vocabulary) -> Named:
    """Return a step of the ladder, or `failed`, with its labels."""
    term = vocabulary.kind("status").get(step)
    return Named(step, term.en, term.zh) if term else Named(step, "failed", "失败")


def style_sheet(found: Iterable[Value]) -> bytes:
    """Return one rule per value: while it is chosen, rows without it are not shown.

    Slugs hold only a-z, 0-9, dots and hyphens, so that nothing of a card can leave the quotes.
    """
    rules = [
        f'main:has([name={value.kind}][value="{value.named.slug}"]:checked) '
        f'.models>li:not([data-{value.kind}~="{value.named.slug}"]){{display:none}}\n'
        for value in found
    ]
    return "".join(rules).encode("ascii")
