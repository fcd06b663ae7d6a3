"""`mindhub store`: list, verify and prune the files that were downloaded."""

from __future__ import annotations

import datetime as dt
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FAULT, CANNOT = 1, 2
BUDGET = "20GB"
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", re.IGNORECASE)


def list_files(*, store: Path | None = None) -> int:
    """Print each stored file with its size and the day of its last use, and what downloads have left."""
    from mindhub.assets.store import Store
    from mindhub.assets.upkeep import leftovers, stored

    place = Store(store)
    try:
        files, left = stored(place), leftovers(place)
    except OSError as error:
        return _cannot(f"{place.root} cannot be read: {error.strerror}")
    for file in files:
        print(f"{file.sha256}  {_megabytes(file.size):>12}  {_day(file.used)}")
    for item in left:
        what = "being received" if item.busy else "left by a download"
        print(f"{item.path.name:<64}  {_megabytes(item.size):>12}  {_day(item.changed)}  {what}")
    total = sum(file.size for file in files)
    print(f"{len(files)} {_files(len(files))}, {_megabytes(total)}, in {place.root}")
    return 0


def verify(*, store: Path | None = None) -> int:
    """Hash every stored file again; damaged ones are removed, to be downloaded anew. Returns 1 if there were any."""
    from mindhub.assets.progress import Progress
    from mindhub.assets.store import Store
    from mindhub.assets.upkeep import stored

    place = Store(store)
    damaged = 0
    try:
        files = stored(place)
        total, done = sum(file.size for file in files), 0
        with Progress("store") as progress:
            for file in files:
                if place.path(file.sha256).exists() and not place.verify(file.sha256):
                    damaged += 1
                    progress.close()
                    print(f"{file.sha256}  was damaged, and is removed")
                done += file.size
                progress(done, total)
    except OSError as error:
        return _cannot(f"{place.root} cannot be read: {error.strerror}")
    print(f"{len(files)} {_files(len(files))}, {damaged} damaged")
    return FAULT if damaged else 0


def prune(*, store: Path | None = None, budget: str = BUDGET, leftovers: bool = False) -> int:
    """Remove what was used longest ago until the rest fits into `budget` (such as 20GB), and old leftovers.

    With `leftovers` all that broken downloads have left goes, not only what is older than a week.
    """
    from mindhub.assets.store import Store
    from mindhub.assets.upkeep import KEEP_PARTIAL
    from mindhub.assets.upkeep import prune as pruned

    place = Store(store)
    try:
        result = pruned(place, size(budget), keep_partial=0.0 if leftovers else KEEP_PARTIAL)
    except ValueError as error:
        return _cannot(str(error))
    except OSError as error:
        return _cannot(f"{place.root} cannot be pruned: {error.strerror}")
    freed = sum(file.size for file in result.removed) + sum(left.size for left in result.leftovers)
    print(
        f"removed {len(result.removed)} {_files(len(result.removed))} and {len(result.leftovers)} leftovers, "
        f"{_megabytes(freed)}; {_megabytes(result.total)} are left in {place.root}"
    )
    if result.in_use and result.total > size(budget):
        print(f"over the budget, because {len(result.in_use)} {_files(len(result.in_use))} are in use or were just now")
    return 0


def size(text: str) -> int:
    """Read a number of bytes such as `20GB` or `500 MB`; raises ValueError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size; write a number and kB, MB, GB or TB")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def _files(count: int) -> str:
    return "file" if count == 1 else "files"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _day(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()


def _cannot(message: str) -> int:
    print(f"mindhub store: {message}", file=sys.stderr)
    return CANNOT
