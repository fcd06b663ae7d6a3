"""What changed since a git base, as frozen values that rules may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.books import Books
from mindhub.frozen import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mindhub.facts import Embedded
    from mindhub.model import Card, FieldPath
    from mindhub.recorded import Recorded
    from mindhub.translation import TranslationFile


class HistoryError(Exception):
    """Why the base cannot be read, and what would do."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A value that an older card had until a commit corrected it."""

    path: FieldPath
    wrong: str
    right: str  #: what the older card says today
    uid: str  #: of the older card
    commit: str
    date: str  #: of the commit, YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class History:
    """What a change made of a registry: the working tree against the commit at which it left the base."""

    commit: str
    new: frozenset[str] = frozenset()  #: files of cards that the base does not have
    #: File of a card that differs, or beside which something differs -> the card as the base has it.
    #: None where the base has a card there that cannot be read.
    before: Mapping[str, Card | None] = field(default_factory=dict)
    removed: tuple[Card, ...] = ()  #: cards of the base whose name is gone, also by renaming
    renamed: Mapping[str, str] = field(default_factory=dict)  #: uid of a removed card -> uid it has now
    books: Books = field(default_factory=Books)  #: the base's
    embedded: Mapping[tuple[str, str], Embedded] = field(default_factory=dict)  #: the base's, as in the facts
    recorded: Mapping[str, Recorded] = field(default_factory=dict)  #: the base's, as in the facts
    translations: tuple[TranslationFile, ...] = ()  #: the base's, of the cards of today and of no card
    corrections: Mapping[str, tuple[Correction, ...]] = field(default_factory=dict)  #: by file of a new card

    def touched(self, card: Card) -> bool:
        """Say whether the change concerns a card: it is new or renamed, or it or a file of its own differs."""
        return card.file in self.new or card.file in self.before

    def named_anew(self, card: Card) -> bool:
        """Say whether the base has no card of this name: it is new, or was called otherwise."""
        before = self.before.get(card.file)
        return card.file in self.new or (before is not None and before.uid != card.uid)

    def cards(self, head: Sequence[Card]) -> tuple[Card, ...]:
        """Return all cards as the base had them, given those of today."""
        kept = (self.before.get(card.file, card) for card in head if card.file not in self.new)
        moved = {id(card) for card in self.before.values()}
        return (*(card for card in kept if card), *(card for card in self.removed if id(card) not in moved))
