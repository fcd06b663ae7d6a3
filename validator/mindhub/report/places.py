"""Places of edits: byte offsets of the cards of a report as lines and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.text import Locator

if TYPE_CHECKING:
    from mindhub.model import Card, Report, Span

_BOM = b"\xef\xbb\xbf"


class Places:
    """Finds the line and column of bytes; knows the files of a report's cards, and only those in UTF-8."""

    def __init__(self, report: Report) -> None:
        self._cards = {card.file: card for card in report.cards}
        self._locators: dict[str, Locator | None] = {}

    def data(self, file: str) -> bytes | None:
        """Return the bytes of a card, or None where the file is no card of the report or no UTF-8."""
        return self._cards[file].data if self._locator(file) else None

    def span(self, file: str, start: int, end: int) -> Span | None:
        """Return the span of the bytes [start, end), or None where `data` would be None or a character is cut."""
        locator, data = self._locator(file), self.data(file)
        if locator is None or data is None:
            return None
        try:
            # A byte order mark is no part of the text: an edit that removes one ends before its first character.
            chars = [len(data[len(_BOM) if data.startswith(_BOM) else 0 : at].decode()) for at in (start, end)]
        except UnicodeDecodeError:
            return None
        span = locator.span(*chars)
        return replace(span, start=start, end=end)

    def _locator(self, file: str) -> Locator | None:
        if file not in self._locators:
            card = self._cards.get(file)
            self._locators[file] = _locator(card) if card else None
        return self._locators[file]


def _locator(card: Card) -> Locator | None:
    try:
        text = card.data.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        return None
    return Locator(text, card.data)
