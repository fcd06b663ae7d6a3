"""Texts are rendered section by section: the result is that of the whole."""

from __future__ import annotations

import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindhub.body import Body, parser
from mindhub.pages import prose
from mindhub.pages.markup import _ATTRIBUTES, _TAGS, Around, Setting
from mindhub.pages.plainprose import plain_part
from reader.test_plainmarkdown import MARKDOWN

SETTING = Setting("a/1/x", {"a/1/y": "../y/index.html"}, "old", figures=frozenset({"p.png"}))
UNLINKED = Setting("", {}, "", anchors=False)
BODIES = {
    "headings that are called alike": "# T\n\n## A\n\n## A\n\n### A-2\n\n## A\n",
    "a title after empty lines": "\n\n# T\n\ntext\n\n# U\n",
    "no title": "text\n\n## A\n",
    "links to headings of other sections": "# T\n\n[to](#b) [no](#nowhere)\n\n## A\n\n[up](#a)\n\n## B\n",
    "a target that a quotation defines": "# T\n\n[x]\n\n## A\n\n> [x]: https://example.org/\n",
    "a target that a list defines": "# T\n\n[x][y]\n\n## A\n\n- [y]: https://example.org/ 'z'\n",
    "cards and pictures": "# T\n\n[y](y.md) [z](z.md)\n\n## A\n\n![p](p.png) ![q](q.png) ![r](https://e.org/r.png)\n",
    "headings in code": "# T\n\n```\n# no\n```\n\n## A\n\n    # no\n\n## B\n\n~~~\n# open\n",
    "headings in lists and quotations": "# T\n\n- # in\n\n> ## in\n\n## A\n",
    "raw html": "# T\n\n<div>\n\n## A\n\n</div>\n",
    "tables, tight and loose lists": "# T\n\n|a|b|\n|-|-:|\n|1|2|\n## A\n- x\n\n- y\n## B\n- x\n- y\n\n## C\n",
    "underlined headings": "T\n=\n\nA\n-\n\n# B\n\ntext\n---\n",
    "other ends of lines": "# T\r\n\r\n## A\rtext\r# B\n",
    "snippets for the old client": "# T\n\n```python\nimport mindspore_hub\n```\n\n## A\n\n```python\nx = 1\n```\n",
}


def whole(text: str, setting: Setting = SETTING) -> str:
    """Render a text in one piece, by the parser."""
    part = prose._Part(text, first=True)
    ids = prose._heading_ids([base for _, base in part.headings])
    shift = 3 - min((level for level, _ in part.headings), default=3)
    return part.render(ids, Around(setting, frozenset(ids), shift))


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
def test_sections_make_what_the_whole_makes(text):
    assert prose.render(Body(text.encode()), SETTING) == whole(text)
    assert prose.words(Body(text.encode())) == prose._words(parser().parse(text))


PIECES = st.sampled_from(
    [
        "# A\n", "## B\n", "\n", "text *x*\n", "- x\n", "> q\n", "```\n", "~~~\n", "````\n", "  ```\n",
        "     ```\n",
        "``` a`b\n", "> ```\n", "- ```\n", "1. ```\n", "\r```\r", "```py\n", "[x]\n", "[x]: https://e.org\n",
        "    code\n",
        "> [x]: https://e.org\n", "<b>\n", "|a|\n|-|\n", "***\n", "a\n---\n", "1. x\n", "[l](#b)\n", "![p](p.png)\n",
        "\t# t\n", "\t```\n", "  x\n", "# C\r\n", "```\r\n",
    ]
)  # fmt: skip


#: Lines of plain sections.
PLAIN = st.lists(
    st.sampled_from(
        ["# A\n", "## B b_c\n", "### A\n", "\n", "Text (x) 'y' \"z\"\n", "See [a](https://e.org/b_c?d=e).\n",
         "[1] A. B.\n", "```python\nx = 'a'\n```\n", "```\n", "import mshub\n", "介绍 [文](https://e.org)\n", "a > b\n"]
    ),
    max_size=8,
).map("".join)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_sections_of_any_text_make_what_the_whole_makes(text):
    assert prose.render(Body(text.encode()), SETTING) == whole(text)


@given(st.lists(st.one_of(MARKDOWN, PLAIN, PIECES), max_size=4).map("\n".join))
@settings(max_examples=500, deadline=None)
@example("a[x](https://e.org)_b_[z](https://e.org)c\n")
@example("```\n```\x0b\n# T\n")
@example("```\n```\r\n```\n# T\n")
@example("# T #\n\n## a\nText  \n[a](https://e.org/'\"x)'\"(c) >\n```\n<\n```\n")
@example("![a](https://e.org) ![p](p.png) [y](y.md) [b](#b)\n")
@example("```python\nmindhubBlank = 'a'\n```\n\n```\nmindhubBlank\n```\n```python\nload('b', \"import mshub\")\n```\n")
@example("Text \n\nText\t\nmore\n\n#\n## ##\n```py x\n```")
def test_plain_blocks_make_what_the_parser_makes(text):
    assert prose.render(Body(text.encode()), SETTING) == whole(text)
    assert prose.words(Body(text.encode())) == prose._words(parser().parse(text))
    assert prose.render(Body(text.encode()), UNLINKED) == whole(text, UNLINKED)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("## Usage\n\nSee [a_b](https://e.org/c_d), and (2).\n\n```python\nimport mindspore_hub\n```\n", True),
        ("- item\n", False),
        ("a *b*\n", False),
        ("## a `b`\n", False),
        ("[y](y.md)\n", False),
        ("a  \nb\n", False),
        ("![p](https://e.org/p.png)\n", False),
    ],
)
def test_what_is_plain_is_made_without_the_parser(text, plain):
    assert (plain_part(text, first=False) is not None) is plain


def test_a_section_is_not_the_same_where_another_body_has_other_cards_pictures_and_headings():
    text = "# T\n\n## A\n\n[y](y.md) ![p](p.png) [b](#b)\n\n"
    elsewhere = Setting("b/1/x", {}, "old")

    for _ in range(2):
        assert prose.render(Body(text.encode()), SETTING) == whole(text)
        assert prose.render(Body(f"{text}## B\n".encode()), elsewhere) == whole(f"{text}## B\n", elsewhere)


def test_cleaning_in_parts_is_cleaning_the_whole():
    parts = [prose.render(Body(text.encode()), SETTING) for text in BODIES.values()]
    rules = {"tags": _TAGS, "attributes": _ATTRIBUTES, "link_rel": "nofollow noopener ugc"}

    assert nh3.clean("".join(parts), url_schemes={"https"}, **rules) == "".join(parts)
