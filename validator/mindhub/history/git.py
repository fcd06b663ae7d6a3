"""Git objects without a checkout: commits, trees and blobs of a repository that is not trusted.

Only plumbing commands are started, without a shell; nothing they print is executed, and what a repository
or the environment could make them start (hooks, fsmonitor, pagers, drivers, the network) is switched off.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.history import HistoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

TIMEOUT = 120  #: seconds one git command may take
_SWITCHED_OFF = (
    "core.fsmonitor=", "core.hooksPath=/dev/null", "core.pager=cat", "core.useReplaceRefs=false",
    "diff.external=", "log.showSignature=false", "protocol.allow=never",
)  # fmt: skip
_REGULAR = ("100644", "100755")
_RAW = re.compile(r":\d{6} (?P<mode>\d{6}) [0-9a-f]+ (?P<blob>[0-9a-f]+) (?P<status>[A-Z])")


@dataclass(frozen=True, slots=True)
class State:
    """A file as one commit left it."""

    commit: str
    date: str  #: of the commit, YYYY-MM-DD
    blob: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, read through its objects."""

    root: Path  #: of the work tree
    algorithm: str  #: of object names: sha1 or sha256
    shallow: bool

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        return _run(self.root, arguments, given)

    def merge_base(self, revision: str) -> str:
        """Return the commit at which HEAD left a revision; raises HistoryError."""
        # A revision that starts with '-' would be read as an option, and one with a line break as two.
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise HistoryError(f"{revision!r} is no revision")
        commits = []
        for name in (revision, "HEAD"):
            try:
                commits.append(self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip())
            except HistoryError:
                raise HistoryError(self._unknown(name)) from None
        try:
            return self._git("merge-base", *commits).decode().split()[0]
        except (HistoryError, IndexError):
            raise HistoryError(self._unrelated(revision)) from None

    def resolve(self, name: str) -> str | None:
        """Return the commit that a full name of a reference means, or None."""
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()
        except HistoryError:
            return None

    def default_branch(self, remote: str) -> str | None:
        """Return the full name of a remote's main branch as this clone knows it, or None."""
        try:
            return self._git("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD").decode().strip()
        except HistoryError:
            return None

    def modes(self, commit: str) -> dict[str, str]:
        """Return all files of a commit by path, with their modes."""
        entries = self._git("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
        parted = (entry.partition(b"\t") for entry in entries if entry)
        return {os.fsdecode(path): said.split(b" ", 1)[0].decode() for said, _, path in parted}

    def differing(self, commit: str) -> list[str]:
        """Return the paths that differ between a commit and HEAD; a renamed file is two."""
        said = self._git("diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--name-only", commit, "HEAD")
        return [os.fsdecode(path) for path in said.split(b"\0") if path]

    def uncommitted(self) -> list[str]:
        """Return the paths that differ between HEAD and the work tree, new files included, ignored ones not."""
        said = self._git("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", ":(top)")
        return [os.fsdecode(entry[3:]) for entry in said.split(b"\0") if entry]

    def _unknown(self, name: str) -> str:
        if name == "HEAD":
            return "the repository has no commit yet, so there is nothing to compare with"
        return f"no commit is called {name!r} here{self._remedy() or '; git fetch brings what is on a server'}"

    def _unrelated(self, revision: str) -> str:
        return f"HEAD and {revision!r} have no common commit{self._remedy()}"

    def _remedy(self) -> str:
        if not self.shallow:
            return ""
        return "; the clone is shallow: 'git fetch --unshallow' (in actions/checkout, fetch-depth: 0) brings the rest"

    def tree(self, commit: str, folder: Path) -> dict[str, str]:
        """Return the regular files below a folder of the work tree, by their path inside it, with their blobs.

        Symbolic links (mode 120000) and submodules are no files.
        """
        inside = self._inside(folder)
        start = commit if inside == "." else f"{commit}:{inside}"
        if inside != "." and not self._exists(start):
            return {}
        entries = self._git("ls-tree", "-r", "-z", "--full-tree", start)
        files: dict[str, str] = {}
        for entry in entries.split(b"\0"):
            if entry:
                said, _, path = entry.partition(b"\t")
                mode, _, blob = said.decode().split()
                if mode in _REGULAR:
                    files[os.fsdecode(path)] = blob
        return files

    def _inside(self, folder: Path) -> str:
        try:
            return folder.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            raise HistoryError(f"{folder} is a link that leads out of the repository {self.root}") from None

    def _exists(self, name: str) -> bool:
        try:
            self._git("cat-file", "-e", name)
        except HistoryError:
            return False
        return True

    def blobs(self, names: Iterable[str], limit: int) -> Mapping[str, bytes]:
        """Return the bytes of blobs; those over the limit are left out."""
        wanted = sorted(set(names))
        if not wanted:
            return {}
        listing = "\n".join(wanted).encode() + b"\n"
        sizes = self._git("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", given=listing)
        small = []
        for line in sizes.decode().splitlines():
            name, kind, *size = line.split()
            if kind == "missing":
                raise HistoryError(f"the object {name[:12]} is not in this clone; fetch it, or clone without a filter")
            if kind == "blob" and int(size[0]) <= limit:
                small.append(name)
        if not small:
            return {}
        return dict(_objects(self._git("cat-file", "--batch", given="\n".join(small).encode() + b"\n")))

    def name_of(self, data: bytes) -> str:
        """Return the name that git gives to a blob of these bytes."""
        made = hashlib.new(self.algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
        made.update(data)
        return made.hexdigest()

    def name_of_file(self, path: Path) -> str:
        """Return the name that git would give to a file; raises OSError."""
        made = hashlib.new(self.algorithm, b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        with path.open("rb") as stream:
            while part := stream.read(1 << 20):
                made.update(part)
        return made.hexdigest()

    def past(self, commit: str, folder: Path, paths: Sequence[str], most: int) -> Mapping[str, list[State]]:
        """Return what the main line's commits made of files, the newest first; a deletion ends a file's past.

        Paths are inside the folder; at most `most` commits are looked at. Merges count as one step
        (`--first-parent`), and a file's past does not reach beyond a renaming.
        """
        inside = self._inside(folder)
        prefix = "" if inside == "." else f"{inside}/"
        log = self._git(
            "log", "--first-parent", "-m", "--raw", "--no-renames", "--no-abbrev", "-z", "--no-ext-diff",
            "--no-textconv", f"--max-count={most}", "--format=%x01%H %cs", commit, "--",
            *(f":(top,literal){prefix}{path}" for path in paths),
        )  # fmt: skip
        states: dict[str, list[State]] = {path: [] for path in paths}
        ended: set[str] = set()
        commit_name = date = ""
        tokens = iter(log.split(b"\0"))
        for token in tokens:
            text = token.decode(errors="replace")
            if "\x01" in text:
                commit_name, date = text.rpartition("\x01")[2].split()[:2]
            raw = _RAW.search(text)
            if raw is None:
                continue
            path = os.fsdecode(next(tokens, b"")).removeprefix(prefix)
            if raw["status"] == "D" or raw["mode"] not in _REGULAR:
                ended.add(path)
            elif path in states and path not in ended:
                states[path].append(State(commit_name, date, raw["blob"]))
        return states


def open_repository(folder: Path) -> Repository:
    """Return the repository that a folder lies in; raises HistoryError."""
    said = _run(folder, ("rev-parse", "--show-object-format", "--is-shallow-repository", "--show-toplevel"), b"")
    algorithm, shallow, root = said.decode(errors="surrogateescape").split("\n", 2)
    return Repository(Path(root.removesuffix("\n")), algorithm, shallow == "true")


def _objects(stream: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(stream):
        end = stream.index(b"\n", at)
        name, _, size = stream[at:end].decode().split()
        yield name, stream[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)


def _run(folder: Path, arguments: Sequence[str], given: bytes) -> bytes:
    settings = [part for setting in _SWITCHED_OFF for part in ("-c", setting)]
    # Variables such as GIT_DIR would point git elsewhere, and GIT_EXTERNAL_DIFF would start something.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and revisions that look like options were refused
            ["git", "--no-pager", *settings, *arguments],  # noqa: S607 - git is where the user has it
            cwd=folder,
            env=clean,
            input=given,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise HistoryError("git is not installed; comparing with a base needs it") from None
    except subprocess.TimeoutExpired:
        raise HistoryError(f"git {arguments[0]} took more than {TIMEOUT} seconds") from None
    if done.returncode:
        raise HistoryError(_complaint(folder, done.stderr.decode(errors="replace")))
    return done.stdout


def _complaint(folder: Path, said: str) -> str:
    if "not a git repository" in said:
        return f"{folder} lies in no git repository; --base needs one"
    line = next((line for line in said.splitlines() if line.strip()), "git failed without a word")
    return f"git says: {line.removeprefix('fatal: ')}"
