"""Disclaimers of the old hub's cards: each text is kept once, and cards name it.

Nearly every card there ends with the same three paragraphs. They bind whoever uses the model, so they are never
dropped: a card from which the text was taken has a key that names it, and one that cannot have the key keeps the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mindhub.card import parse_card
from mindhub.source import CardFile
from mindhub.text import Locator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mindhub.model import Card
    from mindhub.vocabulary import Vocabulary

FOLDER = "disclaimers"
KEY = "disclaimer"
_SECTION = re.compile(
    r"^##[ \t]*(?:Disclaimer|免责声明)[ \t#]*\r?\n(?P<text>.*?)(?=^#{1,2}[ \t]|\Z)", re.MULTILINE | re.DOTALL
)


def disclaimer_of(text: str) -> str:
    """Return the text of a card's section Disclaimer with plain line ends; empty where it has none, or several."""
    found = list(_SECTION.finditer(text))
    if len(found) != 1:
        return ""
    return found[0]["text"].replace("\r\n", "\n").strip()


def named(texts: Iterable[tuple[str, str]], known: Mapping[str, str]) -> dict[str, str]:
    """Return text -> name for every text, each given with its publisher; `known` are name -> text of those there.

    The first text of a publisher has the publisher's name, a second one a number behind it; texts that differ in white
    space alone are one.
    """
    names = {_folded(text): name for name, text in known.items()}
    taken = set(known)
    found: dict[str, str] = {}
    for publisher, text in texts:
        folded = _folded(text)
        if folded not in names:
            number = 1
            while (name := publisher if number == 1 else f"{publisher}-{number}") in taken:
                number += 1
            names[folded] = name
            taken.add(name)
        found[text] = names[folded]
    return found


def _folded(text: str) -> str:
    return " ".join(text.split())


def parted(card: Card, name: str, vocabulary: Vocabulary) -> bytes:
    """Return the card's bytes with the key in place of the section; unchanged where that cannot be done safely."""
    text = card.text
    locator = Locator(text, card.data)
    match = _SECTION.search(text, card.body.start)
    wanted = {heading.text for heading in card.body.headings}
    if card.front is None or match is None or not locator.exact or not wanted & {"Disclaimer", "免责声明"}:
        return card.data
    if KEY in card.front or not card.places:
        return card.data
    anchor = ("license",) if ("license",) in card.places else max(
        (path for path in card.places if len(path) == 1 and path != ("title",)), key=lambda path: card.places[path][1]
    )  # fmt: skip
    at = text.find("\n", card.places[anchor][1])
    if at < 0 or at >= card.body.start:
        return card.data
    ending = "\r\n" if text[at - 1] == "\r" else "\n"
    made = text[: at + 1] + f"{KEY}: {name}{ending}" + text[at + 1 : match.start()].rstrip() + ending
    rest = text[match.end() :].strip()
    data = (made + (f"{ending}{rest}{ending}" if rest else "")).encode()
    again = parse_card(data, CardFile(card.path, None, card.uid), vocabulary)
    return data if again.front == {**card.front, KEY: name} else card.data
