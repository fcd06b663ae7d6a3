"""What the bootstrap prints: a checklist, and the progress of commands that take long."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

#: Looked up here, before any fork: between fork and exec a child should do next to nothing.
PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda *_: 0
PR_SET_PDEATHSIG = 1  #: prctl(2)
#: Seconds between two signs of life where there is no terminal to draw a bar on.
HEARTBEAT = 15


class State(Enum):
    """How a check ended; only MISSING stops the bootstrap."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


COLOURS = {State.OK: "32", State.NOTE: "33", State.MISSING: "31"}


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    state: State
    subject: str
    detail: str
    remedy: tuple[str, ...] = ()  #: what to do, one command or sentence a line


def is_terminal() -> bool:
    """Tell whether a person watches: a terminal, and not a CI that allocates one."""
    return sys.stdout.isatty() and not os.environ.get("CI")


def paint(text: str, colour: str) -> str:
    """Colour a text on a terminal, unless NO_COLOR asks for none (https://no-color.org)."""
    return f"\033[{colour}m{text}\033[0m" if is_terminal() and not os.environ.get("NO_COLOR") else text


def say(text: str = "") -> None:
    """Print a line at once: the next step may take minutes."""
    print(text, flush=True)


def show(checks: Sequence[Check]) -> None:
    """Print the checklist, with the remedy under what needs one."""
    for check in checks:
        word = paint(f"{check.state.value:<7}", COLOURS[check.state])
        say(f"  {word}  {check.subject:<13}  {check.detail}")
        for line in check.remedy:
            say(f"{'':<26}{line}")


def megabytes(*folders: Path) -> int:
    """Add up the sizes of the files under some folders, in MB; what vanishes meanwhile counts nothing."""
    total = 0
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                try:
                    total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - 20,000 files: Path is slow
                except OSError:
                    continue
    return total // 1_000_000


def die_with_parent() -> None:
    """Ask the kernel to end this child when the bootstrap is killed.

    An orphaned pip would go on writing into an environment that the next run removes.
    """
    PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    output: str  #: what it printed; empty where it printed to the terminal itself


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    progress: Callable[[], str] | None = None,
) -> Outcome:
    """Run a command to its end; it draws its own progress on a terminal, else `progress` is printed now and then.

    Without a terminal the command's output goes to `log` and into the outcome: nobody wants 80 lines of
    "Collecting ..." in a CI log, until something fails.
    """
    words = [str(word) for word in command]
    if is_terminal():
        done = subprocess.run(words, env=env, cwd=cwd, check=False, preexec_fn=die_with_parent)
        return Outcome(done.returncode, "")
    started = time.monotonic()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            words,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - the bootstrap has no threads
        )
        try:
            while True:
                try:
                    code = process.wait(HEARTBEAT)
                    break
                except subprocess.TimeoutExpired:
                    extra = f", {progress()}" if progress else ""
                    say(f"           … {time.monotonic() - started:.0f} s{extra}")
        except BaseException:
            process.kill()
            process.wait()
            raise
    return Outcome(code, log.read_text(encoding="utf-8", errors="replace"))
