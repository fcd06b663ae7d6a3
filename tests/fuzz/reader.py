"""Coverage-guided fuzzing of the card reader and of the repairs, with atheris.

    python tests/fuzz/reader.py -runs=1000000

Whatever bytes come in, reading gives a card and repairing gives bytes: no exception, nothing that takes more than
a few seconds (libFuzzer's -timeout), and a second repair changes nothing. `make fuzz` installs atheris and runs it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mindhub"]):
    from mindhub.card import parse_card
    from mindhub.check import judge
    from mindhub.facts import load_facts
    from mindhub.fix import repair
    from mindhub.model import Finding, Uid
    from mindhub.rules import ALL_RULES
    from mindhub.source import CardFile
    from mindhub.text import Locator

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from cards import UID, card_text

FACTS = load_facts()
OWN = tuple(rule for rule in ALL_RULES if not rule.registry_wide)
FILE = CardFile(Path(f"{UID}.md"), None, Uid.parse(UID))
SEED = card_text().encode()


def findings(data: bytes) -> tuple[Finding, ...]:
    """Judge bytes; a rule that crashes is what we are looking for."""
    found, crashes = judge([parse_card(data, FILE, FACTS.vocabulary)], FACTS, OWN)
    if crashes:
        raise AssertionError(crashes[0].message)
    return found


def one(data: bytes) -> None:
    """Read, judge and repair one input."""
    # Random bytes seldom get past the fences, so every other input is put inside a card.
    if data and data[0] < 128:
        at = int.from_bytes(data[1:3], "big") % (len(SEED) + 1)
        data = SEED[:at] + data[3:] + SEED[at + (data[0] & 15) :]
    card = parse_card(data, FILE, FACTS.vocabulary)
    locator = Locator(card.text, card.data)
    for start, end in card.places.values():
        locator.span(start, end)
    once = repair(data, findings).after
    if repair(once, findings).after != once:
        raise AssertionError("a second repair changes the card again")


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
