"""Status badges: small SVG pictures that a README can embed."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import TYPE_CHECKING

from mindhub.pages.rows import status_of
from mindhub.pages.verified import NOT_CHECKED

if TYPE_CHECKING:
    from mindhub.pages.entries import Entry
    from mindhub.pages.words import Words

#: Background by tone; white on each has a contrast of at least 4.5 to 1.
_COLOURS = {"good": "#0b6b5f", "bad": "#b3261e", "none": "#5f6862"}
_LABEL = "#33403a"
_WIDE = frozenset("mwMW%@")
_NARROW = frozenset("fijlrtI.,:;|' ()1-")


def badge(entry: Entry, words: Words) -> bytes:
    """Return the badge of a card: how far it was verified, and with which MindSpore."""
    status = status_of(entry, words)
    value = status.word
    if entry.state.step != NOT_CHECKED and entry.ran and not entry.state.failed:
        value = f"{value} · MindSpore {entry.ran}"
    return draw("MindHub", value, _COLOURS[status.tone])


def draw(label: str, value: str, colour: str) -> bytes:
    """Return a badge of two fields as SVG without scripts, links or fonts of its own."""
    left, right = _width(label) + 12, _width(value) + 12
    said = escape(f"{label}: {value}")
    whole = left + right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<clipPath id="r"><rect width="{whole}" height="20" rx="4"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{left}" height="20" fill="{_LABEL}"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="6" y="14" textLength="{left - 12}">{escape(label)}</text>'
        f'<text x="{left + 6}" y="14" textLength="{right - 12}">{escape(value)}</text></g></svg>\n'
    ).encode()


def _width(text: str) -> int:
    """Return about how many pixels a text takes at 11; the renderer stretches it to exactly these."""
    return round(sum(_of(char) for char in text))


def _of(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 11.0
    return 10.0 if char in _WIDE else 4.4 if char in _NARROW else 7.0
