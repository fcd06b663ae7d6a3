"""A card's body as HTML, section by section: those that cards share are made once."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from markupsafe import Markup, escape

from mindhub.body import Body, parser, sections
from mindhub.pages import plainprose
from mindhub.pages.markup import TOP, Around, Setting, anchor_of, section_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from markdown_it.token import Token

T = TypeVar("T")
S = TypeVar("S")

_OLD_CLIENT_SAID = "\ue0f1"  #: stands for the words above an old snippet until the language is known


def render(body: Body, setting: Setting) -> Markup:
    """Return a body's HTML, safe to put into a page."""
    parts = _parts(body.text)
    ids = _heading_ids([base for part in parts for _, base in part.headings])
    levels = [level for part in parts for level, _ in part.headings]
    around = Around(setting, frozenset(ids), TOP - min(levels, default=TOP))
    anchors = iter(ids)
    made = [part.render([next(anchors) for _ in part.headings], around) for part in parts]
    return Markup("".join(made))  # noqa: S704 - nh3 has cleaned every part


def words(body: Body) -> str:
    """Return what a reader reads of a body: no markup, no code, no addresses."""
    return "".join(part.words() for part in _parts(body.text))


class _Part:
    """A section of a body: cards of one family share most of theirs word for word, and each is made once."""

    def __init__(self, text: str, *, first: bool) -> None:
        """Parse a section; `first` says that its title, where it opens with one, is the page's already."""
        self._text, self._first = text, first
        found: dict[str, Any] = {}
        self._tokens: Sequence[Token] | None = parser().parse(text, found)
        self.defines = bool(found.get("references"))  #: it gives other sections addresses to link to
        self.empty = not self._tokens
        self.headings = tuple(_headings(self._shown(self._tokens)))  #: level and the id it would have alone
        self._made: dict[tuple[Any, ...], str] = {}

    def _shown(self, tokens: Sequence[Token]) -> Sequence[Token]:
        return _without_title(tokens) if self._first else tokens

    def _take(self) -> Sequence[Token]:
        """Return the tokens and drop them: those of thousands of sections are a hundred megabytes."""
        tokens, self._tokens = self._tokens, None
        return parser().parse(self._text) if tokens is None else tokens

    def words(self) -> str:
        """Return the words of the section, its title's as well."""
        return _words(self._take())

    def render(self, ids: Sequence[str], around: Around) -> str:
        """Return the section's HTML, clean; `ids` are those of its headings in this body."""
        setting = around.setting
        key = (*ids, around.shift, setting.anchors, setting.old_client)
        if (found := self._made.get(key)) is not None:
            return found
        clean, own = section_html(self._shown(self._take()), ids, around)
        if not own:
            self._made[key] = clean
        return clean


#: Sections that are remembered; more than a registry of 30,000 cards has in use at a time.
_MOST_PARTS = 8192
_remembered: dict[bytes, _Part | plainprose.PlainPart] = {}


def _parts(text: str) -> list[_Part | plainprose.PlainPart]:
    """Return the sections of a body; one where a section defines addresses that others link to."""
    parts: list[_Part | plainprose.PlainPart] = []
    pieces = sections(text)
    for _, piece in pieces:
        parts.append(_part(piece, first=all(part.empty for part in parts)))
        if parts[-1].defines and len(pieces) > 1:
            return [_part(text, first=True)]
    return parts


def _part(text: str, *, first: bool) -> _Part | plainprose.PlainPart:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, salt=b"first" if first else b"")
    key = digest.digest()
    found = _remembered.get(key)
    if found is None:
        if len(_remembered) >= _MOST_PARTS:
            _remembered.clear()
        found = plainprose.plain_part(text, first=first) or _Part(text, first=first)
        _remembered[key] = found
    return found


def _words(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        for inner in token.children or () if token.type == "inline" else ():
            if inner.type in ("text", "code_inline"):
                parts.append(inner.content)
            elif inner.type in ("softbreak", "hardbreak"):
                parts.append(" ")
        parts.append("\n")
    return "".join(parts)


class Bodies:
    """Bodies of cards, each rendered once for all languages: only the words around old snippets differ."""

    def __init__(self) -> None:
        """Begin without any."""
        self._last: tuple[tuple[str, int], Markup] | None = None
        self._alike: tuple[object, Any] = None, None

    def render(self, body: Body, setting: Setting) -> Markup:
        """Return what `render` returns; links to cards must be the same in all languages, as relative ones are."""
        key = setting.uid, id(body)
        if self._last is None or self._last[0] != key:
            self._last = key, render(body, replace(setting, old_client=_OLD_CLIENT_SAID))
        # The mark is of the private use area: where an author wrote it, it meant nothing.
        return Markup(self._last[1].replace(_OLD_CLIENT_SAID, escape(setting.old_client)))  # noqa: S704 - escaped

    def forget(self) -> None:
        """Drop all texts that were rendered, once no card's page is to come; whoever asks later renders anew."""
        self._last, self._alike = None, (None, None)
        _remembered.clear()
        plainprose.forget()

    def alike(self, entry: T, make: Callable[[T], S]) -> S:
        """Return what a card's page says in all languages alike, made for the first of them."""
        if self._alike[0] is not entry:
            self._alike = entry, make(entry)
        made: S = self._alike[1]
        return made


def plain(text: str) -> Markup:
    """Return the HTML of Markdown that several pages show: without anchors, and without links to cards."""
    return render(Body(text.encode("utf-8", "replace")), Setting("", {}, "", anchors=False))


def _without_title(tokens: Sequence[Token]) -> Sequence[Token]:
    """Leave out a heading of the first level that opens the body: the page has the title already."""
    opens = len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1"  # noqa: PLR2004 - open, text, close
    return tokens[3:] if opens else tokens


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield the level of every heading and the id that it would have alone."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            yield int(token.tag[1]), anchor_of(tokens[index + 1].content)


def _heading_ids(bases: Sequence[str]) -> list[str]:
    """Return the ids of all headings of a body, numbered where several are called the same."""
    ids: dict[str, None] = {}
    seen: Counter[str] = Counter()
    for base in bases:
        seen[base] += 1
        # A heading may be called what another one's numbered id is: count on until it is free.
        while (made := base if seen[base] == 1 else f"{base}-{seen[base]}") in ids:
            seen[base] += 1
        ids[made] = None
    return list(ids)
