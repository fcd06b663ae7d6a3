"""What a build keeps for the next one: the same bytes as without, and nothing that anybody else put there."""

from __future__ import annotations

import os
import stat
from dataclasses import fields, replace
from itertools import chain

import pytest

from cards import card_text, write_card
from mindhub.cli.site import build
from mindhub.messages import say
from mindhub.model import Finding, Severity
from mindhub.pages import build_site, card_units, fulltext, seen, shelf
from mindhub.pages.atlas import Around
from mindhub.pages.card_page import Neighbours
from mindhub.pages.entries import Entry
from mindhub.pages.panels import File
from mindhub.pages.shelf import Shelf
from mindhub.translation import read
from pages.sites import BERT, BERT_BODY, card, measured, record, sample

LENET, BERT_UID = "mindhub/2.3/lenet_mnist", "mindspore/1.7/bert_cola"
FINDING = Finding("FD003", "licence-not-spdx", Severity.WARNING, "x.md", say("no {what}", what="licence"), LENET)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "one.kept"


@pytest.fixture
def made(monkeypatch):
    """Return the uids of the cards whose pages were made."""
    seen_ = []
    real = card_units.card_page

    def spy(place, entry, files, near):
        seen_.append(entry.uid)
        return real(place, entry, files, near)

    monkeypatch.setattr(card_units, "card_page", spy)
    return seen_


def built(given, path, program=b"1"):
    kept = Shelf(path, program)
    pages = build_site(given, kept)
    kept.close()
    return pages, kept.faults


def other(given, uid, patch, body=""):
    return replace(given, cards=tuple(card(patch, uid=uid, body=body) if str(c.uid) == uid else c for c in given.cards))


def without(given, uid):
    return replace(given, cards=tuple(found for found in given.cards if str(found.uid) != uid))


def themed(given, **changes):
    return replace(given, theme=replace(given.theme, **changes))


ADDRESS = "https://download.mindspore.cn/models/r2.3/lenet.ckpt"
STRINGS = {**sample().theme.strings, "zh": {**sample().theme.strings["zh"], "card.usage": "用"}}
FRAME = sample().theme.templates["_frame.html"].replace("<main", "<main data-new")
TEMPLATES = {**sample().theme.templates, "_frame.html": FRAME}
CHANGES = {
    "a card's text": lambda s: other(s, LENET, "summary: Another one."),
    "a card's score, which moves others on the leaderboard": lambda s: other(s, LENET, "evaluation: acc1"),
    "a new card": lambda s: replace(s, cards=(*s.cards, card(uid="mindhub/2.3/new_mnist"))),
    "a new version": lambda s: replace(s, cards=(*s.cards, card(uid="mindhub/2.9/lenet_mnist"))),
    "a deleted card, which another one's text links": lambda s: without(s, LENET),
    "a deleted card, which replaces another one": lambda s: without(s, "mindhub/2.10/lenet_mnist"),
    "a renamed card": lambda s: replace(without(s, BERT_UID), cards=(
        *without(s, BERT_UID).cards, card(BERT, uid="mindspore/1.7/bert2_cola", body=BERT_BODY))),
    "a body": lambda s: other(s, BERT_UID, BERT, BERT_BODY.replace("Usage", "Use")),
    "a record": lambda s: replace(s, records={**s.records, LENET: record({"run": "failed"})}),
    "a record that is outdated": lambda s: replace(s, records={**s.records, LENET: record(outdated="the asset")}),
    "a record that is gone": lambda s: replace(s, records={}),
    "a score that was measured": lambda s: replace(s, records={**s.records, LENET: record(measured=(measured(1.5),))}),
    "a finding": lambda s: replace(s, findings=(FINDING,)),
    "a finding, which takes it off the leaderboard": lambda s: replace(s, findings=(replace(FINDING, code="EV001"),)),
    "an accepted fault": lambda s: replace(s, findings=(replace(FINDING, waiver="known"),)),
    "a translation": lambda s: replace(s, translations={(LENET, "zh"): read("# 名\n\n文", "zh")}),
    "a former name": lambda s: replace(s, aliases={"mindhub/2.3/older": LENET}),
    "an address that answered": lambda s: replace(s, reached={ADDRESS: "2026-01-01"}),
    "a file beside a card that is gone": lambda s: replace(s, embedded={}),
    "a template": lambda s: themed(s, templates=TEMPLATES),
    "a string": lambda s: themed(s, strings=STRINGS),
    "an option": lambda s: replace(s, options=replace(s.options, base_url="https://hub.example.org/")),
    "an archived version": lambda s: replace(s, options=replace(s.options, archived=frozenset({"1.7"}))),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_any_change_a_build_that_takes_what_was_kept_has_the_bytes_of_one_that_does_not(change, path):
    before, _ = built(sample(), path)
    changed = change(sample())

    pages, faults = built(changed, path)

    assert pages == build_site(changed)
    assert pages != before
    assert faults == []


def test_a_page_that_shows_what_it_showed_is_not_made_again(path, made):
    built(sample(), path)
    made.clear()

    built(replace(sample(), findings=(FINDING,)), path)
    assert set(made) == {LENET}
    made.clear()
    built(replace(sample(), findings=(FINDING,)), path)
    assert made == []


def test_another_program_finds_nothing_of_this_one(path, made):
    built(sample(), path, b"1")
    made.clear()

    built(sample(), path, b"2")

    assert {LENET, BERT_UID} <= set(made)


def test_every_field_that_a_page_can_see_is_in_its_digest():
    def names(kind):
        return {found.name for found in fields(kind)}

    assert names(Entry) == seen.ENTRY | seen.FOLLOWING
    assert names(File) == seen.FILE
    assert names(Neighbours) == seen.NEIGHBOURS
    assert names(Around) == seen.AROUND


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


DAMAGE = {
    "a byte of a page": lambda data: flipped(data, data.index(b"<!doctype html>") + 3),
    "a byte of the index": lambda data: flipped(data, len(data) - 100),
    "the end": lambda data: data[:-1],
    "all but the end": lambda data: data[-56:],
    "everything": lambda _: b"<script>alert(1)</script>" * 1000,
    "all bytes": lambda _: b"",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_not_what_was_kept_is_said_and_never_shown(damage, path):
    fresh, _ = built(sample(), path)
    path.write_bytes(damage(path.read_bytes()))

    pages, faults = built(sample(), path)

    assert pages == fresh
    assert len(faults) == 1
    assert str(path) in faults[0]
    assert built(sample(), path) == (fresh, [])


def test_a_page_that_somebody_put_in_under_its_own_digest_is_not_looked_at_where_others_may_write(path, made):
    fresh, _ = built(sample(), path)
    path.chmod(0o666)
    made.clear()

    pages, faults = built(sample(), path)

    assert pages == fresh
    assert LENET in made
    assert "others may have written it" in faults[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_where_others_may_write_holds_nothing_of_ours(path):
    path.parent.mkdir()
    path.parent.chmod(0o777)

    pages, faults = built(sample(), path)

    assert pages == build_site(sample())
    assert "chmod 700" in faults[0]
    assert list(path.parent.iterdir()) == []


def test_a_link_is_not_followed(path, tmp_path, made):
    built(sample(), path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    made.clear()

    _, faults = built(sample(), path)

    assert LENET in made
    assert "not looked into" in faults[0]


def test_a_full_disk_costs_no_site(path, monkeypatch):
    def full(descriptor, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf, "_write", full)

    pages, faults = built(sample(), path)

    assert pages == build_site(sample())
    assert "No space left" in faults[0]
    assert list(path.parent.iterdir()) == []


def test_only_what_the_last_build_used_is_kept(path):
    built(sample(), path)
    large = path.stat().st_size

    built(replace(sample(), cards=sample().cards[:1], records={}), path)

    assert path.stat().st_size < large / 2
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_of_many_registries_the_last_ones_are_kept(path):
    few = replace(sample(), cards=())
    for number in range(shelf._FILES + 3):
        place = path.with_name(f"{number}.kept")
        kept = Shelf(place, b"")
        build_site(few, kept)
        kept.put(b"x", b"y")
        kept.close()
        os.utime(place, (number, number))

    assert len(list(path.parent.iterdir())) == shelf._FILES
    assert path.with_name(f"{shelf._FILES + 2}.kept").is_file()


def test_two_builds_at_once_leave_a_whole_file(path):
    one, two = Shelf(path, b""), Shelf(path, b"")
    pages = build_site(sample(), one)

    assert build_site(sample(), two) == pages
    one.close()
    two.close()

    assert built(sample(), path, b"") == (pages, [])


def test_the_system_without_copying_in_the_kernel_keeps_the_same(path, monkeypatch):
    fresh, _ = built(sample(), path)
    monkeypatch.delattr(os, "copy_file_range", raising=False)

    built(replace(sample(), findings=(FINDING,)), path)

    assert built(sample(), path) == (fresh, [])


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "registry"
    write_card(root, card_text())
    return root


def test_a_build_by_command_takes_what_it_kept_unless_told_otherwise(registry, tmp_path, made):
    build(registry=registry, out=tmp_path / "out", cache=True)
    assert made == [LENET, LENET]
    made.clear()

    build(registry=registry, out=tmp_path / "out", cache=True)
    assert made == []
    build(registry=registry, out=tmp_path / "out", cache=False)
    assert made == [LENET, LENET]


def test_a_build_that_fails_leaves_what_was_kept(registry, tmp_path, made):
    build(registry=registry, out=tmp_path / "out", cache=True)
    (tmp_path / "file").write_text("no folder")
    made.clear()

    assert build(registry=registry, out=tmp_path / "file", cache=True) == 2
    build(registry=registry, out=tmp_path / "out", cache=True)

    assert made == []


def test_the_index_of_texts_is_kept_for_the_same_texts(path, tmp_path):
    tool = tmp_path / "pagefind"
    script = '#!/bin/sh\nmkdir "$4"\ncat "$2"/*.html > "$4/pagefind.js"\necho x >> "%s/ran"\n'
    tool.write_text(script % tmp_path)
    tool.chmod(0o700)
    pages = [("1.html", "<p>1"), ("2.html", "<p>2")]

    def index(given):
        kept = Shelf(path, b"")
        found = fulltext.index(given, tool, kept)
        kept.close()
        return found

    first = index(pages)
    assert first == {"pagefind/pagefind.js": b"<p>1<p>2"}
    assert index(pages) == first
    assert (tmp_path / "ran").read_text() == "x\n"
    assert index(pages[:1]) == {"pagefind/pagefind.js": b"<p>1"}


def test_words_for_the_index_are_the_same_from_the_shelf(path):
    kept = Shelf(path, b"")
    found = card(BERT, uid=BERT_UID, body=BERT_BODY)

    pages = [fulltext.page("x", "y", found, kept=shelf_) for shelf_ in chain((None,), (kept, kept))]

    kept.close()
    assert pages[0] == pages[1] == pages[2]
    assert "See the usage and another" in pages[0]
