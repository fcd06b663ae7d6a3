"""Processes as /proc shows them: who descends from whom, what they hold, and their end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.smoke.cgroup import group_memory_left

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAGE = os.sysconf("SC_PAGE_SIZE")
_ZOMBIE = frozenset("ZX")


def descendants(root: int) -> list[int]:
    """Return the living processes below `root`, nearest first; pids as this process sees them."""
    parents = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - twenty times a second: no objects made of it
        if name.isdigit() and (row := _stat(int(name))) and row[0] not in _ZOMBIE:
            parents[int(name)] = int(row[1])
    found, level = [], [root]
    while level:
        level = [pid for pid, parent in parents.items() if parent in level]
        found += level
    return found


def resident(pids: Iterable[int], limit: int = 0) -> int:
    """Return the resident bytes of some processes; what they share is counted once, split between its users.

    Where all that they hold, counted for each, is within `limit`, that is close enough and is not looked into: the
    shares of a process cost a walk through its page tables, 30 ms for MindSpore's.
    """
    chosen = list(pids)
    held = [_held(pid) for pid in chosen]
    if len(chosen) == 1:
        return held[0]
    if sum(held) <= limit:
        return max(held, default=0)
    return sum(_kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") for pid in chosen) * 1024


def _held(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def peak(pid: int) -> int:
    """Return the most resident bytes that a process has had; 0 where it is gone."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:") * 1024


def available_memory() -> int:
    """Return the bytes that this machine could give to new processes, or the control group that this one is in."""
    free = _kilobytes(Path("/proc/meminfo"), "MemAvailable:") * 1024
    left = group_memory_left()
    return free if left is None else min(free, left)


def kill_below(root: int, seconds: float = 5.0) -> bool:
    """Kill the processes below `root` until none is left; says whether that worked in time."""
    end = time.monotonic() + seconds
    # Where the first is process 1 of a namespace, its end is everybody's: at once, however many they are and whatever
    # else looking for them has to wait for.
    for pid in _children(root):
        _kill(pid)
    while below := descendants(root):
        for pid in below:
            _kill(pid)
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _children(pid: int) -> list[int]:
    """Return the children of a process with one thread; none where this kernel does not list them."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str] | None:
    """Return state, parent, … of a process; None where it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The name before it is in brackets and may hold any character, brackets too.
    return text.rpartition(")")[2].split()


def _kilobytes(path: Path, label: str) -> int:
    try:
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(label):
                return int(line.split()[1])
    except OSError:
        return 0
    return 0
