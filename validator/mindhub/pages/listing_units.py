"""The units of listings: all models, all cards, each value of a filter; and what programs read instead of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.pages import api, api_page, feeds, listing, shards
from mindhub.pages.faces import stamp
from mindhub.pages.unit import Page, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.facets import Value
    from mindhub.pages.listing import Listed
    from mindhub.pages.shared import Language, Shared


def listing_units(shared: Shared) -> Iterator[Unit]:
    """Yield the listings of all models, of all cards, and of each value of a filter."""
    title, faces = shared.site.options.title, shared.faces

    def pages(listed: Listed) -> Iterator[Page]:
        for language in shared.languages:
            for made, groups in listing.listing_pages(language.place, listed, shared.engines):
                yield language.listing(made, groups)

    def models() -> Iterator[Page]:
        fragments = [shared.fragment(entry) for entry in shared.found]
        yield "index.json", api.listing(title, fragments, shared.by_model)
        yield from pages(listing.Listed(shared.groups, shared.by_model))
        for language in shared.languages:
            yield from feeds.feeds(shared.found, language.place)

    def cards() -> Iterator[Page]:
        yield from pages(listing.Listed(tuple((entry,) for entry in shared.found), shared.by_card, every=True))

    def whole() -> bytes:
        return faces.listing(shared.found)

    yield Unit("listing", whole, models)
    yield Unit("listing cards", whole, cards)
    for value in (value for found in shared.by_model.values() for value in found):
        yield _listing(shared, value, pages)
    shared.forget_rows()


def _listing(shared: Shared, value: Value, pages: Callable[[Listed], Iterator[Page]]) -> Unit:
    """Return the listing of one value of a filter, with its JSON and its feed."""
    name = f"{value.kind}/{value.named.slug}"
    these = shared.having[value.kind, value.named.slug]

    def files() -> Iterator[Page]:
        listed = shared.listing(value)
        title = f"{shared.site.options.title}: {value.named.en}"
        fragments = [shared.fragment(entry) for entry in these]
        yield f"{name}/index.json", api.listing(title, fragments, listed.values, value)
        yield from pages(listed)
        if value.kind in feeds.KINDS:
            yield from (feeds.feed_of(value, these, language.place) for language in shared.languages)

    def sees() -> bytes:
        return stamp(value.named, value.count, shared.faces.listing(these))

    return Unit(f"listing {name}", sees, files)


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

        return Unit(f"sha256 {sha256}", lambda: stamp([(e.uid, at, e.state.step) for e, at in places]), files)

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
    feed = next(content for _, content in feeds.feeds((entry,), language.place))
    sha256 = named.removeprefix("by-sha256/").removesuffix(".json")
    summary = shared.summary(entry)
    return api_page.Samples(entry.uid, summary, shards.path_of(folder), sha256, files.get(named, b""), feed)
