"""YAML text -> dicts, lists and strings, with the place of each.

The text is read as events and built here: every scalar stays the string it was written as (`1.10` is "1.10"),
and what has no use in a registry (anchors, aliases, tags, merge keys, depth without bound) is refused where it
stands, before anything is built from it.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import yaml

from mindhub.messages import from_data, say
from mindhub.model import Problem
from mindhub.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from mindhub.model import FieldPath

MAX_DEPTH = 24  #: nested collections
MAX_NODES = 20_000  #: values
LONE_DASH = re.compile(r"[A-Za-z0-9_-]+:[ \t]+-")
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where the platform's wheel brings it

#: What libyaml says, since its release in PyYAML 6.0.4, where it gives up by itself: it reads ahead of the events.
_TOO_DEEP = "exceeded maximum nesting"


class RefusedError(Exception):
    """A YAML feature that a registry's files may not use, and where it stands in the text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start, self.end = start, end


def _nested() -> str:
    return say("values nested more than {limit} deep", limit=MAX_DEPTH)


class Builder:
    """Builds dicts, lists and strings from YAML events, and remembers where each stood."""

    def __init__(self, place: Callable[[int], int]) -> None:
        self._place = place  #: from an index of the text to a character of the file
        self.places: dict[FieldPath, tuple[int, int]] = {}
        self.keys: dict[FieldPath, tuple[int, int]] = {}
        self.quoted: set[FieldPath] = set()
        self.faults: list[tuple[str, Problem]] = []  #: with the codes of their rules
        self._nodes = 0

    def document(self, block: str) -> Any:
        """Return the value of the first document; raises YAMLError or RefusedError."""
        loader = _YAML(block)
        try:
            return self._document(loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            if mark is None or not str(error.problem).startswith(_TOO_DEEP):
                raise
            at = min(mark.index, max(len(block) - 1, 0))
            raise RefusedError(_nested(), at, min(at + 1, len(block))) from None
        finally:
            loader.dispose()

    def _document(self, loader: Any) -> Any:
        loader.get_event()  # StreamStart
        value = None
        if not loader.check_event(yaml.StreamEndEvent):
            loader.get_event()  # DocumentStart
            value = self._node(loader, (), 0)
            while not loader.check_event(yaml.DocumentStartEvent, yaml.StreamEndEvent):
                loader.get_event()
            if loader.check_event(yaml.DocumentStartEvent):
                self._refuse(loader.peek_event(), say("a second YAML document; a card has one"))
        return value

    def _chars(self, event: Any) -> tuple[int, int]:
        return self._place(event.start_mark.index), self._place(event.end_mark.index)

    def _refuse(self, event: Any, message: str) -> None:
        raise RefusedError(message, event.start_mark.index, event.end_mark.index)

    def _node(self, loader: Any, path: FieldPath, depth: int) -> Any:
        event = loader.get_event()
        self._nodes += 1
        if isinstance(event, yaml.DocumentEndEvent):
            return None
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, say("the alias '*{name}'; write the value out", name=event.anchor))
        if event.anchor is not None:
            message = say("the anchor '&{name}'; write the value out where it is needed", name=event.anchor)
            self._refuse(event, message)
        if event.tag is not None:
            self._refuse(event, say("the tag {tag!r}; values need none here", tag=event.tag))
        if depth > MAX_DEPTH:
            self._refuse(event, _nested())
        if self._nodes > MAX_NODES:
            self._refuse(event, say("more than {limit:,} values", limit=MAX_NODES))
        if isinstance(event, yaml.ScalarEvent):
            self.places[path] = self._chars(event)
            if event.style:
                self.quoted.add(path)
            return sys.intern(event.value)  # cards share most of their values
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(loader, event, path, depth)
        return self._mapping(loader, event, path, depth)

    def _sequence(self, loader: Any, start: Any, path: FieldPath, depth: int) -> list[Any]:
        items: list[Any] = []
        while not loader.check_event(yaml.SequenceEndEvent):
            items.append(self._node(loader, (*path, len(items)), depth + 1))
        self.places[path] = self._chars(start)[0], self._chars(loader.get_event())[0]
        return items

    def _mapping(self, loader: Any, start: Any, path: FieldPath, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not loader.check_event(yaml.MappingEndEvent):
            if not loader.check_event(yaml.ScalarEvent):
                self._refuse(loader.peek_event(), say("a key that is not a plain name"))
            event = loader.peek_event()
            chars = self._chars(event)
            key = self._key(loader.get_event())
            if key in items:
                at = (*path, key)
                message = say("the key {key!r} stands twice", key=key)
                self.faults.append(("RD005", Problem(at, message, chars=chars, key=True)))
                known = self.places.get(at), self.keys.get(at)
                self._node(loader, (*path, f"{key}#2"), depth + 1)
                self.places[at], self.keys[at] = known  # type: ignore[assignment]
                continue
            self.keys[(*path, key)] = chars
            items[key] = self._node(loader, (*path, key), depth + 1)
        self.places[path] = self._chars(start)[0], self._chars(loader.get_event())[0]
        return items

    def _key(self, event: Any) -> str:
        if event.anchor is not None or event.tag is not None:
            self._refuse(event, say("a key with an anchor or a tag"))
        if event.value == "<<" and not event.style:
            self._refuse(event, say("the merge key '<<'; write the values out"))
        return sys.intern(str(event.value))


def guilty_line(block: str, error: yaml.YAMLError) -> tuple[int, int, str]:
    """Return the characters of the line to blame and a message that says what would do."""
    index = int(getattr(getattr(error, "problem_mark", None), "index", getattr(error, "position", 0)) or 0)
    if "quoted scalar" in str(getattr(error, "context", "")):  # runs on to the end: the fault is where it began
        index = error.context_mark.index  # type: ignore[attr-defined]
    index = min(index, len(block))
    start = block.rfind("\n", 0, index) + 1
    if not block[start:].strip() and index:  # an error at the very end belongs to the last line with text
        start = block.rstrip().rfind("\n") + 1
    end = block.find("\n", start)
    end = len(block) if end < 0 else end
    line = block[start:end]
    text = line.strip()
    if LONE_DASH.fullmatch(text):
        problem = say("a lone '-' is no value; remove the line where there is none")
    elif "mapping values" in str(getattr(error, "problem", "")):
        problem = say("a value with ': ' in it needs quotes")
    else:
        said = getattr(error, "problem", None) or getattr(error, "reason", None)
        problem = from_data(str(said)) if said else say("cannot be read")
    message = say("{text!r} is not YAML: {problem}", text=shorten(text), problem=problem)
    return start + len(line) - len(line.lstrip()), start + len(line.rstrip()), message
