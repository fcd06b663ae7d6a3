"""When Python searches for cycles: not while something is made of which all is kept."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the search for cycles: what is built here is kept to the end, and looking through it costs a fifth more."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            # All of it counts as old, without being looked through for that.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
