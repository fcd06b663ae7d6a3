"""Faults put into good cards are found, each with its code at its line."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mindhub.check import check
from mindhub.rules import ALL_RULES

HERE = Path(__file__).parent
REGISTRY = HERE.parents[1] / "registry"
MUTATIONS: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "mutations.yaml").read_text(encoding="utf-8"))
#: Good cards: two made for this, one of each form that links its file, and some of the registry with their files.
GOOD = (
    HERE / "good/mindhub/2.3/lenet_mnist.md",
    HERE / "good/mindspore/2.3/bert_cola.md",
    *(
        REGISTRY / f"mindhub/2.10/{name}.md"
        for name in ("lenet_digits", "gru_digits", "mlp_wine", "autoencoder_digits")
    ),
)
#: Rules about paths, several cards, a citation or a file's name: their examples are tried as these are.
ELSEWHERE = {
    "ID001", "ID002", "ID004", "ID005", "ID006", "ID008", "ID009", "FD011", "AS008",
    "RG001", "RG002", "RG003", "RG004", "RG006", "RG007", "SM001",
}  # fmt: skip
ELSEWHERE_FAMILIES = ("HS", "WV", "ON", "TR", "SM")


@cache
def text_of(card: Path) -> str:
    return card.read_text(encoding="utf-8")


def root_of(card: Path) -> Path:
    return card.parents[2]


def mutated(text: str, mutation: dict[str, Any]) -> str | None:
    """Return the text with the fault in it, or None where the card has no place for it."""
    count = 0 if mutation["find"] == r"\n" else 1
    new, hits = re.subn(mutation["find"], mutation["replace"], text, count=count, flags=re.MULTILINE)
    return new if hits and new != text else None


def line_of(before: str, after: str, mutation: dict[str, Any]) -> set[int]:
    """Return the lines (from 1) where the finding may stand."""
    where = mutation.get("line")
    lines = after.split("\n")
    if isinstance(where, int):
        return {where}
    if where == "last":
        return {len(after.rstrip("\n").split("\n"))}
    if where == "body":
        fence = [number for number, line in enumerate(lines, 1) if line == "---"][1]
        return {next(number for number, line in enumerate(lines, 1) if number > fence and line)}
    if where:
        return {number for number, line in enumerate(lines, 1) if re.search(where, line)}
    pairs = zip(before.split("\n"), lines, strict=False)
    return {next(number for number, (old, new) in enumerate(pairs, 1) if old != new)}


def place(card: Path, text: str, folder: Path) -> Path:
    """Put a card with its files into a registry of its own, and return that."""
    root = folder / "registry"
    target = root / card.relative_to(root_of(card))
    target.parent.mkdir(parents=True, exist_ok=True)
    for file in card.parent.glob(f"{card.stem}.*"):
        if file.suffix != ".md":
            shutil.copy(file, target.parent)
    target.write_bytes(text.encode(errors="surrogateescape"))
    return root


@pytest.mark.parametrize("card", GOOD, ids=lambda card: card.stem)
def test_the_good_cards_are_good(card: Path, tmp_path: Path) -> None:
    report = check([place(card, text_of(card), tmp_path)])

    assert len(report.cards) == 1
    assert [finding.message for finding in report.findings] == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_fault_is_found_at_its_line_in_every_card_that_can_have_it(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    tried = 0

    for card in GOOD:
        text = mutated(text_of(card), mutation)
        if text is None or mutation.get("only", "") not in str(card):
            continue
        tried += 1
        report = check([place(card, text, tmp_path / str(tried))])
        found = [(f.code, f.span.line) for f in report.findings if f.span]
        lines = line_of(text_of(card), text, mutation)
        assert report.failures == ()
        assert any(code == mutation["code"] and line in lines for code, line in found), (card.stem, lines, found)
    assert tried


@pytest.mark.parametrize(
    ("ending", "find", "replace"),
    [
        (".evidence.json", '"network-parameters": [0-9]+', '"network-parameters": 0'),
        (".evidence.json", '"status": "[^"]+"', '"status": "loads"'),
        (".evidence.json", '"uid": "[^"]+"', '"uid": "mindhub/2.10/another"'),
        (".evidence.json", '"date": "[^"]+"', '"date": "2999-01-01"'),
        (".evidence.json", r"\A\{", "["),
        (".evidence.jsonl", '"network-parameters": [0-9]+', '"network-parameters": 0'),
        (".evidence.jsonl", r"\Z", "{}"),
    ],
)
def test_a_record_that_no_run_wrote_is_found_beside_every_card_that_has_one(
    tmp_path: Path, ending: str, find: str, replace: str
) -> None:
    recorded = [card for card in GOOD if card.with_suffix(ending).is_file()]
    assert len(recorded) >= 4

    for number, card in enumerate(recorded):
        root = place(card, text_of(card), tmp_path / str(number))
        record = root / card.relative_to(root_of(card)).with_suffix(ending)
        record.write_text(re.sub(find, replace, record.read_text(encoding="utf-8"), count=1), encoding="utf-8")
        found = check([root]).findings
        assert {(f.code, f.severity.label) for f in found} == {("SM002", "error")}
        assert all(record.name in f.message for f in found)


def test_there_are_faults_of_many_kinds_and_all_rules_over_one_card_are_among_them() -> None:
    over_one_card = {
        rule.code for rule in ALL_RULES if rule.code not in ELSEWHERE and not rule.code.startswith(ELSEWHERE_FAMILIES)
    }

    assert len(MUTATIONS) >= 40
    assert over_one_card - {mutation["code"] for mutation in MUTATIONS.values()} == set()
    assert {mutation["code"] for mutation in MUTATIONS.values()} <= {rule.code for rule in ALL_RULES}


def test_the_list_of_rules_that_are_tried_elsewhere_has_no_other_in_it() -> None:
    codes = {rule.code for rule in ALL_RULES}

    assert codes >= ELSEWHERE
    assert [family for family in ELSEWHERE_FAMILIES if not any(code.startswith(family) for code in codes)] == []
