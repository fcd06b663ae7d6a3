"""What reads the usual text of a card quickly reads every card of the old hub as the whole parsers do."""

from __future__ import annotations

import pytest

from corpus_folder import FOLDER, needs_corpus
from mindhub.body import parsed_items, sections
from mindhub.frontmatter import FrontMatter, _fences, _values, decode, read
from mindhub.plainmarkdown import plain_items
from mindhub.plainyaml import read_plain
from mindhub.resources import schema

pytestmark = needs_corpus
KEYS = schema("card")["properties"]


@pytest.fixture(scope="module")
def cards() -> list[bytes]:
    found = [path.read_bytes() for path in FOLDER.rglob("*.md")]
    assert len(found) > 2_000
    return found


def test_the_items_of_every_section_are_found_alike(cards) -> None:
    texts = {part for data in cards for _, part in sections(read(data, KEYS).body.text)}

    found = {text: plain_items(text) for text in texts}
    differing = [text for text, plain in found.items() if plain is not None and plain != parsed_items(text)]

    assert sum(plain is not None for plain in found.values()) > 2_000
    assert not differing


def test_the_front_matter_of_every_card_says_the_same(cards) -> None:
    read_plainly, differing = 0, []
    for data in cards:
        text, _ = decode(data)
        (_, start), (end, _) = _fences(text) or ((0, 0), (0, 0))
        plain = read_plain(text, start, end)
        if plain is not None:
            whole = FrontMatter(text)
            _, value = _values(whole, text[start:end], lambda index, start=start: start + index)
            read_plainly += 1
            if (plain.value, plain.places, plain.keys, plain.quoted) != (value, whole.places, whole.keys, whole.quoted):
                differing.append(text)

    assert read_plainly > 2_000
    assert not differing
