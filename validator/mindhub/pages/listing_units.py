"""The units of listings: all models, all cards, each value of a filter; and what programs read instead of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.pages import api, api_page, facets, feeds, shards
from mindhub.pages.faces import stamp
from mindhub.pages.listing import Listed, Outline
from mindhub.pages.unit import Page, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.facets import Value
    from mindhub.pages.shared import Groups, Language, Shared


def listing_units(shared: Shared) -> Iterator[Unit]:
    """Yield the listings of all models, of all cards, and of each value of a filter."""
    title, found, faces = shared.site.options.title, shared.found, shared.faces

    def models() -> Iterator[Page]:
        def outlined() -> Outline:
            head = api.listing(title, shared.by_model)
            return _outlined(shared, Listed(shared.groups, shared.by_model), head)

        outline = shared.outline("", lists, outlined)
        yield "index.json", api.with_cards(outline.head, map(shared.fragment, found))
        yield from _pages(shared, outline, shared.groups)
        happened = feeds.happened(found)
        for language in shared.languages:
            yield from feeds.feeds(happened, language.place)

    def cards() -> Iterator[Page]:
        groups = tuple((entry,) for entry in found)

        def outlined() -> Outline:
            return _outlined(shared, Listed(groups, shared.by_card, every=True))

        yield from _pages(shared, shared.outline("cards", lists, outlined), groups)

    def lists() -> bytes:
        return faces.lists(found)

    def whole() -> bytes:
        return faces.listing(found)

    yield Unit("listing", whole, models)
    yield Unit("listing cards", whole, cards)
    for value in (value for values in shared.by_model.values() for value in values):
        yield _listing(shared, value)
    shared.forget_rows()


def _listing(shared: Shared, value: Value) -> Unit:
    """Return the listing of one value of a filter, with its JSON and its feed."""
    name = f"{value.kind}/{value.named.slug}"
    these, faces = shared.having[value.kind, value.named.slug], shared.faces

    def files() -> Iterator[Page]:
        groups = shared.models_with(value)

        def outlined() -> Outline:
            values = shared.values(groups, [kind for kind in facets.KINDS if kind != value.kind])
            head = api.listing(f"{shared.site.options.title}: {value.named.en}", values, value)
            return _outlined(shared, Listed(groups, values, value), head)

        outline = shared.outline(name, lists, outlined)
        yield f"{name}/index.json", api.with_cards(outline.head, map(shared.fragment, these))
        yield from _pages(shared, outline, groups)
        if value.kind in feeds.KINDS:
            yield from (feeds.feed_of(value, these, language.place) for language in shared.languages)

    def lists() -> bytes:
        return stamp(value.named.en, value.named.zh, value.count, faces.lists(these))

    def sees() -> bytes:
        return stamp(value.named.en, value.named.zh, value.count, faces.listing(these))

    return Unit(f"listing {name}", sees, files)


def _outlined(shared: Shared, listed: Listed, head: bytes = b"") -> Outline:
    return Outline(head, tuple(language.shells(listed, shared.engines) for language in shared.languages))


def _pages(shared: Shared, outline: Outline, groups: Groups) -> Iterator[Page]:
    """Yield the pages of a listing with the rows of its models."""
    for language, shells in zip(shared.languages, outline.shells, strict=True):
        yield from ((shell.path, language.book.fill(shell, groups)) for shell in shells)


def machine_units(shared: Shared) -> Iterator[Unit]:
    """Yield what programs read: the index in pieces, the files by their sha256, and the page that explains all this."""
    faces = shared.faces

    def shard(folder: shards.Folder, these: list[Entry]) -> Unit:
        def files() -> Iterator[Page]:
            yield shards.shard(folder, map(shared.fragment, these))

        return Unit(f"shard {'/'.join(folder)}", lambda: faces.listing(these), files)

    def named(sha256: str, places: Sequence[tuple[Entry, int]]) -> Unit:
        def files() -> Iterator[Page]:
            yield shards.by_sha256(sha256, places)

        def sees() -> bytes:
            return stamp([(entry.uid, at, entry.state.step) for entry, at in places])

        return Unit(f"sha256 {sha256}", sees, files, lists=True)

    folders = shards.folders(shared.found)
    for folder, these in folders.items():
        yield shard(folder, these)
    sizes = [(folder, len(these)) for folder, these in folders.items()]
    yield Unit("shards", lambda: stamp(sizes), lambda: iter((shards.index(folders),)))
    shared.forget_fragments()
    for sha256, places in shared.naming.items():
        yield named(sha256, places)
    sample = next((entry for entry in shared.found if entry.weights), next(iter(shared.found), None))

    def about() -> Iterator[Page]:
        for language in shared.languages:
            made = api_page.api_page(
                language.place, sorted(shared.site.theme.schemas), _samples(shared, sample, language)
            )
            yield language.page("api.html", made)

    yield Unit("api", lambda: faces.listed(sample) if sample else b"", about)


def _samples(shared: Shared, entry: Entry | None, language: Language) -> api_page.Samples | None:
    """Return examples for the page about the JSON: those of a card with a file, made as the files themselves are."""
    if entry is None:
        return None
    folder = next(iter(shards.folders((entry,))))
    files = dict(shards.by_sha256(*named) for named in shards.naming((entry,)).items())
    named = next(iter(files), "")
    feed = next(content for _, content in feeds.feeds(feeds.happened((entry,)), language.place))
    sha256 = named.removeprefix("by-sha256/").removesuffix(".json")
    summary = shared.summary(entry)
    return api_page.Samples(entry.uid, summary, shards.path_of(folder), sha256, files.get(named, b""), feed)
