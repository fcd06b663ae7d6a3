"""Progress of a download, or of many small things, on a terminal; silent anywhere else."""

from __future__ import annotations

import io
import sys
import threading
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_EVERY = 0.2  # seconds between two updates of the line


class Progress:
    """A line on stderr: how much, how fast, how long still. Pass it to `fetch` as `progress`."""

    def __init__(
        self,
        label: str,
        stream: TextIO | OneLine | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        unit: str = "MB",
    ) -> None:
        self._label = label
        self._unit = unit  #: MB for bytes, empty for things that are counted
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._start: tuple[float, int] | None = None
        self._shown = -_EVERY
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, done: int, total: int | None) -> None:
        """Say that `done` bytes of `total` are there."""
        if not self._stream.isatty():
            return
        now = self._clock()
        # Bytes that an earlier run received say nothing about today's rate; a download that began anew starts anew.
        if self._start is None or done < self._start[1]:
            self._start = (now, done)
        if now - self._shown < _EVERY and done != total:
            return
        self._shown = now
        text = line(self._label, done, total, done - self._start[1], now - self._start[0], self._unit)
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)

    def close(self) -> None:
        """Clear the line."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0


class OneLine(io.TextIOBase):
    """A terminal's line that several progresses share, from several threads: the last one to speak is seen."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._lock = threading.Lock()
        self._width = 0

    def isatty(self) -> bool:
        """Say whether anybody looks."""
        return self._stream.isatty()

    def write(self, text: str) -> int:
        """Write over whatever stands there, also where that is longer."""
        with self._lock:
            self._stream.write(text.ljust(self._width))
            self._stream.flush()
            self._width = len(text.rstrip()) if text.strip() else 0
        return len(text)


def line(label: str, done: int, total: int | None, received: int, seconds: float, unit: str = "MB") -> str:
    """Put the figures into words: `bert.ckpt  12.3 MB of 438.0 MB  4.5 MB/s  1:35 left`."""
    amount = _megabytes if unit == "MB" else _count
    text = f"{label}  {amount(done)}" + (f" of {amount(total)}" if total else "")
    if seconds <= 0 or received <= 0:
        return text
    rate = received / seconds
    text += f"  {amount(rate)}/s"
    if total:
        minutes, rest = divmod(round((total - done) / rate), 60)
        text += f"  {minutes}:{rest:02} left"
    return text


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.1f} MB"


def _count(count: float) -> str:
    return f"{count:,.0f}"
