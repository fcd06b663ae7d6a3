"""What is new: cards by the month of their last change, and what was verified last."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages.api import VERSION, encode
from mindhub.pages.rows import status_of, summary_in, summary_of
from mindhub.pages.views import Frame, Link, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words

_CHANGED, _VERIFIED = 40, 12


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A card that changed or was verified."""

    date: str
    link: Link
    uid: str
    summary: str
    summary_language: str  #: where it is not the page's
    status: Status


@dataclass(frozen=True, slots=True)
class News:
    """What is new."""

    frame: Frame
    heading: str
    lead: str
    months: tuple[tuple[str, tuple[NewsItem, ...]], ...]
    verified: tuple[NewsItem, ...]


def changed(found: Sequence[Entry]) -> list[Entry]:
    """Return the cards that changed last, newest first; those without a date are left out."""
    dated = [entry for entry in found if entry.updated]
    return sorted(dated, key=lambda entry: entry.updated, reverse=True)[:_CHANGED]


def verified(found: Sequence[Entry]) -> list[Entry]:
    """Return the cards that were verified last and whose records still hold, newest first."""
    done = [entry for entry in found if entry.state.reached or entry.state.failed]
    return sorted(done, key=lambda entry: entry.state.date, reverse=True)[:_VERIFIED]


def news_page(place: Place, found: Sequence[Entry]) -> tuple[str, News]:
    """Return the page; `found` are all cards in the listing's order."""
    path, words = "news/index.html", place.words
    home = place.home(path)
    title, lead = words("news.title"), words("news.lead")
    months = groupby(changed(found), key=lambda entry: entry.updated[:7])
    return path, News(
        frame=place.frame(path, title, lead, "news"),
        heading=title,
        lead=lead,
        months=tuple(
            (month, tuple(_item(entry, entry.updated, home, words) for entry in entries)) for month, entries in months
        ),
        verified=tuple(_item(entry, entry.state.date, home, words) for entry in verified(found)),
    )


def _item(entry: Entry, date: str, home: str, words: Words) -> NewsItem:
    link = Link(entry.label(words.language), f"{home}{entry.uid}/index.html")
    return NewsItem(date, link, entry.uid, summary_of(entry, words), summary_in(entry, words), status_of(entry, words))


def news_twin(found: Sequence[Entry]) -> tuple[str, bytes]:
    """Return the JSON of the page."""
    made = {
        "version": VERSION,
        "kind": "news",
        "changed": [{"uid": entry.uid, "date": entry.updated} for entry in changed(found)],
        "verified": [
            {"uid": entry.uid, "date": entry.state.date, "step": entry.state.step} for entry in verified(found)
        ],
    }
    return "news/index.json", encode(made)
