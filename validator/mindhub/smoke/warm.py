"""A warm process: it imports MindSpore once, and forks for each card.

`python -m mindhub.smoke.warm FD`, started by mindhub.smoke.child and told over the socket FD what to do. It must do
nothing but import: once a process has executed an operator of MindSpore, it has threads, and its forks hang. So it
counts its threads before each fork.

Four processes stand in a row for a card. The warm one forks a *keeper*, which enters the namespaces; the keeper
forks an *init*, which is process 1 in there, so that its end is the end of all below it; the init forks the
*worker*, which runs the card's network and nothing else, and reports how it ended.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mindhub.smoke import sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    imported = threads()
    gc.collect()
    gc.freeze()
    versions = {"mindspore": mindspore.__version__, "numpy": np.__version__, "threads": imported}
    harness.send(json.dumps(versions).encode())
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    while True:
        ready, _, _ = select.select([harness.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, 1 << 12)
            _bury()
        if harness.fileno() in ready and not _serve(harness, imported):
            return


def threads() -> int:
    """Return the number of this process' threads."""
    return len(list(Path("/proc/self/task").iterdir()))


def unfit(expected: int) -> str:
    """Say why this process must not fork, empty where it may; `expected` is the number of threads that it may have.

    MindSpore starts threads with the first operator; a fork has only the one that called it, and waits for the others
    for ever.
    """
    now = threads()
    if now == expected:
        return ""
    return f"the process that forks for each card has {now} threads instead of {expected}: an operator was run in it"


def _serve(harness: socket.socket, imported: int) -> bool:
    """Take one order and answer with the keeper's pid and a descriptor of it; says whether there was an order."""
    order, descriptors, _, _ = socket.recv_fds(harness, 1 << 16, 4)
    if not order:
        return False
    # On the CPU one is all there may be, so that an operator which ran during the import is found too. The drivers of
    # other devices may start threads of their own when they are imported.
    expected = imported if json.loads(order)["devices"] else 1
    if reason := unfit(expected):
        harness.send(json.dumps({"error": reason}).encode())
        return False
    keeper = os.fork()
    if keeper == 0:
        _keep(harness, json.loads(order), descriptors)
    # Taken before it can be buried, so that it is this process' and no later one's of the same number.
    handle = os.pidfd_open(keeper)
    socket.send_fds(harness, [json.dumps({"keeper": keeper}).encode()], [handle])
    for received in (*descriptors, handle):
        os.close(received)
    return True


def _bury() -> None:
    """Take note of every keeper that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _keep(harness: socket.socket, order: Mapping[str, Any], descriptors: Sequence[int]) -> NoReturn:
    """Be the keeper: take the descriptors to their numbers, enter the namespaces, wait for the init."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        harness.close()
        os.setsid()
        for group in order["groups"]:
            Path(group).write_text("0", encoding="ascii")
        _arrange(descriptors)
        granted = sandbox.unshare()
        sandbox.die_with_parent()  # anew: entering a user namespace makes the kernel forget it
        init = os.fork()
        if init == 0:
            _init(order, granted)
        os.waitpid(init, 0)
    finally:
        os._exit(0)


def _init(order: Mapping[str, Any], granted: tuple[str, ...]) -> NoReturn:
    """Be the init: mount, fork the worker, report how it ended."""
    try:
        sandbox.die_with_parent()
        applied = sandbox.mount_scratch(str(order["folder"]), granted, int(order["scratch"]))
        worker = os.fork()
        if worker == 0:
            _work(order, granted, applied)
        while True:
            ended, status = os.wait()  # orphans too: their init is this process
            if ended == worker:
                os.write(_STATUS, f"{status}".encode())
                break
    finally:
        os._exit(0)


def _work(order: Mapping[str, Any], granted: tuple[str, ...], applied: tuple[str, ...]) -> NoReturn:
    """Be the worker: give up every right, then run what the job says."""
    code = 70  # EX_SOFTWARE
    try:
        os.close(_STATUS)
        sandbox.die_with_parent()
        folder = str(order["folder"])
        os.chdir(folder)
        os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = folder
        limits = sandbox.set_limits(
            int(order["memory"]), int(order["scratch"]), tasks="user" in granted and sandbox.counted_apart()
        )
        faulthandler.enable()
        # As a network's author expects them: the init ignored nothing, but the harness may have.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        dropped = sandbox.drop_privileges(
            folder, list(order["readable"]), list(order["devices"]), own_proc="own /proc" in applied
        )
        names = [f"namespaces {'+'.join(granted)}"] if granted else ["no namespaces"]
        groups = ["cgroup"] if order["groups"] else []
        note = [str(order["note"])] if order["note"] else []
        from mindhub.smoke import worker

        worker.main(JOB, RESULT, "; ".join([*note, *names, *applied, *dropped, *groups, *limits]))
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
