"""Watching one child: what it says is collected, and it is ended when a limit is passed."""

from __future__ import annotations

import os
import select
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mindhub.smoke.processes import descendants, peak, resident
from mindhub.smoke.wire import Decoder, Message, WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mindhub.smoke.contract import Limits

TAIL = 8 << 10  #: bytes of what a network printed that are kept
_MAX_PROCESSES = 64  # descendants of a worker; no network needs one
_MAX_MESSAGES = 64
_MAX_BYTES = 512 << 20  # of all messages of a run
_POLL = 0.05  # seconds between two looks at the processes, at least
_IMPORT_SECONDS = 180.0  # a cold disk has taken 40


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


@dataclass(frozen=True, slots=True)
class Root:
    """The process at the root of a child's tree."""

    pid: int
    descriptor: int  #: a pidfd, which is readable once the process has ended
    #: Returns the wait status, in digits, where this process itself tells it rather than the pipe for that.
    status: Callable[[], bytes] = lambda: b""
    imports: bool = False  #: MindSpore is still to be imported: time counts from when that is done


class Watch:
    """Follows one child: collects what it says, and ends it when a limit is passed."""

    def __init__(self, token: str, limits: Limits, notice: Callable[[Message], None]) -> None:
        self._limits = limits
        self._notice = notice
        self._decoder = Decoder(token)
        self._received: list[Received] = []
        self._output = b""
        self._status = b""
        self._bytes = 0
        self._peak = 0
        self._ending = ("", "")
        self._started = time.monotonic()
        self._allowed = limits.seconds

    def follow(
        self, root: Root, frame: bytes, ours: Sequence[int], versions: Mapping[str, Any], ran_out: Callable[[], bool]
    ) -> Outcome:
        """Feed and read the child until it ends, or end it; `ran_out` says whether the kernel killed it for memory."""
        job, result, status, output = ours
        self._allowed += _IMPORT_SECONDS if root.imports else 0
        readers = {result, status, output}
        rest = memoryview(frame)
        next_look = 0.0
        while not self._ending[0]:
            if time.monotonic() >= next_look:
                cost = self._look(root)
                next_look = time.monotonic() + max(_POLL, 10 * cost)
            wait = max(0.0, next_look - time.monotonic())
            wanted = [*readers, root.descriptor]
            readable, writable, _ = select.select(wanted, [job] if rest else [], [], wait)
            if writable:
                rest = rest[_send(job, rest) :]
            for descriptor in [item for item in readable if item in readers]:
                if not self._read(descriptor, result, status, root):
                    readers.discard(descriptor)
            if self._status or root.descriptor in readable:
                # The worker is gone: what it wrote before is still in the pipes.
                for descriptor in sorted(readers - {status}):
                    while not self._ending[0] and self._read(descriptor, result, status, root):
                        pass
                self._status = self._status or root.status()
                self._end(*self._judged(ran_out))
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

    def _look(self, root: Root) -> float:
        """Look at time and processes; return the seconds of this thread's work that the look took."""
        start, begun = time.monotonic(), time.thread_time()
        limits = self._limits
        # The first below the root is the init, which allocates nothing.
        workers = descendants(root.pid)[1:]
        if start - self._started > self._allowed:
            self._end("timeout", f"not done after {limits.seconds:g} s")
        elif len(workers) > _MAX_PROCESSES:
            # First, because the shares of many processes take long to find out.
            self._end("processes", f"{len(workers)} processes, {_MAX_PROCESSES} allowed")
        else:
            memory = resident(workers, limits.memory)
            self._peak = max([self._peak, memory, *(peak(pid) for pid in workers[:1])])
            if memory > limits.memory:
                over = f"{memory / 1e6:,.0f} MB resident, {limits.memory / 1e6:,.0f} MB allowed"
                self._end("out-of-memory", over)
        return time.thread_time() - begun

    def _read(self, descriptor: int, result: int, status: int, root: Root) -> bool:
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
            self._output = (self._output + data)[-TAIL:]
        else:
            self._take(data, root)
        return True

    def _take(self, data: bytes, root: Root) -> None:
        self._bytes += len(data)
        if self._bytes > _MAX_BYTES:
            self._end("garbled", f"messages of more than {_MAX_BYTES >> 20} MiB")
            return
        try:
            for message in self._decoder.feed(data):
                if message.kind == "started" and root.imports and not self._received:
                    self._started, self._allowed = time.monotonic(), self._limits.seconds
                self._look(root)
                self._received.append(Received(message, time.monotonic() - self._started, self._peak))
                self._notice(message)
                if len(self._received) > _MAX_MESSAGES:
                    self._end("garbled", f"more than {_MAX_MESSAGES} messages")
                    return
        except WireError as error:
            self._end(error.kind, error.message)

    def _judged(self, ran_out: Callable[[], bool]) -> tuple[str, str]:
        """Say how a worker that is gone came to its end."""
        if self._received and self._received[-1].message.kind in ("done", "raised"):
            return "done", ""
        if not self._status.isdigit():
            return "harness", "the process vanished without a trace"
        status = int(self._status)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGKILL and ran_out():
                return "out-of-memory", f"killed by the kernel, {self._limits.memory / 1e6:,.0f} MB allowed"
            return "signal", signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
        return "exit", str(os.WEXITSTATUS(status))


def _send(descriptor: int, data: memoryview) -> int:
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(data)  # the child is gone; its status says how
