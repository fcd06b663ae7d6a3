"""One child process per card, seen from the harness: started, watched, and brought to an end."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from mindhub.smoke import bubblewrap
from mindhub.smoke.cgroup import Group, make_group
from mindhub.smoke.devices import CPU, Device
from mindhub.smoke.processes import kill_below
from mindhub.smoke.sandbox import HEADROOM, MAX_TASKS, SCRATCH_BYTES, environment
from mindhub.smoke.watch import TAIL, Outcome, Received, Root, Watch
from mindhub.smoke.wire import encode
from mindhub.smoke.worker import new_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from mindhub.smoke.contract import Limits
    from mindhub.smoke.wire import Message

__all__ = ["HarnessError", "Nursery", "Outcome", "Received"]

_IMPORT_SECONDS = 180.0  # a cold disk has taken 40
_GRACE = 10.0  # seconds for a killed process to go
#: What `--unsandboxed` puts before the description of the sandbox, in every record.
UNSANDBOXED = "NOT the full sandbox, by --unsandboxed"


class HarnessError(Exception):
    """The harness itself cannot run networks here; `kind` is a word for programs. Never a card's fault."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message

    def __str__(self) -> str:
        return self.message


class Nursery:
    """Starts children: reviewed code from a warm process, foreign code in the full sandbox.

    Use it as a context. Several threads may run children at the same time; the warm process is started when the
    first is wanted. `unsandboxed` lets foreign code run where reviewed code runs, and every record says so. `python` is
    the one that has MindSpore, this one if absent; `device` is what the children may open.
    """

    def __init__(self, *, unsandboxed: bool = False, python: Path | None = None, device: Device = CPU) -> None:
        self._unsandboxed = unsandboxed
        self._python = str(python or sys.executable)
        self._device = device
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.versions: Mapping[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def run(
        self,
        job: Mapping[str, Any],
        arrays: Sequence[NDArray[Any]],
        checkpoint: Path | None,
        limits: Limits,
        notice: Callable[[Message], None] = lambda _: None,
        scratch_bytes: int = SCRATCH_BYTES,
        *,
        foreign: bool = False,
        readonly: Sequence[Path] = (),
    ) -> Outcome:
        """Run one job in a child of its own and return how it fared; raises HarnessError, never for a card's fault.

        `notice` is called with each message as it comes. Without a checkpoint the job is to make one, in a scratch of
        `scratch_bytes`. `foreign` code runs in the full sandbox only. `readonly` are the files and folders that the
        child may read beside the system's, this Python's and its checkpoint.
        """
        full = foreign and not self._unsandboxed
        if full and (missing := bubblewrap.available()) is not None:
            raise HarnessError("no-sandbox", f"unreviewed code needs the full sandbox: {missing}")
        with tempfile.TemporaryDirectory(prefix="mindhub-smoke-") as name, ExitStack() as stack:
            scratch = Path(name, "scratch")
            scratch.mkdir(mode=0o700)
            # MindSpore wants the ending, which a file in the store does not have.
            link = Path(name, f"model.{(job.get('table') or {}).get('format', 'ckpt')}")
            if checkpoint:
                link.symlink_to(checkpoint.resolve())
                readonly = [*readonly, link]
            else:
                link = Path(bubblewrap.SCRATCH if full else scratch, "model.ckpt")
            token = new_token()
            frame = token.encode() + encode(token, "job", {**job, "checkpoint": str(link)}, arrays)
            ends = [os.pipe() for _ in range(4)]
            job_read, job_write = ends[0]
            theirs = [job_read, *(write for _, write in ends[1:])]
            ours = [job_write, *(read for read, _ in ends[1:])]
            for descriptor in ours:
                stack.callback(os.close, descriptor)
                os.set_blocking(descriptor, False)
            group = make_group(limits.memory + HEADROOM, MAX_TASKS)
            if group is not None:
                stack.callback(group.remove)
            try:
                if full:
                    root = self._wrapped(theirs, limits.memory, scratch_bytes, readonly, group)
                else:
                    note = UNSANDBOXED if foreign else ""
                    readable = [str(path) for path in readonly]
                    readable += [str(Path(job["registry"], "networks"))] if "registry" in job else []
                    order = {"folder": str(scratch), "memory": limits.memory, "scratch": scratch_bytes, "note": note}
                    order |= {"devices": list(self._device.nodes)}
                    order |= {"readable": readable, "groups": [str(path) for path in group.entrances] if group else []}
                    root = self._forked(json.dumps(order).encode(), theirs)
            finally:
                for descriptor in theirs:
                    os.close(descriptor)
            stack.callback(os.close, root.descriptor)
            watch = Watch(token, limits, notice)
            try:
                versions = _versions(self._python) if full else self.versions
                outcome = watch.follow(root, frame, ours, versions, group.ran_out if group else lambda: False)
            finally:
                _end(root, group)
        return _begun(outcome)

    def _wrapped(
        self,
        theirs: Sequence[int],
        memory: int,
        scratch_bytes: int,
        readonly: Sequence[Path],
        group: Group | None,
    ) -> Root:
        """Start a process of its own in the full sandbox."""
        job, result, _, output = theirs
        hidden = bubblewrap.unreadable(readonly)
        if hidden is not None:
            raise HarnessError("local", f"{hidden} cannot be read by others, as the sandbox's user is: chmod o+r")
        described = bubblewrap.description() + (f"; cgroup v{group.version}" if group else "")
        inner = [self._python, "-s", "-P", "-m", "mindhub.smoke.fresh", str(result), described]
        wrapped = bubblewrap.command(
            inner,
            readonly=readonly if self._python == sys.executable else [*readonly, Path(self._python).parents[1]],
            scratch_bytes=scratch_bytes,
            memory=memory,
            result_fd=result,
            devices=[Path(node) for node in self._device.nodes],
        )
        if group is not None:
            # Whoever enters takes along what it starts, and nothing has been started yet.
            enter = "".join(f"echo 0 > '{path}' && " for path in group.entrances)
            wrapped = ["/bin/sh", "-c", f'{enter}exec "$@"', "sh", *wrapped]
        process = subprocess.Popen(  # noqa: S603 - bubblewrap with our own module inside
            wrapped, stdin=job, stdout=output, stderr=output, pass_fds=[result], start_new_session=True
        )
        return Root(process.pid, os.pidfd_open(process.pid), lambda: _status_of(process), imports=True)

    def _forked(self, order: bytes, theirs: Sequence[int]) -> Root:
        """Have the warm process fork."""
        with self._lock:
            # A warm process that died since the last card is noticed only now; a second one is not excused.
            return self._ask(order, theirs) or self._ask(order, theirs) or _gone()

    def _ask(self, order: bytes, theirs: Sequence[int]) -> Root | None:
        """Send an order; return the keeper, None where the warm process is gone."""
        warm = self._warm()
        try:
            socket.send_fds(warm, [order], theirs)
            said, descriptors, _, _ = socket.recv_fds(warm, 1 << 16, 1)
            answer = json.loads(said)
        except (OSError, ValueError):
            self.close()
            return None
        if "error" in answer:
            self.close()
            raise HarnessError("harness", answer["error"])
        return Root(int(answer["keeper"]), descriptors[0])

    def _warm(self) -> socket.socket:
        """Return the socket of the warm process, started if it does not run."""
        if self._socket is not None and self._process is not None and self._process.poll() is None:
            return self._socket
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._folder = tempfile.TemporaryDirectory(prefix="mindhub-warm-")
        with theirs, tempfile.TemporaryFile() as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
                [self._python, "-s", "-P", "-m", "mindhub.smoke.warm", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                cwd=self._folder.name,
                env={**environment(self._folder.name), **self._device.variables(os.environ)},
                start_new_session=True,
            )
            theirs.close()
            self._socket = ours
            ours.settimeout(_IMPORT_SECONDS)
            try:
                hello = json.loads(ours.recv(1 << 16) or b"null")
            except (OSError, ValueError):
                hello = None
            ours.settimeout(None)
            if not isinstance(hello, dict) or "error" in hello:
                errors.seek(0)
                last = errors.read()[-TAIL:].decode(errors="replace").strip().rpartition("\n")[2]
                self.close()
                said = hello["error"] if isinstance(hello, dict) else f"no answer; {last or 'it printed nothing'}"
                raise HarnessError("no-mindspore", f"MindSpore cannot be imported: {said}")
        self.versions = hello
        return ours


def _end(root: Root, group: Group | None) -> None:
    """End whatever is left of a child, and wait until its root is gone."""
    if group is not None:
        group.kill()
    gone = bool(select.select([root.descriptor], [], [], 0)[0])
    stubborn = not gone and not kill_below(root.pid)
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(root.descriptor, signal.SIGKILL)
    ended = select.select([root.descriptor], [], [], _GRACE)[0]
    root.status()
    if stubborn or not ended:
        raise HarnessError("harness", f"the processes below {root.pid} do not end")


def _begun(outcome: Outcome) -> Outcome:
    """Refuse an outcome of which the card's code was not even reached: that is ours to mend."""
    if not outcome.received and outcome.ending in ("exit", "signal"):
        last = outcome.output.rpartition("\n")[2] or f"it ended with {outcome.detail}"
        return replace(outcome, ending="harness", detail=f"the process could not be set up: {last}")
    return outcome


def _status_of(process: subprocess.Popen[bytes]) -> bytes:
    """Return a wait status in digits; bubblewrap ends with 128 and the signal where the process inside had one."""
    code = process.wait(_GRACE)
    if code < 0:
        return str(-code).encode()
    return str(code - 128 if code > 128 else code << 8).encode()  # noqa: PLR2004 - a shell's convention, explained


@cache
def _versions(python: str) -> dict[str, str]:
    """Return the versions that a fresh process will import; not that process' word: foreign code runs in it."""
    asked = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('mindspore', 'numpy')}))"
    done = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise HarnessError("no-mindspore", "MindSpore or numpy is not installed; pip install 'mindhub[run]'")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _gone() -> NoReturn:
    raise HarnessError("harness", "the process that forks for each card died twice")
