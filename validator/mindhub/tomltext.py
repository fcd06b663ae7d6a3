"""TOML text -> values with the place of each; `tomllib` reads the values and gives no places."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from mindhub.messages import say

if TYPE_CHECKING:
    from mindhub.messages import Message
    from mindhub.model import FieldPath

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|(?!""").)*"{3,5}|' r"'''(?:(?!''').)*'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'", re.DOTALL
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


class TomlError(Exception):
    """Text that is no TOML: why, and the character where that shows."""

    def __init__(self, message: Message, at: int) -> None:
        super().__init__(message)
        self.message, self.at = message, at


def parse(text: str) -> tuple[dict[str, Any], dict[FieldPath, tuple[int, int]], dict[FieldPath, tuple[int, int]]]:
    """Return the values, the characters [start, end) of each value, and those of each key; raises TomlError."""
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said = str(error)
        found = _AT.search(said)
        at = len(text)
        if found and found[1]:
            lines = text.split("\n")
            at = sum(len(line) + 1 for line in lines[: int(found[1]) - 1]) + int(found[2]) - 1
        reason = _AT.sub("", said) or type(error).__name__
        raise TomlError(say("not TOML: {reason}", reason=reason[:1].lower() + reason[1:]), min(at, len(text))) from None
    walker = _Walker(text)
    walker.document()
    return value, walker.places, walker.keys


class _Walker:
    """Walks over text that is known to be TOML, and notes where things stand."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counts: dict[FieldPath, int] = {}  # entries of arrays of tables so far
        self.places: dict[FieldPath, tuple[int, int]] = {}
        self.keys: dict[FieldPath, tuple[int, int]] = {}

    def document(self) -> None:
        table: FieldPath = ()
        self._skip()
        while self._at < len(self._text):
            table = self._header() if self._peek("[") else table
            self._skip()
            while self._at < len(self._text) and not self._peek("["):
                self._pair(table)
                self._skip()

    def _peek(self, char: str) -> bool:
        return self._text.startswith(char, self._at)

    def _skip(self) -> None:
        self._at = _match(_BLANK, self._text, self._at).end()

    def _header(self) -> FieldPath:
        start = self._at
        brackets = 2 if self._peek("[[") else 1
        self._at += brackets
        names = self._names()
        self._skip()
        self._at += brackets
        path = self._within((), [name for name, _ in names[:-1]])
        path = (*path, names[-1][0])
        if brackets > 1:
            number = self._counts.get(path, -1) + 1
            self._counts[path] = number
            self.keys.setdefault(path, names[-1][1])
            self.places.setdefault(path, (start, self._at))
            path = (*path, number)
        self.places.setdefault(path, (start, self._at))
        self.keys.setdefault(path, names[-1][1])
        return path

    def _within(self, path: FieldPath, names: list[str]) -> FieldPath:
        """Return the path of a table by names, the last entry of an array of tables meant where there is one."""
        for name in names:
            path = (*path, name)
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _names(self) -> list[tuple[str, tuple[int, int]]]:
        names = []
        while True:
            self._skip()
            start = self._at
            if self._text[start] in "\"'":
                self._at = _match(_STRING, self._text, start).end()
                name = next(iter(tomllib.loads(f"{self._text[start : self._at]} = 0")))
            else:
                self._at = _match(_BARE, self._text, start).end()
                name = self._text[start : self._at]
            names.append((name, (start, self._at)))
            self._skip()
            if not self._peek("."):
                return names
            self._at += 1

    def _pair(self, table: FieldPath) -> None:
        names = self._names()
        path: FieldPath = table
        for name, chars in names:
            path = (*path, name)
            self.keys.setdefault(path, chars)
            self.places.setdefault(path, chars)
        self._skip()
        self._at += 1  # the sign of equality
        self._value(path)

    def _value(self, path: FieldPath) -> None:
        self._skip()
        start = self._at
        if self._peek("["):
            self._at += 1
            self._skip()
            number = 0
            while not self._peek("]"):
                self._value((*path, number))
                number += 1
                self._comma()
            self._at += 1
        elif self._peek("{"):
            self._at += 1
            self._skip()
            while not self._peek("}"):
                self._pair(path)
                self._comma()
            self._at += 1
        elif self._text[start] in "\"'":
            self._at = _match(_STRING, self._text, start).end()
        else:
            self._at = start + len(_match(_SCALAR, self._text, start)[0].rstrip())
        self.places[path] = (start, self._at)

    def _comma(self) -> None:
        self._skip()
        if self._peek(","):
            self._at += 1
            self._skip()


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:  # tomllib took the text for TOML, and this reader does not
        raise TomlError(say("not TOML: {reason}", reason="unexpected text"), at)
    return found
