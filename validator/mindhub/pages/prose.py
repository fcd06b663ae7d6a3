"""A card's body as HTML: nothing that runs, nothing that loads, nothing that leads where a browser must not go.

Two independent nets: the renderer escapes raw HTML and drops addresses it does not know to be harmless,
and nh3 then lets only listed elements and attributes through.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections import Counter
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import nh3
from markdown_it.renderer import RendererHTML
from markupsafe import Markup, escape

from mindhub.body import Body, parser, sections
from mindhub.frozen import dataclass, field
from mindhub.pages.kept import digest
from mindhub.pages.links import safe_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict
    from pygments.formatter import Formatter
    from pygments.lexer import Lexer

    from mindhub.pages.kept import Kept

T = TypeVar("T")
S = TypeVar("S")

#: The page has its own h1 and h2; a body's highest heading becomes h3.
_TOP = 3
_DEEPEST = 6
_NOT_WORD = re.compile(r"[^\w]+")
_OLD_CLIENT = re.compile(r"\bmindspore_hub\b|\bmshub\b")
_LANGUAGES = {"python": "python", "py": "python", "python3": "python", "bash": "bash", "shell": "bash", "sh": "bash",
              "json": "json", "yaml": "yaml", "yml": "yaml", "console": "console"}  # fmt: skip
_OLD_CLIENT_SAID = "\ue0f1"  #: stands for the words above an old snippet until the language is known
_LONGEST_HIGHLIGHTED = 20_000  #: characters; a lexer's patterns are not made for hostile megabytes

_TAGS = {
    "h3", "h4", "h5", "h6", "p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li",
    "table", "thead", "tbody", "tr", "th", "td", "a", "span", "div", "details", "summary", "img",
}  # fmt: skip
_ATTRIBUTES = {
    **{tag: {"id"} for tag in ("h3", "h4", "h5", "h6")},
    "a": {"href"},
    "img": {"src", "alt", "loading"},
    "span": {"class"},
    "div": {"class", "tabindex"},
    "pre": {"class", "tabindex"},
    "details": {"class"},
    "ol": {"start"},
    "th": {"scope", "class"},
    "td": {"class"},
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a body needs to know of its surroundings."""

    uid: str
    cards: Mapping[str, str] = field(repr=False)  #: uid -> address of its page, from this one
    old_client: str  #: what stands above a folded snippet for the old client
    anchors: bool = True  #: headings can be linked; not so in a text that stands beside another one's
    figures: frozenset[str] = frozenset()  #: names of the pictures that lie under `files/` beside the page


def render(body: Body, setting: Setting) -> Markup:
    """Return a body's HTML, safe to put into a page."""
    parts = _parts(body.text)
    ids = _heading_ids([base for part in parts for _, base in part.headings])
    levels = [level for part in parts for level, _ in part.headings]
    around = _Around(setting, frozenset(ids), _TOP - min(levels, default=_TOP))
    anchors = iter(ids)
    made = [part.render([next(anchors) for _ in part.headings], around) for part in parts]
    return Markup("".join(made))  # noqa: S704 - nh3 has cleaned every part


def words(body: Body) -> str:
    """Return what a reader reads of a body: no markup, no code, no addresses."""
    return "".join(part.words() for part in _parts(body.text))


@dataclass(frozen=True, slots=True)
class _Around:
    """What a section needs to know of its body."""

    setting: Setting
    anchors: frozenset[str]  #: of all headings
    shift: int  #: what makes the highest heading one of level 3


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

    def render(self, ids: Sequence[str], around: _Around) -> str:
        """Return the section's HTML, clean; `ids` are those of its headings in this body."""
        setting = around.setting
        key = (*ids, around.shift, setting.anchors, setting.old_client)
        if (found := self._made.get(key)) is not None:
            return found
        env = {"around": around, "ids": iter(ids), "open": [], "own": False}
        html = _renderer().render(self._shown(self._take()), parser().options, env)
        clean = nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes={"https"},
            link_rel="nofollow noopener ugc",
        )
        if not env["own"]:
            self._made[key] = clean
        return clean


#: Sections that are remembered; more than a registry of 30,000 cards has in use at a time.
_MOST_PARTS = 8192
_remembered: dict[bytes, _Part] = {}


def _parts(text: str) -> list[_Part]:
    """Return the sections of a body; one where a section defines addresses that others link to."""
    parts: list[_Part] = []
    pieces = sections(text)
    for _, piece in pieces:
        parts.append(_part(piece, first=all(part.empty for part in parts)))
        if parts[-1].defines and len(pieces) > 1:
            return [_part(text, first=True)]
    return parts


def _part(text: str, *, first: bool) -> _Part:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, salt=b"first" if first else b"")
    key = digest.digest()
    found = _remembered.get(key)
    if found is None:
        if len(_remembered) >= _MOST_PARTS:
            _remembered.clear()
        found = _remembered[key] = _Part(text, first=first)
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
    """Bodies of cards, each rendered once for all languages: only the words around old snippets differ.

    With what the build before kept, a body that reads as it did is not rendered at all.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept
        self._last: tuple[tuple[str, int], Markup] | None = None
        self._alike: tuple[object, Any] = None, None

    def render(self, body: Body, setting: Setting) -> Markup:
        """Return what `render` returns; links to cards must be the same in all languages, as relative ones are."""
        key = setting.uid, id(body)
        if self._last is None or self._last[0] != key:
            self._last = key, self._render(body, replace(setting, old_client=_OLD_CLIENT_SAID))
        # The mark is of the private use area: where an author wrote it, it meant nothing.
        return Markup(self._last[1].replace(_OLD_CLIENT_SAID, escape(setting.old_client)))  # noqa: S704 - escaped

    def forget(self) -> None:
        """Drop all texts that were rendered, once no card's page is to come; whoever asks later renders anew."""
        self._last, self._alike = None, (None, None)
        _remembered.clear()

    def alike(self, entry: T, make: Callable[[T], S]) -> S:
        """Return what a card's page says in all languages alike, made for the first of them."""
        if self._alike[0] is not entry:
            self._alike = entry, make(entry)
        made: S = self._alike[1]
        return made

    def _render(self, body: Body, setting: Setting) -> Markup:
        if self._kept is None:
            return render(body, setting)
        key = digest("body", setting.uid, sorted(setting.figures), body.text)
        found = self._kept.get(key)
        if found is not None:
            # What it links to may be gone, or be there by now.
            asked, _, html = found.partition(b"\n")
            if all(setting.cards.get(uid) == address for uid, address in json.loads(asked).items()):
                return Markup(html.decode())  # noqa: S704 - kept as it was rendered, with its sha256
        asking = _Asking(setting.cards)
        made = render(body, replace(setting, cards=asking))
        self._kept.put(key, json.dumps(asking.heard).encode() + b"\n" + made.encode("utf-8", "replace"))
        return made


class _Asking(dict[str, str]):
    """Addresses of cards, with a list of those that were asked for."""

    def __init__(self, cards: Mapping[str, str]) -> None:
        self._cards = cards
        self.heard: dict[str, str | None] = {}

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return self.heard.setdefault(key, self._cards.get(key, default))


def plain(text: str) -> Markup:
    """Return the HTML of Markdown that several pages show: without anchors, and without links to cards."""
    return render(Body(text.encode("utf-8", "replace")), Setting("", {}, "", anchors=False))


def highlight(code: str, language: str) -> Markup:
    """Return code with its tokens marked by classes; escaped text where the language is unknown."""
    lexer = _lexer(_LANGUAGES.get(language, ""))
    if lexer is None or len(code) > _LONGEST_HIGHLIGHTED:
        return escape(code)
    values = [found[2] for found in _LITERAL.finditer(code)]
    pieces = _around_literals(_LITERAL.sub(rf"\1{_BLANK}\1", code), lexer) if values and _BLANK not in code else ()
    if len(pieces) != len(values) + 1:
        return _highlighted(code, lexer)
    filled = [part for pair in zip(pieces, values, strict=False) for part in pair]
    return Markup("".join(filled) + pieces[-1])  # noqa: S704 - Pygments escapes, and no such value needs it


#: Short text in quotes. Cards show the same lines over and over, with the name of a model or of a file in them.
_LITERAL = re.compile(r"""(["'])([A-Za-z0-9_./-]+)\1""")
_BLANK = "mindhubBlank"  #: what stands for such a text, itself one
#: Kinds of tokens inside which these characters are all the same to a lexer: strings and comments.
_EVEN = re.compile(r'<span class="(?:s1|s2|sd|c1)">[^<]*</span>')


@lru_cache(maxsize=256)
def _around_literals(code: str, lexer: Lexer) -> tuple[str, ...]:
    """Return highlighted code, cut where its literals stand; nothing where what looks like one is none to the lexer."""
    html = str(_highlighted(code, lexer))
    return () if _BLANK in _EVEN.sub("", html) else tuple(html.split(_BLANK))


@lru_cache(maxsize=256)
def _highlighted(code: str, lexer: Lexer) -> Markup:
    import pygments

    return Markup(pygments.highlight(code, lexer, _formatter()).rstrip("\n") + "\n")  # noqa: S704 - Pygments escapes


@cache
def _lexer(name: str) -> Lexer | None:
    if not name:
        return None
    from pygments.lexers import get_lexer_by_name

    lexer: Lexer = get_lexer_by_name(name, stripnl=False)
    return lexer


@cache
def _formatter() -> Formatter[str]:
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(nowrap=True)


def _without_title(tokens: Sequence[Token]) -> Sequence[Token]:
    """Leave out a heading of the first level that opens the body: the page has the title already."""
    opens = len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1"  # noqa: PLR2004 - open, text, close
    return tokens[3:] if opens else tokens


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield level and id of every heading; prefixed so that no id is one of the page's."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            name = _NOT_WORD.sub("-", tokens[index + 1].content.casefold()).strip("-")[:60]
            yield int(token.tag[1]), "d-" + (name or "section")


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


def _address(target: str, env: MutableMapping[str, Any]) -> str | None:
    """Return where a link may lead: https, a heading of this body, or the page of another card."""
    around: _Around = env["around"]
    if target.startswith("#"):
        env["own"] = True
        anchor = "d-" + target[1:].casefold().strip("-")
        return f"#{anchor}" if anchor in around.anchors else None
    if (url := safe_url(target)) is not None:
        return url
    env["own"] = True
    setting = around.setting
    card = posixpath.normpath(posixpath.join(posixpath.dirname(setting.uid), target)).removesuffix(".md")
    return setting.cards.get(card) if target.endswith(".md") else None


class _Renderer(RendererHTML):
    """markdown-it's renderer with our headings, links, images, code and tables."""

    def heading_open(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        anchor = f' id="{escape(next(env["ids"]))}"' if env["around"].setting.anchors else ""
        return f"<h{_level(tokens[idx], env)}{anchor}>"

    def heading_close(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return f"</h{_level(tokens[idx], env)}>\n"

    def link_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        address = _address(str(tokens[idx].attrs.get("href", "")), env)
        env["open"].append(address)
        return f'<a href="{escape(address)}">' if address else ""

    def link_close(
        self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return "</a>" if env["open"].pop() else ""

    def image(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        """Return a picture that lies beside the page; of others a link, since loading one tells its host who reads."""
        token = tokens[idx]
        name = str(token.attrs.get("src", ""))
        env["own"] |= safe_url(name) is None
        if name in env["around"].setting.figures:
            return f'<img src="files/{escape(name)}" alt="{escape(token.content)}" loading="lazy">'
        address = safe_url(name)
        text = escape(token.content or (address or "").rsplit("/", 1)[-1] or "…")
        # An image inside a link is that link's text.
        return f'<a href="{escape(address)}">{text}</a>' if address and not any(env["open"]) else str(text)

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        info = tokens[idx].info.split()
        return _code(tokens[idx].content, info[0].lower() if info else "", env)

    def code_block(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return _code(tokens[idx].content, "", env)

    def html_block(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: MutableMapping[str, Any]
    ) -> str:
        return f'<pre class="raw" tabindex="0"><code>{escape(tokens[idx].content.strip())}</code></pre>\n'

    def html_inline(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: MutableMapping[str, Any]
    ) -> str:
        # A line break is the one piece of HTML that tables cannot do without.
        if re.fullmatch(r"<br\s*/?>", tokens[idx].content, re.IGNORECASE):
            return "<br>"
        return f"<code>{escape(tokens[idx].content)}</code>"

    def table_open(
        self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: MutableMapping[str, Any]
    ) -> str:
        return '<div class="scroll" tabindex="0"><table>\n'

    def table_close(
        self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: MutableMapping[str, Any]
    ) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: MutableMapping[str, Any]) -> str:
        return f'<th scope="col"{_aligned(tokens[idx])}>'

    def td_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: MutableMapping[str, Any]) -> str:
        return f"<td{_aligned(tokens[idx])}>"


@cache
def _renderer() -> _Renderer:
    return _Renderer()


def _level(token: Token, env: MutableMapping[str, Any]) -> int:
    around: _Around = env["around"]
    return min(max(int(token.tag[1]) + around.shift, _TOP), _DEEPEST)


def _aligned(token: Token) -> str:
    # The policy of the pages allows no style attribute.
    return ' class="right"' if "right" in str(token.attrs.get("style", "")) else ""


def _code(text: str, language: str, env: MutableMapping[str, Any]) -> str:
    block = f'<pre tabindex="0"><code>{highlight(text, language)}</code></pre>\n'
    if not _OLD_CLIENT.search(text):
        return block
    setting: Setting = env["around"].setting
    return f'<details class="old"><summary>{escape(setting.old_client)}</summary>{block}</details>\n'
