"""Reading Markdown for its items alone finds what the whole parser finds."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindhub.body import _Finder, parser
from mindhub.scanner import plain_blocks, plain_links, scanner

#: What headings, paragraphs, links and fenced code are made of, and what makes something else of them.
_PIECES = [
    *(
        "# ",
        "## ",
        " #",
        "#",
        "####### ",
        "a",
        "Text ",
        "b-c_d",
        "介绍",
        "1. ",
        "- ",
        "* ",
        "> ",
        "    ",
        "\t",
        "  ",
        " ",
    ),
    *("```", "```python\n", "\n```\n", "````", "~~~", "`", "``", "\n", "\n\n", "\r\n", "\r", "\x0b", "\x0c", "\u3000"),
    *("[a](https://x.example)", "[b](c)", "![i](p.png)", "[a", "](", ")", "(", "[", "]", "!", "<https://x.example>"),
    *("<b>", "<!-- c -->", "[r]: https://r.example\n", "[r]", "\\", "&amp;", "*", "**", "_", '"', "| a | b |\n|-|-|\n"),
    *("===\n", "\n---\n", ":", "\x00", "\x7f", "\u2028", "\xa0"),
]
MARKDOWN = st.lists(st.sampled_from(_PIECES), max_size=14).map("".join)


def items(text: str, *, plainly: bool) -> list[object]:
    return list(_Finder(text, (scanner() if plainly else parser()).parse(text)).items())


@settings(max_examples=1_000)
@given(MARKDOWN)
@example("# a #\n\nText [b](c) and [d](e)\nmore\n```python\nx = [1](2)\n   ```\n")
@example("[a`b](c`d)\n")
@example("![a](b) [c](d)\n")
@example("# \n#\n## ##\n# a#\n")
def test_the_same_items_are_found_at_the_same_places(text: str) -> None:
    assert items(text, plainly=True) == items(text, plainly=False)


def test_what_is_plain_is_read_without_the_parser() -> None:
    assert plain_blocks("## Usage\n\nText\nmore\n\n```python\nimport mindhub\n```\n") is not None
    assert plain_links("See [a](https://a.example), and [b](https://b.example).") is not None


@pytest.mark.parametrize("text", ["- a\n", "1. a\n", "> a\n", "    a\n", "a\n===\n", "<b>\n", "```\nx\n", "[a]: b\n"])
def test_what_is_not_plain_is_left_to_the_parser(text: str) -> None:
    assert plain_blocks(text) is None
