"""An answer is given again only where nothing changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cards import card_text, write_card
from mindhub.cli import main, remembered


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    # A file that has just changed is not trusted; here the clock runs ahead instead of the tests waiting.
    monkeypatch.setattr(remembered, "_now", lambda: time.time() + 60)
    write_card(tmp_path / "registry", card_text("license: Apache2.0\n"))
    return tmp_path / "registry"


def answers(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").rglob("*.json"))


def test_the_same_question_has_the_same_answer(
    registry: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = main(["check", "--format", "json", "--format", "text=out.txt"])
    said = capsys.readouterr().out
    text = Path("out.txt").read_text()
    Path("out.txt").unlink()
    monkeypatch.setattr("mindhub.check.check", None)  # whoever checks anew fails
    again = main(["check", "--format", "json", "--format", "text=out.txt"])

    assert (first, again) == (0, 0)
    assert capsys.readouterr().out == said
    assert Path("out.txt").read_text() == text
    assert len(answers(registry.parent)) == 1


@pytest.mark.parametrize("change", ["edit", "same size", "add", "remove", "waive", "other arguments"])
def test_any_change_is_noticed(registry: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    card = next(registry.rglob("*.md"))
    main(["check"])
    before = capsys.readouterr().out.splitlines()[:-1]
    arguments = ["check"]
    if change == "edit":
        card.write_text(card_text("license: Apache2\n"))
    elif change == "same size":
        status = card.stat()
        card.write_text(card_text("license: Apache2.1\n"))
        os.utime(card, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif change == "add":
        write_card(registry, card_text("license: x\n", uid="mindhub/2.3/lenet2_mnist"), "mindhub/2.3/lenet2_mnist")
    elif change == "remove":
        card.rename(card.with_name("lenet_mnist_more.md"))
    elif change == "waive":
        (registry / "waivers.yaml").write_text("- nonsense\n")
    else:
        arguments.append("--ignore=FD003")

    main(arguments)

    assert capsys.readouterr().out.splitlines()[:-1] != before


def test_no_cache_checks_anew(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main(["check"])
    (answer,) = answers(registry.parent)
    answer.write_text(answer.read_text().replace("Apache", "Nonsense"))

    assert main(["check", "--no-cache"]) == 0


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"code": 0, "outputs": [1]}', b"\xff"])
def test_a_damaged_answer_is_no_answer(registry: Path, capsys: pytest.CaptureFixture[str], damage: bytes) -> None:
    main(["check"])
    said = capsys.readouterr().out
    (answer,) = answers(registry.parent)
    answer.write_bytes(damage)

    assert main(["check"]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == said.splitlines()[:-1]


def test_a_check_of_a_file_that_just_changed_is_not_remembered(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_now", lambda: next(registry.rglob("*.md")).stat().st_mtime + 1)

    main(["check"])

    assert answers(registry.parent) == []


def test_only_the_newest_answers_are_kept(registry: Path) -> None:
    for number in range(20):
        main(["check", f"--ignore=FD00{number % 10}", f"--site=https://{number}.example/"])

    assert len(answers(registry.parent)) == 16


def test_a_failure_is_not_remembered(registry: Path) -> None:
    (registry / "mindhub/2.3/gone_mnist.md").symlink_to("nowhere.md")

    assert main(["check"]) == 2
    assert answers(registry.parent) == []
