"""Where a change began, found without being told, and which files of the repository it touches."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.history import HistoryError
from mindhub.policy import ADDED, CHANGED, REMOVED, Change, Standing
from mindhub.publishers import is_publisher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mindhub.history.git import Repository

#: A clone of a fork calls the original `upstream` by custom; a plain clone calls it `origin`.
_REMOTES = ("upstream", "origin")
_BRANCHES = ("main", "master")
_FILES = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Base:
    """The commit at which a change began."""

    revision: str  #: as it was named or found, such as `upstream/main`
    commit: str
    found: bool = False  #: by itself, rather than named


def find_base(repository: Repository, revision: str | None = None) -> Base:
    """Return where the work tree's change began: at the revision named, else at the upstream's main branch.

    That is the default branch of the remote `upstream`, else of `origin`, else the local `main` or `master`. Raises
    HistoryError, with what would do, where there is none.
    """
    if revision is not None:
        return Base(revision, repository.merge_base(revision))
    for name in _candidates(repository):
        if repository.resolve(name):
            shown = name.removeprefix("refs/").removeprefix("remotes/").removeprefix("heads/")
            return Base(shown, repository.merge_base(name), found=True)
    raise HistoryError(
        "no main branch to compare with was found; name it with --base REV, or bring it here: "
        "git remote add upstream ADDRESS && git fetch upstream"
    )


def _candidates(repository: Repository) -> Iterator[str]:
    for remote in _REMOTES:
        default = repository.default_branch(remote)
        if default:
            yield default
        yield from (f"refs/remotes/{remote}/{branch}" for branch in _BRANCHES)
    yield from (f"refs/heads/{branch}" for branch in _BRANCHES)


def changed_files(repository: Repository, commit: str) -> tuple[Change, ...]:
    """Return the files that differ between a commit and the work tree, commits and new files included, by path."""
    then = repository.modes(commit)
    paths = {*repository.differing(commit), *repository.uncommitted()}
    return tuple(
        _change(repository, path, then.get(path)) for path in sorted(paths) if _is_there(repository, path, then)
    )


def _is_there(repository: Repository, path: str, then: dict[str, str]) -> bool:
    return path in then or (repository.root / path).exists() or (repository.root / path).is_symlink()


def _change(repository: Repository, path: str, mode: str | None) -> Change:
    file = repository.root / path
    exists = os.path.lexists(file)
    what = REMOVED if not exists else CHANGED if mode is not None else ADDED
    regular = file.is_file() and not file.is_symlink() if exists else mode in _FILES
    return Change(path, what, regular)


def read_standing(repository: Repository, commit: str, root: Path) -> Standing:
    """Return who keeps a registry, as a commit has it."""
    from mindhub.history.changes import read_base_books
    from mindhub.rules import ALL_RULES

    tree = repository.tree(commit, root)
    books = read_base_books(root, tree, repository, [rule.code for rule in ALL_RULES])
    # A publisher's folder has a file two levels below the root, or deeper.
    folders = {path.partition("/")[0] for path in tree if path.count("/") > 1}
    return Standing(books.publishers.entries, frozenset(filter(is_publisher, folders)), books.config)
