"""A control group for one run, where this process may make one: memory and tasks bounded by the kernel at once.

The harness looks at a run some twenty times a second; between two looks a fork bomb or a hoarder is the kernel's
business. Groups of both versions are known (docs.kernel.org, admin-guide: cgroup-v1 and cgroup-v2). Most users may
make none, containers and CI runners neither: then the limits of processes have to do.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTROLLERS = ("memory", "pids")
_REMOVAL_SECONDS = 2.0
_UNBOUNDED = 1 << 60  # what version 1 says where there is no limit is nearly 2 to the 63


@dataclass(frozen=True, slots=True)
class Group:
    """One control group; of version 1 it is a folder for each controller."""

    folders: tuple[Path, ...]
    version: int

    @property
    def entrances(self) -> tuple[Path, ...]:
        """Return the files into which a process writes 0 to enter the group."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def kill(self) -> None:
        """End every process of the group at once, where the kernel can do that (version 2, since 5.14)."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                (folder / "cgroup.kill").write_text("1", encoding="ascii")

    def ran_out(self) -> bool:
        """Say whether the kernel has killed a process of the group for its memory."""
        for folder in self.folders:
            for name in ("memory.events", "memory.oom_control"):
                with contextlib.suppress(OSError):
                    found = re.search(r"^oom_kill (\d+)$", (folder / name).read_text(encoding="ascii"), re.MULTILINE)
                    if found and int(found[1]):
                        return True
        return False

    def remove(self) -> None:
        """Take the group away as soon as its processes are gone; one that stays is empty and harmless."""
        end = time.monotonic() + _REMOVAL_SECONDS
        for folder in self.folders:
            while folder.exists() and time.monotonic() < end:
                try:
                    folder.rmdir()
                except OSError:
                    time.sleep(0.01)


def make_group(memory: int, tasks: int) -> Group | None:
    """Make a group whose processes may hold `memory` bytes and be `tasks` in number; None where that is not granted."""
    name = f"mindhub-{secrets.token_hex(6)}"
    places = _places()
    if not places:
        return None
    version = 2 if len(set(places.values())) == 1 and _is_unified(next(iter(places.values()))) else 1
    limits = (
        {"memory": {"memory.max": memory, "memory.swap.max": 0}, "pids": {"pids.max": tasks}}
        if version == 2  # noqa: PLR2004 - a version
        else {"memory": {"memory.limit_in_bytes": memory}, "pids": {"pids.max": tasks}}
    )
    made = Group(tuple(dict.fromkeys(place / name for place in places.values())), version)
    try:
        for folder in made.folders:
            folder.mkdir()
        for controller, place in places.items():
            for file, value in limits[controller].items():
                target = place / name / file
                if target.exists() or file != "memory.swap.max":
                    target.write_text(str(value), encoding="ascii")
    except OSError:
        made.remove()
        return None
    return made


def group_memory_left() -> int | None:
    """Return the bytes that the control group of this process has left, None where it is not bounded."""
    try:
        for version, place in _own_places("memory"):
            if version == 1 and (place / "memory.limit_in_bytes").exists():
                return _left(place / "memory.limit_in_bytes", place / "memory.usage_in_bytes")
            if version != 1 and (place / "memory.max").exists():
                return _left(place / "memory.max", place / "memory.current")
    except (OSError, ValueError):
        return None
    return None


def cpu_share() -> float | None:
    """Return how many processors the control group of this process may use at a time, None where it is not bounded."""
    try:
        for version, place in _own_places("cpu"):
            if version == 1 and (place / "cpu.cfs_quota_us").exists():
                quota, period = (int((place / f"cpu.cfs_{name}_us").read_text("ascii")) for name in ("quota", "period"))
                return quota / period if quota > 0 else None
            if version != 1 and (place / "cpu.max").exists():
                bound, length = (place / "cpu.max").read_text("ascii").split()
                return None if bound == "max" else int(bound) / int(length)
    except (OSError, ValueError, ZeroDivisionError):
        return None
    return None


def _own_places(controller: str) -> Iterator[tuple[int, Path]]:
    """Yield version and folder where this process' group of a controller may be, likeliest first; raises OSError."""
    own = Path("/proc/self/cgroup").read_text(encoding="ascii", errors="replace").splitlines()
    paths = {part: path for _, parts, path in (line.split(":", 2) for line in own) for part in parts.split(",")}
    for kind, options, root in _mounts():
        # A container sees its own group at the root of what is mounted.
        if kind == "cgroup" and controller in options and controller in paths:
            yield from ((1, place) for place in (root / paths[controller].lstrip("/"), root))
        if kind == "cgroup2" and controller not in paths:
            yield from ((2, place) for place in (root / paths.get("", "/").lstrip("/"), root))


def _left(limit: Path, usage: Path) -> int | None:
    bound = limit.read_text(encoding="ascii").strip()
    if bound == "max" or int(bound) >= _UNBOUNDED:
        return None
    return max(0, int(bound) - int(usage.read_text(encoding="ascii")))


def _places() -> dict[str, Path]:
    """Return for each controller the group below which one can be made; empty where one is missing."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="ascii", errors="replace").splitlines()
        mounts = list(_mounts())
    except OSError:
        return {}
    paths = {part: path for _, parts, path in (line.split(":", 2) for line in own) for part in parts.split(",")}
    found = {}
    for controller in _CONTROLLERS:
        if controller in paths:
            root = next((place for kind, options, place in mounts if kind == "cgroup" and controller in options), None)
            place = root / paths[controller].lstrip("/") if root else None
            if place is None or not os.access(place, os.W_OK):
                return {}
            found[controller] = place
    if found:
        return found if len(found) == len(_CONTROLLERS) else {}
    root = next((place for kind, _, place in mounts if kind == "cgroup2"), None)
    return dict.fromkeys(_CONTROLLERS, place) if root and (place := _delegated(root, paths.get("", "/"))) else {}


def _delegated(root: Path, own: str) -> Path | None:
    """Return the nearest group from our own upwards that is ours to divide and hands both controllers down."""
    place = root / own.lstrip("/")
    for group in (place, *place.parents):
        if not group.is_relative_to(root):
            return None
        try:
            handed = (group / "cgroup.subtree_control").read_text(encoding="ascii").split()
        except OSError:
            return None
        if set(_CONTROLLERS) <= set(handed):
            # Entering from ours also takes the right to write to this file.
            writable = os.access(group, os.W_OK) and os.access(group / "cgroup.procs", os.W_OK)
            return group if writable else None
    return None


def _is_unified(place: Path) -> bool:
    return (place / "cgroup.controllers").exists()


def _mounts() -> Iterator[tuple[str, list[str], Path]]:
    """Yield kind, options and place of what is mounted."""
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        yield kind, options.split(","), Path(before.split(" ")[4])
