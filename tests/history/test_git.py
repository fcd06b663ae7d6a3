"""Git as the reader of a base meets it: missing, shallow, hostile, or put otherwise than usual."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cards import card_text, write_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.history import HistoryError
from repositories import ENVIRONMENT, OTHERWISE, Scratch, codes, judged, older, scratch


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    return scratch(tmp_path / "repository")


def test_a_registry_at_the_root_of_a_repository_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    folder.mkdir()
    for arguments in (["init", "--quiet", "-b", "main"], ["commit", "--quiet", "--allow-empty", "-m", "empty"]):
        subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True)
    write_card(folder, card_text("license: Apache2.0\n"))

    assert codes(check([folder], base="main")) == ["FD003"]


def test_without_a_repository_the_message_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(tmp_path / "registry", card_text())

    assert main(["check", str(tmp_path / "registry"), "--base", "main"]) == 2
    assert "lies in no git repository; --base needs one" in capsys.readouterr().err


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "-", "a\nb", "", "main:registry", "HEAD~40"])
def test_a_revision_that_is_none_exits_with_2(
    repository: Scratch, capsys: pytest.CaptureFixture[str], revision: str
) -> None:
    repository.card()
    repository.commit()

    assert main(["check", str(repository.root), f"--base={revision}"]) == 2
    error = capsys.readouterr().err
    assert "no commit is called" in error or "is no revision" in error
    assert sorted(path.name for path in repository.folder.iterdir()) == [".git", "registry"]


def test_a_repository_without_a_commit_has_nothing_to_compare_with(repository: Scratch) -> None:
    repository.card()

    with pytest.raises(HistoryError, match="no commit"):
        check([repository.root], base="HEAD")


def test_a_shallow_clone_says_how_to_get_the_rest(repository: Scratch, tmp_path: Path) -> None:
    repository.card()
    repository.commit()
    repository.git("switch", "--quiet", "-c", "topic")
    repository.card("license: MIT\n")
    repository.commit()
    repository.git("switch", "--quiet", "main")
    repository.card("summary: Another\n")
    repository.commit()
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repository.folder}", str(clone))
    Scratch(clone).git("switch", "--quiet", "topic")

    with pytest.raises(HistoryError, match=r"no common commit; the clone is shallow: 'git fetch --unshallow'"):
        check([clone / "registry"], base="origin/main")
    Scratch(clone).git("fetch", "--quiet", "--unshallow")
    assert codes(check([clone / "registry"], base="origin/main")) == []


def test_unrelated_histories_have_no_base(repository: Scratch) -> None:
    repository.card()
    repository.commit()
    repository.git("switch", "--quiet", "--orphan", "other")
    repository.card()
    repository.commit("another beginning")

    with pytest.raises(HistoryError, match=r"HEAD and 'main' have no common commit$"):
        check([repository.root], base="main")


def test_git_that_is_not_there_is_named(repository: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.card()
    repository.commit()
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(HistoryError, match="git is not installed"):
        check([repository.root], base="main")


def test_neither_the_environment_nor_the_repository_makes_git_start_something(
    repository: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    repository.card()
    repository.commit()
    repository.card(OTHERWISE, "mindhub/2.4/lenet_mnist")
    for setting in ("core.fsmonitor", "diff.external", "core.pager", "gpg.program", "diff.x.textconv"):
        repository.git("config", setting, str(trap))
    repository.git("config", "log.showSignature", "true")
    (repository.folder / ".git/info/attributes").write_text("* diff=x\n")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")

    report = check([repository.root], base="main")

    assert "mindhub/2.4/lenet_mnist" in {finding.uid for finding in report.findings}
    assert not (tmp_path / "sprung").exists()


def test_a_name_is_not_replaced_behind_the_readers_back(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n")
    first = repository.commit()
    repository.card("license: MIT\n")
    second = repository.commit()
    repository.git("replace", first, second)
    repository.card("license: Apache2.0\nsummary: New\n")

    report = judged(repository, first)

    assert codes(report) == []
    assert older(report) == ["FD003"]


def test_a_repository_with_sha256_names_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(
        ["git", "init", "--quiet", "-b", "main", "--object-format=sha256"], cwd=folder, env=ENVIRONMENT, check=True
    )
    (folder / "registry").mkdir()
    repository = Scratch(folder)
    repository.card("license: Apache2.0\n")
    repository.commit()

    assert older(judged(repository, "main")) == []
    repository.card("license: Apache2.0\nsummary: New\n")
    assert older(judged(repository, "main")) == ["FD003"]
