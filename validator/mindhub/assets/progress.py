"""Progress of a download on a terminal; silent anywhere else."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_EVERY = 0.2  # seconds between two updates of the line


class Progress:
    """A line on stderr: how much, how fast, how long still. Pass it to `fetch` as `progress`."""

    def __init__(self, label: str, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._label = label
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
        text = line(self._label, done, total, done - self._start[1], now - self._start[0])
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)

    def close(self) -> None:
        """Clear the line."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0


def line(label: str, done: int, total: int | None, received: int, seconds: float) -> str:
    """Put the figures into words: `bert.ckpt  12.3 MB of 438.0 MB  4.5 MB/s  1:35 left`."""
    text = f"{label}  {_megabytes(done)}" + (f" of {_megabytes(total)}" if total else "")
    if seconds <= 0 or received <= 0:
        return text
    rate = received / seconds
    text += f"  {_megabytes(rate)}/s"
    if total:
        minutes, rest = divmod(round((total - done) / rate), 60)
        text += f"  {minutes}:{rest:02} left"
    return text


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.1f} MB"
