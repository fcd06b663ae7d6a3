"""Pages at addresses that once were a card's: old names of this registry, and addresses of the old hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages.api import VERSION, encode
from mindhub.pages.views import Frame, Link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mindhub.pages.place import Place

#: Where the old hub showed a card, named after a question mark: `details?MindSpore/1.7/x` and `details/en?…`.
OLD_HUB = ("resources/hub/details/", "resources/hub/details/en/")


@dataclass(frozen=True, slots=True)
class Redirect:
    """A page that leads elsewhere."""

    frame: Frame
    heading: str
    lead: str
    target: Link | None  #: where to; None where the script finds out from the address


def moved(aliases: Mapping[str, str], uids: Collection[str]) -> dict[str, str]:
    """Return the old names that lead to a card of the site and are no card's name today.

    Names that differ from a card's in case alone are left out: hosts that fold case have one file for both.
    """
    folded = {uid.casefold() for uid in uids}
    return {old: new for old, new in aliases.items() if new in uids and old.casefold() not in folded}


def redirect_pages(place: Place, found: Mapping[str, str]) -> Iterator[tuple[str, Redirect]]:
    """Yield a page per old name, and those at the old hub's addresses."""
    words = place.words
    for old, new in found.items():
        path = f"{old}/index.html"
        title, lead = words("moved.title", name=old), words("moved.lead")
        yield (
            path,
            Redirect(place.frame(path, title, lead, ""), title, lead, Link(new, f"{place.home(path)}{new}/index.html")),
        )
    for folder in OLD_HUB:
        path = f"{folder}index.html"
        title, lead = words("moved.old-hub"), words("moved.old-hub.lead")
        yield path, Redirect(place.frame(path, title, lead, "", f"{OLD_HUB[0]}index.json"), title, lead, None)


def redirect_twins(found: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the JSON beside those pages."""
    for old, new in found.items():
        url = "../" * (old.count("/") + 1) + f"{new}/index.json"
        yield f"{old}/index.json", encode({"version": VERSION, "kind": "moved", "uid": new, "url": url})
    yield (
        f"{OLD_HUB[0]}index.json",
        encode({"version": VERSION, "kind": "aliases", "aliases": dict(sorted(found.items()))}),
    )
