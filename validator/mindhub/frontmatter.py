"""Bytes of a card -> front matter with the place of every value, and the body.

YAML is read as events and built here: every scalar stays the string it was written as (`1.10` is
"1.10"), what a registry has no use for (anchors, aliases, tags, merge keys) is refused where it
stands, and depth is bounded before anything recurses. Faults are collected, not raised, and reading
goes on behind them where that is possible: one broken line never hides the faults of the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from mindhub.body import Body
from mindhub.model import FieldPath, Problem
from mindhub.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 1 << 20  #: a card is prose; the longest of the old hub has 40 kB
MAX_DEPTH = 24  #: nested collections in the front matter
MAX_NODES = 20_000  #: values in the front matter
_RETRIES = 40  #: broken lines that reading goes on behind

_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_FULL_WIDTH_COLON = re.compile(r"^([ \t]*(?:-[ \t]+)?[A-Za-z][A-Za-z0-9_-]*)[ \t]*：", re.MULTILINE)
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where the platform's wheel brings it

Fault = tuple[str, Problem]  #: a rule's code and what it says


@dataclass(slots=True)
class FrontMatter:
    """What reading a card's bytes gave."""

    text: str
    front: dict[str, Any] | None = None  #: nested dicts, lists and strings
    places: dict[FieldPath, tuple[int, int]] = field(default_factory=dict)  #: value -> characters [start, end)
    keys: dict[FieldPath, tuple[int, int]] = field(default_factory=dict)  #: value's path -> its key's characters
    quoted: set[FieldPath] = field(default_factory=set)
    body: Body = field(default_factory=lambda: Body("", 0))
    title: str | None = None
    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, message: str, path: FieldPath = (), chars: tuple[int, int] | None = None) -> None:
        """Note a fault at a place of the text."""
        self.faults.append((code, Problem(path, message, chars=chars)))


def read(data: bytes, known_keys: Mapping[str, Any]) -> FrontMatter:
    """Read a card's bytes; never raises on any input.

    `known_keys` are the names that a full-width colon may follow and still be understood as keys.
    """
    text, faults = _decode(data)
    result = FrontMatter(text, faults=faults)
    if len(data) > MAX_BYTES:
        result.fault("RD006", f"the card has {len(data):,} bytes; the limit is {MAX_BYTES:,}")
        return result
    fences = _fences(text)
    if fences is None:
        result.body = Body(text, 0)
        result.fault("RD002", "no front matter: a card starts with a line '---', the keys, and a second '---'")
        return result
    (open_start, open_end), (close_start, close_end) = fences
    result.body = Body(text[close_end:], close_end)
    head = text[:open_start]
    title = _TITLE.search(head)
    result.title = title.group(1) if title else next((h.text for h in result.body.headings if h.level == 1), None)
    if open_start:
        result.fault("RD008", "the front matter starts below line 1", chars=(open_start, open_start + 3))
    _line_endings(result, text)
    _stray_fences(result, text, close_end)
    block, shifts = _full_width_colons(result, text[open_end:close_start], open_end, known_keys)
    _parse(result, block, open_end, shifts)
    return result


def _decode(data: bytes) -> tuple[str, list[Fault]]:
    faults: list[Fault] = []
    if data.startswith(b"\xef\xbb\xbf"):
        faults.append(("RD001", Problem((), "the file starts with a byte order mark; save it as UTF-8 without one")))
        data = data[3:]
    try:
        return data.decode(), faults
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        what = f"byte 0x{data[error.start]:02x} on line {line} is not UTF-8"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            what += "; the file looks like UTF-16"
        else:
            try:
                text = data.decode("gb18030")
            except UnicodeDecodeError:
                pass
            else:
                if any("\u4e00" <= c <= "\u9fff" for c in text):
                    what += "; the file looks like GB18030"
        at = len(data[: error.start].decode(errors="replace"))
        faults.append(("RD001", Problem((), what + "; save it as UTF-8", chars=(at, at + 1))))
        return data.decode(errors="replace"), faults


def _fences(text: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the two fence lines' characters, where only a heading or blank lines stand before the first."""
    marks = [(m.start(), m.end()) for m in _FENCE.finditer(text.replace("\r\n", " \n").replace("\r", "\n"))]
    if len(marks) < 2 or "```" in text[: marks[0][0]] or "~~~" in text[: marks[0][0]]:  # noqa: PLR2004 - a pair
        return None
    return marks[0], marks[1]


def _line_endings(result: FrontMatter, text: str) -> None:
    crlf = text.find("\r")
    if crlf >= 0:
        ends = "carriage return" + (" and line feed" if text[crlf : crlf + 2] == "\r\n" else "")
        result.fault("RD007", f"lines end in {ends}; use line feed alone", chars=(crlf, crlf + 1))
    if text and not text.endswith(("\n", "\r")):
        result.fault("RD007", "no line break at the end of the file", chars=(len(text), len(text)))
    if (match := re.search(r"[\u200b\u200c\u200d\u2060\ufeff]", text)) is not None:
        result.fault("RD007", f"an invisible character U+{ord(match.group()):04X}", chars=match.span())


def _stray_fences(result: FrontMatter, text: str, body_start: int) -> None:
    """Find lines in the body that a reader which only looks for `---` takes for a fence."""
    in_code = False
    for match in re.finditer(r"^(```|~~~|---)[^\n]*", text[body_start:].replace("\r", " "), re.MULTILINE):
        if match.group(1) != "---":
            in_code = not in_code
        elif not in_code:
            at = body_start + match.start()
            message = "a further line starting '---' reads as a fence to simple readers; write '***' for a rule"
            result.fault("RD009", message, chars=(at, at + 3))


def _full_width_colons(
    result: FrontMatter, block: str, offset: int, known_keys: Mapping[str, Any]
) -> tuple[str, list[int]]:
    """Replace `key：` by `key: `; return the text and the places where it grew by one character."""
    shifts: list[int] = []
    pieces, last = [], 0
    for match in _FULL_WIDTH_COLON.finditer(block):
        colon = match.end() - 1
        key = match.group(1).strip(" \t-")
        message = f"a full-width colon after {key!r}; write ': '"
        result.fault("RD004", message, chars=(offset + colon, offset + colon + 1))
        if key in known_keys:
            pieces += [block[last:colon], ": "]
            last = colon + 1
            shifts.append(colon + len(shifts) + 1)
    return "".join(pieces) + block[last:], shifts


def _parse(result: FrontMatter, block: str, offset: int, shifts: list[int]) -> None:
    """Parse, and after a syntax error blank the guilty line and try again, so that the rest is read."""

    def place(index: int) -> int:
        return offset + index - sum(1 for shift in shifts if shift <= index)

    for _ in range(_RETRIES):
        builder = _Builder(result, place)
        try:
            front = builder.document(block)
        except _RefusedError as refused:
            result.fault("RD006", str(refused), chars=(place(refused.start), place(refused.end)))
            return
        except yaml.YAMLError as error:
            start, end, message = _guilty_line(block, error)
            result.fault("RD003", message, chars=(place(start), place(end)))
            if start >= end:
                return
            block = block[:start] + " " * (end - start) + block[end:]
            continue
        result.faults += builder.faults
        result.places, result.keys, result.quoted = builder.places, builder.keys, builder.quoted
        if isinstance(front, dict):
            result.front = front
        else:
            kind = "a list" if isinstance(front, list) else "empty" if not front else "plain text"
            result.fault("RD004", f"the front matter is {kind}; write 'key: value' lines", chars=(place(0), place(0)))
        return


def _guilty_line(block: str, error: yaml.YAMLError) -> tuple[int, int, str]:
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
    if re.fullmatch(r"[A-Za-z0-9_-]+:[ \t]+-", text):
        message = f"{shorten(text)!r} is not YAML: a lone '-' is no value; remove the line where there is none"
    elif "mapping values" in str(getattr(error, "problem", "")):
        message = f"{shorten(text)!r} is not YAML: a value with ': ' in it needs quotes"
    else:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        message = f"{shorten(text)!r} is not YAML: {problem}"
    return start + len(line) - len(line.lstrip()), start + len(line.rstrip()), message


class _RefusedError(Exception):
    """A YAML feature that a card may not use."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


class _Builder:
    """Builds dicts, lists and strings from YAML events, and remembers where each stood."""

    def __init__(self, result: FrontMatter, place: Any) -> None:
        self.result = result
        self.place = place
        self.places: dict[FieldPath, tuple[int, int]] = {}
        self.keys: dict[FieldPath, tuple[int, int]] = {}
        self.quoted: set[FieldPath] = set()
        self.faults: list[Fault] = []
        self._nodes = 0

    def document(self, block: str) -> Any:
        """Return the value of the first document; raises YAMLError or _RefusedError."""
        loader = _YAML(block)
        try:
            loader.get_event()  # StreamStart
            value = None
            if not loader.check_event(yaml.StreamEndEvent):
                loader.get_event()  # DocumentStart
                value = self._node(loader, (), 0)
                while not loader.check_event(yaml.DocumentStartEvent, yaml.StreamEndEvent):
                    loader.get_event()
                if loader.check_event(yaml.DocumentStartEvent):
                    self._refuse(loader.peek_event(), "a second YAML document; a card has one")
            return value
        finally:
            loader.dispose()

    def _chars(self, event: Any) -> tuple[int, int]:
        return self.place(event.start_mark.index), self.place(event.end_mark.index)

    def _refuse(self, event: Any, message: str) -> None:
        raise _RefusedError(message, event.start_mark.index, event.end_mark.index)

    def _node(self, loader: Any, path: FieldPath, depth: int) -> Any:
        event = loader.get_event()
        self._nodes += 1
        if isinstance(event, yaml.DocumentEndEvent):
            return None
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"the alias '*{event.anchor}'; write the value out")
        if event.anchor is not None:
            self._refuse(event, f"the anchor '&{event.anchor}'; write the value out where it is needed")
        if event.tag is not None:
            self._refuse(event, f"the tag {event.tag!r}; values need none here")
        if depth > MAX_DEPTH:
            self._refuse(event, f"values nested more than {MAX_DEPTH} deep")
        if self._nodes > MAX_NODES:
            self._refuse(event, f"more than {MAX_NODES:,} values")
        if isinstance(event, yaml.ScalarEvent):
            self.places[path] = self._chars(event)
            if event.style:
                self.quoted.add(path)
            return event.value
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
                self._refuse(loader.peek_event(), "a key that is not a plain name")
            event = loader.peek_event()
            chars = self._chars(event)
            key = self._key(loader.get_event())
            if key in items:
                at = (*path, key)
                self.faults.append(("RD005", Problem(at, f"the key {key!r} stands twice", chars=chars, key=True)))
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
            self._refuse(event, "a key with an anchor or a tag")
        if event.value == "<<" and not event.style:
            self._refuse(event, "the merge key '<<'; write the values out")
        return str(event.value)
