"""The baseline excuses what was there when a registry was taken over, and only shrinks."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from cards import UID
from mindhub.cli import main
from mindhub.resources import schema
from repositories import OTHERWISE, SECOND, Scratch, codes, counting, judged, scratch, waived, waiver


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    return scratch(tmp_path / "repository")


def baseline(repository: Scratch, *options: str) -> int:
    return main(["baseline", "--registry", str(repository.root), *options])


def held(repository: Scratch) -> dict[str, dict[str, int]]:
    data = json.loads((repository.root / "baseline.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("baseline")).validate(data)
    return data["rules"]


def test_a_baseline_excuses_what_is_there_and_no_more(repository: Scratch) -> None:
    repository.card("license: x\nfine-tunable: maybe\n")
    assert baseline(repository) == 0
    assert held(repository) == {"FD003": {UID: 1}, "SC001": {UID: 1}}
    assert set(waived(judged(repository))) == {("FD003", UID, "baseline"), ("SC001", UID, "baseline")}
    assert main(["check", str(repository.root)]) == 0

    repository.card("license: x\nfine-tunable: maybe\nmodel-version: ' '\n")
    assert codes(judged(repository)) == ["SC001"]
    repository.card(OTHERWISE + "license: x\n", SECOND)
    assert sorted(codes(judged(repository))) == ["FD003", "SC001"]


def test_a_baseline_with_more_than_there_is_is_an_error_until_it_shrinks(
    repository: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.card("license: x\nfine-tunable: maybe\n")
    baseline(repository)
    repository.card("license: x\n")

    (finding,) = counting(judged(repository))
    assert finding.code == "WV002"
    assert finding.message == (
        f"the baseline excuses more of SC001 than there is, first at '{UID}'; run 'mindhub baseline --shrink'"
    )
    assert finding.span
    assert finding.excerpt.strip() == f'"{UID}": 1'

    assert baseline(repository, "--shrink") == 0
    assert "2 findings before, 1 finding now" in capsys.readouterr().out
    assert held(repository) == {"FD003": {UID: 1}}
    assert codes(judged(repository)) == []


def test_shrinking_adds_nothing(repository: Scratch) -> None:
    repository.card("license: x\n")
    baseline(repository)
    repository.card("license: x\nfine-tunable: maybe\n")

    assert baseline(repository, "--shrink") == 0
    assert held(repository) == {"FD003": {UID: 1}}


def test_a_baseline_does_not_grow_by_itself(repository: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    repository.card("license: x\n")
    baseline(repository)
    repository.card("license: x\nfine-tunable: maybe\n")

    assert baseline(repository) == 2
    assert f"the baseline would grow by SC001 at '{UID}'" in capsys.readouterr().err
    assert baseline(repository, "--grow") == 2
    assert "--grow needs a --reason" in capsys.readouterr().err
    assert held(repository) == {"FD003": {UID: 1}}

    assert baseline(repository, "--grow", "--reason", "A second import") == 0
    assert held(repository) == {"FD003": {UID: 1}, "SC001": {UID: 1}}
    (grown,) = json.loads((repository.root / "baseline.json").read_text(encoding="utf-8"))["grown"]
    assert (grown["reason"], grown["entries"]) == ("A second import", "1")
    baseline(repository, "--shrink")
    assert "A second import" in (repository.root / "baseline.json").read_text(encoding="utf-8")


def test_a_least_severity_leaves_the_rest_alone_and_drops_nothing_that_is_held(repository: Scratch) -> None:
    repository.card("license: x\nfine-tunable: maybe\n")
    assert baseline(repository, "--severity", "error") == 0
    assert held(repository) == {"SC001": {UID: 1}}
    assert codes(judged(repository)) == ["FD003"]

    (repository.root / "baseline.json").unlink()
    baseline(repository)
    assert baseline(repository, "--severity", "error") == 0
    assert held(repository) == {"FD003": {UID: 1}, "SC001": {UID: 1}}


def test_what_is_waived_is_not_in_the_baseline(repository: Scratch) -> None:
    repository.card("license: x\nfine-tunable: maybe\n")
    repository.write("waivers.yaml", waiver())

    assert baseline(repository) == 0
    assert held(repository) == {"SC001": {UID: 1}}


def test_no_baseline_is_written_where_a_card_could_not_be_read(
    repository: Scratch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.card().parent / "link.md").symlink_to("lenet_mnist.md")

    assert baseline(repository) == 2
    assert "a baseline needs every card" in capsys.readouterr().err
    assert baseline(repository, "--shrink") == 2
    assert not (repository.root / "baseline.json").exists()


def test_there_is_nothing_to_shrink_without_a_baseline(repository: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    repository.card()

    assert baseline(repository, "--shrink") == 2
    assert "there is no baseline to shrink" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON: Expecting property name"),
        ('{"version": 1, "rules": {"FD003": {}, "FD003": {}}}', "not JSON: the key 'FD003' stands twice"),
        ('{"version": 1}', "the entry lacks 'rules'"),
        ('{"version": 1, "rules": {"FD003": {"a/1/b": 0}}}', "0 is less than 1"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_baseline_that_is_none_excuses_nothing(repository: Scratch, text: str, message: str) -> None:
    repository.card("license: x\n")
    repository.write("baseline.json", text)

    found = counting(judged(repository))

    assert [finding.code for finding in found if finding.code != "FD003"] == ["RG007"]
    assert message in next(finding.message for finding in found if finding.code == "RG007")
    assert len(found) == 2
    assert baseline(repository, "--shrink") == 2


def test_a_change_cannot_excuse_itself_by_the_baseline(repository: Scratch) -> None:
    repository.card()
    repository.commit()
    repository.card("fine-tunable: maybe\n")
    baseline(repository)

    report = judged(repository, "main")

    assert codes(report) == ["WV003", "SC001"]
    assert f"SC001 at '{UID}' to the baseline" in counting(report)[0].message


def test_a_change_that_mends_something_need_not_touch_the_baseline(repository: Scratch) -> None:
    repository.card("license: x\nfine-tunable: maybe\n")
    baseline(repository)
    repository.commit()
    repository.card("license: x\n")

    assert codes(judged(repository, "main")) == []
    baseline(repository, "--shrink")
    assert codes(judged(repository, "main")) == []


def test_a_renamed_card_takes_its_part_of_the_baseline_with_it(repository: Scratch) -> None:
    repository.card("fine-tunable: maybe\n")
    baseline(repository)
    repository.commit()
    (repository.root / f"{UID}.md").unlink()
    new = "mindhub/2.3/lenet_mnist_small"
    repository.card("fine-tunable: maybe\n", new)
    repository.write("aliases.yaml", f"{UID}: {new}\n")
    path = repository.root / "baseline.json"
    path.write_text(path.read_text().replace(UID, new))

    report = judged(repository, "main")

    assert codes(report) == []
    assert ("SC001", new, "baseline") in waived(report)
