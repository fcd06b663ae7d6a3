"""Front matter as nearly every card has it, read line by line: keys with values of one line, and lists of such.

It stands for nothing but what `mindhub.yamltext` reads, in half the time. What it does not know for certain it
does not read: anything that YAML may mean otherwise is left to that.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass

if TYPE_CHECKING:
    from mindhub.model import FieldPath

    Places = dict[FieldPath, tuple[int, int]]

_LONGEST = 10_000  #: characters; what is longer may hold more values than a card may have
#: Tabs, and characters that YAML refuses, breaks lines at or skips.
_ODD = re.compile("[^\n -~\u00a1-\u167f\u3001-\ud7ff\uff01-\uff5e]")
_KEY = r"([A-Za-z][A-Za-z0-9_-]{0,60})"
#: A colon before a space would make a key of what stands before it, and # after a space a comment of the rest.
_PLAIN = r"(?:[^\W_]|<)[^\n:#]*(?:(?::(?=[^ \n])|(?<! )#)[^\n:#]*)*(?<! )"
_QUOTED = r"""(["'])([^"'\\\n]*)\3"""
_ENTRY = re.compile(rf"{_KEY}: ({_PLAIN}|{_QUOTED})\n+")  #: key, value, quotation mark, what is between two of it
_OF_LIST = re.compile(rf"{_KEY}:\n+(?=-)")
_DASH = re.compile(r"-(?:\n+( +)|( +))(?=[A-Za-z])")  #: the indentation of a mapping below it or beside it


@dataclass(frozen=True, slots=True)
class PlainMapping:
    """What front matter says, and where."""

    value: dict[str, Any]  #: strings, and lists of mappings of strings
    places: Places  #: value -> characters [start, end)
    keys: Places  #: path of a value -> its key
    quoted: set[FieldPath]  #: scalars written in quotes


def read_plain(text: str, start: int, end: int) -> PlainMapping | None:
    """Read the characters [start, end) of a file as front matter; None where that has not the usual shape."""
    if end - start > _LONGEST or not text.endswith("\n", start, end) or _ODD.search(text, start, end):
        return None
    reader = _Reader(text, end)
    return reader.found if reader.read(start) else None


class _Reader:
    """Reads on from one place of the text to the next; 0 means that it does not know what stands there."""

    def __init__(self, text: str, end: int) -> None:
        self._text, self._end = text, end
        self.found = PlainMapping({}, {}, {}, set())

    def read(self, start: int) -> bool:
        """Read on to the end; return whether all was understood."""
        found, at = self.found, start
        while self._text.startswith("\n", at, self._end):
            at += 1
        first = at
        while at < self._end:
            at = self._entry(at, (), found.value) or self._list(at, found.value)
            if not at:
                return False
        found.places[()] = (first, at)
        return bool(found.value)

    def _entry(self, at: int, path: FieldPath, into: dict[str, Any]) -> int:
        """Read a key and its value of one line."""
        entry = _ENTRY.match(self._text, at, self._end)
        if entry is None:
            return 0
        key, value, inside = entry.group(1, 2, 4)
        if key in into:
            return 0
        key = sys.intern(key)
        own = (*path, key)
        self.found.keys[own] = entry.span(1)
        self.found.places[own] = entry.span(2)
        if inside is not None:
            self.found.quoted.add(own)
            value = inside
        into[key] = sys.intern(value)  # cards share most of their values
        return entry.end()

    def _list(self, at: int, into: dict[str, Any]) -> int:
        """Read a key and the mappings under it, each after a dash below the key's first letter."""
        head = _OF_LIST.match(self._text, at, self._end)
        if head is None or head[1] in into:
            return 0
        key = sys.intern(head[1])
        self.found.keys[key,] = head.span(1)
        items: list[dict[str, Any]] = []
        into[key] = items
        first = at = head.end()
        while dash := _DASH.match(self._text, at, self._end):
            fields: dict[str, Any] = {}
            at = self._item(dash.end(), (key, len(items)), fields, dash[1] or " " + dash[2])
            if not at:
                return 0
            items.append(fields)
        self.found.places[key,] = (first, at)
        return 0 if self._text.startswith((" ", "-"), at, self._end) else at

    def _item(self, start: int, path: FieldPath, fields: dict[str, Any], indent: str) -> int:
        """Read the keys of one mapping, all indented alike."""
        at = self._entry(start, path, fields)
        while at and self._text.startswith(indent, at, self._end):
            at = self._entry(at + len(indent), path, fields)
        self.found.places[path] = (start, at)
        return at
