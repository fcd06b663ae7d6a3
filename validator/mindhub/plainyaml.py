"""Front matter as nearly every card has it, read line by line: keys with values of one line, and lists of such.

It stands for nothing but what `mindhub.yamltext` reads, in a third of the time: cards have their lines in few forms,
and what a form means is found once. What it does not know for certain it does not read: anything that YAML may mean
otherwise is left to that.
"""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.places import Places, numbered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mindhub.model import FieldPath

    Before = Mapping[FieldPath, tuple[int, int]]
    #: A line of the block, and a number of characters from its first one.
    Spot = tuple[int, int]

_LONGEST = 10_000  #: characters; what is longer may hold more values than a card may have
_ODD = re.compile(r"[^\n -~]")
_KEY = r"[A-Za-z][A-Za-z0-9_-]{0,60}"
#: A colon before a space would make a key of what stands before it, and # after a space a comment of the rest.
_PLAIN = r"(?:[^\W_]|<)[^\n:#]*(?:(?::(?=[^ \n])|(?<! )#)[^\n:#]*)*(?<! )"
_QUOTED = r"""(["'])([^"'\\\n]*)\3"""
#: What stands before a key's value of one line, the value, its quotation mark and what is between two of it.
_ENTRY = re.compile(rf"((?:-? +)?{_KEY}: )({_PLAIN}|{_QUOTED})")
_NO_ENTRY = re.compile(rf"{_KEY}:|-|")  #: the key of a list, a dash with its mapping below it, nothing
#: Of 2,374 cards six lines in seven are in another word for word, and there are some fifty forms.
_LINES, _FORMS = 1024, 1024


@dataclass(frozen=True, slots=True)
class PlainMapping:
    """What front matter says, and where."""

    value: dict[str, Any]  #: strings, and lists of mappings of strings
    places: Places  #: value -> characters [start, end)
    keys: Places  #: path of a value -> its key
    quoted: frozenset[FieldPath]  #: scalars written in quotes


def read_plain(text: str, start: int, end: int, before: Before | None = None) -> PlainMapping | None:
    """Read the characters [start, end) of a file as front matter; None where that has not the usual shape.

    Places of other values, `before`, come first among those that are found.
    """
    if end - start > _LONGEST or not text.endswith("\n", start, end):
        return None
    odd = _ODD.search(text, start, end)
    if odd and (odd[0].isascii() or _refused().search(text, start, end)):
        return None
    lines = text[start : end - 1].split("\n")
    read = [_line(line) for line in lines]
    known = before or {}
    form = _form(tuple([form for form, _ in read]), tuple(known))
    if form is None:
        return None
    starts = list(accumulate([len(line) + 1 for line in lines], initial=start))
    chars = [starts[line] + offset for line, offset in form.places]
    return PlainMapping(
        form.value([value for _, value in read]),
        Places.of(form.paths, [*chain.from_iterable(known.values()), *chars]),
        Places.of(form.key_paths, [starts[line] + offset for line, offset in form.keys]),
        form.quoted,
    )


@cache
def _refused() -> re.Pattern[str]:
    """Return what finds tabs, and characters that YAML refuses, breaks lines at or skips.

    Making it takes ten milliseconds, and the front matter of most cards is all ASCII.
    """
    return re.compile("[^\n -~\u00a1-\u167f\u3001-\ud7ff\uff01-\uff5e]")


@lru_cache(maxsize=_LINES)
def _line(line: str) -> tuple[str | None, str]:
    """Return a line's form, which is all that stands before its value, and the value; None for an unusual line.

    The form of a value in quotes ends with one.
    """
    entry = _ENTRY.fullmatch(line)
    if entry is None:
        return (line if _NO_ENTRY.fullmatch(line) else None), ""
    form, value, inside = entry.group(1, 2, 4)
    # Cards share most of their values.
    return form if inside is None else f'{form}"', sys.intern(value if inside is None else inside)


@dataclass(frozen=True, slots=True)
class _Form:
    """What lines mean whose forms follow one another so, whatever their values are."""

    fields: Mapping[str, Any]  #: the front matter with lines in place of its values
    paths: Mapping[FieldPath, int]  #: of values, and of what comes before them, numbered
    places: tuple[Spot, ...]  #: where each value starts and ends
    key_paths: Mapping[FieldPath, int]
    keys: tuple[Spot, ...]
    quoted: frozenset[FieldPath]

    def value(self, values: Sequence[str]) -> dict[str, Any]:
        """Return the front matter whose lines have these values."""
        return {
            key: values[line]
            if isinstance(line, int)
            else [{key: values[at] for key, at in item.items()} for item in line]
            for key, line in self.fields.items()
        }


@lru_cache(maxsize=_FORMS)
def _form(lines: tuple[str | None, ...], before: tuple[FieldPath, ...]) -> _Form | None:
    """Return what lines of these forms mean; None where it is not known for certain."""
    former = _Former(before)
    for number, form in enumerate(lines):
        if form is None or (form and not former.take(form, number)):
            return None
    first = next((number for number, form in enumerate(lines) if form), 0)
    return former.end((first, 0), (len(lines), 0))


class _Former:
    """Takes the forms of lines, one after the other; False means that it does not know what one is."""

    def __init__(self, before: Sequence[FieldPath]) -> None:
        self._fields: dict[str, Any] = {}
        self._paths = [*before]
        self._places: list[Spot] = []
        self._key_paths: list[FieldPath] = []
        self._keys: list[Spot] = []
        self._quoted: set[FieldPath] = set()
        self._list = ""  #: key of the list that is being read
        self._path: FieldPath = ()  #: of the mapping in it that is
        self._into = self._fields  #: where the next keys belong
        self._indent = 0  #: of these keys
        self._list_at = self._item_at = (0, 0)  #: where list and mapping begin

    def end(self, first: Spot, last: Spot) -> _Form | None:
        """Return what all lines mean."""
        if not self._fields or not self._end_list(last):
            return None
        self._place((), first, last)
        return _Form(
            self._fields,
            numbered(tuple(self._paths)),
            tuple(self._places),
            numbered(tuple(self._key_paths)),
            tuple(self._keys),
            frozenset(self._quoted),
        )

    def take(self, form: str, line: int) -> bool:
        """Take a line that is not empty."""
        indent = len(form) - len(form.lstrip("- "))
        if form[0] == "-" and not self._begin_item(line):
            return False
        if form == "-":
            return True
        if not indent and not self._end_list((line, 0)):
            return False
        if form.endswith(":"):
            return self._begin_list(form[:-1], line)
        if self._path and not self._indent:
            self._indent, self._item_at = indent, (line, indent)
        return indent == self._indent and self._entry(form, line)

    def _entry(self, form: str, line: int) -> bool:
        colon = form.index(":")
        key = sys.intern(form[self._indent : colon])
        if key in self._into:
            return False
        self._into[key] = line
        path = (*self._path, key)
        self._key(path, line, colon)
        self._place(path, (line, colon + 2), (line + 1, -1))
        if form.endswith('"'):
            self._quoted.add(path)
        return True

    def _key(self, path: FieldPath, line: int, end: int) -> None:
        self._key_paths.append(path)
        self._keys += (line, self._indent), (line, end)

    def _place(self, path: FieldPath, start: Spot, end: Spot) -> None:
        self._paths.append(path)
        self._places += start, end

    def _begin_list(self, key: str, line: int) -> bool:
        """Begin a list of mappings, each after a dash below the first letter of the list's key."""
        if key in self._fields:
            return False
        self._list = sys.intern(key)
        self._fields[self._list] = []
        self._key((self._list,), line, len(key))
        return True

    def _begin_item(self, line: int) -> bool:
        """Begin a mapping, whose keys stand beside the dash or below it, all indented alike."""
        if not self._list or not self._end_item((line, 0)):
            return False
        items = self._fields[self._list]
        if not items:
            self._list_at = line, 0
        self._path, self._into, self._indent = (self._list, len(items)), {}, 0
        items.append(self._into)
        return True

    def _end_item(self, at: Spot) -> bool:
        """End the mapping that is being read, if any; one without a key is none."""
        if self._path:
            self._place(self._path, self._item_at, at)
        return bool(self._indent or not self._path)

    def _end_list(self, at: Spot) -> bool:
        """End the list that is being read, if any; it has at least one mapping."""
        if not self._list:
            return True
        complete = bool(self._path) and self._end_item(at)
        self._place((self._list,), self._list_at, at)
        self._list, self._path, self._into, self._indent = "", (), self._fields, 0
        return complete
