"""What a check of a registry found out and the next one, after a few cards changed, need not find out again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mindhub.books import Marked
    from mindhub.check import Judged, _Placer
    from mindhub.documents import Document
    from mindhub.model import Card, Finding, Problem
    from mindhub.rules.base import Rule

    #: A problem that the whole registry shows, whose it is, and the same in its place.
    Placed = tuple[Card | Document, Problem, Finding]
    Place = Callable[[Card | Document, Problem], Finding]


class Judgements:
    """What rules found, by what they look at: one text alone, or some fields of all cards."""

    def __init__(self) -> None:
        """Begin without any."""
        self._known: dict[int, tuple[Card, Judged]] = {}
        self._wide: dict[str, list[Placed]] = {}
        self._seen: tuple[Sequence[Card], Facts] | None = None
        self._before: Facts | None = None
        self._changed: Mapping[int, tuple[Card, Card]] = {}
        self.marked: Marked = {}
        self.placers: dict[int, _Placer] = {}  #: of cards that rules over the whole registry found faults in

    def begin(self, cards: Sequence[Card], facts: Facts) -> None:
        """Begin a check of a whole registry, with the same vocabulary and books as the one before."""
        before, self._seen = self._seen, (cards, facts)
        self._before = None
        if before and len(before[0]) == len(cards):
            pairs = zip(before[0], cards, strict=True)
            self._changed = {id(then): (then, now) for then, now in pairs if then is not now}
            self._before = before[1]

    def of(self, text: Card, judge: Callable[[], Judged]) -> Judged:
        """Return what was said of this very card or page of a translation, now that it is asked for the first time."""
        found = self._known.get(id(text))
        if found is None:
            found = self._known[id(text)] = text, judge()
        return found[1]

    def wide(self, rule: Rule, look: Callable[[], Iterable[tuple[Card, Problem]]], place: Place) -> list[Finding]:
        """Return what a rule over the whole registry finds; it does not look again where all is the same that it reads.

        A problem keeps its place where it and its card do.
        """
        before = self._wide.pop(rule.code, None)
        if before is not None and self._reads_the_same(rule):
            made = [self._of_today(placed, place) for placed in before]
        else:
            known: dict[int, list[Placed]] = {}
            for placed in before or ():
                known.setdefault(id(placed[0]), []).append(placed)
            made = [
                next((placed for placed in known.get(id(card), ()) if placed[0] is card and placed[1] == problem), None)
                or (card, problem, place(card, problem))
                for card, problem in look()
            ]
        self._wide[rule.code] = made
        return [finding for _, _, finding in made]

    def _reads_the_same(self, rule: Rule) -> bool:
        if rule.reads is None or self._before is None or self._seen is None:
            return False
        facts = (self._before, self._seen[1])
        return all(
            getattr(then, name) == getattr(now, name)
            for name in rule.reads
            for then, now in ((facts,) if hasattr(Facts, name) else self._changed.values())
        )

    def _of_today(self, placed: Placed, place: Place) -> Placed:
        """Return a problem that is there still: of a card that changed, or that refers to one, it may have moved."""
        card, problem, _ = placed
        changed = self._changed
        if id(card) not in changed and not any(id(there.card) in changed for there in problem.related):
            return placed
        related = tuple(
            replace(there, card=changed[id(there.card)][1]) if id(there.card) in changed else there
            for there in problem.related
        )
        card, problem = changed[id(card)][1] if id(card) in changed else card, replace(problem, related=related)
        return card, problem, place(card, problem)

    def end(self, texts: Iterable[Card]) -> None:
        """End a check of these texts: of others nothing is known any more, as one may have the identity of another."""
        here = {id(text) for text in texts}
        self._known = {key: known for key, known in self._known.items() if key in here}
        self.placers = {key: placer for key, placer in self.placers.items() if key in here}
