"""A check that is repeated as files change reports what a check of the whole registry would report."""

from __future__ import annotations

import os

import pytest

from cards import card_text, write_card
from mindhub import recheck
from mindhub.check import check
from mindhub.recheck import Rechecker, look
from registries import CHANGES, WIDE, some_of_our_own


@pytest.fixture
def root(tmp_path):
    return some_of_our_own(tmp_path / "registry")


@pytest.fixture
def read(monkeypatch):
    """Return the names of the cards that are read."""
    names = []
    real = recheck.read_card

    def spy(file, vocabulary):
        names.append(file.path.name)
        return real(file, vocabulary)

    monkeypatch.setattr(recheck, "read_card", spy)
    return names


def told(report):
    return report.findings, report.failures, [(card.file, card.uid, card.data, card.smoke) for card in report.cards]


@pytest.mark.parametrize("name", CHANGES)
def test_after_any_change_the_report_is_that_of_a_whole_check(root, name):
    checker = Rechecker(root)
    checker.check()

    CHANGES[name](root)

    checked = checker.check()
    assert told(checked.report) == told(check([root], root=root))
    assert checked.changed
    assert checked.whole is (name in WIDE)


def test_after_many_changes_one_after_the_other_the_report_is_that_of_a_whole_check(root):
    checker = Rechecker(root)

    for change in (*CHANGES.values(), *reversed(CHANGES.values())):
        checker.check()
        change(root)

    assert told(checker.check().report) == told(check([root], root=root))


def test_nothing_is_checked_while_nothing_changes(root):
    checker = Rechecker(root)
    checker.check()

    assert checker.check() is None


def test_only_the_changed_card_is_read(root, read):
    checker = Rechecker(root)
    assert checker.check().whole
    read.clear()

    CHANGES["a body"](root)
    checked = checker.check()

    assert not checked.whole
    assert set(read) == {card.path.name for card in checked.fresh}
    assert len(read) < 5


def test_a_file_of_the_registry_itself_makes_everything_be_checked_anew(root):
    checker = Rechecker(root)
    checker.check()

    CHANGES["a waiver that is of no use"](root)

    assert checker.check().whole


def test_a_day_later_everything_is_checked_anew(root, monkeypatch):
    checker = Rechecker(root)
    first = checker.check()
    CHANGES["a body"](root)
    monkeypatch.setattr(recheck, "_today", lambda: first.report.cards and recheck.dt.date(2100, 1, 1))

    assert checker.check().whole


def test_after_a_card_that_could_not_be_read_everything_is_read_again(root):
    checker = Rechecker(root)
    card = write_card(root, card_text())
    checker.check()
    card.unlink()
    card.symlink_to(root / "mindhub.toml")

    assert checker.check().report.failures
    card.unlink()
    write_card(root, card_text())

    checked = checker.check()
    assert checked.whole
    assert checked.report.failures == ()


def test_a_second_change_within_a_tick_of_the_clock_is_seen(root):
    card = write_card(root, card_text())
    first = dict(look(str(root)))
    state = card.stat()
    card.write_text(card_text().replace("handwritten", "handwrotten"))
    os.utime(card, ns=(state.st_atime_ns, state.st_mtime_ns))

    assert dict(look(str(root)))[str(card)] != first[str(card)]
