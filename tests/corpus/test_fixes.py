"""Repairing all cards of the old hub makes none of them worse."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from corpus_folder import FOLDER, needs_corpus
from mindhub.card import parse_card
from mindhub.check import judge
from mindhub.facts import load_facts
from mindhub.fix import repair
from mindhub.model import Card, Finding
from mindhub.rules import ALL_RULES
from mindhub.source import CardFile, collect

pytestmark = needs_corpus
FACTS = load_facts()
OWN = tuple(rule for rule in ALL_RULES if not rule.registry_wide)
#: Keys that a repair renames, removes or adds.
RENAMED = {"mindspore-lite", "input-shape", "train-backend", "infer-backend", "devices", "evaluation"}


def judged(data: bytes, file: CardFile) -> tuple[Card, tuple[Finding, ...]]:
    card = parse_card(data, file, FACTS.vocabulary)
    return card, judge([card], FACTS, OWN)[0]


def flat(value: Any, path: tuple = ()) -> dict[tuple, str]:
    if isinstance(value, dict):
        return {k: v for key, item in value.items() for k, v in flat(item, (*path, key)).items()}
    if isinstance(value, list):
        return {k: v for i, item in enumerate(value) for k, v in flat(item, (*path, i)).items()}
    return {path: str(value).strip("<>")}


@pytest.fixture(scope="module")
def results() -> list[tuple[CardFile, Any, Card, tuple[Finding, ...], Card, tuple[Finding, ...]]]:
    out = []
    for file in collect([FOLDER]):
        assert isinstance(file, CardFile)
        data = Path(file.path).read_bytes()
        repaired = repair(data, lambda text, file=file: judged(text, file)[1])
        out.append((file, repaired, *judged(data, file), *judged(repaired.after, file)))
    return out


def test_no_finding_appears(results: list) -> None:
    assert len(results) > 2000
    for file, _, _, before, _, after in results:
        new = Counter(f.code for f in after) - Counter(f.code for f in before)
        assert not new, (file.path, new)


def test_nothing_that_can_be_repaired_is_left(results: list) -> None:
    assert [(f.file, f.code) for *_, after in results for f in after if f.fix and f.fix.safe] == []


def test_no_other_value_changes(results: list) -> None:
    changed = 0
    for file, repaired, before, _, after, _ in results:
        named = {f.path for f in repaired.applied}
        old, new = flat(before.front), flat(after.front)
        for path in old.keys() | new.keys():
            if old.get(path) != new.get(path) and str(path[0]).removeprefix("x-") not in RENAMED:
                changed += 1
                assert path in named, (file.path, path, old.get(path), new.get(path))
    assert changed > 2000


def test_a_second_run_changes_nothing(results: list) -> None:
    for file, repaired, *_ in results[::7]:
        again = repair(repaired.after, lambda text, file=file: judged(text, file)[1])
        assert again.after == repaired.after, file.path


def test_the_body_keeps_its_words(results: list) -> None:
    for file, _, before, _, after, _ in results:
        old = before.body.text.replace("\r\n", "\n").split()
        new = after.body.text.replace("\r\n", "\n").split()
        assert abs(len(old) - len(new)) <= 12, file.path
