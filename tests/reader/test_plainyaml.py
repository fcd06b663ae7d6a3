"""Front matter that is read at sight says what YAML says, at the same places."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindhub.frontmatter import FrontMatter, _values
from mindhub.plainyaml import read_plain

_KEYS = ["a", "b-c", "d_1", "key", "<<", "1a", "é", "null", "x" * 61, "a b", "-", "?", '"q"', ""]
_VALUES = [
    *(
        "v",
        "1.10",
        "True",
        "two words",
        "https://x.example/a#b",
        "<https://x.example>",
        "a|b",
        "a, b",
        "f(x)=[1]",
        "介绍",
    ),
    *(
        '"1.7"',
        "'1.7'",
        '""',
        "'a\"b'",
        '"a\\n"',
        "'it''s'",
        '"a" b',
        '"a',
        "a'b",
        "a: b",
        "a:",
        "a #b",
        "#c",
        "a# b:c",
    ),
    *(
        "- x",
        "-",
        "[a]",
        "{a: b}",
        "|",
        ">",
        "*x",
        "&x y",
        "!t x",
        "%x",
        "@x",
        "`x`",
        "~",
        "",
        " v",
        "v ",
        "a\tb",
        "---",
    ),
    *("a\u3000", "a\xa0b", "a\u2028b", "a\x85", "\ufeffa", "\u1680", "a\x7fb", "😀", "a\u200bb", "v\n  more", "v\r"),
]
_SEPARATORS = [": ", ": ", ": ", ": ", ":", ":  ", ":\t", " : ", "：", " "]
_STARTS = ["", "", "", "", " ", "  ", "    ", "- ", "-   ", "-\n    ", "-\n  ", "-\n\n  ", "- - ", "-\n", "\t"]
_ENDS = ["\n", "\n", "\n", "\n\n", "", " \n", "\n \n", "\n# c\n", "\n---\n", "\n...\n", "\n%Y\n"]
LINES = st.builds("{}{}{}{}{}".format, *map(st.sampled_from, (_STARTS, _KEYS, _SEPARATORS, _VALUES, _ENDS)))
#: What is understood, each key once, so that most of it is read at sight but for a line or two.
USUAL = st.builds(
    "{}: {}{}".format, st.sampled_from(["k", "key-", "K_1"]), st.sampled_from(_VALUES[:14]), st.just("\n")
)
ITEMS = st.builds(
    "{}:\n{}{}: a\n{}{}: b\n{}".format,
    st.sampled_from(["list", "asset"]),
    *map(
        st.sampled_from,
        (["- ", "-\n    ", "\n-\n  "], ["x", "yy"], ["  ", "    ", "- ", "-\n  "], ["z", "x"], ["", "\n"]),
    ),
)
BLOCKS = st.lists(st.one_of(USUAL, USUAL, USUAL, USUAL, ITEMS, LINES), max_size=8).map(
    lambda lines: "".join(re.sub(r"^(k|key-|K_1|list|asset):", rf"\g<1>{n}:", line) for n, line in enumerate(lines))
)


def by_yaml(text: str, start: int, end: int) -> tuple[object, ...]:
    result = FrontMatter(text)
    _, value = _values(result, text[start:end], lambda index: start + index)
    return value, list(result.places.items()), list(result.keys.items()), result.quoted, result.faults


@settings(max_examples=2_000)
@given(BLOCKS)
@example('\na: b\n\nc: "1.7"\nlist:\n\n-\n    d: e\n    f: <g>\n- h: i\n  j: k\n\nl: m\n')
@example("a: b\nlist:\n- c: d\n")
@example("a: b\n\n a: c\n")
@example("list:\n-\na: b\n")
@example("list:\n-\n- a: b\n")
@example("list:\n-a: b\n")
@example("list:\n- a: b\n\n\n- a: c\n\nlist:\n- a: d\n")
@example("介: a\nb: 介绍\nc: \ufeff\n")
def test_what_is_read_at_sight_is_what_yaml_says(block: str) -> None:
    text, start = f"# T\n{block}---\n", 4
    plain = read_plain(text, start, start + len(block))

    if plain is not None:
        found = (plain.value, list(plain.places.items()), list(plain.keys.items()), plain.quoted, [])
        assert found == by_yaml(text, start, start + len(block))


def test_the_usual_front_matter_is_read_at_sight() -> None:
    block = '\nmodel-name: lenet\n\nmindspore-version: "1.7"\n\nasset:\n\n-\n    file-format: ckpt\n\nlicense: MIT\n'

    plain = read_plain(block, 0, len(block))

    assert plain is not None
    assert plain.value == {
        "model-name": "lenet",
        "mindspore-version": "1.7",
        "asset": [{"file-format": "ckpt"}],
        "license": "MIT",
    }


def test_places_of_what_stands_before_come_first() -> None:
    block = "a: b\n"

    plain = read_plain(block, 0, len(block), {("title",): (7, 9)})

    assert plain is not None
    assert list(plain.places.items()) == [(("title",), (7, 9)), (("a",), (3, 4)), ((), (0, 5))]


@pytest.mark.parametrize(
    "block",
    [
        "",
        "a",
        "a: b",
        "a:\n",
        "a: [b]\n",
        "a: b #c\n",
        "a: b\na: c\n",
        "a: b\n c\n",
        "a:\n- b\n",
        'a: "\\n"\n',
        "a: b \n",
    ],
)
def test_what_may_mean_something_else_is_left_to_yaml(block: str) -> None:
    assert read_plain(block, 0, len(block)) is None
