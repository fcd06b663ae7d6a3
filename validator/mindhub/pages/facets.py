"""The filters of the listing: their values, their pages, and the style sheet that makes them work without scripts."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages.entries import Entry, Named, slug, version_key
from mindhub.pages.verified import FAILED_STATE, NOT_CHECKED, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mindhub.vocabulary import Vocabulary

KINDS = (
    "version", "domain", "task", "dataset", "status", "parameters", "device", "format", "license", "publisher",
)  # fmt: skip
#: Filters whose values stand open; the others unfold.
OPEN = frozenset(KINDS[:5])
#: Values of a filter that are shown at once; the others unfold.
SHOWN = 7
#: Numbers of parameters: up to which, and the range's names.
_RANGES = (
    (1e6, Named("under-1m", "under 1 M", "不到 100 万")),
    (1e7, Named("1m-10m", "1 M to 10 M", "100 万～1000 万")),
    (1e8, Named("10m-100m", "10 M to 100 M", "1000 万～1 亿")),
    (1e9, Named("100m-1b", "100 M to 1 B", "1 亿～10 亿")),
    (float("inf"), Named("over-1b", "over 1 B", "10 亿以上")),
)
_RUN = "-run"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a filter, with the number of models that have it."""

    kind: str
    named: Named
    count: int

    @property
    def ran(self) -> bool:
        """Say whether this is the stricter half of a version: what was run with it, not only claimed for it."""
        return self.kind == "version" and self.named.slug.endswith(_RUN)


def tokens(entry: Entry, kind: str) -> tuple[str, ...]:
    """Return the slugs of a card's values of a kind."""
    return tuple(named.slug for named in _named(entry, kind))


def _named(entry: Entry, kind: str) -> tuple[Named, ...]:
    return _VALUES[kind](entry)


def _one(value: Named | None) -> tuple[Named, ...]:
    return (value,) if value else ()


def _versions(entry: Entry) -> tuple[Named, ...]:
    """Return the versions a card claims or ran with, and apart from these what it ran with."""
    if not entry.ran:
        return (entry.version,)
    ran = Named(slug(entry.ran), entry.ran, entry.ran)
    strict = Named(f"{ran.slug}{_RUN}", f"{entry.ran} (run here)", f"{entry.ran}（已在本站运行）")
    return (entry.version, ran, strict) if ran.slug != entry.version.slug else (ran, strict)


@lru_cache(maxsize=1024)
def _plain(name: str) -> Named:
    """Return what is called the same in all languages."""
    return Named(slug(name), name, name)


def _range(parameters: int) -> Named:
    return next(named for limit, named in _RANGES if parameters < limit)


_VALUES: Mapping[str, Callable[[Entry], tuple[Named, ...]]] = {
    "version": _versions,
    "domain": lambda entry: _one(entry.domain),
    "task": lambda entry: _one(entry.task),
    "dataset": lambda entry: _one(entry.dataset),
    "status": lambda entry: tuple(map(_plain, entry.state.tokens)),
    "parameters": lambda entry: () if entry.parameters is None else (_range(entry.parameters),),
    "device": lambda entry: entry.devices,
    "format": lambda entry: entry.formats,
    "license": lambda entry: _one(entry.license),
    "publisher": lambda entry: (_plain(entry.publisher),),
}


def group_tokens(group: Sequence[Entry], kind: str) -> tuple[str, ...]:
    """Return the values that a model is found under.

    Its newest card speaks for how far it was verified; the rest comes from all its cards.
    """
    return tuple(named.slug for named in _together(group, kind))


class Table:
    """The values of models, and of cards, by kind: every filter of every listing looks at them."""

    def __init__(self) -> None:
        """Begin without any."""
        self._made: dict[tuple[int, ...], tuple[tuple[Entry, ...], Mapping[str, tuple[Named, ...]]]] = {}

    def take(self, before: Table, gone: Iterable[Entry]) -> None:
        """Take over the values of models with none of these very cards."""
        gone_ = set(map(id, gone))
        self._made = {key: found for key, found in before._made.items() if gone_.isdisjoint(key)}

    def of(self, group: Sequence[Entry]) -> Mapping[str, tuple[Named, ...]]:
        """Return what a model is found under, given by its cards: each value once, spelled as the first card does it.

        Its newest card speaks for how far it was verified; the rest comes from all its cards.
        """
        # The cards are held with their values, so that no other card can come to have their identity.
        key = tuple(map(id, group))
        found = self._made.get(key)
        if found is None:
            values = {kind: _together(group, kind) for kind in KINDS}
            found = self._made[key] = tuple(group), values
        return found[1]


def keys(found: Mapping[str, Iterable[Named]]) -> Iterator[tuple[str, str]]:
    """Yield the kind and slug of all values."""
    return ((kind, each.slug) for kind, named in found.items() for each in named)


def _together(group: Sequence[Entry], kind: str) -> tuple[Named, ...]:
    found: dict[str, Named] = {}
    for entry in group[:1] if kind == "status" else group:
        for named in _named(entry, kind):
            found.setdefault(named.slug, named)
    return tuple(found.values())


def values(
    groups: Iterable[Sequence[Entry]], vocabulary: Vocabulary, table: Table, kinds: Sequence[str] = KINDS
) -> dict[str, tuple[Value, ...]]:
    """Return all values with their counts by kind, in the order of the filters.

    Versions come newest first, each before what was run with it; verified states in the order of the ladder,
    parameters the fewest first, the rest the most frequent first.
    """
    named: dict[str, list[Named]] = {kind: [] for kind in kinds}
    for group in groups:
        found = table.of(group)
        for kind in kinds:
            named[kind] += found[kind]
    return {kind: _counted(kind, these, vocabulary) for kind, these in named.items()}


def _counted(kind: str, named: Sequence[Named], vocabulary: Vocabulary) -> tuple[Value, ...]:
    counts = Counter([each.slug for each in named])
    # From the last to the first, so that of several spellings the first one stays.
    names = {each.slug: each for each in reversed(named)}
    if kind == "status":
        order = (*reversed(STEPS), NOT_CHECKED, FAILED_STATE)
        return tuple(Value(kind, status(step, vocabulary), counts[step]) for step in order if counts[step])
    if kind == "parameters":
        return tuple(Value(kind, named, counts[named.slug]) for _, named in _RANGES if counts[named.slug])
    found = [Value(kind, names[slug_], count) for slug_, count in counts.items()]
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
