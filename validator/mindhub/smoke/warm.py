"""A warm process: it imports MindSpore once, and forks for each card.

`python -m mindhub.smoke.warm FD`, started by mindhub.smoke.child and told over the socket FD what to do. It must do
nothing but import: once a process has executed an operator of MindSpore, its forks hang.

Four processes stand in a row for a card. The warm one forks a *keeper*, which enters the namespaces; the keeper
forks an *init*, which is process 1 in there, so that its end is the end of all below it; the init forks the
*worker*, which runs the card's network and nothing else, and reports how it ended.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from mindhub.smoke import sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Descriptors of a worker: the job comes in on one, messages go out on the other.
JOB, RESULT = 3, 4
_STATUS = 5


def main(descriptor: int) -> None:
    """Import, say so, and fork for every order until the harness hangs up."""
    sandbox.die_with_parent()
    harness = socket.socket(fileno=descriptor)
    try:
        import mindspore
        import numpy as np

        # Imported here so that the forks need not.
        from mindhub.smoke import loading, worker  # noqa: F401
    except Exception as error:  # noqa: BLE001 - whatever it is, the harness says it
        harness.send(json.dumps({"error": f"{type(error).__name__}: {error}"[:2000]}).encode())
        return
    versions = {
        "mindspore": mindspore.__version__,
        "numpy": np.__version__,
        "threads": len(list(Path("/proc/self/task").iterdir())),
    }
    gc.collect()
    gc.freeze()
    harness.send(json.dumps(versions).encode())
    while True:
        order, descriptors, _, _ = socket.recv_fds(harness, 1 << 16, 4)
        if not order:
            return
        keeper = os.fork()
        if keeper == 0:
            harness.close()
            _keep(json.loads(order), descriptors)
        for received in descriptors:
            os.close(received)
        harness.send(json.dumps({"keeper": keeper}).encode())
        os.waitpid(keeper, 0)
        harness.send(b"{}")


def _keep(order: dict[str, object], descriptors: Sequence[int]) -> NoReturn:
    """Be the keeper: take the descriptors to their numbers, enter the namespaces, wait for the init."""
    try:
        os.setsid()
        _arrange(descriptors)
        granted = sandbox.unshare()
        sandbox.die_with_parent()  # anew: entering a user namespace makes the kernel forget it
        init = os.fork()
        if init == 0:
            _init(order, granted)
        os.waitpid(init, 0)
    finally:
        os._exit(0)


def _init(order: dict[str, object], granted: tuple[str, ...]) -> NoReturn:
    """Be the init: mount, fork the worker, report how it ended."""
    try:
        sandbox.die_with_parent()
        folder, memory = str(order["folder"]), int(str(order["memory"]))
        scratch = int(str(order["scratch"]))
        applied = sandbox.mount_scratch(folder, granted, scratch)
        worker = os.fork()
        if worker == 0:
            _work(folder, memory, scratch, granted, applied)
        while True:
            ended, status = os.wait()  # orphans too: their init is this process
            if ended == worker:
                os.write(_STATUS, f"{status}".encode())
                break
    finally:
        os._exit(0)


def _work(folder: str, memory: int, scratch: int, granted: tuple[str, ...], applied: tuple[str, ...]) -> NoReturn:
    """Be the worker: give up every right, then run what the job says."""
    code = 70  # EX_SOFTWARE
    try:
        os.close(_STATUS)
        sandbox.die_with_parent()
        os.chdir(folder)
        os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = folder
        limits = sandbox.set_limits(memory, scratch)
        dropped = sandbox.drop_privileges(folder)
        names = [f"namespaces {'+'.join(granted)}"] if granted else ["no namespaces"]
        faulthandler.enable()
        # As a network's author expects them: the init ignored nothing, but the harness may have.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        from mindhub.smoke import worker

        worker.main(JOB, RESULT, "; ".join([*names, *applied, *dropped, *limits]))
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _arrange(descriptors: Sequence[int]) -> None:
    """Bring job, result, status and output to their numbers and close whatever else is open."""
    high = [os.dup2(received, 100 + place) for place, received in enumerate(descriptors)]
    job, result, status, output = high
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2), (job, JOB), (result, RESULT), (status, _STATUS)):
        os.dup2(source, target)
    os.closerange(_STATUS + 1, 1 << 12)


if __name__ == "__main__":
    main(int(sys.argv[1]))
