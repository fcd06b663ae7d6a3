"""Places in a text: characters to lines, columns and bytes; and the nearest of several names."""

from __future__ import annotations

import bisect
import re
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\udc80-\udcff]")
_LONGEST_NAME = 100  #: characters; what is longer is no misspelt name, and comparing it takes long
#: What ends a line for editors: LF, CRLF and a lone CR. (YAML also breaks at U+2028; no editor counts that.)
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_LINE_BREAK_BYTES = re.compile(rb"\r\n|\n|\r")  #: in UTF-8 these bytes are part of no other character


def text_of(data: bytes) -> str:
    """Return the text of a card's bytes without its byte order mark; a byte that is no UTF-8 is one U+FFFD.

    One character for each such byte, so that places can be counted back into bytes.
    """
    data = data.removeprefix(BOM)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _SURROGATE.sub("\ufffd", data.decode(errors="surrogateescape"))


def line_starts(text: str) -> list[int]:
    """Return where the lines of a text start, as editors and Markdown count them."""
    if "\r" not in text:  # as in nearly every card
        return list(accumulate([len(line) + 1 for line in text.split("\n")[:-1]], initial=0))
    return [0, *(match.end() for match in _LINE_BREAK.finditer(text))]


class Locator:
    """Turns character offsets of one text into spans; the work is done when the first is asked for.

    `data` are the bytes that the text was read from, a byte order mark included.
    """

    def __init__(self, text: str, data: bytes) -> None:
        self._text = text
        self._data = data
        self._bom = 3 if data.startswith(BOM) else 0
        self._ascii = text.isascii()

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self._text)

    @cached_property
    def exact(self) -> bool:
        """Say whether the text is what the bytes mean: false where some of them are not UTF-8."""
        return self._ascii or self._text.encode() == self._data[self._bom :]

    @cached_property
    def _raw(self) -> str:
        """The text as it can be encoded back into the bytes, character by character."""
        return self._text if self.exact else self._data[self._bom :].decode(errors="surrogateescape")

    def _bytes_of(self, start: int, end: int) -> int:
        return len(self._raw[start:end].encode(errors="surrogateescape"))

    @cached_property
    def _byte_starts(self) -> list[int]:
        """The byte offset of each line: a finding then costs its own line only."""
        return [self._bom, *(match.end() for match in _LINE_BREAK_BYTES.finditer(self._data))]

    def position(self, char: int) -> tuple[int, int]:
        """Return (line, column) of a character, both from 1."""
        line = bisect.bisect_right(self._starts, char)
        return line, char - self._starts[line - 1] + 1

    def byte(self, char: int) -> int:
        """Return the byte offset of a character in the file; -1 is what stands before the text, its byte order mark."""
        if char < 0:
            return 0
        if self._ascii:
            return char + self._bom
        line = bisect.bisect_right(self._starts, char) - 1
        return self._byte_starts[line] + self._bytes_of(self._starts[line], char)

    def span(self, start: int, end: int) -> Span:
        """Return the span of the characters [start, end)."""
        starts = self._starts
        line = bisect.bisect_right(starts, start)
        column = start - starts[line - 1] + 1
        within = line == len(starts) or end < starts[line]
        end_line, end_column = (line, column + end - start) if start <= end and within else self.position(end)
        return Span(self.byte(start), self.byte(end), line, column, end_line, end_column)

    def line_text(self, line: int) -> str:
        """Return the text of a line (from 1) without its ending."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        return self._text[start:end].rstrip("\r\n")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest known name, or an empty string."""
    if len(name) > _LONGEST_NAME:
        return ""
    from rapidfuzz import distance, process  # difflib rates a swap of letters (lisence) below unrelated names

    # In an order of their own, since that of a set differs between processes; of two as near, the later version.
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    near = process.extractOne(
        name.casefold(), list(by_folded), scorer=distance.OSA.normalized_similarity, score_cutoff=0.6
    )
    return say("; did you mean {name!r}?", name=by_folded[near[0]]) if near else ""


def shorten(text: str, limit: int = 80) -> str:
    """Return a value fit for a message: one line, cut in the middle of nothing but itself."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def strip_autolink(value: str) -> str:
    """Return `https://x` for the Markdown autolink `<https://x>`; other text unchanged."""
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value
