"""The Markdown below the front matter: its headings, links, code blocks and raw HTML, each with its place.

Rules and pages use the same parser, so what a rule calls a link is what a page renders as one.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect
from collections import defaultdict
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.text import line_starts, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from mindhub.model import FieldPath


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image."""

    target: str  #: as written, before any percent-encoding
    text: str
    image: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced or indented code block."""

    language: str  #: the first word after the fence, in lower case; empty where none is given
    text: str


@dataclass(frozen=True, slots=True)
class RawHtml:
    """A piece of HTML in the Markdown."""

    text: str


Item = Heading | Link | Code | RawHtml
_KINDS: dict[type, str] = {Heading: "heading", Link: "link", Code: "code", RawHtml: "html"}


@cache
def parser() -> MarkdownIt:
    """Return the one Markdown dialect of MindHub: CommonMark with tables.

    HTML is recognised so that it can be reported; pages show it as text. Links are left as written,
    also those whose scheme a browser must never see: the rules name them, the pages drop them.
    """
    from markdown_it import MarkdownIt

    md = MarkdownIt("commonmark", {"html": True}).enable("table")
    md.normalizeLink = str  # type: ignore[method-assign,assignment]
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return md


class Body:
    """A card's Markdown; parsed when first looked into."""

    def __init__(self, data: bytes, start: int = 0) -> None:
        self._data = data  #: of the whole card
        self.start = start  #: characters before it in the file

    @property
    def text(self) -> str:
        """The Markdown; decoded when asked for, so that thousands of cards are kept in memory once."""
        return text_of(self._data)[self.start :]

    @cached_property
    def tokens(self) -> list[Token]:
        """The token stream of markdown-it, which pages render."""
        return parser().parse(self.text)

    @cached_property
    def _found(self) -> tuple[tuple[Item, tuple[int, int]], ...]:
        """All items with their characters in the body.

        Cards of one family share whole sections word for word, so sections are parsed once each.
        """
        found: list[tuple[Item, tuple[int, int]]] = []
        for start, section in sections(self.text):
            found += [(item, (first + start, last + start)) for item, (first, last) in _items(section)]
        return tuple(found)

    def forget(self) -> None:
        """Drop what was found, which can be found again: a registry of thousands of cards keeps none of it."""
        self.__dict__.pop("_found", None)
        self.__dict__.pop("_by_kind", None)

    @cached_property
    def _by_kind(self) -> Mapping[type, tuple[Any, ...]]:
        found: defaultdict[type, list[Any]] = defaultdict(list)
        for item, _ in self._found:
            found[type(item)].append(item)
        return {kind: tuple(items) for kind, items in found.items()}

    def _of(self, kind: type) -> tuple[Any, ...]:
        return self._by_kind.get(kind, ())

    @property
    def headings(self) -> tuple[Heading, ...]:
        """All headings, in order."""
        return self._of(Heading)

    @property
    def links(self) -> tuple[Link, ...]:
        """All links and images, in order."""
        return self._of(Link)

    @property
    def code(self) -> tuple[Code, ...]:
        """All code blocks, in order."""
        return self._of(Code)

    @property
    def html(self) -> tuple[RawHtml, ...]:
        """All pieces of raw HTML, in order."""
        return self._of(RawHtml)

    def place(self, path: FieldPath) -> tuple[int, int] | None:
        """Return the characters of the file that ("body", kind, n) means; ("body",) is the body's first line."""
        if path[:1] != ("body",):
            return None
        if len(path) > 2:  # noqa: PLR2004 - "body", kind, number
            places = [chars for item, chars in self._found if _KINDS[type(item)] == path[1]]
            start, end = places[int(path[2])]
            return self.start + start, self.start + end
        first = len(self.text) - len(self.text.lstrip())
        end = self.text.find("\n", first)
        return self.start + first, self.start + (end if end >= 0 else len(self.text))


_SECTION = re.compile(r"\n(?=#{1,6}[ \t])")
#: What can make a line that looks like a heading something else, or let one section change another's meaning:
#: HTML blocks, definitions of link targets, and ends of lines that regular expressions do not see. Such a body is
#: parsed in one piece.
_ENTANGLED = re.compile(r"<[!?/A-Za-z]|^ {0,3}\[[^\]\n]*\]:|\r(?!\n)", re.MULTILINE)
#: In a text with a line break before it: a character to begin with is found at once, the start of a line is not.
_FENCE = re.compile(r"\n([ \t>*+-]*)(`{3,}|~{3,})([^\n]*)")


def sections(text: str) -> list[tuple[int, str]]:
    """Split Markdown before its headings; each piece comes with its start and means by itself what it means there.

    A heading written with `#` ends every paragraph, list and quotation before it. It is no heading inside a code
    fence, so what lies in one is not split; where it cannot be told by the fences alone, nothing is.
    """
    # Searched for what is in all of it first, which is quicker.
    if (("<" in text or "]:" in text or "\r" in text) and _ENTANGLED.search(text)) or (code := _fenced(text)) is None:
        return [(0, text)]
    begins = [first for first, _ in code]

    def inside(at: int) -> bool:
        before = bisect(begins, at)
        return before > 0 and at < code[before - 1][1]

    starts = [match.end() for match in _SECTION.finditer(text) if not inside(match.end())]
    return [(first, text[first:last]) for first, last in pairwise([0, *starts, len(text)]) if first < last]


def _fenced(text: str) -> list[tuple[int, int]] | None:
    """Return where code fences begin and end (CommonMark 0.31, 4.5); None where that depends on what is around them."""
    found: list[tuple[int, int]] = []
    if "```" not in text and "~~~" not in text:
        return found
    begin, opened, indent = 0, "", ""
    for match in _FENCE.finditer(f"\n{text}"):
        before, fence, after = match.groups()
        if opened:
            # One in a list or a quotation ends with these, so that its end has to look like its beginning.
            alike = before == indent or (not indent and before in ("", " ", "  ", "   "))
            if alike and fence.startswith(opened) and not after.strip(" \t\r"):
                lines = text[begin : match.start()].split("\n") if indent else ()
                if any(line.strip() and not line.startswith(indent) for line in lines):
                    return None
                found.append((begin, match.end() - 1))
                opened = ""
            elif indent:
                return None
        elif fence[0] == "`" and "`" in after:
            continue  # code within a line
        elif before.strip(" ") or len(before) > 3:  # noqa: PLR2004 - four spaces make it code, or it is in a list
            return None
        else:
            begin, opened, indent = match.start(), fence, before
    if opened and indent:
        return None
    return [*found, (begin, len(text))] if opened else found


Found = tuple[tuple[Item, tuple[int, int]], ...]
_MOST = 8192  #: sections whose items are remembered
_remembered: dict[bytes, Found] = {}


def parsed_items(text: str) -> Found:
    """Return the items that the parser finds in Markdown, with their characters."""
    return tuple(_Finder(text, parser().parse(text)).items())


def _items(section: str) -> Found:
    # Remembered under a digest: the sections themselves would take more room than all that was found in them.
    key = hashlib.blake2b(section.encode(), digest_size=16).digest()
    found = _remembered.get(key)
    if found is None:
        from mindhub.plainmarkdown import plain_items

        plain = plain_items(section)
        found = parsed_items(section) if plain is None else plain
        if len(_remembered) >= _MOST:
            _remembered.clear()
        _remembered[key] = found
    return found


class _Finder:
    """Walks the tokens once and finds each item's characters."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        # markdown-it counts lines after it has made every line end a single LF.
        self._lines = line_starts(text)
        if self._lines[-1] != len(text):
            self._lines.append(len(text))

    def items(self) -> Iterator[tuple[Item, tuple[int, int]]]:
        tokens = self._tokens
        for index, token in enumerate(tokens):
            if token.type in ("fence", "code_block"):
                language = token.info.split()[0].lower() if token.info.split() else ""
                yield Code(language, token.content), self._block(token)
            elif token.type == "html_block":
                yield RawHtml(token.content.strip()), self._block(token)
            elif token.type == "heading_open":
                yield Heading(int(token.tag[1]), _plain(tokens[index + 1])), self._block(token)
            elif token.type == "inline":
                # Only blocks carry line numbers, and a table's cells have those of their row's opening.
                yield from self._inline(token, *self._block(token if token.map else _opening(tokens, index)))

    def _block(self, token: Token) -> tuple[int, int]:
        """Return the block's characters, without its final line break."""
        first, last = token.map or (0, len(self._lines) - 1)
        start, end = self._lines[first], self._lines[min(last, len(self._lines) - 1)]
        return start, start + len(self._text[start:end].rstrip())

    def _inline(self, inline: Token, start: int, end: int) -> Iterator[tuple[Item, tuple[int, int]]]:
        cursor = start
        children = inline.children or []
        for index, token in enumerate(children):
            if token.type == "link_open":
                target, text = str(token.attrs.get("href", "")), _text_until_close(children, index)
                place, cursor = self._search(target, cursor, start, end)
                yield Link(target, text), place
            elif token.type == "image":
                target = str(token.attrs.get("src", ""))
                place, cursor = self._search(target, cursor, start, end)
                yield Link(target, token.content, image=True), place
            elif token.type == "html_inline":
                place, cursor = self._search(token.content, cursor, start, end)
                yield RawHtml(token.content), place

    def _search(self, needle: str, cursor: int, start: int, end: int) -> tuple[tuple[int, int], int]:
        """Find the needle at or after the cursor; where escapes hide it, the whole block is meant."""
        at = self._text.find(needle, cursor, end) if needle else -1
        if at < 0:
            return (start, end), cursor
        return (at, at + len(needle)), at + len(needle)


def _opening(tokens: list[Token], index: int) -> Token:
    return next((t for t in reversed(tokens[:index]) if t.map), tokens[index])


def _plain(inline: Token) -> str:
    return "".join(t.content for t in inline.children or [] if t.type in ("text", "code_inline")).strip()


def _text_until_close(children: list[Token], index: int) -> str:
    text, depth = [], 0
    for token in children[index:]:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if depth == 0:
            break
        text.append(token.content)
    return "".join(text)
