"""Bytes of a card -> front matter with the place of every value, and the body.

Faults are collected, not raised, and reading goes on behind them where that is possible: one broken line
never hides the faults of the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from mindhub.body import Body
from mindhub.messages import say
from mindhub.model import FieldPath, Problem, Repair
from mindhub.plainyaml import read_plain
from mindhub.text import BOM, text_of
from mindhub.yamltext import LONE_DASH, Builder, RefusedError, guilty_line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

MAX_BYTES = 1 << 20  #: a card is prose; the longest of the old hub has 40 kB
_RETRIES = 40  #: broken lines that reading goes on behind

#: In a text with a line break before it: a character to begin with is found at once, the start of a line is not.
_FENCE = re.compile(r"\n---[ \t]*(?=\n|\Z)")
_TITLE = re.compile(r"^#[ \t]+(\S[^\r\n]*)", re.MULTILINE)
_FULL_WIDTH_COLON = re.compile(r"^([ \t]*(?:-[ \t]+)?[A-Za-z][A-Za-z0-9_-]*)[ \t]*：", re.MULTILINE)

_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_TRAILING = re.compile(r"[ \t]+(?=\r?$)", re.MULTILINE)
_STRAY = re.compile(r"^(```|~~~|---)[^\n]*", re.MULTILINE)

BEFORE_TEXT = -1  #: a character offset that means the byte order mark
Fault = tuple[str, Problem]  #: a rule's code and what it says


@dataclass(slots=True)
class FrontMatter:
    """What reading a card's bytes gave."""

    text: str
    front: dict[str, Any] | None = None  #: nested dicts, lists and strings
    places: Mapping[FieldPath, tuple[int, int]] = field(default_factory=dict)  #: value -> characters [start, end)
    keys: Mapping[FieldPath, tuple[int, int]] = field(default_factory=dict)  #: value's path -> its key's characters
    quoted: Collection[FieldPath] = frozenset()
    body: Body = field(default_factory=lambda: Body(b""))
    title: str | None = None
    faults: list[Fault] = field(default_factory=list)
    value: Any = None  #: of a file that is all YAML

    def fault(self, code: str, message: str, chars: tuple[int, int] | None = None, fix: Repair | None = None) -> None:
        """Note a fault at a place of the text."""
        self.faults.append((code, Problem((), message, chars=chars, fix=fix)))


def read(data: bytes, known_keys: Mapping[str, Any]) -> FrontMatter:
    """Read a card's bytes; never raises on any input.

    `known_keys` are the names that a full-width colon may follow and still be understood as keys.
    """
    text, faults = decode(data)
    result = FrontMatter(text, faults=faults)
    if len(data) > MAX_BYTES:
        result.fault(
            "RD006", say("the card has {size:,} bytes; the limit is {limit:,}", size=len(data), limit=MAX_BYTES)
        )
        return result
    fences = _fences(text)
    if fences is None:
        result.body = Body(data)
        message = say("no front matter: a card starts with a line '---', the keys, and a second '---'")
        result.fault("RD002", message)
        return result
    (open_start, open_end), (close_start, close_end) = fences
    result.body = Body(data, close_end)
    head = text[:open_start]
    _title(result, head, close_end)
    if open_start:
        message = say("the front matter starts below line 1")
        result.fault("RD008", message, (open_start, open_start + 3), _moved(text, fences))
    _line_endings(result, text, close_end)
    _stray_fences(result, text, close_end)
    block, shifts = _full_width_colons(result, text[open_end:close_start], open_end, known_keys)
    _parse(result, block, open_end, shifts)
    return result


def read_yaml(data: bytes) -> FrontMatter:
    """Read a file that is all YAML, with the places and the refusals of a card's front matter.

    Its value (nested dicts, lists and strings, or None) is in `value`; never raises on any input.
    """
    text, faults = decode(data)
    result = FrontMatter(text, faults=faults)
    _, result.value = _values(result, text, lambda index: index)
    return result


def decode(data: bytes) -> tuple[str, list[Fault]]:
    """Return the text of a file's bytes, and what is wrong with its encoding."""
    faults: list[Fault] = []
    if data.startswith(BOM):
        # The mark lies before the first character of the text, so the edit's start is one before it.
        without = Repair(say("remove the byte order mark"), ((BEFORE_TEXT, 0, ""),))
        message = say("the file starts with a byte order mark; save it as UTF-8 without one")
        faults.append(("RD001", Problem((), message, fix=without)))
        data = data[3:]
    try:
        return data.decode(), faults
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        guess = ""
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            guess = say("; the file looks like {encoding}", encoding="UTF-16")
        else:
            try:
                text = data.decode("gb18030")
            except UnicodeDecodeError:
                pass
            else:
                if any("\u4e00" <= c <= "\u9fff" for c in text):
                    guess = say("; the file looks like {encoding}", encoding="GB18030")
        at = len(data[: error.start].decode())
        message = say(
            "byte 0x{byte:02x} on line {line} is not UTF-8{guess}; save it as UTF-8",
            byte=data[error.start],
            line=line,
            guess=guess,
        )
        faults.append(("RD001", Problem((), message, chars=(at, at + 1))))
        return text_of(data), faults


def _fences(text: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the two fence lines' characters, where only a heading or blank lines stand before the first."""
    lines = text.replace("\r\n", " \n").replace("\r", "\n")
    marks = [(m.start(), m.end() - 1) for m in islice(_FENCE.finditer(f"\n{lines}"), 2)]
    if len(marks) < 2 or "```" in text[: marks[0][0]] or "~~~" in text[: marks[0][0]]:  # noqa: PLR2004 - a pair
        return None
    return marks[0], marks[1]


def _title(result: FrontMatter, head: str, body_start: int) -> None:
    """Find the heading of level 1: above the front matter, as the old hub had it, or the body's first."""
    found = _TITLE.search(head)
    if found:
        text = found.group(1).rstrip()
        bare = text.rstrip("#")  # a closing row of # belongs to the mark, if a space parts it from the title
        text = bare.rstrip() if bare != bare.rstrip() else text
        result.title, result.places = text, {("title",): (found.start(1), found.start(1) + len(text))}
        return
    # Most bodies have none, and parsing one takes longer than all the rest of reading.
    if _TITLE.search(result.text, body_start) or re.search(r"^=+[ \t]*\r?$", result.text[body_start:], re.MULTILINE):
        for index, heading in enumerate(result.body.headings):
            if heading.level == 1:
                start, end = result.body.place(("body", "heading", index)) or (0, 0)
                at = result.text.find(heading.text, start, end)
                result.title = heading.text
                if at >= 0:  # not where the heading has markup or runs over lines: then only its author can change it
                    result.places = {("title",): (at, at + len(heading.text))}
                return


def _moved(text: str, fences: tuple[tuple[int, int], tuple[int, int]]) -> Repair:
    """Return the repair that puts what stands above the front matter below it."""
    (open_start, _), (_, close_end) = fences
    newline = "\r\n" if "\r\n" in text else "\n"
    head = text[:open_start].strip()
    below = text[close_end:]
    gap = "" if not head or below.startswith((newline * 2, "\n\n")) or not below.strip() else newline
    insert = newline * 2 + head + gap if head else ""
    edits = ((0, open_start, ""), *(((close_end, close_end, insert),) if insert else ()))
    return Repair(say("start the file with the front matter"), edits)


def _line_endings(result: FrontMatter, text: str, front_end: int) -> None:
    """Find what nobody sees: line ends other than LF, a missing last one, invisible characters, trailing spaces."""
    returns = [(m.start(), m.end(), "\n") for m in re.finditer(r"\r\n?", text)] if "\r" in text else []
    if returns:
        start, end, _ = returns[0]
        ends = say("carriage return and line feed") if end - start > 1 else say("carriage return")
        unix = Repair(say("end all lines in line feed"), tuple(returns))
        result.fault("RD007", say("lines end in {ends}; use line feed alone", ends=ends), (start, start + 1), unix)
    if text and not text.endswith(("\n", "\r")):
        newline = "\r\n" if returns and returns[0][1] - returns[0][0] > 1 else "\n"
        at = len(text)
        repair = Repair(say("end the last line"), ((at, at, newline),))
        result.fault("RD007", say("no line break at the end of the file"), (at, at), repair)
    invisible = [] if text.isascii() else [(m.start(), m.end(), "") for m in _INVISIBLE.finditer(text)]
    if invisible:
        start, end, _ = invisible[0]
        repair = Repair(say("remove invisible characters"), tuple(invisible))
        message = say("an invisible character U+{code:04X}", code=ord(text[start]))
        result.fault("RD007", message, (start, end), repair)
    # In the body two spaces at the end of a line are Markdown's line break; in the front matter they are nothing.
    front = text[:front_end]
    # Searching for these first is a tenth of searching for the pattern, which tries each space.
    may_trail = returns or " \n" in front or "\t\n" in front or front.endswith((" ", "\t"))
    trailing = [(m.start(), m.end(), "") for m in _TRAILING.finditer(front)] if may_trail else []
    if trailing:
        start, end, _ = trailing[0]
        repair = Repair(say("remove spaces at the ends of lines"), tuple(trailing))
        result.fault("RD007", say("spaces at the end of the line"), (start, end), repair)


def _stray_fences(result: FrontMatter, text: str, body_start: int) -> None:
    """Find lines in the body that a reader which only looks for `---` takes for a fence."""
    body = text[body_start:].replace("\r", " ")
    in_code = False
    for match in _STRAY.finditer(body) if "---" in body else ():
        if match.group(1) != "---":
            in_code = not in_code
        elif not in_code:
            at = body_start + match.start()
            message = say("a further line starting '---' reads as a fence to simple readers; write '***' for a rule")
            result.fault("RD009", message, (at, at + 3))


def _full_width_colons(
    result: FrontMatter, block: str, offset: int, known_keys: Mapping[str, Any]
) -> tuple[str, list[int]]:
    """Replace `key：` by `key: `; return the text and the places where it grew by one character."""
    shifts: list[int] = []
    if "：" not in block:
        return block, shifts
    pieces, last = [], 0
    for match in _FULL_WIDTH_COLON.finditer(block):
        colon = match.end() - 1
        key = match.group(1).strip(" \t-")
        message = say("a full-width colon after {key!r}; write ': '", key=key)
        place = (offset + colon, offset + colon + 1)
        space = "" if block[colon + 1 : colon + 2] in (" ", "\t") else " "
        edits = ((*place, ":" + space),)
        repair = Repair(say("write a colon and a space"), edits) if key in known_keys else None
        result.fault("RD004", message, place, repair)
        if repair:
            pieces += [block[last:colon], ": "]
            last = colon + 1
            shifts.append(colon + len(shifts) + 1)
    return "".join(pieces) + block[last:], shifts


def _parse(result: FrontMatter, block: str, offset: int, shifts: list[int]) -> None:
    """Parse the block between the fences."""
    plain = None if shifts else read_plain(result.text, offset, offset + len(block), result.places)
    if plain is not None:
        result.front, result.places, result.keys, result.quoted = plain.value, plain.places, plain.keys, plain.quoted
        return

    def place(index: int) -> int:
        return offset + index - (sum(1 for shift in shifts if shift <= index) if shifts else 0)

    read, front = _values(result, block, place)
    if isinstance(front, dict):
        result.front = front
    elif read:
        kind = say("a list") if isinstance(front, list) else say("plain text") if front else say("empty")
        message = say("the front matter is {kind}; write 'key: value' lines", kind=kind)
        result.fault("RD004", message, chars=(place(0), place(0)))


def _values(result: FrontMatter, block: str, place: Callable[[int], int]) -> tuple[bool, Any]:
    """Parse, and after a syntax error blank the guilty line and try again, so that the rest is read.

    Returns whether that came to an end, and the value.
    """
    for _ in range(_RETRIES):
        builder = Builder(place)
        try:
            value = builder.document(block)
        except RefusedError as refused:
            result.fault("RD006", refused.message, chars=(place(refused.start), place(refused.end)))
            return False, None
        except yaml.YAMLError as error:
            start, end, message = guilty_line(block, error)
            chars = place(start), place(end)
            result.fault("RD003", message, chars, _lone_dash(result.text, *chars))
            if start >= end:
                return False, None
            block = block[:start] + " " * (end - start) + block[end:]
            continue
        result.faults += builder.faults
        result.places = {**result.places, **builder.places}
        result.keys, result.quoted = builder.keys, builder.quoted
        return True, value
    return False, None


def _lone_dash(text: str, start: int, end: int) -> Repair | None:
    """Return the repair of `key: -`: the line is removed, with one blank line where two would meet."""
    if not LONE_DASH.fullmatch(text[start:end]):
        return None
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    rest = re.compile(r"[ \t]*(?:\r\n|\n|\r|$)").match(text, end)
    line_end = rest.end() if rest else end
    blank = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
    if re.search(r"(?:^|\n|\r)[ \t]*(?:\r\n|\n|\r)$", text[:line_start]) and (after := blank.match(text, line_end)):
        line_end = after.end()
    return Repair(say("remove the line"), ((line_start, line_end, ""),))
