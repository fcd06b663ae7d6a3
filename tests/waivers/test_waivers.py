"""Waivers and aliases: what they excuse, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from cards import UID, card_text, write_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.facts import load_facts
from repositories import OTHERWISE, SECOND, Scratch, codes, counting, judged, scratch, waived, waiver


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    return scratch(tmp_path / "repository")


def test_a_waived_finding_carries_the_reason_and_does_not_block(repository: Scratch) -> None:
    repository.card("fine-tunable: maybe\n")
    repository.write("waivers.yaml", waiver("SC001"))

    report = judged(repository)

    assert waived(report) == [("SC001", UID, "Asked the authors")]
    assert main(["check", str(repository.root)]) == 0


def test_a_pattern_means_cards_of_one_segment_each(repository: Scratch) -> None:
    repository.card("license: x\n")
    repository.card(OTHERWISE + "license: x\n", SECOND)
    repository.write("waivers.yaml", waiver(uid="mindhub/*/lenet_m*"))

    report = judged(repository)

    assert waived(report) == [("FD003", UID, "Asked the authors")]
    assert [(f.code, f.uid) for f in counting(report)] == [("FD003", SECOND)]
    repository.write("waivers.yaml", waiver(uid="mindhub/*"))
    assert sorted(codes(judged(repository))) == ["FD003", "FD003", "WV002"]


def test_a_waiver_counts_on_its_last_day_and_not_on_the_next(repository: Scratch) -> None:
    repository.card("license: x\n")
    repository.write("waivers.yaml", waiver(expires="2026-03-01"))
    facts = load_facts()

    last = check([repository.root], facts=replace(facts, today=dt.date(2026, 3, 1)))
    next_day = check([repository.root], facts=replace(facts, today=dt.date(2026, 3, 2)))

    assert codes(last) == []
    assert sorted(codes(next_day)) == ["FD003", "WV001"]


def test_an_expired_waiver_is_an_error_at_its_date(
    repository: Scratch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.card()
    repository.write("waivers.yaml", "# Ours.\n" + waiver(expires="2020-01-01"))
    monkeypatch.chdir(repository.folder)

    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "registry/waivers.yaml\n     6:12  error   WV001" in out
    assert '| expires: "2020-01-01"' in out.replace("  expires", "expires")


def test_a_waiver_of_a_card_that_is_gone_is_unused(repository: Scratch) -> None:
    repository.card()
    repository.write("waivers.yaml", waiver(uid="mindhub/2.2/gone"))

    (finding,) = counting(judged(repository))

    assert finding.code == "WV002"
    assert finding.message == "the waiver of FD003 at 'mindhub/2.2/gone' matches nothing; remove the entry"


def test_whether_a_waiver_is_used_is_only_said_where_it_was_seen(repository: Scratch) -> None:
    card = repository.card()
    repository.write("waivers.yaml", waiver())

    assert codes(judged(repository)) == ["WV002"]
    assert codes(judged(repository, ignore=("FD",))) == []
    assert check([card]).findings == ()


def test_findings_that_need_a_base_leave_their_waivers_alone_without_one(repository: Scratch) -> None:
    repository.card()
    repository.write("waivers.yaml", waiver("HS001"))

    assert codes(judged(repository)) == []


def test_a_change_that_leaves_the_waivers_alone_does_not_answer_for_them(repository: Scratch) -> None:
    repository.card()
    repository.write("waivers.yaml", waiver(expires="2020-01-01") + waiver("FD001"))
    repository.commit()
    repository.card("summary: New\n")

    report = judged(repository, "main")

    assert codes(report) == []
    assert [f.code for f in report.findings if f.older] == ["WV001", "WV002"]
    assert sorted(codes(judged(repository))) == ["WV001", "WV002"]


def test_a_change_answers_for_the_waivers_it_brings(repository: Scratch) -> None:
    repository.card("license: x\n")
    repository.write("waivers.yaml", waiver("FD001"))
    repository.commit()
    added = waiver("FD002", expires="2020-01-01") + waiver("FD004") + waiver("FD003")
    repository.write("waivers.yaml", added + waiver("FD001"))

    report = judged(repository, "main")

    # FD003 is of use to a card that the change leaves alone; FD001 was there before.
    assert [(f.code, f.path[0]) for f in counting(report)] == [("WV001", 0), ("WV002", 1)]


def test_a_waiver_of_a_new_fault_excuses_it_in_the_same_change(repository: Scratch) -> None:
    repository.card()
    repository.commit()
    repository.card("fine-tunable: maybe\n")
    repository.write("waivers.yaml", waiver("SC001"))

    report = judged(repository, "main")

    assert codes(report) == []
    assert waived(report) == [("SC001", UID, "Asked the authors")]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("rule: FD003\n", "a mapping is not a list", 1),
        ("- rule: FD003\n", "the entry lacks 'uid', 'reason', 'owner', 'expires'", 1),
        (waiver() + waiver("FD001").replace("owner", "onwer"), "'onwer' is no key here; did you mean 'owner'?", 9),
        (waiver(expires="tomorrow"), "'tomorrow' does not have the form YYYY-MM-DD", 5),
        (waiver(expires="2026-02-30"), "'2026-02-30' is not a date; write YYYY-MM-DD", 5),
        (waiver("FD9"), "'FD9' does not have the form AS001", 1),
        (waiver("FD903"), "no rule has the code 'FD903'; did you mean 'FD003'?", 1),
        (waiver("WV001"), "WV001 cannot be waived", 1),
        (waiver(reason='""'), "'' says nothing; write why, who or what", 3),
        (waiver(uid="a b"), "'a b' does not have the form publisher/version/name", 2),
        (waiver() + waiver(), f"FD003 at '{UID}' is waived above already; keep one entry", 6),
        ("- {rule: *a}\n", "the alias '*a'", 1),
        ("- rule: a: b\n", "is not YAML", 1),
        ("- \xff\n", "'ÿ' is not a mapping", 1),
    ],
)
def test_what_is_wrong_with_the_file_is_said_at_its_place(
    repository: Scratch, text: str, message: str, line: int
) -> None:
    repository.card("license: x\n")
    repository.write("waivers.yaml", text)

    faults = [finding for finding in judged(repository).findings if finding.code == "RG007"]

    assert message in " ".join(finding.message for finding in faults)
    assert [finding.span.line for finding in faults if finding.span and message in finding.message] == [line]
    assert {finding.file for finding in faults} == {faults[0].file}
    assert faults[0].file.endswith("waivers.yaml")


def test_one_broken_entry_leaves_the_others_in_force(repository: Scratch) -> None:
    repository.card("license: x\n")
    repository.write("waivers.yaml", waiver("FD9") + waiver())

    assert codes(judged(repository)) == ["RG007"]


def test_an_empty_file_waives_nothing(repository: Scratch) -> None:
    repository.card()
    repository.write("waivers.yaml", "# none yet\n")

    assert judged(repository).findings == ()


def test_a_file_that_is_a_link_is_a_failure(repository: Scratch) -> None:
    repository.card()
    (repository.root / "waivers.yaml").symlink_to("/etc/hostname")

    report = check([repository.root])

    assert [failure.message for failure in report.failures] == ["a symbolic link; a card is a file of its own"]


def test_waivers_of_several_registries_are_not_mixed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        root = tmp_path / name / "registry"
        write_card(root, card_text("license: x\n"))
        (root / "waivers.yaml").write_text(waiver())

    report = check([tmp_path / "one" / "registry", tmp_path / "two" / "registry"])

    assert "FD003" in codes(report)
    assert [f.message for f in report.failures] == ["was not read: the cards are of several registries"] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"mindhub/2.2/old: {SECOND}\n", f"no card is called '{SECOND}'"),
        (f"{UID}: {UID}\n", "is a card; an alias of that name would hide it"),
        (f"a/1/b: a/1/c\na/1/c: {UID}\n", f"'a/1/c' is an alias in turn; name '{UID}' itself"),
        ("a/1/b: a/1/c\na/1/c: a/1/b\n", "'a/1/c' is an alias in turn; they lead to no card"),
    ],
)
def test_an_alias_leads_to_a_card_in_one_step(repository: Scratch, text: str, message: str) -> None:
    repository.card()
    repository.write("aliases.yaml", text)

    found = [finding for finding in judged(repository).findings if finding.code == "RG005"]

    assert message in found[0].message
    assert found[0].span
    assert found[0].span.line == 1


@pytest.mark.parametrize("text", [f"old: {UID}\n", "a/1/b: [x]\n", "a/1/b: x\n", "- a\n", "a/1/b: \n"])
def test_aliases_that_are_none_are_named(repository: Scratch, text: str) -> None:
    repository.card()
    repository.write("aliases.yaml", text)

    assert set(codes(judged(repository))) == {"RG007"}
