"""The whole site as units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.pages import api, facets, others
from mindhub.pages.card_units import card_unit
from mindhub.pages.faces import stamp
from mindhub.pages.listing_units import listing_units, machine_units
from mindhub.pages.other_units import board_units, key_units, registry_units, rule_units, version_units
from mindhub.pages.unit import Page, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.pages.facets import Value
    from mindhub.pages.shared import Shared


def units(shared: Shared) -> Iterator[Unit]:
    """Yield all units of a site but those of cards that stand still; cards first: a text is rendered and forgotten."""
    yield _fixed(shared)
    for entry in shared.found:
        if entry.uid not in shared.still:
            yield card_unit(shared, entry)
    shared.bodies.forget()
    yield from listing_units(shared)
    yield from machine_units(shared)
    yield from rule_units(shared)
    yield from key_units(shared)
    yield from board_units(shared)
    yield from version_units(shared)
    yield from registry_units(shared)


def _fixed(shared: Shared) -> Unit:
    """Return the files that no card has a part in, but for the names of what can be chosen."""
    theme = shared.site.theme

    def values() -> Iterator[Value]:
        return (value for found in shared.by_card.values() for value in found)

    def files() -> Iterator[Page]:
        for name, content in theme.static.items():
            yield f"static/{name}", content
        yield "static/filters.css", facets.style_sheet(values())
        for name, content in theme.schemas.items():
            yield f"schema/{name}", content
        yield "api/index.json", api.api(sorted(theme.schemas))
        root, *rest = shared.languages
        # A host shows one page for what it does not find, whatever the language.
        yield root.page("404.html", others.missing_page(root.place, [language.words for language in rest]))

    return Unit("fixed", lambda: stamp([(value.kind, value.named.slug) for value in values()]), files)
