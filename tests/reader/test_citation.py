"""The work that a card asks to cite: as it is read, and what is found wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cards import card_text, write_card
from mindhub.card import parse_card
from mindhub.check import check
from mindhub.facts import load_facts
from mindhub.model import Citation, Finding
from mindhub.source import CardFile

WORK = 'citation: {title: Deep nets, authors: [A. Author, B. Writer], year: 2016, venue: CVPR, arxiv: "1512.03385"}\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    return folder


def found(root: Path, patch: str) -> list[Finding]:
    write_card(root, card_text(patch))
    report = check([root])
    assert report.failures == ()
    return list(report.findings)


def cited(patch: str) -> Citation | None:
    card = parse_card(card_text(patch).encode(), CardFile(Path("a.md"), None, None), load_facts().vocabulary)
    return card.citation


def test_a_citation_is_read_with_its_types() -> None:
    work = cited(WORK)

    assert work == Citation("Deep nets", ("A. Author", "B. Writer"), 2016, "CVPR", None, None, "1512.03385")


def test_a_number_at_arxiv_keeps_its_zeros() -> None:
    work = cited("citation: {title: T, authors: [A. B], year: 2016, arxiv: 1603.05020}\n")

    assert work is not None
    assert work.arxiv == "1603.05020"


@pytest.mark.parametrize("patch", ["", "citation: a paper\n", "citation: {title: T, year: 2016}\n"])
def test_what_cannot_be_cited_is_no_citation(patch: str) -> None:
    assert cited(patch) is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('year: 2016, venue: CVPR, arxiv: "1512.03385"', "year: 1899", "SC001"),
        ("year: 2016", "year: soon", "SC001"),
        ("year: 2016, ", "", "SC002"),
        ("authors: [A. Author, B. Writer]", "authors: []", "SC001"),
        ("venue: CVPR", "journal: CVPR", "SC003"),
        ('"1512.03385"', "1512.03385v2", "SC001"),
        ("venue: CVPR", "doi: https://doi.org/10.1109/5.726791", "SC001"),
        ("venue: CVPR", "url: 'http://example.org'", "SC001"),
        ("year: 2016", "year: 2999", "FD011"),
        ("year: 2016", "year: 2013", "FD011"),
        ("venue: CVPR", "url: 'https://arxiv.org/abs/1810.04805'", "FD011"),
    ],
)
def test_a_fault_of_a_citation_is_found(root: Path, old: str, new: str, code: str) -> None:
    assert {finding.code for finding in found(root, WORK.replace(old, new))} == {code}


@pytest.mark.parametrize("year", [2014, 2015, 2016, 2020])
def test_a_year_near_that_of_its_submission_is_none(root: Path, year: int) -> None:
    assert found(root, WORK.replace("2016", str(year))) == []
