"""Bytes in, values and positions out; every attack ends in a finding."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cards import card_text
from growth import no_explosion
from mindhub.frontmatter import read
from mindhub.resources import schema
from mindhub.text import Locator

KEYS = schema("card")["properties"]


def codes(data: bytes) -> list[str]:
    return [code for code, _ in read(data, KEYS).faults]


def test_scalars_stay_the_text_they_were() -> None:
    text = "---\nmindspore-version: 1.10\nevaluation: no\nasset-sha256: 1234e5678\nupdate-time: 2022-06-22\n---\n"

    front = read(text.encode(), KEYS).front

    expected = {
        "mindspore-version": "1.10",
        "evaluation": "no",
        "asset-sha256": "1234e5678",
        "update-time": "2022-06-22",
    }
    assert front == expected


def test_the_layout_of_the_old_hub_is_read() -> None:
    text = "# lenet\n\n---\n\nmodel-name: lenet\n\nasset:\n\n-\n    file-format: ckpt\n\n---\n\n## Introduction\n"

    card = read(text.encode(), KEYS)

    assert card.front == {"model-name": "lenet", "asset": [{"file-format": "ckpt"}]}
    assert card.title == "lenet"
    assert [heading.text for heading in card.body.headings] == ["Introduction"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("head", ["", "# 标题\n\n", "\t\n"])
def test_places_name_the_value_whatever_stands_around_it(newline: str, head: str) -> None:
    text = (head + '---\nauthor: "作者 é"\nsummary: 中文 text\n---\n').replace("\n", newline)

    card = read(text.encode(), KEYS)
    span = Locator(card.text, text.encode()).span(*card.places["summary",])

    assert card.text[slice(*card.places["summary",])] == "中文 text"
    assert text.encode()[span.start : span.end].decode() == "中文 text"
    assert (span.line, span.column) == (head.count("\n") + 3, 10)
    assert (span.end_line, span.end_column) == (span.line, 17)
    assert card.text[slice(*card.places["author",])] == '"作者 é"'


def test_byte_offsets_count_a_byte_order_mark() -> None:
    data = b"\xef\xbb\xbf---\nauthor: me\n---\n"

    card = read(data, KEYS)
    span = Locator(card.text, data).span(*card.places["author",])

    assert data[span.start : span.end] == b"me"
    assert codes(data) == ["RD001"]


def test_byte_offsets_are_right_where_bytes_are_no_text() -> None:
    data = "---\nauthor: 作者\nlicense: MIT\n---\n".encode("gb18030")

    card = read(data, KEYS)
    span = Locator(card.text, data).span(*card.places["license",])

    assert data[span.start : span.end] == b"MIT"


def test_a_broken_line_hides_no_other() -> None:
    text = "---\nevaluation: -\nauthor: me\naccuracy: a: b\nlicense: MIT\n---\n"

    card = read(text.encode(), KEYS)

    assert card.front == {"author": "me", "license": "MIT"}
    assert [(code, card.text[slice(*problem.chars)]) for code, problem in card.faults] == [
        ("RD003", "evaluation: -"),
        ("RD003", "accuracy: a: b"),
    ]


def test_an_open_quote_is_blamed_where_it_opens() -> None:
    text = '---\nauthor: me\nsummary: "never closed\nlicense: MIT\n---\n'

    card = read(text.encode(), KEYS)

    (code, problem) = card.faults[0]
    assert code == "RD003"
    assert card.text[slice(*problem.chars)] == 'summary: "never closed'
    assert card.front == {"author": "me", "license": "MIT"}


def test_a_full_width_colon_after_a_key_is_named_and_read() -> None:
    text = "---\nauthor：我\nlicense: MIT\n---\n"

    card = read(text.encode(), KEYS)

    assert card.front == {"author": "我", "license": "MIT"}
    assert card.text[slice(*card.places["license",])] == "MIT"
    assert [code for code, _ in card.faults] == ["RD004"]


def test_a_duplicate_key_keeps_the_first_and_names_the_second() -> None:
    text = "---\nauthor: me\nauthor: you\n---\n"

    card = read(text.encode(), KEYS)

    (code, problem) = card.faults[0]
    assert card.front == {"author": "me"}
    assert code == "RD005"
    assert Locator(card.text, text.encode()).position(problem.chars[0]) == (3, 1)
    assert Locator(card.text, text.encode()).position(card.keys["author",][0]) == (2, 1)


@pytest.mark.parametrize("code_fence", ["```yaml\n---\nmodel-name: x\n---\n```\n", "~~~\n---\n---\n~~~\n"])
def test_fences_inside_a_code_block_are_no_front_matter(code_fence: str) -> None:
    assert codes(code_fence.encode()) == ["RD002"]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
ATTACKS = {
    "alias bomb": (BOMB.encode(), "RD006"),
    "merge keys": (b"a: 1\n<<: {b: 2}\n", "RD006"),
    "tag": (b"a: !!python/object:os.system x\n", "RD006"),
    "custom tag": (b"a: !x y\n", "RD006"),
    "key with a tag": (b"!!str a: y\n", "RD006"),
    "deep flow lists": (b"a: " + b"[" * 2000 + b"]" * 2000 + b"\n", "RD006"),
    "deep block lists": (b"a:\n" + b"".join(b" " * i + b"-\n" for i in range(1, 200)), "RD006"),
    "many values": (b"a: [" + b"x," * 30_000 + b"]\n", "RD006"),
    "key that is a list": (b"? [a, b]\n: c\n", "RD006"),
    "list": (b"- a\n- b\n", "RD004"),
    "plain text": (b"just text\n", "RD004"),
    "nothing": (b"\n", "RD004"),
    "control character": (b"a: \x07\n", "RD003"),
    "null byte": (b"a: \x00\n", "RD003"),
    "tabs for indentation": (b"a:\n\t- b\n", "RD003"),
    "unclosed flow": (b"a: [1, 2\nb: c\n", "RD003"),
    "second document": (b"a: b\n--- # again\nc: d\n", "RD006"),
    "text after the end": (b"a: b\n...\nc: d\n", "RD003"),
}


@pytest.mark.parametrize(("block", "code"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_ends_at_once_in_a_finding(block: bytes, code: str) -> None:
    with no_explosion():
        found = codes(b"---\n" + block + b"---\n")

    assert code in found


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("---\nauthor: 作者\n---\n".encode("gb18030"), "GB18030"),
        ("---\nauthor: me\n---\n".encode("utf-16"), "UTF-16"),
        (b"---\nauthor: \xff\n---\n", "0xff on line 2"),
    ],
)
def test_another_encoding_is_named(data: bytes, words: str) -> None:
    (code, problem) = read(data, KEYS).faults[0]

    assert code == "RD001"
    assert words in problem.message


def test_a_file_over_the_limit_is_not_parsed() -> None:
    assert codes(b"---\na: b\n---\n" + b"x" * (1 << 20)) == ["RD006"]


VALID = card_text().encode()


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400))
@example(b"---\n---\n")
@example(b"---\r\n---")
@example("---\na：b\n---".encode())
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    for candidate in (data, b"---\n" + data + b"\n---\n"):
        card = read(candidate, KEYS)

        assert card.front is not None or card.faults
        for start, end in card.places.values():
            assert 0 <= start <= end <= len(card.text)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(VALID)), st.integers(0, 12), st.sampled_from(["", "\n", "---\n", ": ", "&a ", "：", '"', "\r"])
)
def test_a_damaged_card_is_read_without_an_exception(at: int, cut: int, put: str) -> None:
    card = read(VALID[:at] + put.encode() + VALID[at + cut :], KEYS)

    assert card.front is not None or card.faults
    assert all(card.text[start:end] is not None for start, end in card.places.values())
