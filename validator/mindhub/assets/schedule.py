"""Which address may be asked next: hosts are not crowded, and left alone for as long as they ask to be."""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Politeness:
    """How hosts are treated."""

    workers: int = 16  #: requests at a time, in all
    per_host: int = 4  #: requests at a time to one host
    interval: float = 0.1  #: seconds from one request to the next at one host
    attempts: int = 3  #: at one address
    pause: float = 1.0  #: seconds before the second attempt; doubles with each
    patience: float = 60.0  #: seconds that a host's Retry-After may ask for; who asks for more is left for another day
    deaf: int = 3  #: addresses in a row that do not answer, after which a host is left for another day


@dataclass(slots=True)
class _Host(Generic[_Item]):
    waiting: deque[_Item] = field(default_factory=deque)
    running: int = 0
    free: float = 0.0  #: when the next request may start
    queued: bool = False
    deaf: int = 0  #: addresses in a row that did not answer


@dataclass(frozen=True, slots=True)
class Turn(Generic[_Item]):
    """Something to be done now."""

    item: _Item
    host: str
    given_up: bool  #: the host does not answer: do not ask


class Schedule(Generic[_Item]):
    """Hands out work by host, to several threads."""

    def __init__(
        self,
        items: Iterable[_Item],
        url: Callable[[_Item], str],
        politeness: Politeness,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._politeness = politeness
        self._clock = clock
        self._changed = threading.Condition()
        self._hosts: dict[str, _Host[_Item]] = {}
        self._ready: list[tuple[float, str]] = []  # of hosts that may start another request, by when they may
        self._open = 0
        self._stopped = False
        for item in items:
            self._hosts.setdefault(host_of(url(item)), _Host()).waiting.append(item)
            self._open += 1
        with self._changed:
            for name, host in self._hosts.items():
                self._queue(name, host)

    def take(self) -> Turn[_Item] | None:
        """Wait until something may be done, and return it; None when everything is done."""
        with self._changed:
            while self._open and not self._stopped:
                now = self._clock()
                if self._ready and self._ready[0][0] <= now:
                    turn = self._start(heapq.heappop(self._ready)[1], now)
                    if turn is not None:
                        return turn
                    continue
                self._changed.wait(self._ready[0][0] - now if self._ready else None)
            return None

    def done(self, turn: Turn[_Item], *, answered: bool = True) -> None:
        """Say that a turn is over, and whether the host answered at all."""
        with self._changed:
            host = self._hosts[turn.host]
            host.deaf = 0 if answered else host.deaf + 1
            self._open -= 1
            self._end(turn.host, host)

    def again(self, turn: Turn[_Item], seconds: float) -> None:
        """Put a turn's work back, and leave its host alone for so long."""
        with self._changed:
            host = self._hosts[turn.host]
            host.waiting.append(turn.item)
            host.free = max(host.free, self._clock() + seconds)
            self._end(turn.host, host)

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _start(self, name: str, now: float) -> Turn[_Item] | None:
        host = self._hosts[name]
        host.queued = False
        if host.free > now:  # put off since it was queued
            self._queue(name, host)
            return None
        item = host.waiting.popleft()
        host.running += 1
        given_up = host.deaf >= self._politeness.deaf
        host.free = now if given_up else now + self._politeness.interval
        self._queue(name, host)
        return Turn(item, name, given_up)

    def _end(self, name: str, host: _Host[_Item]) -> None:
        host.running -= 1
        self._queue(name, host)
        if not self._open:
            self._changed.notify_all()

    def _queue(self, name: str, host: _Host[_Item]) -> None:
        if host.waiting and not host.queued and host.running < self._politeness.per_host:
            host.queued = True
            heapq.heappush(self._ready, (host.free, name))
            self._changed.notify()


def host_of(url: str) -> str:
    """Return the place that an address is on; addresses without one share the empty name."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
