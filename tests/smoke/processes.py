"""What tests of the smoke run share about processes: which there are, and time for those that are to end."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mindhub.smoke import child
from mindhub.smoke.processes import kill_below

if TYPE_CHECKING:
    from collections.abc import Iterator


def command_lines() -> dict[int, bytes]:
    """Return the command line of every process that can be seen, by its number; other programs come and go."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found[int(folder.name)] = (folder / "cmdline").read_bytes()
    return found


@contextlib.contextmanager
def unhurried() -> Iterator[None]:
    """Let a busy machine take its time to end what networks leave behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "kill_below", partial(kill_below, seconds=300))
        patch.setattr(child, "_GRACE", 300.0)
        yield
