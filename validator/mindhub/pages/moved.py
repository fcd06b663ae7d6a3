"""What pages of cards show of the rest of the registry, compared with what it was before.

After a small change nearly all cards have the surroundings that they had, and so their pages need no look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.pages import versions
from mindhub.pages.usage import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.pages.entries import Entry
    from mindhub.pages.shared import Shared


class Surroundings:
    """The parts of a site that pages of cards look at, each by what a card looks itself up by.

    They are those of `atlas.Around` and `card_page.Neighbours` that can change while the registry's own files do not.
    """

    def __init__(self, shared: Shared) -> None:
        """Take the present state of a site."""
        atlas, self.names = shared.atlas, shared.names
        self.groups, self.likes = shared.by_identity, atlas.likes
        self.ranks, self.former = atlas.ranks, atlas.former
        self.sharing, self.compared, self.licences = atlas.sharing, atlas.compared, shared.listed["license"]


class Moved:
    """The keys under which two states differ."""

    def __init__(self, now: Surroundings, then: Surroundings) -> None:
        """Compare two states."""
        self._identities = _different(now.groups, then.groups) | _different(now.likes, then.likes)
        self._uids = _different(now.ranks, then.ranks) | _different(now.former, then.former)
        self._hashes = _different(now.sharing, then.sharing)
        self._folders = now.compared ^ then.compared
        self._licences = now.licences ^ then.licences

    def touches(self, entry: Entry) -> bool:
        """Say whether a card, which itself is the same, may see something else."""
        return (
            entry.identity in self._identities
            or entry.uid in self._uids
            or (bool(self._folders) and versions.path_of(entry) in self._folders)
            or (bool(self._licences) and entry.license is not None and entry.license.slug in self._licences)
            or (bool(self._hashes) and any(digest(asset) in self._hashes for asset in entry.card.assets))
        )


def _different(now: Mapping[Any, object], then: Mapping[Any, object]) -> set[Any]:
    if now is then:
        return set()
    return {key for key in now.keys() | then.keys() if now.get(key) != then.get(key)}
