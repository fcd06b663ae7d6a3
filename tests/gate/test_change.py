"""Where a change began, and which files it touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from mindhub.history import HistoryError
from mindhub.history.base import changed_files, find_base
from mindhub.history.git import open_repository
from repositories import Scratch, scratch


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    made = scratch(tmp_path / "work")
    made.card()
    made.commit()
    return made


def cloned(repository: Scratch, folder: Path, remote: str = "origin") -> Scratch:
    repository.git("clone", "--quiet", "--origin", remote, str(repository.folder), str(folder))
    return Scratch(folder)


def test_the_upstreams_main_branch_comes_before_that_of_a_fork(repository: Scratch, tmp_path: Path) -> None:
    first = repository.commit("first")
    fork = cloned(repository, tmp_path / "fork")
    fork.git("remote", "add", "upstream", str(repository.folder))
    repository.commit("later")
    fork.git("fetch", "--quiet", "upstream")
    fork.git("switch", "--quiet", "-c", "mine")
    fork.commit("mine")

    base = find_base(open_repository(fork.folder))

    assert (base.revision, base.commit, base.found) == ("upstream/main", first, True)


def test_another_default_branch_is_known_from_the_remote(repository: Scratch, tmp_path: Path) -> None:
    repository.git("branch", "--move", "trunk")
    clone = cloned(repository, tmp_path / "clone")

    assert find_base(open_repository(clone.folder)).revision == "origin/trunk"


def test_without_remotes_the_local_main_branch_counts(repository: Scratch) -> None:
    assert find_base(open_repository(repository.folder)).revision == "main"


def test_where_nothing_can_be_found_the_remedy_is_said(repository: Scratch) -> None:
    repository.git("branch", "--move", "work")

    with pytest.raises(HistoryError, match="git remote add upstream"):
        find_base(open_repository(repository.folder))


def test_a_change_is_what_is_committed_and_what_is_not(repository: Scratch) -> None:
    base = repository.commit("base")
    repository.card("author: Another\n")
    repository.commit("a commit")
    (repository.folder / "new file.txt").write_text("x", encoding="utf-8")
    (repository.folder / ".gitignore").write_text("ignored\n", encoding="utf-8")
    (repository.folder / "ignored").write_text("x", encoding="utf-8")
    (repository.root / "link.md").symlink_to("/etc/passwd")
    folder = open_repository(repository.root)

    changes = changed_files(folder, base)

    assert [(change.path, change.what, change.regular) for change in changes] == [
        (".gitignore", "added", True),
        ("new file.txt", "added", True),
        ("registry/link.md", "added", False),
        ("registry/mindhub/2.3/lenet_mnist.md", "changed", True),
    ]


def test_a_renamed_file_is_one_removed_and_one_added(repository: Scratch) -> None:
    base = repository.commit("base")
    repository.git("mv", "registry/mindhub/2.3/lenet_mnist.md", "registry/mindhub/2.3/lénet.md")

    changes = changed_files(open_repository(repository.folder), base)

    assert [(change.path, change.what) for change in changes] == [
        ("registry/mindhub/2.3/lenet_mnist.md", "removed"),
        ("registry/mindhub/2.3/lénet.md", "added"),
    ]


def test_what_was_added_and_taken_away_again_is_no_change(repository: Scratch) -> None:
    base = repository.commit("base")
    path = repository.write("x.md", "x")
    repository.commit("added")
    path.unlink()

    assert changed_files(open_repository(repository.folder), base) == ()
