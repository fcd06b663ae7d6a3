"""The page that puts two to four models side by side: a frame that the script fills from the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages.api import VERSION, encode
from mindhub.pages.versions import path_of
from mindhub.pages.views import Frame, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.place import Place

#: The rows of the table; compare.js knows how to read each from a card's JSON.
FIELDS = (
    "summary", "publisher", "mindspore", "task", "dataset", "scores", "measured", "parameters", "files", "license",
    "status", "checked", "inputs", "outputs", "updated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComparePage:
    """The page for comparing."""

    frame: Frame
    heading: str
    lead: str
    fields: tuple[tuple[str, str], ...]  #: name for the script, and label
    models: tuple[Link, ...]  #: those whose versions are compared on a page without scripts


def compare_page(place: Place, groups: Sequence[Sequence[Entry]]) -> tuple[str, ComparePage]:
    """Return the page; `groups` are the models with several versions, oldest first."""
    path, words = "compare/index.html", place.words
    home = place.home(path)
    title, lead = words("compare.title"), words("compare.lead")
    named = [(group[-1].label(words.language), group[-1]) for group in groups]
    named.sort(key=lambda pair: pair[0].casefold())
    return path, ComparePage(
        frame=place.frame(path, title, lead, "compare"),
        heading=title,
        lead=lead,
        fields=tuple((name, words(f"compare.field.{name}")) for name in FIELDS),
        models=tuple(Link(name, f"{home}{path_of(entry)}index.html") for name, entry in named),
    )


def compare_twin(found: Sequence[Entry], languages: Sequence[str]) -> tuple[str, bytes]:
    """Return the JSON of the page: what can be chosen, in the listing's order, with its name in every language."""
    models = [
        {"uid": entry.uid, "name": entry.name, "names": {language: entry.label(language) for language in languages}}
        for entry in found
    ]
    return "compare/index.json", encode({"version": VERSION, "kind": "compare", "models": models})
