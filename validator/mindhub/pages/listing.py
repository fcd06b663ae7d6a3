"""Listings: all models, and those of one domain, data set, version or verified state; and the page that lists these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.pages import facets
from mindhub.pages.rows import row_of
from mindhub.pages.views import Browse, Facet, Link, Listing, Option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.facets import Value
    from mindhub.pages.place import Place

Groups = tuple[tuple["Entry", ...], ...]


def listing_pages(
    place: Place, groups: Groups, values: Mapping[str, Sequence[Value]], value: Value | None = None
) -> Iterator[tuple[str, Listing]]:
    """Yield the pages of one listing with their paths; `value` is what all its models have in common.

    `values` are the filters to offer: those that occur among these models.
    """
    words, size = place.words, place.options.page_size
    folder = f"{value.kind}/{value.named.slug}/" if value else ""
    chunks = [groups[start : start + size] for start in range(0, len(groups), size)] or [()]
    paths = [folder + ("" if number == 1 else f"page/{number}/") + "index.html" for number in range(1, len(chunks) + 1)]
    heading, lead = _texts(place, value)
    counted = words(
        "list.counted",
        models=words.plural("models", len(groups)),
        cards=words.plural("cards", sum(len(group) for group in groups)),
    )
    for number, (path, chunk) in enumerate(zip(paths, chunks, strict=True), 1):
        home = place.home(path)
        title = heading if number == 1 else f"{heading}, {words('list.page', number=number)}"
        several = len(paths) > 1
        yield (
            path,
            Listing(
                frame=place.frame(path, title, lead, "models", folder + "index.json"),
                heading=title,
                lead=lead,
                explanation=_explanation(place, value),
                facets=tuple(
                    facet(place, kind, found, home)
                    for kind, found in values.items()
                    if not (value and value.kind == kind)
                ),
                rows=tuple(row_of(group, home, words) for group in chunk),
                pages=tuple(Link(str(n), home + other, n == number) for n, other in enumerate(paths, 1))
                if several
                else (),
                counted=counted,
                parts=words("list.parts", number=number, count=len(paths)) if several else "",
                front=value is None and number == 1,
            ),
        )


def _texts(place: Place, value: Value | None) -> tuple[str, str]:
    words = place.words
    if value is None:
        return words("list.title"), words("list.lead")
    label = label_of(place, value)
    special = value.kind == "status" and value.named.slug in ("failed", "not-checked")
    lead = f"facet.{value.named.slug}.lead" if special else f"facet.{value.kind}.lead"
    return words(f"facet.{value.kind}.title", value=label), words(lead, value=label)


def _explanation(place: Place, value: Value | None) -> str:
    if value is None or value.kind != "status" or value.named.slug == "failed":
        return ""
    return place.words.meaning(value.named.slug)


def label_of(place: Place, value: Value) -> str:
    """Return a value's label; domains and states are words and begin small, as in the vocabulary."""
    return value.named.label(place.words.language)


def facet(place: Place, kind: str, found: Sequence[Value], home: str) -> Facet:
    """Return a filter with its options, each with the address of its own page."""
    options = tuple(
        Option(
            value.named.slug, label_of(place, value), f"{value.count:,}", f"{home}{kind}/{value.named.slug}/index.html"
        )
        for value in found
    )
    shown = facets.SHOWN[kind]
    # One or two more are not worth a click.
    cut = len(options) if len(options) <= shown + 2 else shown
    return Facet(
        kind,
        place.words(f"facet.{kind}"),
        options[:cut],
        options[cut:],
        place.words("list.more", count=len(options) - cut),
    )


def browse_page(place: Place, values: Mapping[str, Sequence[Value]]) -> tuple[str, Browse]:
    """Return the page that links every facet page."""
    path = "browse/index.html"
    words = place.words
    groups = tuple(facet(place, kind, found, place.home(path)) for kind, found in values.items())
    return path, Browse(
        place.frame(path, words("browse.title"), words("browse.lead"), "browse"), words("browse.title"), groups
    )
