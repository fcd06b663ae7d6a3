"""Networks that each go wrong in one way; copied into a registry's `networks/` by the tests."""

# A network that goes wrong ignores its inputs, prints, and has no time for paths made of objects.
# ruff: noqa: ARG002, T201, PTH111, PTH109, PTH208

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
from mindspore import Tensor, nn


class Fine(nn.Cell):
    """Two outputs for three features; the others do something before or instead."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Dense(3, 2)

    def construct(self, rows):
        return self.fc(rows)


class Broken(Fine):
    def __init__(self):
        super().__init__()
        raise RuntimeError("no such layer")


class Raises(Fine):
    def construct(self, rows):
        raise ValueError("the third feature is missing")


class Sleeps(Fine):
    def construct(self, rows):
        time.sleep(600)
        return self.fc(rows)


class Hoards(Fine):
    def construct(self, rows):
        held = []
        while True:
            held.append(np.ones(2_000_000))
            time.sleep(0.005)


class Asks(Fine):
    def construct(self, rows):
        return Tensor(np.ones(2_000_000_000).sum())


class Crashes(Fine):
    def construct(self, rows):
        return ctypes.string_at(0)


class Aborts(Fine):
    def construct(self, rows):
        os.abort()


class Exits(Fine):
    def construct(self, rows):
        print("so long", flush=True)
        os._exit(0)


class Quits(Fine):
    def construct(self, rows):
        raise SystemExit(0)


class Forks(Fine):
    def construct(self, rows):
        # More than the harness allows, fewer than the kernel's own limit, at which a fork raises.
        for _ in range(100):
            if os.fork() == 0:
                time.sleep(600)
        time.sleep(600)
        return self.fc(rows)


class Leaves(Fine):
    """Starts a process that leaves the session, and goes on."""

    def construct(self, rows):
        subprocess.Popen(["sleep", Path(__file__).with_name("nap").read_text()], start_new_session=True)
        return self.fc(rows)


class Prints(Fine):
    def construct(self, rows):
        for _ in range(200):
            print("MHF1 " + "x" * 10_000)
        return self.fc(rows)


class Scribbles(Fine):
    """Writes into every pipe it can find."""

    def construct(self, rows):
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b'{"kind": "done", "verdict": "passed"}\n')
            except OSError:
                continue
        return self.fc(rows)


class Forges(Fine):
    """Knows how messages are written, but not this run's token."""

    def construct(self, rows):
        from mindhub.smoke.warm import RESULT
        from mindhub.smoke.wire import encode

        os.write(RESULT, encode("0" * 32, "done", {}))
        return self.fc(rows)


class Hurries(Fine):
    """Sends a message in the worker's name, out of its turn."""

    def construct(self, rows):
        import sys

        frame = sys._getframe()
        while "send" not in frame.f_locals:
            frame = frame.f_back
        frame.f_locals["send"]("done", {})
        return self.fc(rows)


class Wide(Fine):
    def construct(self, rows):
        return self.fc(rows).reshape(2, -1)


class Pair(Fine):
    def construct(self, rows):
        return self.fc(rows), self.fc(rows)


class Whole(Fine):
    def construct(self, rows):
        return self.fc(rows).astype("int32")


class NotANumber(Fine):
    def construct(self, rows):
        return self.fc(rows) / 0.0 * 0.0


class Text(Fine):
    def construct(self, rows):
        return "two"


class Writes(Fine):
    """Tries to change the registry, and says how that went."""

    def construct(self, rows):
        Path(__file__).with_name("planted.py").write_text("planted")
        return self.fc(rows)


class Calls(Fine):
    """Tries to reach a server on this machine."""

    def construct(self, rows):
        socket.create_connection(("127.0.0.1", int(Path(__file__).with_name("port").read_text())), 2)
        return self.fc(rows)


class Looks(Fine):
    """Fails with what it finds of the caller's surroundings."""

    def construct(self, rows):
        found = [name for name in os.environ if "SECRET" in name]
        raise ValueError(
            f"secrets {found}, folder {sorted(os.listdir())}, home {os.path.expanduser('~') == os.getcwd()}"
        )


class Wine(nn.Cell):
    """Thirteen features, three classes."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Dense(13, 3)

    def construct(self, rows):
        return self.fc(rows)
