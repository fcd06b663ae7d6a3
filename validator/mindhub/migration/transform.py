"""One card's bytes -> what is written into the registry: repaired, decided, its disclaimer named."""

from __future__ import annotations

import string
from functools import partial
from typing import TYPE_CHECKING, Any

from mindhub.card import parse_card
from mindhub.check import judge
from mindhub.fix import repair
from mindhub.migration.decisions import REMOVE, Answers, decision_of
from mindhub.migration.disclaimers import parted
from mindhub.pinning import PinError, pinned
from mindhub.rules import ALL_RULES
from mindhub.scaffold.card import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.facts import Facts
    from mindhub.model import Card, FieldPath, Finding
    from mindhub.source import CardFile

_OWN_RULES = tuple(rule for rule in ALL_RULES if not rule.registry_wide)
#: Rules whose findings an answer can mend.
_DECIDED = ("FD004", "FD005", "FD006", "FD009", "EV001")
_DECIDED_RULES = tuple(rule for rule in _OWN_RULES if rule.code in _DECIDED)


def transform(data: bytes, file: CardFile, facts: Facts, answers: Answers, disclaimer: str = "") -> bytes:
    """Return a card as it is written: every safe repair made, answers applied, its disclaimer named.

    `disclaimer` is the name of the card's own; empty where it has none. The same arguments give the same bytes. Where a
    step cannot be made safely, the card stays as it was before that step.
    """
    data = repair(data, partial(_findings, file=file, facts=facts)).after
    if answers.given:
        data = _decided(data, file, facts, answers)
    if disclaimer:
        data = parted(parse_card(data, file, facts.vocabulary), disclaimer, facts.vocabulary)
    return data


def _findings(data: bytes, file: CardFile, facts: Facts) -> tuple[Finding, ...]:
    return judge([parse_card(data, file, facts.vocabulary)], facts, _OWN_RULES)[0]


def _decided(data: bytes, file: CardFile, facts: Facts, answers: Answers) -> bytes:
    card = parse_card(data, file, facts.vocabulary)
    values: dict[FieldPath, str] = {}
    removed: set[FieldPath] = set()
    for finding in judge([card], facts, _DECIDED_RULES)[0]:
        answer = answers.of(decision_of(finding, card))
        if answer is None:
            continue
        if answer == REMOVE:
            removed.add(finding.path)
        elif finding.code == "FD009":
            values["repo-commit",] = answer
        elif finding.code == "FD006":
            said = _filled(answer, card.front or {})
            values |= {finding.path: said} if said else {}
        elif finding.code == "FD004":
            kind = "formats" if finding.path[-1] == "file-format" else "datasets"
            term = facts.vocabulary.find(kind, answer)
            values[finding.path] = term.name if term else answer
        else:
            values[finding.path] = answer
    for path, value in values.items():
        try:
            data = pinned(parse_card(data, file, facts.vocabulary), {path: value}, facts.vocabulary)
        except PinError:
            continue
    for path in sorted(removed, key=str, reverse=True):
        data = _without(parse_card(data, file, facts.vocabulary), path, facts)
    return data


def _filled(template: str, front: Mapping[str, Any]) -> str:
    """Return the sentence with the card's values in it; empty where the card lacks one or YAML would need quotes."""
    keys = [key for _, key, _, _ in string.Formatter().parse(template) if key is not None]
    if any(not isinstance(front.get(key), str) or not front[key] for key in keys):
        return ""
    said = template
    for key in keys:
        said = said.replace(f"{{{key}}}", str(front[key]))
    return said if scalar(said) == said else ""


def _without(card: Card, path: FieldPath, facts: Facts) -> bytes:
    """Return the card without the line of a key; unchanged where the key shares its line or has several."""
    text = card.text
    if path not in card.keys or card.front is None:
        return card.data
    start = text.rfind("\n", 0, card.keys[path][0]) + 1
    end = text.find("\n", card.places[path][1]) + 1
    if not end or text[start : card.keys[path][0]].strip() or text.count("\n", start, end) != 1:
        return card.data
    data = (text[:start] + text[end:]).encode()
    again = parse_card(data, _file_of(card), facts.vocabulary)
    wanted: Any = again.front
    for step in path[:-1]:
        wanted = wanted[step] if isinstance(wanted, dict) else wanted[int(step)] if isinstance(wanted, list) else None
    gone = isinstance(wanted, dict) and path[-1] not in wanted and len(again.faults) <= len(card.faults)
    return data if gone else card.data


def _file_of(card: Card) -> CardFile:
    from mindhub.source import CardFile

    return CardFile(card.path, None, card.uid)
