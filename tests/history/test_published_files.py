"""A published file's sha256 stays, or somebody says why not; a copy does not bring back what was mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from cards import OTHER, SHA, UID
from mindhub.check import check
from mindhub.history import corrections
from mindhub.history.likeness import pairs
from mindhub.model import Finding, Severity
from repositories import Scratch, scratch

THIRD = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
LINK = "https://download.mindspore.cn/a.ckpt"


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    return scratch(tmp_path / "repository")


def file(sha256: str, link: str = LINK, more: str = "") -> str:
    return f"  - {{file-format: ckpt, asset-link: {link}, asset-sha256: {sha256}, asset-size: 1{more}}}\n"


def changed(repository: Scratch, before: str, after: str) -> list[Finding]:
    repository.card("asset:\n" + before)
    repository.commit()
    repository.card("asset:\n" + after)
    report = check([repository.root], base="main")
    assert report.failures == ()
    return [finding for finding in report.findings if finding.code == "HS001"]


def test_another_sha256_is_an_error_at_its_place(repository: Scratch) -> None:
    (finding,) = changed(repository, file(SHA), file(OTHER))

    assert finding.severity is Severity.ERROR
    assert finding.path == ("asset", 0, "asset-sha256")
    assert "was 2c26b46b68ff… in the published card; publish a new card, or say 'replaces" in finding.message
    assert f"sha256: {SHA}" in finding.message


def test_another_link_for_another_sha256_is_no_way_round(repository: Scratch) -> None:
    (finding,) = changed(repository, file(SHA), file(OTHER, "https://download.mindspore.cn/b.ckpt"))

    assert finding.severity is Severity.ERROR


def test_a_file_that_is_added_replaces_none(repository: Scratch) -> None:
    second = file(OTHER, "https://download.mindspore.cn/b.ckpt")

    assert changed(repository, file(SHA), second + file(SHA)) == []


def test_files_in_another_order_are_the_same_files(repository: Scratch) -> None:
    second = file(OTHER, "https://download.mindspore.cn/b.ckpt")

    assert changed(repository, file(SHA) + second, second + file(SHA)) == []


def test_of_two_files_the_one_that_changed_is_named(repository: Scratch) -> None:
    second = "https://download.mindspore.cn/b.ckpt"

    (finding,) = changed(repository, file(SHA) + file(OTHER, second), file(SHA) + file(THIRD, second))

    assert finding.path == ("asset", 1, "asset-sha256")


@pytest.mark.parametrize("old", ["12ab", SHA.upper(), "'not known'"])
def test_a_malformed_one_may_be_mended_and_stays_a_warning_until_it_is_computed(repository: Scratch, old: str) -> None:
    (finding,) = changed(repository, file(old), file(OTHER))

    assert finding.severity is Severity.WARNING
    assert "--online does that" in finding.message


def test_an_absent_one_may_be_added(repository: Scratch) -> None:
    absent = f"  - {{file-format: ckpt, asset-link: {LINK}, asset-size: 1}}\n"

    (finding,) = changed(repository, absent, file(OTHER))

    assert finding.severity is Severity.WARNING


def test_a_mended_one_that_was_computed_from_the_bytes_is_no_finding(repository: Scratch) -> None:
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of b"hello"
    repository.card().with_name("a.ckpt").write_bytes(b"hello")
    own = file(sha256, "a.ckpt").replace("size: 1", "size: 5")

    assert changed(repository, file("12ab", "a.ckpt"), own) == []


def test_a_replacement_with_a_reason_is_left_to_a_maintainer(repository: Scratch) -> None:
    reason = f", replaces: {{sha256: {SHA}, reason: The file was cut short}}"

    (finding,) = changed(repository, file(SHA), file(OTHER, more=reason))

    assert finding.severity is Severity.WARNING
    assert "replaced because 'The file was cut short': a maintainer decides" in finding.message


@pytest.mark.parametrize(
    "said", [f"{{sha256: {THIRD}, reason: Why not}}", f"{{sha256: {SHA}, reason: ' '}}", "{}", "x"]
)
def test_a_replacement_that_names_another_file_or_no_reason_is_none(repository: Scratch, said: str) -> None:
    (finding,) = changed(repository, file(SHA), file(OTHER, more=f", replaces: {said}"))

    assert finding.severity is Severity.ERROR


def copied(repository: Scratch, patch: str) -> list[Finding]:
    version = 'mindspore-version: "2.4"\nrepo-link: https://gitee.com/a/b\nasset:\n'
    link = "https://gitee.com/a/b/raw/1/other.ckpt"
    repository.card(version + file(OTHER, link) + patch, "mindhub/2.4/lenet_mnist")
    report = check([repository.root], base="main")
    assert report.failures == ()
    return [finding for finding in report.findings if finding.code == "HS002"]


def test_a_copy_of_an_outdated_card_is_told_what_was_corrected_and_when(repository: Scratch) -> None:
    repository.card("summary: Letters\nevaluation: acc79.5\n")
    repository.commit()
    repository.card("summary: Digits\nevaluation: acc97.5\n")
    mended = repository.commit()

    found = copied(repository, "summary: Letters\nevaluation: acc79.5\n")

    assert [finding.path for finding in found] == [("summary",), ("evaluation",)]
    assert found[1].message == (
        f"'acc79.5' was corrected in '{UID}' on 2026-01-02 ({mended[:12]}); it is 'acc97.5' there"
    )
    assert {finding.uid for finding in found} == {"mindhub/2.4/lenet_mnist"}


def test_a_value_that_came_back_later_is_no_correction(repository: Scratch) -> None:
    for summary in ("Digits", "Letters", "Digits"):
        repository.card(f"summary: {summary}\n")
        repository.commit()

    assert copied(repository, "summary: Digits\n") == []


def test_a_correction_on_a_branch_counts_once_it_is_merged(repository: Scratch) -> None:
    repository.card("summary: Letters\n")
    repository.commit()
    repository.git("switch", "--quiet", "-c", "mend")
    repository.card("summary: Digits\n")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "-m", "merge", "mend")

    assert [finding.path for finding in copied(repository, "summary: Letters\n")] == [("summary",)]


def test_what_was_corrected_in_a_newer_or_an_unlike_card_says_nothing(repository: Scratch) -> None:
    for summary in ("Letters", "Digits"):
        repository.card(f'summary: {summary}\nmindspore-version: "2.5"\n', "mindhub/2.5/lenet_mnist")
        (repository.root / f"{UID}.md").parent.mkdir(parents=True, exist_ok=True)
        (repository.root / f"{UID}.md").write_text(f"---\nmodel-name: other\nsummary: {summary}\n---\n")
        repository.commit()

    assert copied(repository, "summary: Letters\n") == []


def test_a_changed_card_is_no_copy_of_itself(repository: Scratch) -> None:
    for summary in ("Letters", "Digits"):
        repository.card(f"summary: {summary}\n")
        repository.commit()
    repository.card("summary: Letters\n")

    assert [f.code for f in check([repository.root], base="main").findings if f.code == "HS002"] == []


def test_beyond_the_bound_new_cards_are_not_looked_up(repository: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    for summary in ("Letters", "Digits"):
        repository.card(f"summary: {summary}\n")
        repository.commit()
    monkeypatch.setattr(corrections, "MAX_NEW", 0)

    assert copied(repository, "summary: Letters\n") == []


def test_of_equal_copies_the_one_that_kept_its_name_was_moved() -> None:
    assert pairs({"a/1/x.md": "text"}, {"a/2/w.md": "text", "a/2/x.md": "text"}) == {"a/1/x.md": "a/2/x.md"}


def test_the_most_alike_texts_are_paired_and_unlike_ones_are_not() -> None:
    old = {"a.md": "1\n2\n3\n4\n5", "b.md": "6\n7\n8\n9\n0"}
    new = {"c.md": "6\n7\n8\n9\nx", "d.md": "1\n2\n3\nx\ny", "e.md": "1\nx\ny\nz\nw"}

    assert pairs(old, new) == {"a.md": "d.md", "b.md": "c.md"}
