"""Whether the time that something takes grows with its input as it may."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def no_explosion() -> Iterator[None]:
    """Fail where the block has taken a minute of the processor, for an input that is given a fraction of a second.

    How fast it is, is no matter of tests. Where the time grows as the square of the input or worse, inputs are to be so
    large that it takes minutes anywhere.
    """
    started = time.process_time()
    yield
    assert time.process_time() - started < 60
