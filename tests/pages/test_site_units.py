"""A unit of a site that sees what it saw has the files that it had: this is what a build may rely on."""

from __future__ import annotations

from dataclasses import fields

import pytest

from mindhub.model import Card
from mindhub.pages import light
from mindhub.pages.entries import Entry, entries
from mindhub.pages.shared import Shared
from mindhub.pages.units import units
from pages.sites import everything
from pages.test_site_kept import CHANGES

#: Equal for a whole build, so that no digest holds it.
COMMON = ("a template", "a string", "an option", "an archived version", "an address that answered")
OF_CARDS = {name: change for name, change in CHANGES.items() if name not in COMMON}


def made(given):
    shared = Shared(given, entries(given))
    found = {}
    for unit in units(shared):
        files = dict(unit.files())
        assert unit.name not in found
        found[unit.name] = unit.sees(), unit.asked, files
    return shared, found


@pytest.mark.slow
@pytest.mark.parametrize("change", OF_CARDS.values(), ids=OF_CARDS)
def test_after_any_change_a_unit_that_sees_the_same_has_the_same_files(change):
    _, before = made(everything())
    shared, after = made(change(everything()))

    same = [
        name
        for name, (sees, asked, _) in before.items()
        if name in after
        and sees == after[name][0]
        and all((uid in shared.names) is there for uid, there in asked.items())
    ]

    assert len(same) > 50
    assert {name: before[name][2] for name in same} == {name: after[name][2] for name in same}


def test_a_change_of_a_text_is_seen_by_few():
    _, before = made(everything())
    _, after = made(CHANGES["a body"](everything()))

    seeing = {name.split()[0] for name in before if before[name][0] != after[name][0]}

    assert "card" in seeing
    assert seeing <= {"card", "versions"}


def test_no_file_is_in_two_units():
    _, found = made(everything())
    paths = [path for _, _, files in found.values() for path in files]

    assert len(paths) == len(set(paths))


def test_every_field_of_a_card_and_of_an_entry_is_kept_or_asked_for_later():
    assert {field.name for field in fields(Card)} == {*light.HEAVY, *light.PLACED, *light.CLAIMS}
    assert {field.name for field in fields(Entry)} == light.ENTRY


def test_units_have_the_same_files_in_whatever_order_they_are_made():
    _, found = made(everything())
    given = everything()

    late = {unit.name: dict(unit.files()) for unit in reversed(list(units(Shared(given, entries(given)))))}

    assert late == {name: files for name, (_, _, files) in found.items()}


def test_what_no_later_unit_shows_is_dropped():
    shared, _ = made(everything())

    assert shared.found
    assert not shared._fragments
    assert not any(language.book._made for language in shared.languages)
