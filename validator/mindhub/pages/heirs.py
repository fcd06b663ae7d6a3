"""Cards that changed, in the places of what they were: what is known of all others stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mindhub.pages.entries import Entry

Groups = tuple[tuple["Entry", ...], ...]


class Heirs:
    """Cards that changed, each in the place of its former self, of which lists said the same."""

    def __init__(self, changed: Iterable[tuple[Entry, Entry]]) -> None:
        """Take pairs of what a card was and what it is."""
        self._of = {id(then): (then, now) for then, now in changed}

    def of(self, entry: Entry) -> Entry:
        """Return a card as it is now."""
        return self._of.get(id(entry), (entry, entry))[1]

    def among(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Return cards as they are now; the very same value where none of them changed."""
        return entries if self._of.keys().isdisjoint(map(id, entries)) else tuple(map(self.of, entries))

    def groups(self, groups: Groups) -> Groups:
        """Return models as they are now."""
        return tuple(map(self.among, groups))


def take_but(mine: dict[str, Any], theirs: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Take over values but those under some keys."""
    mine.update(theirs)
    for key in keys:
        mine.pop(key, None)
