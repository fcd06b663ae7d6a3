"""A card's body as HTML: nothing that runs, nothing that loads, nothing that leads where a browser must not go.

Two independent nets: the renderer escapes raw HTML and drops addresses it does not know to be harmless,
and nh3 then lets only listed elements and attributes through.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import nh3
from markdown_it.renderer import RendererHTML
from markupsafe import Markup, escape

from mindhub.body import Body, parser
from mindhub.pages.links import safe_url

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict
    from pygments.formatter import Formatter
    from pygments.lexer import Lexer


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
    tokens = _without_title(body.tokens)
    env: dict[str, Any] = {"setting": setting, "ids": _heading_ids(tokens), "open": []}
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    env["shift"] = _TOP - min(levels, default=_TOP)
    html = _renderer().render(tokens, parser().options, env)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https"},
        link_rel="nofollow noopener ugc",
    )
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it


class Bodies:
    """Bodies of cards, each rendered once for all languages: only the words around old snippets differ."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int], Markup] = {}

    def render(self, body: Body, setting: Setting) -> Markup:
        """Return what `render` returns; links to cards must be the same in all languages, as relative ones are."""
        key = setting.uid, id(body)
        if key not in self._made:
            self._made[key] = render(body, replace(setting, old_client=_OLD_CLIENT_SAID))
            # Nobody asks for the tokens again, and those of thousands of bodies are a hundred megabytes.
            vars(body).pop("tokens", None)
        # The mark is of the private use area: where an author wrote it, it meant nothing.
        return Markup(self._made[key].replace(_OLD_CLIENT_SAID, escape(setting.old_client)))  # noqa: S704 - escaped


def plain(text: str) -> Markup:
    """Return the HTML of Markdown that several pages show: without anchors, and without links to cards."""
    return render(Body(text.encode("utf-8", "replace")), Setting("", {}, "", anchors=False))


def highlight(code: str, language: str) -> Markup:
    """Return code with its tokens marked by classes; escaped text where the language is unknown."""
    lexer = _lexer(_LANGUAGES.get(language, ""))
    if lexer is None or len(code) > _LONGEST_HIGHLIGHTED:
        return escape(code)
    return _highlighted(code, lexer)


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


def _heading_ids(tokens: Sequence[Token]) -> dict[int, str]:
    """Return an id for every heading, by the place of its opening; prefixed so that none is one of the page's."""
    ids: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            base = "d-" + (_NOT_WORD.sub("-", tokens[index + 1].content.casefold()).strip("-")[:60] or "section")
            seen[base] += 1
            # A heading may be called what another one's numbered id is: count on until it is free.
            while (made := base if seen[base] == 1 else f"{base}-{seen[base]}") in ids.values():
                seen[base] += 1
            ids[index] = made
    return ids


def _address(target: str, env: MutableMapping[str, Any]) -> str | None:
    """Return where a link may lead: https, a heading of this body, or the page of another card."""
    if target.startswith("#"):
        anchor = "d-" + target[1:].casefold().strip("-")
        return f"#{anchor}" if anchor in env["ids"].values() else None
    if (url := safe_url(target)) is not None:
        return url
    setting: Setting = env["setting"]
    card = posixpath.normpath(posixpath.join(posixpath.dirname(setting.uid), target)).removesuffix(".md")
    return setting.cards.get(card) if target.endswith(".md") else None


class _Renderer(RendererHTML):
    """markdown-it's renderer with our headings, links, images, code and tables."""

    def heading_open(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        anchor = f' id="{escape(env["ids"][idx])}"' if env["setting"].anchors else ""
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
        setting: Setting = env["setting"]
        if (name := str(token.attrs.get("src", ""))) in setting.figures:
            return f'<img src="files/{escape(name)}" alt="{escape(token.content)}" loading="lazy">'
        address = safe_url(str(token.attrs.get("src", "")))
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
    return min(max(int(token.tag[1]) + int(env["shift"]), _TOP), _DEEPEST)


def _aligned(token: Token) -> str:
    # The policy of the pages allows no style attribute.
    return ' class="right"' if "right" in str(token.attrs.get("style", "")) else ""


def _code(text: str, language: str, env: MutableMapping[str, Any]) -> str:
    block = f'<pre tabindex="0"><code>{highlight(text, language)}</code></pre>\n'
    if not _OLD_CLIENT.search(text):
        return block
    setting: Setting = env["setting"]
    return f'<details class="old"><summary>{escape(setting.old_client)}</summary>{block}</details>\n'
