"""Repositories by git: one folder of one commit, in a cache, from a host, a mirror or a directory.

Only objects are fetched (a partial clone without blobs, then the blobs of the one folder) and written as plain files:
no checkout is made, so no hook, filter, submodule or symbolic link of the repository has any effect.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LINK = re.compile(
    r"https://(?P<host>[^/]+)/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?(?:/(?:-/)?(?:tree|blob)/(?P<rest>.+?))?/?"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
#: What code and its configuration are made of. Pictures, archives and weights are left where they are.
_WANTED = frozenset(
    {".py", ".yaml", ".yml", ".json", ".txt", ".cfg", ".ini", ".toml", ".csv", ".names", ".vocab", ".data", ""}
)
MAX_FILE = 4 << 20  #: bytes of one file
MAX_FILES = 4000
MAX_BYTES = 128 << 20  #: of a folder
_SECONDS = 300.0  #: of one git command


class RepositoryError(Exception):
    """A repository, commit or folder that cannot be had; `kind` is a word for programs."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Place:
    """What a `repo-link` names."""

    url: str  #: of the repository: https://host/owner/name
    revision: str  #: branch, tag or commit; empty where the link names none
    folder: str  #: inside the repository; empty for the whole


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder of a commit, as plain files."""

    path: Path
    commit: str
    absent: tuple[str, ...] = ()  #: files that the mirror lacks, or that are over the limits


@dataclass(frozen=True, slots=True)
class Repositories:
    """The cache of repositories, and where each is to be had."""

    cache: Path
    mirrors: Mapping[str, str] = field(default_factory=dict)  #: url -> another url, or a directory

    def resolve(self, url: str, revision: str) -> str:
        """Return the commit that a branch, tag or commit means now; raises RepositoryError."""
        store = self._store(url, revision)
        for name in (revision, f"refs/heads/{revision}", f"refs/remotes/origin/{revision}", f"refs/tags/{revision}"):
            found = _git(store, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
            if _COMMIT.fullmatch(found.strip()):
                return found.strip()
        raise RepositoryError("no-commit", f"{url} has no branch, tag or commit {revision!r}")

    def folder(self, url: str, commit: str, folder: str) -> Checkout:
        """Return a folder of a commit as plain files below the cache; raises RepositoryError.

        `commit` is 40 hex digits: a branch that moved does not change what is returned.
        """
        if not _COMMIT.fullmatch(commit):
            raise RepositoryError("no-commit", f"{commit!r} is no commit (40 hex digits); `mindhub pin` finds it")
        folder = str(PurePosixPath(folder)) if folder else ""
        target = self.cache / "trees" / _key(url) / commit / (folder or ".").replace("/", "+")
        done = target / ".complete"
        if not done.is_file():
            absent = self._write(url, commit, folder, target)
            done.write_text("".join(f"{name}\n" for name in absent), encoding="utf-8")
        return Checkout(target / "files", commit, tuple(done.read_text(encoding="utf-8").splitlines()))

    def _write(self, url: str, commit: str, folder: str, target: Path) -> list[str]:
        store = self._store(url, commit)
        listed = list(_listed(store, commit, folder))
        if not listed:
            raise RepositoryError("no-folder", f"{url} has no folder {folder!r} at {commit[:12]}")
        wanted = [(oid, path) for oid, path in listed if PurePosixPath(path).suffix.lower() in _WANTED][:MAX_FILES]
        self._want(store, url, [oid for oid, _ in wanted])
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
        made.chmod(0o755)
        try:
            absent = _blobs(store, wanted, made / "files")
            for _, path in listed:  # folders too of which no file is wanted: scripts write into them
                (made / "files" / path).parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            shutil.rmtree(target, ignore_errors=True)
            made.rename(target)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return absent

    def _store(self, url: str, revision: str) -> Path:
        """Return a git directory that has the commits of a revision: a mirror's own, else one below the cache."""
        source = self.mirrors.get(url, url)
        local = _git_directory(Path(source)) if "://" not in source else None
        if "://" not in source and local is None:
            raise RepositoryError("local", f"the mirror of {url} is no git repository: {source}")
        if local is not None:
            return local
        store = self.cache / "repositories" / f"{_key(source)}.git"
        if not (store / "HEAD").is_file():
            store.mkdir(parents=True, exist_ok=True)
            _git(store, "init", "--quiet", "--bare", ".")
            _git(store, "remote", "add", "origin", source)
            _git(store, "config", "remote.origin.promisor", "true")
            _git(store, "config", "remote.origin.partialclonefilter", "blob:none")
        known = _git(store, "cat-file", "-t", revision, check=False).strip() == "commit"
        if not (known and _COMMIT.fullmatch(revision)):
            what = revision if _COMMIT.fullmatch(revision) else f"+{revision}:refs/remotes/origin/{revision}"
            _git(store, "fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "origin", what)
        return store

    def _want(self, store: Path, url: str, oids: Sequence[str]) -> None:
        """Fetch the blobs of a folder at once, where they come from a host."""
        if "://" not in self.mirrors.get(url, url):
            return
        text = "".join(f"{oid}\n" for oid in dict.fromkeys(oids))
        _git(
            store, "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
            "--filter=blob:none", "--stdin", "origin", text=text,
        )  # fmt: skip


def place_of(link: str) -> Place:
    """Read a `repo-link` such as https://gitee.com/mindspore/models/tree/r1.9/official/cv/resnet.

    The first part after `tree/` is the branch: a name with a slash in it is not told from a folder. Raises
    RepositoryError for what is no such address.
    """
    found = _LINK.fullmatch(link)
    if found is None:
        raise RepositoryError("no-repository", f"repo-link: {link!r} is no https://host/owner/name/tree/branch/folder")
    revision, _, folder = (found["rest"] or "").partition("/")
    if ".." in PurePosixPath(folder).parts:
        raise RepositoryError("no-repository", f"repo-link: {link!r} leaves its repository")
    return Place(f"https://{found['host']}/{found['owner']}/{found['name']}", revision, folder)


def default_cache() -> Path:
    """Return the cache of repositories: below MINDHUB_CACHE if that is set, else below `~/.cache/mindhub`."""
    cache = os.environ.get("MINDHUB_CACHE")
    return Path(cache) if cache else Path.home() / ".cache" / "mindhub"


def _key(url: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", url.partition("://")[2])[-60:]
    return f"{readable}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def _git_directory(path: Path) -> Path | None:
    return next((place for place in (path / ".git", path) if (place / "HEAD").is_file()), None)


def _listed(store: Path, commit: str, folder: str) -> Iterator[tuple[str, str]]:
    """Yield id and path (inside the folder) of its regular files; symbolic links and submodules are left out."""
    base = f"{folder}/" if folder else ""
    text = _git(store, "ls-tree", "-r", "-z", "--full-tree", commit, *([base] if base else []))
    for line in text.split("\0"):
        if line:
            meta, _, path = line.partition("\t")
            mode, kind, oid = meta.split()
            if kind == "blob" and mode != "120000":
                yield oid, path.removeprefix(base)


def _blobs(store: Path, wanted: Sequence[tuple[str, str]], into: Path) -> list[str]:
    """Write blobs as files; return the paths of those that are not there or too large."""
    absent, total = [], 0
    into.mkdir(mode=0o755)
    with subprocess.Popen(  # noqa: S603 - our own arguments
        ["git", f"--git-dir={store}", "cat-file", "--batch"],  # noqa: S607 - git by its name
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
    ) as process:  # fmt: skip
        if process.stdin is None or process.stdout is None:
            raise AssertionError("it was started with pipes")
        for oid, path in wanted:
            process.stdin.write(f"{oid}\n".encode())
            process.stdin.flush()
            answer = process.stdout.readline().split()
            if len(answer) != 3:  # noqa: PLR2004 - id, type and size; else "<id> missing"
                absent.append(path)
                continue
            data = process.stdout.read(int(answer[2]) + 1)[:-1]
            total += len(data)
            if len(data) > MAX_FILE or total > MAX_BYTES:
                absent.append(path)
                continue
            file = into / path
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            file.write_bytes(data)
            file.chmod(0o644)
        process.stdin.close()
    return absent


def _git(store: Path, *arguments: str, text: str = "", check: bool = True) -> str:
    """Run git in a git directory and return what it prints; raises RepositoryError with its last line."""
    command = ["git", f"--git-dir={store}", *arguments]
    if arguments[:1] == ("init",):
        command = ["git", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, input=text, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=store,
            env=_environment(), errors="replace",
        )  # fmt: skip
    except FileNotFoundError:
        raise RepositoryError("no-library", "git is not installed") from None
    except subprocess.TimeoutExpired:
        raise RepositoryError("deadline", f"git {arguments[0]} took more than {_SECONDS:g} s") from None
    if check and done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise RepositoryError("unreachable", f"git {' '.join(arguments[:1])}: {last}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Make git ask nobody, read no configuration of the user's, and speak plain English."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "https_proxy", "HTTPS_PROXY") if name in os.environ}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    # A folder of another user is read here as data; nothing of it is executed.
    safe = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    return {**keep, **quiet, **safe, "GIT_NO_LAZY_FETCH": "1"}
