"""publisher.yaml: who answers for a folder of cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from cards import card_text, write_card
from mindhub.check import check
from mindhub.publishers import Publisher, read_publishers
from repositories import codes, judged, scratch

VALID = "title: Ours\nowners: [Ann, bob]\ncontact: cards@example.org\n"


def publisher(root: Path, text: str, name: str = "mindhub") -> None:
    (root / name).mkdir(parents=True, exist_ok=True)
    (root / name / "publisher.yaml").write_text(text, encoding="utf-8")


def test_publishers_are_read_by_the_names_of_their_folders(tmp_path: Path) -> None:
    publisher(tmp_path, VALID + "url: https://example.org/ours\n")
    publisher(tmp_path, VALID, "networks")
    publisher(tmp_path, VALID, ".hidden")

    assert read_publishers(tmp_path) == {
        "mindhub": Publisher("mindhub", "Ours", ("Ann", "bob"), "cards@example.org", "https://example.org/ours")
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("title: Ours\nowners: [a]\n", 1, "lacks 'contact'"),
        (VALID + "mail: x\n", 4, "'mail' is no key here"),
        (VALID.replace("bob", "'@bob'"), 2, "'@bob' does not have the form an account name, without @"),
        (VALID.replace("[Ann, bob]", "[]"), 2, "needs at least 1 entries"),
        (VALID.replace("cards@example.org", "ask around"), 3, "a mail address or an https address"),
        (VALID + "url: javascript:alert(1)\n", 4, "does not have the form https://…"),
        ("", 1, "the file says nothing"),
        ("title: [", 1, "is not YAML"),
        ("- a\n", 1, "is not a mapping"),
    ],
)
def test_a_faulty_file_is_a_finding_at_its_line_and_counts_for_nothing(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    root = tmp_path / "registry"
    write_card(root, card_text())
    publisher(root, text)

    (finding,) = check([root]).findings

    assert (finding.code, finding.span and finding.span.line) == ("RG007", line)
    assert said in finding.message
    assert read_publishers(root) == {}


def test_a_fault_that_the_base_had_is_older(tmp_path: Path) -> None:
    repository = scratch(tmp_path)
    repository.card()
    publisher(repository.root, VALID + "mail: x\n")
    base = repository.commit()
    repository.card("summary: Classifies other digits\n")

    assert codes(judged(repository, base)) == []
    assert codes(judged(repository)) == ["RG007"]


def test_the_publishers_of_this_registry_say_who_they_are() -> None:
    registry = Path(__file__).resolve().parents[2] / "registry"
    folders = {path.parent.parent.name for path in registry.glob("*/*/*.md")}

    assert folders
    assert set(read_publishers(registry)) == folders
