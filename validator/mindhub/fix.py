"""Findings -> repaired text, touching only the bytes concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mindhub.model import Finding, Fix

#: One repair can make room for another (a moved heading, then its title); no card of the old hub needs more than three.
MAX_PASSES = 8


@dataclass(frozen=True, slots=True)
class Repaired:
    """A card before and after its repairs."""

    before: bytes
    after: bytes
    applied: tuple[Finding, ...]  #: the findings whose repair was made, in the order they were made


def repair(data: bytes, judge: Callable[[bytes], Iterable[Finding]], *, unsafe: bool = False) -> Repaired:
    """Apply repairs until none is left, judging anew after each pass.

    `judge` gives the findings about a card's bytes. Of two repairs that overlap the first is made, and the
    other has its turn in the next pass if it is still wanted.
    """
    text = data
    applied: list[Finding] = []
    for _ in range(MAX_PASSES):
        chosen = _chosen(judge(text), unsafe=unsafe)
        if not chosen:
            break
        applied += chosen
        after = apply(text, [finding.fix for finding in chosen if finding.fix])
        if after == text:
            break
        text = after
    return Repaired(data, text, tuple(applied))


def apply(data: bytes, fixes: Sequence[Fix]) -> bytes:
    """Return the bytes with all edits made; they must not overlap."""
    # Last edit first, so that it does not move the places of those still to come.
    for edit in sorted((edit for fix in fixes for edit in fix.edits), key=lambda e: (e.start, e.end), reverse=True):
        data = data[: edit.start] + edit.text.encode() + data[edit.end :]
    return data


def _chosen(findings: Iterable[Finding], *, unsafe: bool) -> list[Finding]:
    """Return the findings whose repairs can be made together."""
    taken: list[tuple[int, int]] = []
    chosen = []
    for finding in findings:
        if finding.fix is None or finding.waiver or not (finding.fix.safe or unsafe):
            continue
        places = [(edit.start, edit.end) for edit in finding.fix.edits]
        if any(_touch(one, other) for one in places for other in taken):
            continue
        taken += places
        chosen.append(finding)
    return chosen


def _touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether two edits overlap or insert at the same place."""
    return (one[0] < other[1] and other[0] < one[1]) or one[0] == other[0]
