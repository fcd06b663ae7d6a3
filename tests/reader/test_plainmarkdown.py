"""Reading Markdown for its items alone finds what the whole parser finds."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindhub.body import parsed_items
from mindhub.plainmarkdown import plain_items

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
_SCRAPS = st.lists(st.sampled_from(_PIECES), max_size=14).map("".join)
#: Sections of which most are plain, with something else in a line now and then.
_LINES = [
    *(
        "# Lenet",
        "## a_b ##",
        "### *a*",
        "#",
        "Text",
        "See [a_b](https://x.example/c_d) and [e](f).",
        "[a](b)[c](d)",
        "(x)",
    ),
    *(
        "https://x.example [a](https://x.example)",
        "[1] A. Author. Title[J].",
        "```python\nx = [1](2)\n```",
        "```\n\n```  ",
    ),
    *("", "", "", "  ", "a <b>", "`c` [d](e)", "![f](g)", '"Title"', "介绍 [h](i)", "a  ", "```", "1. b", "[_j_](k)"),
]
_LINE = st.one_of(st.sampled_from(_LINES), st.sampled_from(_LINES), st.sampled_from(_LINES), _SCRAPS)
MARKDOWN = st.one_of(_SCRAPS, st.lists(_LINE, max_size=8).map("\n".join))


@settings(max_examples=1_000)
@given(MARKDOWN)
@example("# a #\n\nText [b](c) and [d](e)\nmore\n```python\nx = [1](2)\n   ```\n")
@example("[a`b](c`d)\n")
@example("![a](b) [c](d)\n")
@example("# \n#\n## ##\n# a#\n")
def test_the_same_items_are_found_at_the_same_places(text: str) -> None:
    plain = plain_items(text)

    assert plain is None or plain == parsed_items(text)


def test_what_is_plain_is_read_without_the_parser(monkeypatch) -> None:
    text = "## Usage\n\nSee [a](https://a.example),\nand [b](https://b.example).\n\n```python\nimport mindhub\n```\n"
    monkeypatch.setattr("mindhub.body.parser", None)

    found = plain_items(text)

    assert found is not None
    assert [type(item).__name__ for item, _ in found] == ["Heading", "Link", "Link", "Code"]


@pytest.mark.parametrize("text", ["- a\n", "1. a\n", "> a\n", "    a\n", "a\n===\n", "<b>\n", "```\nx\n", "[a]: b\n"])
def test_what_is_not_plain_is_left_to_the_parser(text: str) -> None:
    assert plain_items(text) is None
