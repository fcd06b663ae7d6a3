"""Sections of a card's body as most are: headings, paragraphs and fenced code, told by how their lines begin.

It finds what the whole parser finds, in a fifth of the time: what rules look at (`mindhub.body`) and what pages show
(`mindhub.pages.plainprose`). For rules, a paragraph or heading that may hold more than plain links goes to the parser
by itself; a section in which a line may begin anything else always does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mindhub.body import Code, Heading, Link, parsed_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.body import Found, Item

#: All white space but spaces, tabs and line feeds, which parsers differ about, and the character that they replace.
_ODD = re.compile("[\x00\x0b-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
#: How a line begins that is text and nothing else, wherever no indented line, list or quotation is around it.
_TEXT = r'(?:[^\W\d_]|!?\[|[("])'
_END = r"(?:\n|\Z)"
_BLOCK = re.compile(
    rf"(?P<blank>(?:[ \t]*\n)+|[ \t]+\Z)|(?P<text>(?:{_TEXT}[^\n]*{_END})+)"
    rf"|(?P<level>\#{{1,6}})(?P<heading>(?:[ \t][^\n]*)?){_END}"
    rf"|```(?P<info>[^`\n]*)\n(?P<code>(?:[^\n]*\n)*?)[ ]{{0,3}}`{{3,}}[ \t]*{_END}"
)
#: An underscore within a word is nothing but that.
_WITHIN = r"(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])"
#: Without these a heading is the text that it is written as.
_MARKUP = re.compile(rf"[\[<\\`*&]|(?!{_WITHIN})_")
#: A link that is read at sight, and what must not be around it, as it could make it something else.
_LABEL = r"[^\[\]\\`*_&<\n]*"
_LINK = re.compile(rf"\[({_LABEL}(?:{_WITHIN}{_LABEL})*)\]\(([^\x00-\x20\x7f()\\`&<]+)\)")
_AROUND_LINKS = re.compile(r"[\[\]<\\`!]")


#: What makes more of a paragraph than text, between its links.
_MORE = re.compile(rf"[\[\]<\\`*&]|(?!{_WITHIN})_|[ \t]\n")


def plain_items(text: str) -> Found | None:
    """Return the items of a section and their characters; None where it may hold more than is known here."""
    found: list[tuple[Item, tuple[int, int]]] = []
    for block in _blocks(text):
        if block is None:
            return None
        if block["text"]:
            found += _of_text(block["text"], block.start())
        elif block["level"]:
            found += _of_heading(block)
        elif block["code"] is not None:
            found.append((_code(block), _place(block)))
    return tuple(found)


def plain_blocks(text: str) -> list[Heading | Code | str] | None:
    """Return the blocks of a section, paragraphs as their text; None where that holds more than text and links.

    `pieces` takes a paragraph apart.
    """
    found: list[Heading | Code | str] = []
    for block in _blocks(text):
        if block is None or (block["level"] and _MARKUP.search(block["heading"])):
            return None
        if block["level"]:
            found.append(_heading(block))
        elif block["code"] is not None:
            found.append(_code(block))
        elif block["text"]:
            paragraph = block["text"].rstrip()
            # A link is what no mark beside it can make something else: punctuation.
            if "![" in paragraph or _MORE.search(_LINK.sub(".", paragraph)):
                return None
            found.append(paragraph)
    return found


def pieces(paragraph: str) -> Iterator[str | Link]:
    """Yield the text and the links of a paragraph of `plain_blocks`, text first and last."""
    parts = _LINK.split(paragraph)
    yield parts[0]
    for label, target, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        yield Link(target, label)
        yield text


def _blocks(text: str) -> Iterator[re.Match[str] | None]:
    """Yield the blocks of a section, and None for what is not known here."""
    if "]:" in text or _ODD.search(text):  # the first is in the definition of a link's target
        yield None
        return
    at = 0
    while at < len(text):
        block = _BLOCK.match(text, at)
        yield block
        if block is None:
            return
        at = block.end()


def _code(block: re.Match[str]) -> Code:
    words = block["info"].split()
    return Code(words[0].lower() if words else "", block["code"])


def _heading(block: re.Match[str]) -> Heading:
    title = block["heading"].rstrip()
    bare = title.rstrip("#")  # a closing row of # belongs to the mark, if a space parts it from the title
    title = bare if bare.endswith((" ", "\t")) else title
    return Heading(len(block["level"]), title.strip())


def _place(block: re.Match[str]) -> tuple[int, int]:
    return block.start(), block.start() + len(block[0].rstrip())


def _parsed(text: str, start: int) -> Found:
    """Return what the parser finds in a block, which means by itself what it means where it stands."""
    return tuple((item, (start + first, start + last)) for item, (first, last) in parsed_items(text))


def _of_heading(block: re.Match[str]) -> Found:
    if _MARKUP.search(block["heading"]):
        return _parsed(block[0], block.start())
    return ((_heading(block), _place(block)),)


def _of_text(text: str, start: int) -> Found:
    if "](" not in text and "<" not in text:  # no link, as no target is defined anywhere, and no HTML
        return ()
    if _AROUND_LINKS.search(_LINK.sub("", text)):
        return _parsed(text, start)
    return tuple(_plain_links(text, start))


def _plain_links(text: str, start: int) -> Iterator[tuple[Item, tuple[int, int]]]:
    at = 0
    for label, target in _LINK.findall(text):
        at = text.find(target, at)  # as the parser's are looked for: not always where the link has it
        yield Link(target, label), (start + at, start + at + len(target))
        at += len(target)
