"""Which commit a repository's branch is at: `git ls-remote`, in a process that knows nothing of its user."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.assets.answers import refused
from mindhub.assets.errors import FetchError, Kind
from mindhub.assets.guard import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.assets.guard import Guard, Target

SECONDS = 60.0
MAX_BYTES = 16 << 20  #: of the list of branches and tags; that of a large repository has 1 MB
_LINK = re.compile(
    r"(?P<base>https?://[^/]+/.+?)(?:\.git)?(?:/(?:-/)?(?:tree|blob|src/branch|src/tag|src/commit|commit)/(?P<rest>.+?))?/?"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ROW = re.compile(r"([0-9a-f]{40})\t(HEAD|refs/(?:heads|tags)/\S+)")
#: Hosts whose repositories have no `.git` at the end of their addresses.
_BARE = ("huggingface.co",)


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and the branch or tag that it was found at."""

    commit: str  #: 40 hex digits
    ref: str  #: such as refs/heads/r2.3; empty where the link names the commit itself


def find_commit(repo_link: str, guard: Guard, mirror: Path | None = None, seconds: float = SECONDS) -> Revision:
    """Return the commit that a card's repo-link leads to today.

    With `mirror`, a folder with a clone, nobody is contacted. Raises FetchError.
    """
    parts = _LINK.fullmatch(repo_link)
    if parts is None:
        message = "this is no address of a repository"
        raise FetchError(Kind.REFUSED, repo_link, message, remedy="link it as https://host/owner/name", fault=True)
    rest = parts["rest"] or ""
    if _COMMIT.fullmatch(rest.partition("/")[0]):
        return Revision(rest.partition("/")[0], "")
    if mirror is not None:
        rows = _ls_remote(repo_link, ["--", str(mirror.absolute())], "file", seconds)
    else:
        base = parts["base"]
        url = base if base.removesuffix("/").split("/")[2].endswith(_BARE) else f"{base}.git"
        rows = _ls_remote(repo_link, [*_pinned_to(repo_link, url, guard), "--", url], "https:http", seconds)
    found = _choose(rows, rest)
    if found is None:
        what = f"no branch or tag is called as {rest!r} begins" if rest else "the repository has no commit"
        raise FetchError(Kind.HTTP, repo_link, what, remedy="correct the repo-link", fault=True)
    return found


def _pinned_to(repo_link: str, url: str, guard: Guard) -> list[str]:
    """Check an address, and return the options that hold git to what was checked."""
    try:
        target: Target = guard.check(url)
        addresses = guard.addresses(target)
    except Refused as error:
        raise refused(repo_link, error) from error
    except OSError as error:
        message = f"its name does not resolve ({error})"
        raise FetchError(Kind.UNREACHABLE, repo_link, message, remedy="check the network and try again") from error
    place = f"{target.host}:{target.port}:{','.join(addresses)}"
    options = {"http.curloptResolve": place, "http.followRedirects": "false", "http.sslVerify": "true"}
    return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]


def _ls_remote(repo_link: str, arguments: list[str], protocols: str, seconds: float) -> list[tuple[str, str]]:
    git = shutil.which("git")
    if git is None:
        raise FetchError(
            Kind.LOCAL, repo_link, "git is not installed", remedy="install it, or write repo-commit by hand"
        )
    split = arguments.index("--")
    command = [git, *arguments[:split], "ls-remote", *arguments[split:]]
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as said:
        # Nothing of the user's: no credentials, no proxy, no configuration, no terminal to ask at.
        environment = {
            "PATH": os.defpath,
            "HOME": home,
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_ALLOW_PROTOCOL": protocols,
        }
        process = subprocess.Popen(  # noqa: S603 - git, with an address that was checked behind `--`
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=home,
            env=environment,
            start_new_session=True,
        )
        late = threading.Event()
        timer = threading.Timer(seconds, _end, (process, late))
        timer.start()
        with process:
            try:
                assert process.stdout is not None  # noqa: S101 - asked for above
                listed = process.stdout.read(MAX_BYTES + 1)
                if len(listed) > MAX_BYTES:
                    _end(process, late)
                code = process.wait()
            finally:
                timer.cancel()
        if late.is_set():
            message = f"git did not list its branches within {seconds:g} s and {MAX_BYTES >> 20} MiB"
            raise FetchError(Kind.DEADLINE, repo_link, message, remedy="name a local clone instead")
        if code:
            said.seek(0)
            words = " ".join(said.read(2000).decode("utf-8", "replace").split())
            raise FetchError(Kind.UNREACHABLE, repo_link, f"git says: {words or f'exit code {code}'}")
    return [(row[1], row[2]) for row in map(_ROW.fullmatch, listed.decode("utf-8", "replace").splitlines()) if row]


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    # Its helpers, which do the talking, are in its group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _choose(rows: list[tuple[str, str]], rest: str) -> Revision | None:
    """Pick the ref that a path such as `r2.3/official/cv` begins with: names of branches may have slashes too."""
    refs = {ref: commit for commit, ref in rows}
    if not rest:
        return Revision(refs["HEAD"], "HEAD") if "HEAD" in refs else None
    steps = rest.split("/")
    for length in range(len(steps), 0, -1):
        name = "/".join(steps[:length])
        for ref in (f"refs/heads/{name}", f"refs/tags/{name}"):
            if ref in refs:
                # Of an annotated tag it is the commit that counts, listed with `^{}`.
                return Revision(refs.get(f"{ref}^{{}}", refs[ref]), ref)
    return None
