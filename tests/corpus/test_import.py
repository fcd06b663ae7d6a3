"""All cards of the old hub come over: readable, nothing lost, and nothing blocks afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus_folder import FOLDER, needs_corpus
from mindhub.check import check
from mindhub.cli import main
from mindhub.migration.disclaimers import disclaimer_of
from mindhub.model import Report
from mindhub.source import is_card_name

pytestmark = needs_corpus


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("import") / "registry"
    assert main(["import", str(FOLDER), str(target)]) == 0
    return target


@pytest.fixture(scope="module")
def report(registry: Path) -> Report:
    return check([registry])


def test_every_card_comes_over_and_can_be_read(report: Report) -> None:
    old = [path for path in FOLDER.rglob("*.md") if is_card_name(path.name)]

    assert len(old) > 2000
    assert len(report.cards) == len(old)
    assert report.failures == ()
    assert all(card.front for card in report.cards)


def test_nothing_blocks_and_nothing_that_can_be_repaired_is_left(report: Report) -> None:
    assert [f.message for f in report.findings if f.waiver is None] == []
    cards = {card.file for card in report.cards}  # a translation's words are left to its readers
    assert [f.message for f in report.findings if f.fix and f.fix.safe and f.file in cards] == []


def test_no_disclaimer_is_lost(report: Report, registry: Path) -> None:
    texts = {path.stem: " ".join(path.read_text("utf-8").split()) for path in registry.glob("disclaimers/*.md")}
    before = [disclaimer_of(path.read_text("utf-8")) for path in FOLDER.rglob("*.md") if is_card_name(path.name)]

    named = [(card.front or {}).get("disclaimer") for card in report.cards]
    assert texts
    assert all(before)
    assert {" ".join(text.split()) for text in before} == set(texts.values())
    assert all(name in texts for name in named)


def test_all_other_words_of_a_body_stay(report: Report) -> None:
    sources = {str(card.uid): card for card in report.cards}
    compared = 0
    for path in FOLDER.rglob("*.md"):
        name = path.relative_to(FOLDER).as_posix().removesuffix(".md")
        if name not in sources:
            continue  # its device is gone from the path
        old = path.read_text("utf-8").split("\n---", 2)[2].partition("## Disclaimer")[0].split()
        new = sources[name].body.text.split()
        compared += 1
        assert abs(len(old) - len(new)) <= 12, name
    assert compared > 2000


def test_every_translation_is_attached(registry: Path) -> None:
    found = sorted(registry.rglob("*.zh.md"))

    assert len(found) == len(list(FOLDER.rglob("*_cn.md")))
    assert all(path.with_name(path.name.replace(".zh.md", ".md")).is_file() for path in found)


def test_a_second_import_changes_nothing(registry: Path) -> None:
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}

    assert main(["import", str(FOLDER), str(registry)]) == 0
    assert {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()} == before
