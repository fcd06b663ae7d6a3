"""What the machine brings, looked at before anything is downloaded."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
from typing import TYPE_CHECKING

from environment.console import Check, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Free disk that each part needs while it is being installed, in GB: the download, pip's cache of it, and the files.
DISK = {"light": 0.1, "site": 0.2, "dev": 0.3, "run": 4.4, "browser": 0.2, "quality": 0.4}
#: The architectures that MindSpore 2.10 has Linux wheels for.
ARCHITECTURES = ("x86_64", "aarch64")
#: The oldest glibc that the wheels of the `run` part accept (manylinux_2_28).
GLIBC = (2, 28)
#: Libraries that MindSpore's wheel expects of the system and that nothing here can replace.
LIBRARIES = {"libstdc++.so.6": "libstdc++6", "libz.so.1": "zlib1g"}
#: Names under which distributions put a Chromium on PATH.
CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "headless_shell",
)


def loads(library: str) -> bool:
    """Tell whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def system(parts: Sequence[str]) -> Check:
    """Check the operating system, the architecture and the C library."""
    machine = platform.machine()
    libc, version = platform.libc_ver()
    detail = f"{platform.system()} {machine}, {libc or 'no glibc'} {version}".rstrip()
    if platform.system() != "Linux":
        return Check(State.MISSING, "system", detail, ("MindHub is made for Linux; use a container or WSL 2",))
    if "run" in parts and machine not in ARCHITECTURES:
        return Check(State.MISSING, "system", detail, (f"MindSpore has wheels for {' and '.join(ARCHITECTURES)} only",))
    if "run" in parts and (libc != "glibc" or tuple(map(int, version.split(".")[:2])) < GLIBC):
        needed = ".".join(map(str, GLIBC))
        return Check(State.MISSING, "system", detail, (f"the wheels need glibc {needed} or newer (not musl)",))
    return Check(State.OK, "system", detail)


def python() -> Check:
    """Check the version of the Python that runs this."""
    version = platform.python_version()
    if not (3, 11) <= sys.version_info[:2] <= (3, 12):
        remedy = ("make hub PYTHON=/path/to/python3.12",)
        return Check(State.MISSING, "Python", f"{version} is neither 3.11 nor 3.12 ({sys.executable})", remedy)
    return Check(State.OK, "Python", f"{version} ({sys.executable})")


def disk(parts: Sequence[str], root: Path, reclaim: float) -> Check:
    """Check the free disk under the project, and what will be removed first (GB), against what the parts need."""
    need = sum(DISK[part] for part in parts)
    free = shutil.disk_usage(root).free / 1e9 + reclaim
    detail = f"{free:.1f} GB free, {need:.1f} GB needed"
    if free < need:
        return Check(State.MISSING, "disk", detail, ("make room, or clone onto a larger disk",))
    return Check(State.OK, "disk", detail)


def libraries() -> list[Check]:
    """Check the shared libraries that MindSpore's wheel leaves to the system."""
    missing = [name for name in LIBRARIES if not loads(name)]
    checks = [
        Check(State.MISSING, "libraries", f"{name} is not on this system", (f"apt install {LIBRARIES[name]}",))
        for name in missing
    ] or [Check(State.OK, "libraries", ", ".join(LIBRARIES))]
    if loads("libgomp.so.1"):
        return [*checks, Check(State.OK, "libgomp", "libgomp.so.1 of the system")]
    return [*checks, Check(State.NOTE, "libgomp", "not on this system: the one in scikit-learn's wheel will serve")]


def chromiums() -> list[str]:
    """List the Chromiums on PATH, in order of preference; MINDHUB_CHROMIUM comes first and alone."""
    if chosen := os.environ.get("MINDHUB_CHROMIUM"):
        return [chosen]
    return [path for name in CHROMIUM_NAMES if (path := shutil.which(name))]


def chromium() -> Check:
    """Check whether a Chromium is on PATH; whether it starts is tried later, through the tests' own driver."""
    if found := chromiums():
        return Check(State.OK, "Chromium", found[0])
    if platform.machine() != "x86_64":
        detail = f"not on PATH, and none that installs without root on {platform.machine()}"
        return Check(State.NOTE, "Chromium", detail, ("apt install chromium, or the browser tests are not run",))
    return Check(State.NOTE, "Chromium", "not on PATH: one that needs no root will be installed")


def inspect(parts: Sequence[str], root: Path, reclaim: float = 0) -> list[Check]:
    """Look at everything that the parts need of this machine; `reclaim` GB of its disk will be freed first."""
    checks = [system(parts), python(), disk(parts, root, reclaim)]
    if "run" in parts:
        checks += libraries()
    if "browser" in parts:
        checks.append(chromium())
    return checks
