"""Where the values of a card stand, in little room: cards of a registry name the same values in a few orders."""

from __future__ import annotations

from array import array
from collections.abc import ItemsView, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mindhub.model import FieldPath

#: Orders of values that are remembered; 2,374 imported cards have 13 of them.
_ORDERS = 1024


class Places(Mapping["FieldPath", tuple[int, int]]):
    """The characters [start, end) of values, by path: reads like a dictionary, in a fifteenth of its memory.

    A tuple per value, two numbers in it and a path of its own are most of what a card takes; here the paths are those
    of all cards alike, and the characters two plain numbers.
    """

    __slots__ = ("_chars", "_numbers")

    def __init__(self, places: Mapping[FieldPath, tuple[int, int]]) -> None:
        """Take the places of values, in whose order these are gone through."""
        self._numbers = numbered(tuple(places))
        self._chars = array("i", chain.from_iterable(places.values()))

    @classmethod
    def of(cls, numbers: Mapping[FieldPath, int], chars: list[int]) -> Places:
        """Return the places of values whose paths are numbered, by the start and the end of one after the other."""
        made = cls.__new__(cls)
        made._numbers, made._chars = numbers, array("i", chars)  # noqa: SLF001 - it is one of these
        return made

    def __getitem__(self, path: FieldPath) -> tuple[int, int]:
        at = 2 * self._numbers[path]
        return self._chars[at], self._chars[at + 1]

    def get(self, path: FieldPath, default: Any = None) -> Any:
        """Return the place of a value, or the default: half of what a check asks for is not there."""
        number = self._numbers.get(path)
        return default if number is None else (self._chars[2 * number], self._chars[2 * number + 1])

    def __contains__(self, path: object) -> bool:
        return path in self._numbers

    def __iter__(self) -> Iterator[FieldPath]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def items(self) -> ItemsView[FieldPath, tuple[int, int]]:
        """Return the paths with their places, made anew: looking each up would take longer."""
        chars = iter(self._chars)
        return dict(zip(self._numbers, zip(chars, chars, strict=True), strict=True)).items()


def compact(places: Mapping[FieldPath, tuple[int, int]]) -> Places:
    """Return places as cards keep them."""
    return places if isinstance(places, Places) else Places(places)


@lru_cache(maxsize=_ORDERS)
def numbered(paths: tuple[FieldPath, ...]) -> Mapping[FieldPath, int]:
    """Return the number of each path, one object for all cards that have these in this order."""
    return {path: number for number, path in enumerate(paths)}
