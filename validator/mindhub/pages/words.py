"""Interface strings, and numbers as people read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass, field
from mindhub.messages import recall

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from mindhub.vocabulary import Vocabulary

_CHINESE = re.compile("[\u3400-\u9fff]")
_UNITS = {"percent": "\u202f%", "db": "\u202fdB", "degree": "°", "metre": "\u202fm"}


#: Languages as HTML and feeds name them, where it is not as here.
TAGS = {"en": "en", "zh": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Words:
    """The strings of one language."""

    language: str
    strings: Mapping[str, str]
    vocabulary: Vocabulary
    #: What was said before, by what it is about: most cards say one of a few things about their state.
    said: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, key: str, **values: object) -> str:
        """Return a string with its placeholders filled; raises KeyError for one that does not exist."""
        text = self.strings[key]
        return text.format(**values) if values else text

    def plural(self, key: str, count: int) -> str:
        """Return `<key>.one` or `<key>.other` with {count} filled in."""
        return self(f"{key}.one" if count == 1 else f"{key}.other", count=f"{count:,}")

    def term(self, kind: str, name: str) -> str:
        """Return a vocabulary's label for a name; the name itself where it is unknown."""
        term = self.vocabulary.find(kind, name) if name else None
        if term is None:
            return name
        return term.zh if self.language == "zh" else term.en

    def foreign(self, text: str) -> str:
        """Return the language of a text that a card brings, where it is not the page's; empty where it is.

        What is Chinese to a tenth is Chinese, everything else is taken for English.
        """
        written = "zh" if not text.isascii() and len(_CHINESE.findall(text)) * 10 > len(text) else "en"
        return "" if not text or written == self.language else TAGS[written]

    def recorded(self, text: str) -> tuple[str, str]:
        """Return a sentence of a record in this language, and its language where nobody translated it."""
        said = recall(text, self.language)
        return said, "" if said != text else self.foreign(text)

    def split(self, name: str) -> str:
        """Return what a part of a data set is called; the name itself where it is none of the usual."""
        return self.strings.get(f"split.{name}", name)

    def meaning(self, step: str) -> str:
        """Return the sentence that explains a step of the ladder."""
        return str(self.vocabulary.kind("status")[step].more[f"meaning-{self.language}"])


def score(value: float, unit: str) -> str:
    """Return a score with its unit, at the precision it was claimed with: `79.3 %`, `0.93`."""
    return f"{value:.12g}{_UNITS.get(unit, '')}"


def measured_score(value: float, unit: str) -> str:
    """Return a measured score with its unit, at six significant digits."""
    return f"{value:.6g}{_UNITS.get(unit, '')}"


def size(count: int) -> str:
    """Return a number of bytes in decimal units, as file managers and download pages do: `438 MB`."""
    return f"{_scaled(count, ('B', 'kB', 'MB', 'GB', 'TB'), gap=True)}"


def quantity(count: int) -> str:
    """Return a number of parameters: `109.5 M`, `2,410`."""
    return f"{count:,}" if count < 10_000 else _scaled(count, ("", "K", "M", "B", "T"), gap=True)  # noqa: PLR2004 - five digits are hard to take in


def _scaled(count: int, units: tuple[str, ...], *, gap: bool) -> str:
    value, rank = float(count), 0
    # 999.95 would round to 1000.0 of the smaller unit.
    while value >= 999.5 and rank < len(units) - 1:  # noqa: PLR2004
        value, rank = value / 1000, rank + 1
    digits = f"{value:.0f}" if rank == 0 or value >= 99.95 else f"{value:.1f}"  # noqa: PLR2004
    return f"{digits}\u202f{units[rank]}" if gap and units[rank] else digits


def seconds(value: float) -> str:
    """Return a duration: `0.02 s`, `3.4 s`, `2 min 5 s`."""
    if value < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{value:.2f}\u202fs" if value < 10 else f"{value:.1f}\u202fs"  # noqa: PLR2004
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}\u202fmin {rest}\u202fs"
