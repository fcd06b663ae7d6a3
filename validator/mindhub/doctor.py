"""What this machine can do, and what exactly is missing for the rest: looked at, not assumed."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

OK, LIMITED, MISSING = "ok", "limited", "missing"
#: What a machine is wanted for, in the order of what it takes.
ABILITIES = {
    "cards": "check cards and build the site",
    "networks": "run reviewed networks",
    "foreign": "run networks of other people's repositories",
    "tests": "run all tests of this project",
}
_PYTHONS = ((3, 11), (3, 12))
_ROOM = 1_000_000_000  # bytes of disk for downloads and results
_MEMORY = 2_000_000_000  # what a contract asks for that names nothing
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell")
_RUN = "pip install 'mindhub[run]'"
#: Libraries of the extra `networks`, each with the ability that it adds to.
THIRD = {"mindcv": "networks", "yacs": "foreign", "fvcore": "foreign", "hyperpyyaml": "foreign", "easydict": "foreign"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ability: str  #: a key of ABILITIES: what it is needed for
    state: str  #: OK, LIMITED (it works with less) or MISSING
    found: str
    remedy: str = ""  #: what would do; empty where nothing has to be done


def examine(abilities: Sequence[str] = tuple(ABILITIES), cache: Path | None = None) -> list[Check]:
    """Look at everything that some abilities need; `cache` is where downloads are kept."""
    checks = [check for look in _LOOKS for check in look()] + [_cache(cache or _cache_folder())]
    return [check for check in checks if check.ability in abilities]


def verdict(checks: Sequence[Check]) -> dict[str, bool]:
    """Say of each ability that was looked at whether the machine has it; each needs those before it, but for tests."""
    names = [name for name in ABILITIES if any(check.ability == name for check in checks)]
    return {name: not any(check.state == MISSING for check in checks if _needs(name, check.ability)) for name in names}


def _needs(ability: str, other: str) -> bool:
    order = list(ABILITIES)
    return other == ability if ability == "tests" else order.index(other) <= order.index(ability)


def _python() -> Iterator[Check]:
    said = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info[:2] in _PYTHONS:
        yield Check("Python", "cards", OK, said)
    elif sys.version_info[:2] < _PYTHONS[0]:
        yield Check("Python", "cards", MISSING, said, "use Python 3.11 or 3.12")
    else:
        yield Check("Python", "networks", MISSING, said, "MindSpore and numpy 1 have wheels for Python 3.11 and 3.12")
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    fits = platform.system() == "Linux" and platform.machine() in ("x86_64", "aarch64")
    remedy = "" if fits else "MindSpore has wheels for Linux on x86-64 and arm64; use a container or WSL 2"
    yield Check("system", "networks", OK if fits else MISSING, system, remedy)


def _libraries() -> Iterator[Check]:
    for name in ("mindspore", "numpy", "scikit-learn"):
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Check(name, "networks", MISSING, "not installed", _RUN)
            continue
        if name == "numpy" and not found.startswith("1."):
            remedy = "pip install 'numpy<2': MindSpore's first calls fail with SystemError under numpy 2"
            yield Check(name, "networks", MISSING, found, remedy)
        else:
            yield Check(name, "networks", OK, found)
    if _loads("libgomp.so.1"):
        yield Check("libgomp", "networks", OK, "libgomp.so.1 of the system")
    else:
        remedy = "apt-get install libgomp1 (scikit-learn's wheel brings one, which `make hub` puts in its place)"
        yield Check("libgomp", "networks", LIMITED, "not on this system", remedy)


def _third() -> Iterator[Check]:
    for name, ability in THIRD.items():
        try:
            yield Check(name, ability, OK, version(name))
        except PackageNotFoundError:
            remedy = "pip install 'mindhub[networks]': networks that need it do not build without"
            yield Check(name, ability, LIMITED, "not installed", remedy)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _kernel() -> Iterator[Check]:
    from mindhub.smoke import sandbox, seccomp

    granted = _in_a_fork(lambda: "+".join(sandbox.unshare()))
    if "user" in granted.split("+") or os.geteuid() == 0:
        yield Check("namespaces", "networks", OK, granted or "none")
    else:
        yield Check("namespaces", "networks", LIMITED, granted or "none granted", _namespaces_remedy())
    abi = sandbox.landlock_abi()
    remedy = "" if abi else "a kernel of 5.13 or newer with landlock in /sys/kernel/security/lsm"
    yield Check("Landlock", "networks", OK if abi else LIMITED, f"ABI {abi}" if abi else "not in this kernel", remedy)
    works = _in_a_fork(lambda: "yes" if seccomp.install() else "") == "yes"
    remedy = "" if works else "a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or arm64"
    yield Check("seccomp", "networks", OK if works else LIMITED, "takes a filter" if works else "refused", remedy)
    yield _group()


def _group() -> Check:
    from mindhub.smoke.cgroup import make_group

    group = make_group(1 << 30, 64)
    if group is None:
        remedy = "nothing has to be done: the harness watches memory and processes itself, some twenty times a second"
        return Check("control groups", "networks", LIMITED, "this user may make none", remedy)
    group.remove()
    return Check("control groups", "networks", OK, f"version {group.version}")


def _namespaces_remedy() -> str:
    switches = {
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
        "/proc/sys/user/max_user_namespaces": ("0", "15000"),
        "/proc/sys/kernel/unprivileged_userns_clone": ("0", "1"),
    }
    for name, (closed, opened) in switches.items():
        switch = Path(name)
        if switch.is_file() and switch.read_text(encoding="ascii").strip() == closed:
            return f"sudo sysctl -w {name.removeprefix('/proc/sys/').replace('/', '.')}={opened}"
    return "a container has to permit them: docker run --security-opt seccomp=unconfined, or run outside of it"


def _bubblewrap() -> Iterator[Check]:
    from mindhub.smoke import bubblewrap

    missing = bubblewrap.available()
    if missing is None:
        yield Check("full sandbox", "foreign", OK, bubblewrap.description())
    else:
        yield Check("full sandbox", "foreign", MISSING, missing.what, missing.remedy)
    git = shutil.which("git")
    remedy = "" if git else "apt-get install git"
    yield Check("git", "foreign", OK if git else MISSING, git or "not on PATH", remedy)


def _tools() -> Iterator[Check]:
    chosen = os.environ.get("MINDHUB_CHROMIUM")
    browser = chosen or next((path for name in _CHROMIUMS if (path := shutil.which(name))), None)
    kept = next(iter(sorted(Path.home().glob(".cache/ms-playwright/chromium*"))), None)
    found = browser or (str(kept) if kept else "")
    remedy = "" if found else "apt-get install chromium, or `make test`, which brings one that needs no root"
    yield Check("Chromium", "tests", OK if found else MISSING, found or "not on PATH", remedy)
    node = shutil.which("node")
    remedy = "" if node else "apt-get install nodejs; tests of the search in the browser's language are not run without"
    yield Check("Node", "tests", OK if node else LIMITED, node or "not on PATH", remedy)


def _memory() -> Iterator[Check]:
    from mindhub.smoke.processes import available_memory

    free = available_memory()
    said = f"{free / 1e9:.1f} GB free, {len(os.sched_getaffinity(0))} processors"
    short = free < _MEMORY
    remedy = (
        "cards that ask for more than is free are not run; a card that names nothing asks for 2 GB" if short else ""
    )
    yield Check("memory", "networks", LIMITED if short else OK, said, remedy)


def _cache_folder() -> Path:
    from mindhub.assets.store import Store

    return Store(None).root


def _cache(folder: Path) -> Check:
    place = next(item for item in (folder, *folder.parents) if item.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError as error:
        remedy = "set MINDHUB_CACHE to a folder that can be written"
        return Check("cache", "networks", MISSING, f"{folder}: {error.strerror}", remedy)
    said = f"{folder}, {free / 1e9:.1f} GB free"
    if free < _ROOM:
        return Check("cache", "networks", LIMITED, said, "mindhub store prune, or set MINDHUB_CACHE to a larger disk")
    return Check("cache", "networks", OK, said)


def _in_a_fork(act: Callable[[], str]) -> str:
    """Do what cannot be undone in a copy of this process; return what it says, empty where it ended otherwise."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, act().encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        said = stream.read().decode()
    os.waitpid(child, 0)
    return said


_LOOKS = (_python, _libraries, _third, _kernel, _memory, _bubblewrap, _tools)
