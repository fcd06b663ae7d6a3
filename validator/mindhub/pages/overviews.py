"""Overviews: all tasks, all data sets and all publishers, each with what is known about its models."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.pages.api import VERSION, encode
from mindhub.pages.entries import slug
from mindhub.pages.links import safe_url
from mindhub.pages.views import Fact, Frame, Link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from mindhub.pages.entries import Entry, Named
    from mindhub.pages.leaderboards import Board
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words
    from mindhub.publishers import Publisher

_BOARDS = 4  #: leaderboards named beside a data set
_SETS = 4  #: data sets named beside a task


@dataclass(frozen=True, slots=True)
class Kind:
    """A task, data set or publisher with its models, each by its leading card."""

    slug: str
    label: Link
    count: int
    verified: int  #: models that load here or went further
    failed: int


@dataclass(frozen=True, slots=True)
class Shares:
    """How far the models of a kind were verified, as widths of a bar, in percent."""

    good: str
    bad: str
    said: str


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One line of an overview."""

    label: Link
    count: str
    shares: Shares
    more: tuple[Link, ...]  #: leaderboards or data sets
    facts: tuple[Fact, ...] = ()  #: of a publisher


@dataclass(frozen=True, slots=True)
class Overview:
    """An overview."""

    frame: Frame
    heading: str
    lead: str
    head: tuple[str, ...]
    groups: tuple[tuple[str, tuple[OverviewRow, ...]], ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the overviews count, the same in every language."""

    tasks: Mapping[str, Mapping[str, tuple[Entry, ...]]]  #: slug of the domain -> slug of the task -> leading cards
    datasets: Mapping[str, tuple[Entry, ...]]
    publishers: Mapping[str, tuple[Entry, ...]]
    named: Mapping[tuple[str, str], Named]  #: kind and slug -> labels


def gather(groups: Sequence[Sequence[Entry]]) -> Gathered:
    """Sort the models, each by its leading card, into tasks, data sets and publishers."""
    tasks: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    datasets: dict[str, list[Entry]] = defaultdict(list)
    publishers: dict[str, list[Entry]] = defaultdict(list)
    labels: dict[tuple[str, str], Named] = {}
    for group in groups:
        entry = group[0]
        publishers[entry.publisher].append(entry)
        for kind, named in (("domain", entry.domain), ("task", entry.task), ("dataset", entry.dataset)):
            if named:
                labels.setdefault((kind, named.slug), named)
        if entry.domain:
            tasks[entry.domain.slug][entry.task.slug if entry.task else ""].append(entry)
        if entry.dataset:
            datasets[entry.dataset.slug].append(entry)
    return Gathered(
        {domain: {task: tuple(found) for task, found in below.items()} for domain, below in tasks.items()},
        {name: tuple(found) for name, found in datasets.items()},
        {name: tuple(found) for name, found in publishers.items()},
        labels,
    )


def tasks_page(place: Place, found: Gathered, listed: Mapping[str, Collection[str]]) -> tuple[str, Overview]:
    """Return the overview of tasks by domain; `listed` has the values that have a listing, by kind."""
    path, words = "tasks/index.html", place.words
    home, language = place.home(path), words.language
    groups = []
    for domain, tasks in _largest(found.tasks):
        rows = []
        for task, entries in sorted(tasks.items(), key=lambda item: (not item[0], -len(item[1]), item[0])):
            label = found.named["task", task].label(language) if task else words("tasks.none")
            near = Link(label, _address("task", task, listed, home))
            sets = _sets(entries, found, listed, home, language)
            rows.append(OverviewRow(near, f"{len(entries):,}", _shares(entries, words), sets))
        groups.append((found.named["domain", domain].label(language), tuple(rows)))
    head = tuple(words(f"overview.{key}") for key in ("task", "models", "verified", "datasets"))
    return path, _overview(place, path, "tasks", head, groups)


def _largest(tasks: Mapping[str, Mapping[str, tuple[Entry, ...]]]) -> list[tuple[str, Mapping[str, tuple[Entry, ...]]]]:
    return sorted(tasks.items(), key=lambda item: (-sum(map(len, item[1].values())), item[0]))


def _sets(
    entries: Sequence[Entry], found: Gathered, listed: Mapping[str, Collection[str]], home: str, language: str
) -> tuple[Link, ...]:
    counts: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.dataset:
            counts[entry.dataset.slug] += 1
    most = sorted(counts, key=lambda name: (-counts[name], name))[:_SETS]
    return tuple(
        Link(found.named["dataset", name].label(language), _address("dataset", name, listed, home)) for name in most
    )


def datasets_page(
    place: Place, found: Gathered, boards: Sequence[Board], listed: Mapping[str, Collection[str]]
) -> tuple[str, Overview]:
    """Return the overview of data sets, the most used first, with their leaderboards."""
    path, words = "datasets/index.html", place.words
    home, language = place.home(path), words.language
    by_dataset: dict[str, list[Board]] = defaultdict(list)
    for board in boards:
        by_dataset[board.dataset.slug].append(board)
    rows = []
    for name, entries in sorted(found.datasets.items(), key=lambda item: (-len(item[1]), item[0])):
        near = tuple(
            Link(board.metric.label(language), f"{home}{board.path}index.html") for board in by_dataset[name][:_BOARDS]
        )
        label = Link(found.named["dataset", name].label(language), _address("dataset", name, listed, home))
        rows.append(OverviewRow(label, f"{len(entries):,}", _shares(entries, words), near))
    head = tuple(words(f"overview.{key}") for key in ("dataset", "models", "verified", "boards"))
    return path, _overview(place, path, "datasets", head, [("", tuple(rows))])


def publishers_page(
    place: Place, found: Gathered, known: Mapping[str, Publisher], listed: Mapping[str, Collection[str]]
) -> tuple[str, Overview]:
    """Return the overview of publishers with who answers for them; `known` is what they say about themselves."""
    path, words = "publishers/index.html", place.words
    home = place.home(path)
    rows = []
    for name, entries in sorted(found.publishers.items(), key=lambda item: (-len(item[1]), item[0])):
        publisher = known.get(name)
        label = Link(publisher.title if publisher else name, _address("publisher", slug(name), listed, home))
        facts = _about(name, publisher, words)
        rows.append(OverviewRow(label, f"{len(entries):,}", _shares(entries, words), (), facts))
    head = tuple(words(f"overview.{key}") for key in ("publisher", "models", "verified", "contact"))
    return path, _overview(place, path, "publishers", head, [("", tuple(rows))])


def _about(name: str, publisher: Publisher | None, words: Words) -> tuple[Fact, ...]:
    facts = [Fact(words("publisher.folder"), (Link(name),), code=True)]
    if publisher is None:
        return (*facts, Fact(words("publisher.contact"), (Link(words("publisher.unknown")),)))
    if publisher.url:
        facts.append(
            Fact(words("publisher.url"), (Link(publisher.url.removeprefix("https://"), safe_url(publisher.url)),))
        )
    if publisher.contact:
        facts.append(Fact(words("publisher.contact"), (Link(publisher.contact, safe_url(publisher.contact)),)))
    if publisher.owners:
        facts.append(Fact(words("publisher.owners"), tuple(Link(owner) for owner in publisher.owners)))
    return tuple(facts)


def _address(kind: str, name: str, listed: Mapping[str, Collection[str]], home: str) -> str | None:
    return f"{home}{kind}/{name}/index.html" if name in listed.get(kind, ()) else None


def _shares(entries: Sequence[Entry], words: Words) -> Shares:
    good, bad = _verified(entries), _failed(entries)
    said = words("overview.share", good=f"{good:,}", all=f"{len(entries):,}")
    return Shares(f"{100 * good / len(entries):.4g}", f"{100 * bad / len(entries):.4g}", said)


def _verified(entries: Sequence[Entry]) -> int:
    return sum("loads" in entry.state.reached and not entry.state.failed for entry in entries)


def _failed(entries: Sequence[Entry]) -> int:
    return sum(bool(entry.state.failed) for entry in entries)


def _overview(
    place: Place, path: str, kind: str, head: tuple[str, ...], groups: Sequence[tuple[str, tuple[OverviewRow, ...]]]
) -> Overview:
    title, lead = place.words(f"{kind}.title"), place.words(f"{kind}.lead")
    return Overview(place.frame(path, title, lead, "browse"), title, lead, head, tuple(groups))


def overview_twins(
    found: Gathered, boards: Sequence[Board], known: Mapping[str, Publisher]
) -> Iterator[tuple[str, bytes]]:
    """Yield the JSON of the three overviews."""

    def counted(entries: Sequence[Entry]) -> dict[str, Any]:
        return {"models": len(entries), "verified": _verified(entries), "failed": _failed(entries)}

    def label(kind: str, name: str) -> dict[str, str]:
        named = found.named[kind, name]
        return {"name": named.slug, "en": named.en, "zh": named.zh}

    tasks = [
        {"domain": label("domain", domain), "task": label("task", task) if task else None, **counted(entries)}
        for domain, below in sorted(found.tasks.items())
        for task, entries in sorted(below.items())
    ]
    yield "tasks/index.json", encode({"version": VERSION, "kind": "tasks", "tasks": tasks})
    urls: dict[str, list[str]] = defaultdict(list)
    for board in boards:
        urls[board.dataset.slug].append(f"../{board.path}index.json")
    datasets = [
        {**label("dataset", name), **counted(entries), "leaderboards": urls[name]}
        for name, entries in sorted(found.datasets.items())
    ]
    yield "datasets/index.json", encode({"version": VERSION, "kind": "datasets", "datasets": datasets})
    publishers = [
        {"name": name, **_public(known.get(name)), **counted(entries)}
        for name, entries in sorted(found.publishers.items())
    ]
    yield "publishers/index.json", encode({"version": VERSION, "kind": "publishers", "publishers": publishers})


def _public(publisher: Publisher | None) -> dict[str, Any]:
    if publisher is None:
        return {"title": None, "owners": [], "contact": None, "url": None}
    return {
        "title": publisher.title,
        "owners": list(publisher.owners),
        "contact": publisher.contact or None,
        "url": publisher.url or None,
    }
