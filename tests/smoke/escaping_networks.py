"""Networks that try to get out; copied into a registry's `networks/` by the tests."""

# What breaks out has no time for manners.
# ruff: noqa: T201, PTH102, PTH108, PTH110, PTH123, PTH208, SIM115, BLE001

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from mindspore import nn

_libc = ctypes.CDLL(None, use_errno=True)


class Fine(nn.Cell):
    """Two outputs for three features; the others do something before."""

    def __init__(self, **given):
        super().__init__()
        self.fc = nn.Dense(3, 2)
        self.given = given

    def construct(self, rows):
        self.act()
        return self.fc(rows)

    def act(self):
        pass


def attempt(name, act):
    """Print what came of an attempt: an OSError is what it has to end in."""
    try:
        print(f"{name}: ESCAPED: {act()!r}", flush=True)
    except OSError as error:
        print(f"{name}: held: {errno.errorcode.get(error.errno, error.errno)}", flush=True)
    except Exception as error:
        print(f"{name}: broken: {error!r}", flush=True)


def call(number, *arguments):
    """Make a system call, by its number on this machine."""
    result = _libc.syscall(number[0] if os.uname().machine == "x86_64" else number[1], *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


class Tries(Fine):
    """One attempt after the other, none of which ends the process."""

    def act(self):
        given = self.given
        attempt("internet", lambda: socket.create_connection(("127.0.0.1", given["port"]), 2))
        attempt("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
        attempt("raw packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        attempt("abstract socket", lambda: socket.socket(socket.AF_UNIX).connect("\0" + given["abstract"]))
        attempt("socket file", lambda: socket.socket(socket.AF_UNIX).connect(given["socket"]))
        attempt("reading outside", lambda: open(given["secret"]).read())
        attempt("reading passwords", lambda: open("/etc/shadow").read())
        attempt("reading a home", lambda: os.listdir(given["home"]))
        attempt("reading the harness", lambda: open(f"/proc/{given['harness']}/environ", "rb").read())
        attempt("writing outside", lambda: open(given["outside"] + "/written", "w"))
        attempt("writing the network", lambda: open(__file__, "a"))
        attempt("writing a library", lambda: open(np.__file__, "a"))
        attempt("writing beside a library", lambda: open(str(Path(np.__file__).with_name("x.pth")), "w"))
        attempt("writing to the system", lambda: open("/usr/bin/mindhub-was-here", "w"))
        attempt("making a folder at the top", lambda: os.mkdir("/mindhub-was-here"))
        attempt("making a folder in /dev", lambda: os.mkdir("/dev/mindhub-was-here"))
        attempt("tuning the kernel", lambda: open("/proc/sys/vm/overcommit_memory", "w").write("0"))
        attempt("signalling the harness", lambda: os.kill(given["harness"], signal.SIGUSR1))
        attempt("signalling the parent", lambda: os.kill(os.getppid(), signal.SIGKILL) or parent_gone())
        attempt("tracing the harness", lambda: call((101, 117), 16, given["harness"], 0, 0))
        attempt("reading memory of the parent", lambda: open(f"/proc/{os.getppid()}/mem", "rb").read(1))
        attempt("a user namespace", lambda: call((272, 97), 0x10000000))
        attempt("a clone with namespaces", lambda: call((56, 220), 0x10000000 | 17, 0, 0, 0, 0))
        attempt("mounting", lambda: call((165, 40), b"x", b"/tmp", b"tmpfs", 0, None))
        attempt("loading a filter program", lambda: call((321, 280), 0, None, 0))
        attempt("keys", lambda: call((250, 219), 0, -3, 1))
        attempt("io_uring", lambda: call((425, 425), 1, ctypes.create_string_buffer(120)))
        attempt("page faults", lambda: call((323, 282), 0))
        attempt("performance counters", lambda: call((298, 241), ctypes.create_string_buffer(128), 0, -1, -1, 0))
        attempt("memory without a process", lambda: call((319, 279), b"x", 0))
        attempt("shared memory", lambda: call((29, 194), 0, 1 << 30, 0o1600))
        attempt("becoming root", lambda: os.setresuid(0, 0, 0) if os.getuid() else os.setgroups([0, 1]))
        attempt("changing the clock", lambda: call((227, 112), 0, struct.pack("qq", 0, 0)))
        attempt("changing the host's name", lambda: call((170, 161), b"x", 1))
        attempt("filling the disk", lambda: fill("."))
        attempt("filling the shared folder", lambda: fill("/dev/shm"))
        print("left behind:", subprocess.Popen(["/bin/sleep", given["nap"]], start_new_session=True).pid, flush=True)
        inherited = sorted(int(name) for name in os.listdir("/proc/self/fd"))
        print("descriptors:", len([name for name in inherited if name > 2]), flush=True)
        print("environment:", " ".join(sorted(os.environ)), flush=True)


def parent_gone():
    """Say whether the parent could be killed, which the harness would see as well."""
    time.sleep(0.2)
    if Path(f"/proc/{os.getppid()}").exists():
        raise OSError(errno.ESRCH, "it lives")
    return "the parent is gone"


def fill(folder):
    """Write until that is refused, and raise what it was refused with, unless more than 1 GiB was taken."""
    written = 0
    block = bytes(1 << 20)
    names = []
    try:
        while written < 1 << 30:
            names.append(f"{folder}/filling-{len(names)}")
            with open(names[-1], "wb") as stream:
                for _ in range(64):
                    stream.write(block)
                    written += len(block)
    finally:
        for name in names:
            if os.path.exists(name):
                os.unlink(name)
    return written


class ForkBomb(Fine):
    def act(self):
        while True:
            try:
                os.fork()
            except OSError:
                time.sleep(0.01)


class MemoryBomb(Fine):
    def act(self):
        held = []
        while True:
            held.append(np.ones(4_000_000))


class ForkedMemory(Fine):
    def act(self):
        held = []
        for _ in range(8):
            if os.fork() == 0:
                break
        while True:
            held.append(np.ones(1_000_000))
            time.sleep(0.002)


class Forges(Fine):
    def act(self):
        header = b'{"kind": "done", "token": "00000000000000000000000000000000", "values": {}, "arrays": []}'
        everywhere(struct.pack("<4sQQ", b"MHF1", len(header), 0) + header)
        time.sleep(600)


class Claims(Fine):
    def act(self):
        everywhere(struct.pack("<4sQQ", b"MHF1", 1 << 40, 1 << 50))
        time.sleep(600)


class Floods(Fine):
    def act(self):
        while True:
            everywhere(bytes(1 << 16))


class Drips(Fine):
    """A frame that never ends, of the largest size that one may have."""

    def act(self):
        everywhere(struct.pack("<4sQQ", b"MHF1", 1 << 20, 1 << 28))
        while True:
            everywhere(bytes(1 << 12))
            time.sleep(0.05)


def everywhere(data):
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                os.write(int(name), data)
            except OSError:
                continue


class Stays(Fine):
    def act(self):
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                continue
        while True:
            time.sleep(1)


class Kills(Fine):
    def act(self):
        os.kill(os.getpid(), signal.SIGKILL)


class KillsAll(Fine):
    def act(self):
        os.kill(-1, signal.SIGKILL)
        time.sleep(0.5)


class Leaves(Fine):
    def act(self):
        sys.stdout.flush()
        os._exit(0)
