"""A seccomp filter: the system calls that no network needs are refused, whoever asks.

The filter is a list of what is denied, not of what is allowed: MindSpore, OpenMP and the C library make some two
hundred different calls, and other ones with every release, whereas what lets a process out of a sandbox is known.
A refused call returns an error, so that a library that merely tries goes on without.

The program is classic BPF as the kernel's documentation (userspace-api/seccomp_filter.rst) describes it, 8 bytes an
instruction, written out here; numbers of system calls are those of include/uapi/asm-generic/unistd.h and
arch/x86/entry/syscalls/syscall_64.tbl. Nothing but the standard library is used.
"""

from __future__ import annotations

import ctypes
import os
import struct

#: Refused with EPERM: name -> number on x86-64, on arm64 (None where it has no such call).
DENIED: dict[str, tuple[int | None, int | None]] = {
    # file systems and what they look like
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    # other processes, and this one from outside
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # new namespaces: a user namespace gives back every capability inside it
    "unshare": (272, 97), "setns": (308, 268),
    # large parts of the kernel that ordinary programs never reach
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "lookup_dcookie": (212, 18),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "personality": (135, 92), "modify_ldt": (154, None),
    "uselib": (134, None), "ustat": (136, None), "vmsplice": (278, 75), "nfsservctl": (180, 42),
    # the machine
    "reboot": (169, 142), "syslog": (103, 116), "iopl": (172, None), "ioperm": (173, None), "vhangup": (153, 58),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "adjtimex": (159, 171),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    # sockets, where something brought one along
    "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    # memory that belongs to no process, and so to no limit
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180),
}  # fmt: skip
#: Looked at by their arguments.
_SOCKET, _SOCKETPAIR, _CLONE, _IOCTL = (41, 198), (53, 199), (56, 220), (16, 29)
#: Answered as by a kernel that does not have it, so that the C library takes clone: its flags lie in memory, where a
#: filter cannot look.
_CLONE3 = 435

_SOCK_STREAM = 1
_NEW_NAMESPACES = 0x7E020000 | 0x80  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET,TIME}
_TERMINAL = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX type into the terminal
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32 = 0x40000000  # the bit of x86-64's other system calls

_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data; both words little-endian
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2


def program(machine: str) -> bytes | None:
    """Return the filter for a machine as `uname -m` names it, None where its numbers are not known.

    Calls of another architecture (32-bit ones on x86-64) end the process; there are no sockets but connected pairs of
    streams, because a file may be the socket of a service outside; a clone may not make namespaces.
    """
    if machine not in _ARCHITECTURES:
        return None
    architecture, column = _ARCHITECTURES[machine]
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for numbers in DENIED.values():
        if (number := numbers[column]) is not None:
            lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE | _EPERM)]
    lines += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _REFUSE | _ENOSYS)]
    lines += [
        (_EQUAL, 0, 1, _SOCKET[column]),
        (_RETURN, 0, 0, _REFUSE | _EAFNOSUPPORT),
        (_EQUAL, 0, 5, _SOCKETPAIR[column]),
        (_LOAD, 0, 0, _SECOND),
        (_AND, 0, 0, 0xF),
        (_EQUAL, 0, 1, _SOCK_STREAM),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | _EAFNOSUPPORT),
        (_EQUAL, 0, 4, _CLONE[column]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_OF, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _REFUSE | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 4, _IOCTL[column]),
        (_LOAD, 0, 0, _SECOND),
        (_EQUAL, 1, 0, _TERMINAL[0]),
        (_EQUAL, 0, 1, _TERMINAL[1]),
        (_RETURN, 0, 0, _REFUSE | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *line) for line in lines)


def install() -> bool:
    """Put this thread and whatever it starts under the filter for good; says whether the kernel has done so.

    A process that has other threads must not call it: they would stay outside.
    """
    code = program(os.uname().machine)
    if code is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    held = ctypes.create_string_buffer(code, len(code))
    filter_ = struct.pack("@HxxxxxxP", len(code) // 8, ctypes.addressof(held))  # struct sock_fprog
    libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(_SET_SECCOMP, _FILTER, filter_, 0, 0) == 0)
