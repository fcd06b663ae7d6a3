"""Other versions of MindSpore: an environment for each, made once, in the cache, with that wheel from PyPI.

Only the network's process is of the environment; the harness that judges it stays the same, so that a difference
between two versions is MindSpore's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FORM = re.compile(r"2\.[0-9]{1,2}(\.[0-9]{1,2})?")
#: Installed, and the download beside it.
NEEDED_BYTES = 3_600_000_000
_INSTALL_SECONDS = 3600.0
_MARK = "mindhub.json"  # written last: an environment without it was never finished
_ASK = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('mindspore', 'numpy')}))"


class EnvironmentUnavailable(Exception):  # noqa: N818 - nothing is wrong with the card
    """Say why there is no environment with the wanted MindSpore, and what would do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python with its own MindSpore."""

    python: Path
    mindspore: str  #: such as `2.8.0`
    numpy: str


def folder_of(wanted: str) -> Path:
    """Return the folder of an environment: below MINDHUB_CACHE if that is set, else below `~/.cache/mindhub`."""
    cache = os.environ.get("MINDHUB_CACHE")
    home = Path(cache) if cache else Path.home() / ".cache" / "mindhub"
    return home / "mindspore" / f"{wanted}-py{sys.version_info.major}.{sys.version_info.minor}"


def environment(wanted: str, tell: Callable[[str], None] = lambda _: None) -> Environment:
    """Return the environment with a MindSpore such as `2.8` (its newest) or `2.8.0`; it is made if it is not there.

    That takes some minutes and 2.5 GB; `tell` is told. Raises EnvironmentUnavailable for a version that cannot be read,
    too little disk, and where pip cannot install it; what was half made is removed.
    """
    if not _FORM.fullmatch(wanted):
        raise EnvironmentUnavailable(f"{wanted!r} is no version of MindSpore 2; '2.8' is one")
    folder = folder_of(wanted)
    try:
        made = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        return Environment(folder / "bin" / "python", made["mindspore"], made["numpy"])
    except (OSError, ValueError, KeyError):
        return _make(wanted, folder, tell)


def _make(wanted: str, folder: Path, tell: Callable[[str], None]) -> Environment:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        free = shutil.disk_usage(folder.parent).free
    except OSError as error:
        raise EnvironmentUnavailable(f"{folder.parent} cannot be written: {error.strerror}") from None
    if free < NEEDED_BYTES:
        needed = f"{NEEDED_BYTES / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free"
        raise EnvironmentUnavailable(f"{needed} in {folder.parent}; make room, or set MINDHUB_CACHE")
    exact = wanted if wanted.count(".") > 1 else f"{wanted}.*"
    tell(f"making an environment with MindSpore {exact} in {folder} …")
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    steps = [[sys.executable, "-m", "venv", str(folder)], [*pip, f"mindspore=={exact}", "numpy>=1.26,<2"]]
    try:
        for step in steps:
            _run(step)
        versions = json.loads(_run([str(python), "-I", "-c", _ASK]))
        (folder / _MARK).write_text(json.dumps(versions), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Environment(python, versions["mindspore"], versions["numpy"])


def _run(step: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and the one that it made
            step, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentUnavailable(f"{' '.join(step)}: {error}") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines()[-1:]
        raise EnvironmentUnavailable(f"{' '.join(step)} ended with {done.returncode}: {' '.join(lines)}")
    return done.stdout
