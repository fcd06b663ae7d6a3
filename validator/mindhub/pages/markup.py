"""Markdown's tokens as HTML: nothing that runs, nothing that loads, nothing that leads where a browser must not go.

Two independent nets: the renderer escapes raw HTML and drops addresses it does not know to be harmless,
and nh3 then lets only listed elements and attributes through.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import nh3
from markdown_it.renderer import RendererHTML
from markupsafe import escape

from mindhub.body import parser
from mindhub.frozen import dataclass, field
from mindhub.pages.highlight import highlight
from mindhub.pages.links import safe_url

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

#: The page has its own h1 and h2; a body's highest heading becomes h3.
TOP = 3
_DEEPEST = 6
_NOT_WORD = re.compile(r"[^\w]+")
_OLD_CLIENT = re.compile(r"\bmindspore_hub\b|\bmshub\b")

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


@dataclass(frozen=True, slots=True)
class Around:
    """What a section needs to know of its body."""

    setting: Setting
    anchors: frozenset[str]  #: of all headings
    shift: int  #: what makes the highest heading one of level 3


def section_html(tokens: Sequence[Token], ids: Sequence[str], around: Around) -> tuple[str, bool]:
    """Return a section's HTML, clean, and whether it is this body's alone; `ids` are those of its headings there."""
    env = {"around": around, "ids": iter(ids), "open": [], "own": False}
    html = _renderer().render(tokens, parser().options, env)
    return clean(html), bool(env["own"])


def clean(html: str) -> str:
    """Return HTML of which only listed elements and attributes are left."""
    return _cleaner().clean(html)


def code_html(text: str, language: str, old_client: str) -> str:
    """Return a block of code, not cleaned; one for the old client is folded under these words."""
    return code_block(highlight(text, language), old_client if for_old_client(text) else "")


def for_old_client(code: str) -> bool:
    """Say whether code uses the client of the old hub."""
    return _OLD_CLIENT.search(code) is not None


def code_block(html: str, folded: str) -> str:
    """Return highlighted code as a block, folded under these words where there are any."""
    block = f'<pre tabindex="0"><code>{html}</code></pre>\n'
    return f'<details class="old"><summary>{escape(folded)}</summary>{block}</details>\n' if folded else block


def level(written: int, shift: int) -> int:
    """Return the level of a heading on the page."""
    return min(max(written + shift, TOP), _DEEPEST)


def anchor_of(heading: str) -> str:
    """Return the id that a heading would have alone; prefixed so that no id is one of the page's."""
    return "d-" + (_NOT_WORD.sub("-", heading.casefold()).strip("-")[:60] or "section")


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https"}, link_rel="nofollow noopener ugc")


@cache
def _renderer() -> _Renderer:
    return _Renderer()


def _address(target: str, env: MutableMapping[str, Any]) -> str | None:
    """Return where a link may lead: https, a heading of this body, or the page of another card."""
    around: Around = env["around"]
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
        return code_html(tokens[idx].content, info[0].lower() if info else "", env["around"].setting.old_client)

    def code_block(
        self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return code_html(tokens[idx].content, "", env["around"].setting.old_client)

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


def _level(token: Token, env: MutableMapping[str, Any]) -> int:
    around: Around = env["around"]
    return level(int(token.tag[1]), around.shift)


def _aligned(token: Token) -> str:
    # The policy of the pages allows no style attribute.
    return ' class="right"' if "right" in str(token.attrs.get("style", "")) else ""
