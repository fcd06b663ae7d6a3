"""What `--base` judges: the change, and nothing that was there before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cards import OTHER, SHA, UID, card_text, write_card, write_record
from mindhub.check import check
from mindhub.cli import main
from mindhub.model import Report, Severity
from repositories import OTHERWISE, SECOND, Scratch, codes, counting, judged, older, scratch

BAD = """\
asset:
  - {file-format: ckpt, asset-link: https://download.mindspore.cn/a.ckpt, asset-sha256: 12ab, asset-size: 1}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    return scratch(tmp_path / "repository")


def against(repository: Scratch, base: str = "main") -> Report:
    return judged(repository, base)


def test_a_registry_without_a_change_has_nothing_that_is_new(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n" + BAD)
    repository.commit()

    assert codes(against(repository)) == []
    assert codes(against(repository, "HEAD")) == []


def test_a_new_card_answers_for_all_its_faults(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n")
    repository.commit()
    repository.card(OTHERWISE + "license: Apache2.0\nfine-tunable: maybe\n", SECOND)

    report = against(repository)

    assert {(f.code, f.uid) for f in counting(report)} == {("FD003", SECOND), ("SC001", SECOND)}
    assert older(report) == []


def test_a_changed_card_answers_only_for_what_it_did_not_have(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n" + BAD)
    repository.commit()
    repository.card("license: Apache2.0\nfine-tunable: maybe\n" + BAD.replace("/a.ckpt", "/b.ckpt"))

    report = against(repository)

    assert codes(report) == ["SC001"]
    assert sorted(older(report)) == ["AS001", "FD003"]
    assert main(["check", str(repository.root), "--base", "main", "--ignore", "SC"]) == 0


def test_a_fault_whose_value_changed_is_new(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n")
    repository.commit()
    repository.card("license: Apache20\n")

    assert codes(against(repository)) == ["FD003"]


def test_a_reference_that_leads_nowhere_elsewhere_is_new(repository: Scratch) -> None:
    repository.card("replaced-by: mindhub/2.2/one\n")
    repository.commit()
    repository.card("replaced-by: mindhub/2.2/two\n")

    assert codes(against(repository)) == ["RG005"]


def test_a_long_value_that_differs_behind_what_is_shown_of_it_is_new(repository: Scratch) -> None:
    repository.card(f"evaluation: {'x' * 90}1\n")
    repository.commit()
    repository.card(f"evaluation: {'x' * 90}2\n")

    assert codes(against(repository)) == ["EV001"]


def test_faults_that_only_moved_are_older(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n", body="[x](javascript:y)\n")
    repository.commit()
    repository.card(
        "x-note: a line more\nlicense: Apache2.0\n", body="[a](https://a.org)\n\nText.\n\n[x](javascript:y)\n"
    )

    report = against(repository)

    assert codes(report) == []
    assert sorted(older(report)) == ["BD004", "FD003"]


def test_a_second_fault_just_like_an_older_one_is_new(repository: Scratch) -> None:
    repository.card(body="[x](javascript:y)\n")
    repository.commit()
    repository.card(body="[x](javascript:y)\n\n[x](javascript:y)\n")

    report = against(repository)

    assert codes(report) == ["BD004"]
    assert older(report) == ["BD004"]


def test_an_older_hash_in_a_list_that_moved_stays_older(repository: Scratch) -> None:
    repository.card(BAD)
    repository.commit()
    first = f"asset-link: https://download.mindspore.cn/0.ckpt, asset-sha256: {OTHER}, asset-size: 2"
    repository.card(BAD.replace("asset:\n", f"asset:\n  - {{file-format: ckpt, {first}}}\n"))

    report = against(repository)

    assert codes(report) == []
    assert older(report) == ["AS001"]


def test_a_renamed_card_is_compared_with_its_old_self(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n")
    repository.commit()
    (repository.root / f"{UID}.md").unlink()
    repository.card("license: Apache2.0\n", "mindhub/2.3/lenet_mnist_small")
    repository.write("aliases.yaml", f"{UID}: mindhub/2.3/lenet_mnist_small\n")

    report = against(repository)

    assert codes(report) == []
    assert older(report) == ["FD003"]


def test_a_renamed_card_without_an_alias_is_missed_and_the_message_knows_the_new_name(repository: Scratch) -> None:
    repository.card()
    repository.commit()
    (repository.root / f"{UID}.md").unlink()
    repository.card("", "mindhub/2.3/lenet_mnist_small")

    (finding,) = counting(against(repository))

    assert finding.code == "HS003"
    assert finding.file.endswith(f"registry/{UID}.md")
    assert f"'{UID}' is now called 'mindhub/2.3/lenet_mnist_small'" in finding.message
    assert f"'{UID}: mindhub/2.3/lenet_mnist_small' in registry/aliases.yaml" in finding.message


def test_a_card_written_anew_under_another_name_is_known_by_its_files(repository: Scratch) -> None:
    repository.card(body="# One\n\n" + "\n".join(f"Sentence {at}." for at in range(60)) + "\n")
    repository.commit()
    (repository.root / f"{UID}.md").unlink()
    repository.card("", "mindhub/2.3/other", body="# Two\n\n" + "\n".join(f"Line {at}." for at in range(60)) + "\n")

    report = against(repository)

    assert report.renamed == {UID: "mindhub/2.3/other"}


def test_a_deleted_card_is_missed_even_if_it_was_the_only_one(
    repository: Scratch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.card()
    repository.commit()
    (repository.root / f"{UID}.md").unlink()
    monkeypatch.chdir(repository.folder)

    code = main(["check", "--base", "main"])

    assert code == 1
    out = capsys.readouterr().out
    assert f"registry/{UID}.md\n        -  error   HS003  '{UID}' was published and is gone" in out


def test_a_deleted_card_with_an_alias_is_not_missed(repository: Scratch) -> None:
    repository.card()
    repository.card(OTHERWISE, SECOND)
    repository.commit()
    (repository.root / f"{UID}.md").unlink()
    repository.write("aliases.yaml", f"{UID}: {SECOND}\n")

    assert codes(against(repository)) == []


def test_an_alias_that_is_taken_away_is_missed(repository: Scratch) -> None:
    repository.card()
    repository.write("aliases.yaml", f"mindhub/2.2/lenet_mnist: {UID}\n")
    repository.commit()
    (repository.root / "aliases.yaml").unlink()

    (finding,) = counting(against(repository))

    assert finding.code == "HS003"
    assert finding.file.endswith("registry/aliases.yaml")
    assert "the alias 'mindhub/2.2/lenet_mnist'" in finding.message


def test_what_a_change_does_to_a_card_that_it_leaves_alone_is_the_changes_fault(repository: Scratch) -> None:
    repository.card("replaced-by: mindhub/2.3/lenet_cifar10\n")
    repository.card(OTHERWISE, SECOND)
    repository.commit()
    (repository.root / f"{SECOND}.md").unlink()

    assert sorted(codes(against(repository))) == ["HS003", "RG005"]


def test_a_new_card_that_contradicts_an_old_one_shows_both(repository: Scratch) -> None:
    repository.card()
    repository.commit()
    repository.card(OTHERWISE.replace(OTHER, SHA), SECOND)

    found = counting(against(repository))

    assert {(f.code, f.uid) for f in found} == {("RG001", UID), ("RG001", SECOND)}


def test_older_contradictions_stay_older_when_another_card_changes(repository: Scratch) -> None:
    repository.card()
    repository.card(OTHERWISE.replace(OTHER, SHA), SECOND)
    repository.commit()
    repository.card(OTHERWISE.replace(OTHER, SHA) + "license: MIT\n", SECOND)

    report = against(repository)

    assert codes(report) == []
    assert older(report) == ["RG001", "RG001"]


def test_only_what_left_the_common_commit_counts_not_what_main_did_since(repository: Scratch) -> None:
    repository.card()
    repository.commit()
    repository.git("switch", "--quiet", "-c", "topic")
    repository.card(OTHERWISE + "license: Apache2.0\n", SECOND)
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.card("license: Apache2.0\n")
    repository.card("", "mindhub/2.3/lenet_mnist_more")
    repository.commit()
    repository.git("switch", "--quiet", "topic")

    report = against(repository, "main")

    assert [(f.code, f.uid) for f in report.findings] == [("FD003", SECOND)]


def test_the_work_tree_is_judged_with_what_is_not_committed_nor_staged(repository: Scratch) -> None:
    repository.card()
    repository.commit()
    repository.card("license: Apache2.0\n")

    assert codes(against(repository, "HEAD")) == ["FD003"]


def test_upper_case_is_an_error_in_a_new_name_alone(repository: Scratch) -> None:
    repository.card("", "mindhub/2.3/LeNet_mnist")
    repository.commit()
    assert [f.severity for f in check([repository.root]).findings] == [Severity.WARNING]

    repository.card(OTHERWISE, "mindhub/2.3/LeNet_cifar10")
    repository.card("license: MIT\n", "mindhub/2.3/LeNet_mnist")
    report = against(repository)

    severities = {finding.uid: (finding.severity, finding.older) for finding in report.findings}
    assert severities == {
        "mindhub/2.3/LeNet_cifar10": (Severity.ERROR, False),
        "mindhub/2.3/LeNet_mnist": (Severity.WARNING, True),
    }


def test_a_path_with_spaces_and_other_scripts_is_read(repository: Scratch) -> None:
    folder = repository.root / "模型 card" / "2.3"
    folder.mkdir(parents=True)
    (folder / "le net é.md").write_text(card_text("license: Apache2.0\n"), encoding="utf-8")
    repository.commit()
    (folder / "le net é.md").write_text(card_text("license: Apache2.0\nsummary: New\n"), encoding="utf-8")

    report = against(repository)

    assert codes(report) == []
    assert sorted(older(report)) == ["FD003", "ID001"]


def test_lines_that_now_end_otherwise_are_a_change_of_their_own(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n")
    repository.commit()
    write_card(repository.root, card_text("license: Apache2.0\n").replace("\n", "\r\n"))

    report = against(repository)

    assert codes(report) == ["RD007"]
    assert older(report) == ["FD003"]


def test_a_card_with_crlf_in_the_base_keeps_its_older_faults(repository: Scratch) -> None:
    write_card(repository.root, card_text("license: Apache2.0\n").replace("\n", "\r\n"))
    repository.commit()
    write_card(repository.root, card_text("license: Apache2.0\nsummary: New\n").replace("\n", "\r\n"))

    report = against(repository)

    assert codes(report) == []
    assert sorted(older(report)) == ["FD003", "RD007"]


def test_a_link_in_the_base_is_no_card_so_a_file_in_its_place_is_new(repository: Scratch) -> None:
    repository.card()
    link = repository.root / f"{SECOND}.md"
    link.symlink_to("lenet_mnist.md")
    repository.commit()
    link.unlink()
    repository.card(OTHERWISE + "license: Apache2.0\n", SECOND)

    assert codes(against(repository)) == ["FD003"]


def test_a_card_that_became_a_link_is_a_failure_and_not_missed_besides(repository: Scratch) -> None:
    repository.card()
    repository.card(OTHERWISE, SECOND)
    repository.commit()
    link = repository.root / f"{SECOND}.md"
    link.unlink()
    link.symlink_to("lenet_mnist.md")

    report = check([repository.root], base="main")

    assert [failure.message for failure in report.failures] == ["a symbolic link; a card is a file of its own"]
    assert report.findings == ()


def test_other_bytes_beside_an_unchanged_card_are_judged(repository: Scratch) -> None:
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of b"hello"
    link = f"asset:\n- {{file-format: ckpt, asset-link: a.ckpt, asset-sha256: {sha256}, asset-size: 5}}\n"
    repository.card(link).with_name("a.ckpt").write_bytes(b"hello")
    repository.commit()
    assert codes(against(repository)) == []

    (repository.root / "mindhub/2.3/a.ckpt").write_bytes(b"jello")
    assert codes(against(repository)) == ["AS010"]

    repository.commit()
    repository.card(link + "license: MIT\n")
    report = against(repository, "HEAD")
    assert codes(report) == []
    assert older(report) == ["AS010"]


@pytest.mark.parametrize("ending", [".evidence.json", ".evidence.jsonl", ".network.json"])
def test_a_card_is_touched_by_each_kind_of_record_beside_it(repository: Scratch, ending: str) -> None:
    card = repository.card("license: Apache2.0\n")
    repository.commit()
    assert older(against(repository)) == []

    card.with_suffix(ending).write_bytes(b"{")

    assert older(against(repository)) == ["FD003"]


def test_a_record_that_was_forged_before_is_not_the_changes_fault(repository: Scratch) -> None:
    card = repository.card()
    write_record(card, repository.root, {"network-parameters": 0})
    repository.commit()
    repository.card(body="More prose.")
    assert codes(against(repository, "HEAD")) == []
    assert older(against(repository, "HEAD")) == ["SM002"]

    write_record(card, repository.root, {"network-parameters": 0, "outputs": []})

    assert codes(against(repository, "HEAD")) == ["SM002"]
    assert older(against(repository, "HEAD")) == ["SM002"]


def test_only_cards_below_what_is_checked_can_be_missed(repository: Scratch) -> None:
    repository.card()
    repository.card(OTHERWISE, "mindhub/2.4/lenet_cifar10")
    repository.commit()
    (repository.root / "mindhub/2.4/lenet_cifar10.md").unlink()

    report = check([repository.root / "mindhub" / "2.3"], base="main")

    assert report.findings == ()


def test_a_card_alone_knows_the_others_of_its_registry(repository: Scratch) -> None:
    card = repository.card(f"replaced-by: {SECOND}\n")
    repository.card(OTHERWISE, SECOND)

    assert check([card]).findings == ()


def test_bytes_that_are_no_text_are_compared_too(repository: Scratch) -> None:
    path = repository.card()
    path.write_bytes(path.read_bytes().replace(b"A small network", "小网络".encode("gb18030")))
    repository.commit()
    path.write_bytes(path.read_bytes().replace(b"---\nmodel-name", b"---\nx-new: 1\nmodel-name"))

    report = against(repository)

    assert codes(report) == []
    assert "RD001" in older(report)
    assert os.fsencode(path.relative_to(repository.folder)).isascii()
