"""The units of cards: a card's page in all languages, its JSON, its files and what else lies in its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mindhub.pages import api, atlas, badges, citation, seen
from mindhub.pages.card_page import Neighbours, card_page
from mindhub.pages.faces import stamp
from mindhub.pages.kept import digest, packed, unpacked
from mindhub.pages.unit import Page, Unit

if TYPE_CHECKING:
    from mindhub.pages.entries import Entry
    from mindhub.pages.shared import Shared


class _Asked(Mapping[str, str]):
    """The names of cards, with a list of those that were asked for and whether they are there."""

    def __init__(self, names: Mapping[str, str], heard: dict[str, bool]) -> None:
        self._names, self.heard = names, heard

    def __getitem__(self, uid: str) -> str:
        self.heard[uid] = uid in self._names
        return self._names[uid]

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a page asks for cards by their uid")

    __len__ = __iter__  # type: ignore[assignment]


def card_unit(shared: Shared, entry: Entry) -> Unit:
    """Return a card's page in all languages, its JSON, its files and what else lies in its folder."""
    asked: dict[str, bool] = {}

    def near() -> Neighbours:
        licences = shared.listed["license"]
        return Neighbours(
            group=shared.by_identity[entry.identity],
            names=_Asked(shared.names, asked),
            rules=shared.codes,
            atlas=atlas.around(shared.atlas, entry),
            lists={"license": licences & {entry.license.slug}} if entry.license else {},
            bodies=shared.bodies,
            figures=frozenset(shared.figures(entry)),
        )

    def sees() -> bytes:
        known = shared.faces.among(entry.uid)
        if known and shared.unmoved(entry):
            return known
        found, faces = near(), shared.faces
        likes = [(other.uid, why, faces.brief(other)) for like in found.atlas.likes.values() for other, why in like]
        texts = [shared.site.disclaimers[name] for name in found.atlas.disclaimers]
        return faces.note(entry.uid, stamp(faces.whole(entry), seen.around(entry, found), likes, texts))

    def made() -> Iterator[Page]:
        yield from _made_beside(shared, entry)
        yield from _card_pages(shared, entry, near())

    def files() -> Iterator[Page]:
        yield from _as_they_are(shared, entry)
        kept = shared.kept
        if kept is None:
            yield from made()
            return
        key = digest("card", *shared.common.items(), sees())
        before = _as_before(kept.get(key), _Asked(shared.names, asked))
        if before is None:
            before = dict(made())
            kept.put(key, json.dumps(asked).encode() + b"\n" + packed(before))
        yield from before.items()

    return Unit(name_of(entry.uid), sees, files, asked)


def name_of(uid: str) -> str:
    """Return the name of a card's unit."""
    return f"card {uid}"


def _as_before(kept: bytes | None, names: _Asked) -> dict[str, bytes] | None:
    """Return the files that are kept, where the cards that they link are there as they were."""
    if kept is None:
        return None
    asked, _, files = kept.partition(b"\n")
    # Asked again, so that the unit knows of them as well.
    return unpacked(files) if all((uid in names) is there for uid, there in json.loads(asked).items()) else None


def _as_they_are(shared: Shared, entry: Entry) -> Iterator[Page]:
    """Yield what lies beside a card in the registry and on the site alike: its files, record and pictures."""
    yield from ((f"{entry.uid}/files/{file.name}", file.content) for file in shared.files(entry) if file.content)
    if entry.record:
        yield f"{entry.uid}/record.json", entry.record.data
    for name, content in shared.figures(entry).items():
        # Beside the page of each language: texts are rendered once, with addresses relative to their page.
        for language in shared.languages:
            yield f"{language.place.prefix}{entry.uid}/files/{name}", content


def _made_beside(shared: Shared, entry: Entry) -> Iterator[Page]:
    """Yield what is made to lie beside a card's page: what to cite, its JSON and its badge."""
    site = shared.site
    for name, content in citation.files(entry, site.options):
        yield f"{entry.uid}/{name}", content
    words = [language.words for language in shared.languages]
    more = atlas.about(shared.atlas, entry, words)
    group = shared.by_identity[entry.identity]
    yield f"{entry.uid}/index.json", api.card(entry, shared.files(entry), group, site.options, more)
    yield f"{entry.uid}/badge.svg", badges.badge(entry, words[0])


def _card_pages(shared: Shared, entry: Entry, near: Neighbours) -> Iterator[Page]:
    """Yield a card's page in all languages one after the other: its text is rendered for all of them."""
    for language in shared.languages:
        path, view = card_page(language.place, entry, shared.files(entry), near)
        yield language.page("card.html", (path, view))
