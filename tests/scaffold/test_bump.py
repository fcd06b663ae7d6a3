"""A new version has what carries over, and a mark where only its author knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from cards import SHA, UID, card_text, write_card
from mindhub.card import parse_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.fix import apply
from mindhub.model import Severity
from mindhub.vocabulary import load_vocabulary

NEW = "mindhub/2.10/lenet_mnist"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    patch = 'repo-commit: "0123456789012345678901234567890123456789"\nreplaced-by: mindhub/2.4/x\ntags: [small]\n'
    write_card(tmp_path / "registry", card_text(f"{patch}summary: Reads a digit, right in 97 of 100 cases\n"))
    return tmp_path / "registry"


def test_what_holds_for_every_version_carries_over(home: Path) -> None:
    assert main(["bump", UID, "2.10"]) == 0

    old, new = sorted(check([home]).cards, key=lambda card: str(card.uid), reverse=True)
    for name in ("model_name", "backbone_name", "train_dataset", "author", "license", "used_for", "tags", "smoke"):
        assert getattr(new, name) == getattr(old, name)
    assert new.mindspore_version == "2.10"
    assert (new.repo_commit, new.replaced_by, new.assets[0].sha256) == (None, None, None)


def test_every_mark_is_an_error_at_its_place(home: Path) -> None:
    main(["bump", UID, "2.10"])

    report = check([home / f"{NEW}.md"])
    marks = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    assert {finding.code for finding in marks} == {"FD012"}
    text = (home / f"{NEW}.md").read_text()
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "FILL-IN" in line]
    assert [finding.span and finding.span.line for finding in marks] == lines
    assert {finding.path for finding in marks} == {
        ("model-version",), ("evaluation",), ("repo-link",), ("asset", 0, "asset-link"), ("summary",), (),
    }  # fmt: skip


def test_the_card_is_clean_once_the_marks_are_filled_in(home: Path) -> None:
    main(["bump", UID, "2.10"])
    path = home / f"{NEW}.md"
    asset = f"https://download.mindspore.cn/models/r2.10/lenet.ckpt\n    asset-sha256: {SHA}\n    asset-size: 9"
    said = {
        "model-version": '"2.0"',
        "evaluation": "acc98.1",
        "repo-link": "https://gitee.com/mindspore/models/tree/r2.10/official/cv/lenet",
        "asset-link": asset,
        "summary": "Reads a digit",
    }
    lines = [line for line in path.read_text().splitlines() if not line.startswith("FILL-IN")]
    for number, line in enumerate(lines):
        key, _, value = line.partition(": ")
        if "FILL-IN" in value:
            lines[number] = f"{key}: {said[key.strip(' -')]}"

    path.write_text("\n".join(lines) + "\n")

    assert [finding.message for finding in check([path]).findings] == []
    assert f'mindhub.load("{NEW}")' in path.read_text()


def test_the_same_file_keeps_its_claims_and_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asset = "asset:\n  - {file-format: ckpt, asset-link: lenet_mnist.ckpt}\n"
    path = write_card(tmp_path / "registry", card_text(asset))
    path.with_name("lenet_mnist.ckpt").write_bytes(b"weights")

    assert main(["bump", UID, "2.10", "--same-file"]) == 0

    new = tmp_path / "registry" / f"{NEW}.md"
    assert new.with_name("lenet_mnist.ckpt").read_bytes() == b"weights"
    assert "evaluation: acc97.5\n" in new.read_text()
    codes = {(finding.code, finding.path) for finding in check([new]).findings if finding.code == "FD012"}
    assert codes == {("FD012", ("repo-link",)), ("FD012", ())}


def test_the_older_card_stays_and_a_newer_one_is_not_overwritten(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (home / f"{UID}.md").read_bytes()
    main(["bump", UID, "2.10"])
    (home / f"{NEW}.md").write_text("mine")

    assert main(["bump", UID, "2.10"]) == 2
    assert (home / f"{NEW}.md").read_text() == "mine"
    assert (home / f"{UID}.md").read_bytes() == before
    assert main(["bump", UID, "2.10", "--overwrite"]) == 0
    assert "--overwrite replaces it" in capsys.readouterr().err


@pytest.mark.parametrize(("uid", "version"), [("a/b", "2.10"), ("mindhub/2.3/no_such", "2.10"), (UID, "2/10")])
def test_what_cannot_be_bumped_is_named(home: Path, uid: str, version: str) -> None:
    assert main(["bump", uid, version]) == 2


def test_a_canonical_card_has_nothing_to_repair_when_bumped(home: Path) -> None:
    main(["bump", UID, "2.10", "--same-file"])

    report = check([home / f"{NEW}.md"])
    fixes = [finding.fix for finding in report.findings if finding.fix and finding.code != "BD002"]
    assert fixes == []
    data = (home / f"{NEW}.md").read_bytes()
    assert apply(data, []) == data
    assert parse_card(data, _file(home), load_vocabulary()).front is not None


def _file(home: Path):
    from mindhub.source import card_file

    return card_file(home / f"{NEW}.md", home)
