"""Several cards at once, as many as fit into the memory and the processors of this machine."""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from mindhub.smoke.cgroup import cpu_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    T = TypeVar("T")
    R = TypeVar("R")


class Budget:
    """Memory that runs take and give back; who asks for more than is left waits."""

    def __init__(self, total: int) -> None:
        self.total = total  #: bytes
        self._free = total
        self._changed = threading.Condition()

    @contextmanager
    def take(self, amount: int) -> Iterator[None]:
        """Hold some bytes; raises ValueError for more than there are, which no waiting would bring."""
        if amount > self.total:
            raise ValueError(f"{amount:,} bytes are more than the {self.total:,} there are")
        with self._changed:
            self._changed.wait_for(lambda: self._free >= amount)
            self._free -= amount
        try:
            yield
        finally:
            with self._changed:
                self._free += amount
                self._changed.notify_all()


def reserve(limit: int, peak: int) -> int:
    """Return the bytes to hold for a run that took `peak` before: a quarter and 64 MB more, and never over its limit.

    0 is a peak that nobody knows: then the limit.
    """
    return min(limit, peak * 5 // 4 + 64_000_000) if peak else limit


def processors() -> int:
    """Return the number of processors that this process may use: those it is bound to, or its control group's share."""
    bound = len(os.sched_getaffinity(0))
    share = cpu_share()
    return bound if share is None else max(1, min(bound, round(share)))


def run_ordered(function: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """Apply a function to items, `jobs` at a time in threads of their own, and yield the results in the items' order.

    Items are taken as they are needed. When the caller stops asking, what has begun is finished and the rest is not.
    """
    if jobs == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(jobs, thread_name_prefix="mindhub") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                # One more than runs: the next is ready when one ends; the first is waited for, so that order is kept.
                while len(waiting) > 2 * jobs or (waiting and waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
