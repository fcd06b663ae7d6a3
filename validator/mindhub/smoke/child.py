"""One child process per card, seen from the harness: started, watched, and brought to an end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from mindhub.smoke.processes import descendants, kill_tree, peak, resident
from mindhub.smoke.sandbox import SCRATCH_BYTES, environment
from mindhub.smoke.wire import Decoder, Message, WireError, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from mindhub.smoke.contract import Limits

_TAIL = 8 << 10  # bytes of what a network printed that are kept
_MAX_PROCESSES = 64  # descendants of a worker; no network needs one
_MAX_MESSAGES = 64
_POLL = 0.05  # seconds between two looks at the processes, at least
_IMPORT_SECONDS = 180.0  # a cold disk has taken 40
_GRACE = 10.0  # seconds for a killed process to go


class HarnessError(Exception):
    """The harness itself cannot run networks here; `kind` is a word for programs. Never a card's fault."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Received:
    """A message and when it came."""

    message: Message
    seconds: float  #: since the child was started
    memory: int  #: peak resident bytes of the child up to then


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child fared."""

    received: tuple[Received, ...]
    #: `done`, `exit`, `signal`, `timeout`, `out-of-memory`, `processes`, `garbled`, `forged` or `harness`
    ending: str
    detail: str = ""
    output: str = ""  #: the last that it printed
    seconds: float = 0.0
    memory: int = 0  #: peak resident bytes
    versions: Mapping[str, Any] = field(default_factory=dict)  #: of what the child imported

    def of(self, kind: str) -> list[Received]:
        """Return the messages of a kind."""
        return [item for item in self.received if item.message.kind == kind]


class Nursery:
    """Starts children from a warm process, which is itself started when the first is wanted.

    Use it as a context; one child at a time.
    """

    def __init__(self) -> None:
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
    ) -> Outcome:
        """Run one job in a child of its own and return how it fared; raises HarnessError, never for a card's fault.

        `notice` is called with each message as it comes. Without a checkpoint the job is to make one, in a scratch of
        `scratch_bytes`.
        """
        self._warm()
        with tempfile.TemporaryDirectory(prefix="mindhub-smoke-") as name, ExitStack() as stack:
            scratch = Path(name, "scratch")
            scratch.mkdir(mode=0o700)
            # MindSpore wants the ending, which a file in the store does not have.
            link = Path(name if checkpoint else scratch, "model.ckpt")
            if checkpoint:
                link.symlink_to(checkpoint.resolve())
            watch = _Watch(limits, notice)
            frame = watch.token.encode() + encode(watch.token, "job", {**job, "checkpoint": str(link)}, arrays)
            ends = [os.pipe() for _ in range(4)]
            job_read, job_write = ends[0]
            theirs = [job_read, *(write for _, write in ends[1:])]
            ours = [job_write, *(read for read, _ in ends[1:])]
            for descriptor in ours:
                stack.callback(os.close, descriptor)
                os.set_blocking(descriptor, False)
            order = json.dumps({"folder": str(scratch), "memory": limits.memory, "scratch": scratch_bytes}).encode()
            try:
                # A warm process that died since the last card is noticed only now; a second one is not excused.
                harness, keeper = self._fork(order, theirs) or self._fork(order, theirs) or _gone()
            finally:
                for descriptor in theirs:
                    os.close(descriptor)
            try:
                outcome = watch.follow(keeper, harness, frame, ours, self.versions)
            finally:
                if not kill_tree(keeper):
                    self.close()
            self._settle(harness)
        return outcome

    def _fork(self, order: bytes, theirs: Sequence[int]) -> tuple[socket.socket, int] | None:
        """Have the warm process fork; return its socket and the keeper's pid, None where it is gone."""
        harness = self._warm()
        try:
            socket.send_fds(harness, [order], theirs)
            return harness, int(json.loads(harness.recv(1 << 16))["keeper"])
        except (OSError, ValueError, KeyError):
            self.close()
            return None

    def _settle(self, harness: socket.socket) -> None:
        """Wait until the warm process has buried the keeper; end it where it does not answer."""
        try:
            harness.settimeout(_GRACE)
            harness.recv(1 << 16)
        except OSError:
            self.close()
        finally:
            harness.settimeout(None)

    def _warm(self) -> socket.socket:
        """Return the socket of the warm process, started if it does not run."""
        if self._socket is not None and self._process is not None and self._process.poll() is None:
            return self._socket
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._folder = tempfile.TemporaryDirectory(prefix="mindhub-warm-")
        with theirs, tempfile.TemporaryFile() as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
                [sys.executable, "-s", "-P", "-m", "mindhub.smoke.warm", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                cwd=self._folder.name,
                env=environment(self._folder.name),
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
                last = errors.read()[-_TAIL:].decode(errors="replace").strip().rpartition("\n")[2]
                self.close()
                said = hello["error"] if isinstance(hello, dict) else f"no answer; {last or 'it printed nothing'}"
                raise HarnessError("no-mindspore", f"MindSpore cannot be imported: {said}")
        self.versions = hello
        return ours


class _Watch:
    """Follows one child: collects what it says, and ends it when a limit is passed."""

    def __init__(self, limits: Limits, notice: Callable[[Message], None]) -> None:
        from mindhub.smoke.worker import new_token

        self.token = new_token()
        self._limits = limits
        self._notice = notice
        self._decoder = Decoder(self.token)
        self._received: list[Received] = []
        self._output = b""
        self._status = b""
        self._peak = 0
        self._ending = ("", "")
        self._started = time.monotonic()

    def follow(
        self, keeper: int, harness: socket.socket, frame: bytes, ours: Sequence[int], versions: Mapping[str, Any]
    ) -> Outcome:
        """Feed and read the child until it ends, or end it."""
        job, result, status, output = ours
        readers = {result, status, output}
        rest = memoryview(frame)
        next_look = 0.0
        while not self._ending[0]:
            if time.monotonic() >= next_look:
                cost = self._look(keeper)
                next_look = time.monotonic() + max(_POLL, 10 * cost)
            wait = max(0.0, next_look - time.monotonic())
            wanted: list[int | socket.socket] = [*readers, harness]
            readable, writable, _ = select.select(wanted, [job] if rest else [], [], wait)
            if writable:
                rest = rest[_send(job, rest) :]
            for descriptor in [item for item in readable if isinstance(item, int) and item in readers]:
                if not self._read(descriptor, result, status, keeper):
                    readers.discard(descriptor)
            if self._status or harness in readable:
                # The worker is gone: what it wrote before is still in the pipes.
                for descriptor in sorted(readers - {status}):
                    while not self._ending[0] and self._read(descriptor, result, status, keeper):
                        pass
                self._end(*self._judged())
            elif self._received and self._received[-1].message.kind in ("done", "raised"):
                self._end("done", "")
        return Outcome(
            tuple(self._received),
            *self._ending,
            output=self._output.decode(errors="replace").strip(),
            seconds=time.monotonic() - self._started,
            memory=self._peak,
            versions=versions,
        )

    def _end(self, ending: str, detail: str) -> None:
        self._ending = self._ending if self._ending[0] else (ending, detail)

    def _look(self, keeper: int) -> float:
        """Look at time and processes; return the seconds that the look took."""
        start = time.monotonic()
        limits = self._limits
        # The first below the keeper is the init, a copy of the warm process that allocates nothing.
        workers = descendants(keeper)[1:]
        memory = resident(workers)
        self._peak = max([self._peak, memory, *(peak(pid) for pid in workers[:1])])
        if start - self._started > limits.seconds:
            self._end("timeout", f"not done after {limits.seconds:g} s")
        elif memory > limits.memory:
            self._end("out-of-memory", f"{memory / 1e6:,.0f} MB resident, {limits.memory / 1e6:,.0f} MB allowed")
        elif len(workers) > _MAX_PROCESSES:
            self._end("processes", f"{len(workers)} processes, {_MAX_PROCESSES} allowed")
        return time.monotonic() - start

    def _read(self, descriptor: int, result: int, status: int, keeper: int) -> bool:
        """Take what is in a pipe; says whether there was something."""
        try:
            data = os.read(descriptor, 1 << 20)
        except BlockingIOError:
            return False
        if not data:
            return False
        if descriptor == status:
            self._status += data
        elif descriptor != result:
            self._output = (self._output + data)[-_TAIL:]
        else:
            self._take(data, keeper)
        return True

    def _take(self, data: bytes, keeper: int) -> None:
        try:
            for message in self._decoder.feed(data):
                self._look(keeper)
                self._received.append(Received(message, time.monotonic() - self._started, self._peak))
                self._notice(message)
                if len(self._received) > _MAX_MESSAGES:
                    self._end("garbled", f"more than {_MAX_MESSAGES} messages")
                    return
        except WireError as error:
            self._end(error.kind, error.message)

    def _judged(self) -> tuple[str, str]:
        """Say how a worker that is gone came to its end."""
        if self._received and self._received[-1].message.kind in ("done", "raised"):
            return "done", ""
        if not self._status.isdigit():
            return "harness", "the process vanished without a trace"
        status = int(self._status)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return "signal", signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
        return "exit", str(os.WEXITSTATUS(status))


def _gone() -> NoReturn:
    raise HarnessError("harness", "the process that forks for each card died twice")


def _send(descriptor: int, data: memoryview) -> int:
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(data)  # the child is gone; its status says how
