"""Sections as HTML where they are as most: headings, paragraphs with links, and fenced code.

Made block by block, where the parser would make a token of everything: cards of one family differ by a line, so that
most blocks were made before. What comes out is what the parser and its renderer make of it, cleaned as that is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import escape

from mindhub.body import Code, Heading, Link
from mindhub.pages.highlight import BLANK, around_literals, fill
from mindhub.pages.links import safe_url
from mindhub.pages.markup import anchor_of, clean, code_block, for_old_client, level
from mindhub.plainmarkdown import pieces, plain_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.pages.markup import Around


class PlainPart:
    """A section of plain blocks, the same for every body."""

    defines = False  #: it gives no other section addresses to link to

    def __init__(self, blocks: Sequence[Heading | Code | str], *, first: bool) -> None:
        """Take blocks; `first` says that a title which opens them is the page's already."""
        self._blocks = blocks
        titled = first and blocks and isinstance(blocks[0], Heading) and blocks[0].level == 1
        self._shown = blocks[1:] if titled else blocks
        self.empty = not blocks
        #: Level and the id that it would have alone, of every heading.
        self.headings = tuple((block.level, anchor_of(block.text)) for block in self._shown if type(block) is Heading)

    def words(self) -> str:
        """Return the words of the section, its title's as well."""
        return "".join(_words(block) for block in self._blocks)

    def render(self, ids: Sequence[str], around: Around) -> str:
        """Return the section's HTML, clean; `ids` are those of its headings in this body."""
        setting, anchors = around.setting, iter(ids)
        made = []
        for block in self._shown:
            if type(block) is str:
                made.append(_paragraph(block))
            elif type(block) is Code:
                made.append(_code(block.text, block.language, setting.old_client))
            elif type(block) is Heading:
                anchor = next(anchors)
                made.append(_heading(block.text, level(block.level, around.shift), anchor if setting.anchors else ""))
        return "".join(made)


def plain_part(text: str, *, first: bool) -> PlainPart | None:
    """Return a section that is read at sight; None for one whose meaning needs the parser, or the body around it."""
    blocks = plain_blocks(text)
    if blocks is None or not all(_leads_outside(block) for block in blocks if type(block) is str):
        return None
    return PlainPart(blocks, first=first)


def forget() -> None:
    """Drop all blocks that were made."""
    for made in (_paragraph, _cleaned, _heading):
        made.cache_clear()


def _leads_outside(paragraph: str) -> bool:
    """Say whether all links of a paragraph lead where they lead from any body."""
    return "](" not in paragraph or all(
        isinstance(piece, str) or safe_url(piece.target) is not None for piece in pieces(paragraph)
    )


def _words(block: Heading | Code | str) -> str:
    """Return what the words of the block's tokens are: a line for what opens it, and one for what closes it."""
    if type(block) is Code:
        return "\n"
    if type(block) is Heading:
        return f"\n{block.text}\n\n"
    text = "".join(piece if isinstance(piece, str) else piece.text for piece in pieces(str(block)))
    return "\n" + text.replace("\n", " ") + "\n\n"


@lru_cache(maxsize=4096)
def _paragraph(text: str) -> str:
    made = [_link(piece) if type(piece) is Link else escape(piece) for piece in pieces(text)]
    return clean(f"<p>{''.join(made)}</p>\n")


def _link(link: Link) -> str:
    return f'<a href="{escape(link.target)}">{escape(link.text)}</a>'


def _code(text: str, language: str, old_client: str) -> str:
    pieces, literals = around_literals(text, language)
    return fill(_cleaned(pieces, old_client if for_old_client(text) else ""), literals)


@lru_cache(maxsize=256)
def _cleaned(pieces: tuple[str, ...], folded: str) -> list[str]:
    """Return a block of code cut where it was; cleaned once for all that have other literals in it."""
    html = clean(code_block(BLANK.join(pieces), folded))
    return html.split(BLANK) if len(pieces) > 1 else [html]  # code may hold what stands for a literal


@lru_cache(maxsize=1024)
def _heading(text: str, at: int, anchor: str) -> str:
    named = f' id="{escape(anchor)}"' if anchor else ""
    return clean(f"<h{at}{named}>{escape(text)}</h{at}>\n")
