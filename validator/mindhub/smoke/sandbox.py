"""What shuts a network's process in: namespaces, mounts, Landlock and limits, each as far as the kernel grants it.

Everything here is called in the process itself, after the fork and before any code of a card. Nothing needs root.
Each function says what it achieved, so that the record of a run can say exactly that. Numbers of system calls and
flags are those of Linux on x86-64 and arm64 (include/uapi/linux/{sched,mount,prctl,landlock,capability}.h).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import stat
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.smoke import seccomp

if TYPE_CHECKING:
    from collections.abc import Sequence

_libc = ctypes.CDLL(None, use_errno=True)

_NAMESPACES = {
    "user": 0x10000000,
    "network": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "mount": 0x00020000,
    "pid": 0x20000000,
}
_MS_PRIVATE = (1 << 18) | (1 << 14)  # MS_PRIVATE | MS_REC
_MS_HARDENED = 2 | 4 | 8  # MS_NOSUID | MS_NODEV | MS_NOEXEC
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 38, 36
_CAPABILITY_VERSION = 0x20080522
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_SYS_LANDLOCK = 444  # create_ruleset; add_rule and restrict_self follow it, on every architecture
#: Bits of landlock_ruleset_attr.handled_access_fs that change something, by the ABI that brought them.
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))  # remove_* and make_*
_READS = 1 | 1 << 2 | 1 << 3  # execute, read_file, read_dir
_OF_FILES = 1 | _WRITE_FILE | 1 << 2 | _TRUNCATE
_CONNECTIONS = 3  # of handled_access_net: bind and connect, by TCP
_SCOPES = 3  # no abstract sockets and no signals to processes outside
_ABI_REFER, _ABI_TRUNCATE, _ABI_CONNECTIONS, _ABI_SCOPES = 2, 3, 4, 6

#: Of the private folder, and of any one file.
SCRATCH_BYTES = 256 << 20
MAX_FILES = 512
#: Processes and threads of one run: MindSpore's pools take some dozens, and more where there are more cores. Enough of
#: them leave the harness no time to notice.
MAX_TASKS = 128 + 4 * (os.cpu_count() or 1)
#: Behind the harness, which has to look at them in time.
NICENESS = 10
#: Of the system, what a program may need to read: no home, no configuration, no keys.
_READABLE = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/passwd",
    "/etc/group", "/etc/nsswitch.conf", "/etc/os-release", "/dev/zero", "/dev/urandom", "/dev/random",
    "/sys/devices/system",
)  # fmt: skip
#: The kernel since which that is so.
_COUNTED_APART = (5, 14)
#: What a process needs beside the memory that a contract counts: libraries, thread stacks, pools of the allocator.
HEADROOM = 1 << 30


def environment(folder: str) -> dict[str, str]:
    """Return the environment of a network's process: nothing of the user's but where libraries are."""
    cores = str(min(4, len(os.sched_getaffinity(0))))
    source = str(Path(__file__).resolve().parents[2])
    clean = {
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "PYTHONPATH": source,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        # More would be threads in the process that forks, and a fork has only the one that called it.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": cores,
        # With AVX-512 oneDNN takes its reference code for convolutions as MindSpore lays them out: decision 0150.
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "GLOG_v": "3",
    }
    libraries = os.environ.get("LD_LIBRARY_PATH")
    return {**clean, "LD_LIBRARY_PATH": libraries} if libraries else clean


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, and give this process the orphans below it."""
    _libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def unshare() -> tuple[str, ...]:
    """Enter new namespaces and return the names of those that the kernel granted; the pid one awaits a fork."""
    uid, gid = os.geteuid(), os.getegid()
    granted = []
    for name, flag in _NAMESPACES.items():
        if _libc.unshare(flag) != 0:
            continue
        granted.append(name)
        if name == "user":
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{uid} {uid} 1")
            _write("/proc/self/gid_map", f"{gid} {gid} 1")
    return tuple(granted)


def mount_scratch(folder: str, granted: tuple[str, ...], size: int = SCRATCH_BYTES) -> tuple[str, ...]:
    """Lay a file system of its own, of `size` bytes, over `folder`, and a /proc that shows no other processes."""
    done = []
    if "mount" not in granted or _libc.mount(b"none", b"/", None, _MS_PRIVATE, None) != 0:
        return ()
    options = f"size={size},mode=700".encode()
    if _libc.mount(b"tmpfs", folder.encode(), b"tmpfs", _MS_HARDENED, options) == 0:
        done.append(f"{size >> 20} MiB scratch")
    if "pid" in granted and _libc.mount(b"proc", b"/proc", b"proc", _MS_HARDENED, None) == 0:
        done.append("own /proc")
    return tuple(done)


def set_limits(memory: int, size: int = SCRATCH_BYTES, *, tasks: bool = False) -> tuple[str, ...]:
    """Bound files (`size` bytes each), descriptors, core dumps and private memory (`memory` bytes and headroom).

    With `tasks` the number of processes and threads is bounded too, MAX_TASKS of this user; the kernel exempts root.
    """
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: MAX_FILES,
        resource.RLIMIT_FSIZE: size,
        # Address space is no measure: MindSpore reserves gigabytes that it never touches.
        resource.RLIMIT_DATA: memory + HEADROOM,
    }
    if tasks:
        wanted[resource.RLIMIT_NPROC] = MAX_TASKS
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))
    os.nice(NICENESS)
    # Should the machine itself run out of memory, the kernel takes this process and not its neighbours.
    _write("/proc/self/oom_score_adj", "1000")
    return ("limits on memory, files, descriptors and core dumps",)


def drop_privileges(
    folder: str, readable: Sequence[str] = (), devices: Sequence[str] = (), *, own_proc: bool = False
) -> tuple[str, ...]:
    """Give up every capability for good, and the right to change files anywhere but in `folder`.

    Only the system's programs and libraries, this Python, `folder` and `readable` can be read then; with `own_proc`
    all of /proc, which shows only the processes of this namespace. `devices` stay open for writing too.
    Last comes the seccomp filter.
    """
    done = []
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if drop_capabilities():
        done.append("no capabilities")
    readable = [*readable, *_READABLE, *_python(), *(("/proc",) if own_proc else _own_proc())]
    abi = _landlock(folder, devices, readable)
    if abi:
        done.append(f"Landlock {abi} (reads the system and what it was given, writes only to the scratch)")
    if seccomp.install():
        done.append("seccomp")
    return tuple(done)


def drop_capabilities() -> bool:
    """Give up every capability, those kept for other programs too; says whether the kernel did it."""
    number = _SYS_CAPSET.get(os.uname().machine)
    header = struct.pack("=II", _CAPABILITY_VERSION, 0)
    return number is not None and bool(_libc.syscall(number, header, bytes(24)) == 0)


def landlock_abi() -> int:
    """Return the version of Landlock's interface that this kernel has, 0 where it has none or it is switched off."""
    return max(0, int(_libc.syscall(_SYS_LANDLOCK, None, 0, 1)))


def _landlock(folder: str, devices: Sequence[str], readable: Sequence[str]) -> int:
    """Restrict reading and writing by Landlock; return its ABI version, 0 where the kernel has none or refuses."""
    abi = landlock_abi()
    if not abi:
        return 0
    change = _CHANGES | (_REFER if abi >= _ABI_REFER else 0) | (_TRUNCATE if abi >= _ABI_TRUNCATE else 0)
    connections = _CONNECTIONS if abi >= _ABI_CONNECTIONS else 0
    attributes = struct.pack("=QQQ", change | _READS, connections, _SCOPES if abi >= _ABI_SCOPES else 0)
    size = len(attributes) if abi >= _ABI_SCOPES else 16 if abi >= _ABI_CONNECTIONS else 8
    ruleset = _libc.syscall(_SYS_LANDLOCK, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return 0
    allowed = [_allow(ruleset, path, change | _READS) for path in (folder, "/dev/null", *devices)]
    allowed += [_allow(ruleset, path, _READS) for path in dict.fromkeys(readable) if os.path.exists(path)]  # noqa: PTH110
    restricted = all(allowed) and _libc.syscall(_SYS_LANDLOCK + 2, ruleset, 0) == 0
    os.close(ruleset)
    return abi if restricted else 0


def _allow(ruleset: int, path: str, access: int) -> bool:
    """Allow some access to a file, or to a folder and all below it."""
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        granted = access if stat.S_ISDIR(os.fstat(place).st_mode) else access & _OF_FILES
        rule = struct.pack("=Qi", granted, place)
        return bool(_libc.syscall(_SYS_LANDLOCK + 1, ruleset, 1, rule, 0) == 0)
    finally:
        os.close(place)


def _python() -> list[str]:
    """Return the folders of this Python and its libraries."""
    libraries = [item for item in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if item]
    paths = [sys.prefix, sys.base_prefix, *(item for item in sys.path if item.startswith("/")), *libraries]
    return [path for path in paths if path != "/"]


def _own_proc() -> list[str]:
    """Return what of a /proc that shows everybody a process needs to see."""
    return [f"/proc/{os.getpid()}", *(f"/proc/{name}" for name in ("cpuinfo", "meminfo", "stat", "filesystems", "sys"))]


def counted_apart() -> bool:
    """Say whether this kernel counts the processes of a user namespace without those of the same user outside."""
    version = (part for part in platform.release().split("-")[0].split(".")[:2] if part.isdigit())
    return tuple(map(int, version)) >= _COUNTED_APART


def _write(path: str, text: str) -> None:
    """Write to a file of the kernel; what it refuses shows in what works afterwards."""
    try:
        Path(path).write_text(text, encoding="ascii")
    except OSError:
        return
