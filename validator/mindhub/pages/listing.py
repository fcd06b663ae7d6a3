"""Listings: all models, all cards, and the models of one value of a filter; and the page that lists these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from mindhub.frozen import dataclass
from mindhub.pages import facets, feeds, machine
from mindhub.pages.listing_views import Browse, Facet, Listing, Option, SortKey
from mindhub.pages.rows import row_of, scored
from mindhub.pages.views import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mindhub.pages.entries import Entry
    from mindhub.pages.facets import Value
    from mindhub.pages.place import Place
    from mindhub.pages.views import Frame

Groups = tuple[tuple["Entry", ...], ...]
Values = Mapping[str, Sequence["Value"]]
#: Scores that the sorting offers, the most frequent ones; two models at least must have them.
_SORTS = 24
_CARDS = "cards/"


@dataclass(frozen=True, slots=True)
class Listed:
    """What one listing shows."""

    groups: Groups
    values: Values  #: the filters to offer: those that occur among these models
    value: Value | None = None  #: what all have in common
    every: bool = False  #: one row per card


@dataclass(frozen=True, slots=True)
class Engines:
    """Where the scripts of the search are, from the root of the site; empty where the build had none."""

    names: str = ""
    texts: str = ""


#: Stands in a page for its rows until these are put in; no text of a card looks so once it is escaped.
_ROWS = Markup("<rows/>")


@dataclass(frozen=True, slots=True)
class Shell:
    """A page of a listing without its rows."""

    path: str
    home: str  #: the way to the root of its language
    models: slice  #: those of the listing whose rows it gets
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Outline:
    """A listing without its models: the same until lists say something else of one of its cards."""

    head: bytes  #: its JSON up to the cards, where it has one
    shells: tuple[tuple[Shell, ...], ...]  #: its pages, by language


class RowBook:
    """Rows as HTML, each made once although many pages show it.

    `render` makes HTML of a row. A row is kept with a mark in place of the way to the root of its page's language:
    the mark is a character that HTML cannot hold, so that nothing a card says can be taken for it.

    Rows are kept, and put into pages, as bytes: as a text each takes twice the room, for it holds Chinese words, and a
    page of hundreds of them would be several times in memory while it is made.
    """

    _HOME = "\0"

    def __init__(self, place: Place, render: Callable[[object], str]) -> None:
        self._place, self._render = place, render
        self._made: dict[tuple[int, ...], tuple[tuple[Entry, ...], bytes]] = {}

    def fill(self, shell: Shell, groups: Groups) -> bytes:
        """Return a page of a listing of these models with its rows."""
        rows = b"".join(map(self._row, groups[shell.models]))
        return b"".join((shell.before, rows.replace(self._HOME.encode(), shell.home.encode()), shell.after))

    def forget(self) -> None:
        """Drop all rows."""
        self._made.clear()

    def drop(self, gone: Iterable[Entry]) -> None:
        """Drop the rows in which there is one of these very cards."""
        gone_ = set(map(id, gone))
        self._made = {key: row for key, row in self._made.items() if gone_.isdisjoint(key)}

    def _row(self, group: Sequence[Entry]) -> bytes:
        # The cards of a row are held with it, so that no other card can come to have their identity.
        key = tuple(map(id, group))
        found = self._made.get(key)
        if found is None:
            row = self._render(row_of(group, self._HOME, self._place.words))
            found = self._made[key] = tuple(group), row.encode("utf-8", "replace")
        return found[1]


def shells(
    place: Place, listed: Listed, engines: Engines, page: Callable[[tuple[str, Listing]], tuple[str, bytes]]
) -> Iterator[Shell]:
    """Yield the pages of one listing without their rows; `page` renders one."""
    for at, (path, view) in enumerate(_pages(place, listed, engines)):
        whole, content = page((path, view))
        before, _, after = content.partition(_ROWS.encode())
        first = at * place.options.page_size
        yield Shell(whole, view.frame.home, slice(first, first + place.options.page_size), before, after)


def _pages(place: Place, listed: Listed, engines: Engines) -> Iterator[tuple[str, Listing]]:
    words, size, groups, value = place.words, place.options.page_size, listed.groups, listed.value
    folder = _CARDS if listed.every else f"{value.kind}/{value.named.slug}/" if value else ""
    count = max(-(-len(groups) // size), 1)
    paths = [folder + ("" if number == 1 else f"page/{number}/") + "index.html" for number in range(1, count + 1)]
    heading, lead = _texts(place, listed)
    cards = words.plural("cards", sum(len(group) for group in groups))
    models = words.plural("models", len({entry.identity for group in groups for entry in group}))
    counted = words("list.counted", models=models, cards=cards)
    several = len(paths) > 1
    sorts = _sorts(place, groups)
    # A filter with one value that all have would choose nothing.
    offered = {
        kind: found
        for kind, found in listed.values.items()
        if not (value and value.kind == kind) and (len(found) > 1 or (found and found[0].count < len(groups)))
    }
    for number, path in enumerate(paths, 1):
        home = place.home(path)
        title = heading if number == 1 else f"{heading}, {words('list.page', number=number)}"
        view = Listing(
            frame=_frame(place, listed, path, (title, lead), ("" if listed.every else folder) + "index.json"),
            heading=title,
            lead=lead,
            explanation=_explanation(place, value),
            facets=tuple(facet(place, kind, found, home) for kind, found in offered.items()),
            rows=_ROWS,
            pages=tuple(Link(str(n), home + other, n == number) for n, other in enumerate(paths, 1)) if several else (),
            counted=counted,
            sorts=sorts,
            parts=words("list.parts", number=number, count=len(paths)) if several else "",
            front=value is None and number == 1 and not listed.every,
            switch=()
            if value
            else (
                Link(words("list.by-model"), f"{home}index.html", not listed.every),
                Link(words("list.by-card"), f"{home}{_CARDS}index.html", listed.every),
            ),
            engine=engines.names,
            reader=engines.texts,
            shown=words("list.shown-cards" if listed.every else "list.shown"),
        )
        yield path, view


def _frame(place: Place, listed: Listed, path: str, said: tuple[str, str], twin: str) -> Frame:
    value = listed.value
    if value and value.kind in feeds.KINDS:
        return place.frame(path, *said, "models", twin, f"{value.kind}/{value.named.slug}/feed.xml")
    frame = place.frame(path, *said, "models", twin)
    if value or listed.every:
        return frame
    return replace(frame, structured=machine.catalogue(place.options.title, said[1], place.options))


def _texts(place: Place, listed: Listed) -> tuple[str, str]:
    words, value = place.words, listed.value
    if listed.every:
        return words("list.cards.title"), words("list.cards.lead")
    if value is None:
        return words("list.title"), words("list.lead")
    label = label_of(place, value)
    if value.ran:
        version = value.named.slug.removesuffix("-run")
        return words("facet.version-run.title", value=version), words("facet.version-run.lead", value=version)
    special = value.kind == "status" and value.named.slug in ("failed", "not-checked")
    lead = f"facet.{value.named.slug}.lead" if special else f"facet.{value.kind}.lead"
    return words(f"facet.{value.kind}.title", value=label), words(lead, value=label)


def _explanation(place: Place, value: Value | None) -> str:
    if value is None or value.kind != "status" or value.named.slug == "failed":
        return ""
    return place.words.meaning(value.named.slug)


def _sorts(place: Place, groups: Groups) -> tuple[SortKey, ...]:
    """Return the scores that at least two of these models have, by data set."""
    words = place.words
    common = [key for key, count in scored(groups, words).most_common(_SORTS) if count > 1]
    datasets = {
        entry.dataset.slug: entry.dataset.label(words.language) for group in groups for entry in group if entry.dataset
    }
    made = []
    for key in common:
        dataset, _, metric = key.partition("/")
        term = words.vocabulary.find("metrics", metric)
        on = datasets.get(dataset) or words.term("datasets", dataset)
        label = words("sort.score", metric=words.term("metrics", metric), dataset=on)
        made.append(SortKey(key, label, bool(term and term.more.get("direction") == "lower")))
    return tuple(sorted(made, key=lambda sort: sort.label.casefold()))


def label_of(place: Place, value: Value) -> str:
    """Return a value's label; domains and states are words and begin small, as in the vocabulary."""
    return value.named.label(place.words.language)


def facet(place: Place, kind: str, found: Sequence[Value], home: str) -> Facet:
    """Return a filter with its options, each with the address of its own page."""
    words = place.words
    options = tuple(
        Option(
            value.named.slug,
            words("facet.run") if value.ran else label_of(place, value),
            f"{value.count:,}",
            f"{home}{kind}/{value.named.slug}/index.html",
            value.ran,
        )
        for value in found
    )
    # One or two more are not worth a click.
    cut = len(options) if len(options) <= facets.SHOWN + 2 else facets.SHOWN
    return Facet(
        kind,
        words(f"facet.{kind}"),
        options[:cut],
        options[cut:],
        words("list.more", count=len(options) - cut),
        kind in facets.OPEN,
        words("facet.version.hint") if kind == "version" else "",
    )


def browse_page(place: Place, values: Values) -> tuple[str, Browse]:
    """Return the page that links every facet page."""
    path = "browse/index.html"
    words = place.words
    groups = tuple(facet(place, kind, found, place.home(path)) for kind, found in values.items() if found)
    return path, Browse(
        place.frame(path, words("browse.title"), words("browse.lead"), "browse"), words("browse.title"), groups
    )
