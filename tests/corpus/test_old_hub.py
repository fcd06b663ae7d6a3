"""All cards of the old hub, where they are at hand: no crash, in seconds, and the controls stay silent."""

from __future__ import annotations

from collections import Counter

import pytest

from corpus_folder import FOLDER, needs_corpus
from mindhub.check import check
from mindhub.model import Report

#: Rules that find nothing there although thousands of people wrote those cards: what they find would be our fault.
CONTROLS = ("RD001", "RD002", "RD006", "ID003", "ID005", "BD006", "AS005", "AS009", "RG003")

pytestmark = needs_corpus


@pytest.fixture(scope="module")
def report() -> Report:
    return check([FOLDER])


def test_every_card_is_read_and_no_rule_crashes(report: Report) -> None:
    assert len(report.cards) > 2000
    assert report.failures == ()
    assert all(card.front is not None for card in report.cards)


def test_rules_that_must_find_nothing_find_nothing(report: Report) -> None:
    assert [f for f in report.findings if f.code in CONTROLS] == []


def test_the_known_faults_are_found(report: Report) -> None:
    cards = Counter(code for code, _ in {(f.code, f.file) for f in report.findings})

    assert cards["AS001"] == 60
    assert cards["AS002"] == 6
    assert cards["RD003"] == 140
    assert cards["BD002"] == 10
    assert cards["EV002"] == 3


def test_nearly_all_evaluations_are_read(report: Report) -> None:
    stated = [card for card in report.cards if (card.front or {}).get("evaluation")]
    unread = {f.file for f in report.findings if f.code == "EV001"}

    assert len(stated) > 2000
    assert len(unread) / len(stated) < 0.01


def test_every_place_lies_in_its_file(report: Report) -> None:
    sizes = {card.file: len(card.data) for card in report.cards}

    assert report.findings
    assert all(f.span and 0 <= f.span.start <= f.span.end <= sizes[f.file] for f in report.findings)
