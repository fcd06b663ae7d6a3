"""Markdown read for what rules ask about: headings, links, code and HTML. The rest is not taken apart.

Most sections of a card are a heading, paragraphs and fenced code. Those are told by how their lines begin; any other
section goes through the parser's own blocks. A paragraph without `[` and `<` holds no link and no HTML.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from mindhub.body import new_parser

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

#: White space that parsers differ about, and what a definition of a link's target has in it.
_ODD = re.compile(r"[^\S \t\n]|\]:")
#: How a line begins that is text and nothing else, wherever no indented line, list or quotation is around it.
_TEXT = re.compile(r'[^\W\d_]|!?\[|[("]')
_HEADING = re.compile(r"(#{1,6})((?:[ \t].*)?)")
_FENCE, _FENCE_END = re.compile(r"```([^`]*)"), re.compile(r" {0,3}`{3,}[ \t]*")
#: Without these a text holds no link and no HTML; without those a heading is the text that it is written as.
_ITEM, _MARKUP = re.compile(r"[\[<]"), re.compile(r"[\[<\\`*_&\n]")
#: A link that is read at sight, and what must not be around it, as it could make it something else.
_LINK = re.compile(r"\[([^\[\]\\`*_&\n]*)\]\(([^\x00-\x20\x7f()\\`&]+)\)")
_AROUND_LINKS = re.compile(r"[\[\]<\\`!]")


@cache
def scanner() -> MarkdownIt:
    """Return a parser whose tokens hold the same headings, links, code and HTML, at the same lines, as all tokens do.

    Tokens that are none of these and hold none may be missing, and inline tokens without any may have no children.
    """
    made = new_parser()  # another than that of the pages
    made.core.ruler.at("block", _blocks)
    made.core.ruler.at("inline", _inlines)
    return made


def _blocks(state: StateCore) -> None:
    plain = plain_blocks(state.src)
    if plain is None:
        state.md.block.parse(state.src, state.md, state.env, state.tokens)
    else:
        state.tokens = plain


def _inlines(state: StateCore) -> None:
    from markdown_it.token import Token

    before = ""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            of_heading = before == "heading_open"
            if not (_MARKUP if of_heading else _ITEM).search(token.content):
                if of_heading:
                    token.children.append(Token("text", "", 0, content=token.content))
            elif of_heading or (plain := plain_links(token.content)) is None:
                state.md.inline.parse(token.content, state.md, state.env, token.children)
            else:
                token.children = plain
        before = token.type


def plain_links(text: str) -> list[Token] | None:
    """Return the tokens of the links in a paragraph that has no items but plain `[text](address)`; else None."""
    from markdown_it.token import Token

    if "<" in text or _AROUND_LINKS.search(_LINK.sub("", text)):
        return None
    tokens: list[Token] = []
    for label, target in _LINK.findall(text):
        tokens += [
            Token("link_open", "a", 1, attrs={"href": target}),
            Token("text", "", 0, content=label),
            Token("link_close", "a", -1),
        ]
    return tokens


def plain_blocks(text: str) -> list[Token] | None:
    """Return the blocks of Markdown that is headings, paragraphs and fenced code alone, each from its line's start.

    None where anything else might be in it. Closing tokens are left out, and the opening ones of paragraphs.
    """
    from markdown_it.token import Token

    if _ODD.search(text):
        return None
    lines = text.split("\n")
    tokens: list[Token] = []
    at = 0
    while at < len(lines):
        first, line = at, lines[at]
        at += 1
        if not line.strip():
            continue
        if _TEXT.match(line):
            while at < len(lines) and _TEXT.match(lines[at]):
                at += 1
            content = "\n".join(lines[first:at]).strip()
            tokens.append(Token("inline", "", 0, map=[first, at], content=content))
        elif fence := _FENCE.fullmatch(line):
            end = next((n for n in range(at, len(lines)) if _FENCE_END.fullmatch(lines[n])), None)
            if end is None:
                return None
            code = "".join(f"{inside}\n" for inside in lines[at:end])
            at = end + 1
            tokens.append(Token("fence", "code", 0, map=[first, at], info=fence[1], content=code))
        elif heading := _HEADING.fullmatch(line):
            tokens.append(Token("heading_open", f"h{len(heading[1])}", 1, map=[first, at]))
            tokens.append(Token("inline", "", 0, map=[first, at], content=_title(heading[2])))
        else:
            return None
    return tokens


def _title(after: str) -> str:
    """Return what a heading says, of what stands after its first row of `#` (CommonMark 0.31, 4.2)."""
    text = after.rstrip()
    bare = text.rstrip("#")  # a closing row of # belongs to the mark, if a space parts it from the title
    return (bare if bare.endswith((" ", "\t")) else text).strip()
