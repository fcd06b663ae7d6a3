"""How alike two texts are, by their lines; and which new text was which old one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ALIKE = 0.6  #: the part of the lines that two versions of one card share at least
MAX_COMPARED = 40_000  #: pairs; beyond that only texts that are equal, or files of one name, are paired


def lines(text: str) -> Counter[str]:
    """Return the lines that say something, and how often each stands."""
    return Counter(stripped for line in text.splitlines() if (stripped := line.strip()))


def likeness(one: Counter[str], two: Counter[str]) -> float:
    """Return the part of both texts' lines that they share, from 0 to 1."""
    total = one.total() + two.total()
    return 2 * (one & two).total() / total if total else 0.0


def pairs(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return which old path became which new one: equal texts first, then the most alike; each once."""
    made: dict[str, str] = {}
    by_text: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(new):
        by_text[new[path]].append(path)
    for path in sorted(old):
        if same := by_text.get(old[path]):
            # Of several copies, the one that kept its name.
            made[path] = min(same, key=lambda other, path=path: (_name(other) != _name(path), other))  # type: ignore[misc]
            same.remove(made[path])
    left = [path for path in sorted(old) if path not in made]
    free = [path for path in sorted(new) if path not in set(made.values())]
    every = len(left) * len(free) <= MAX_COMPARED
    of_old, of_new = {path: lines(old[path]) for path in left}, {path: lines(new[path]) for path in free}
    scores = [
        (likeness(of_old[one], of_new[two]), one, two)
        for one in left
        for two in free
        if every or _name(one) == _name(two)
    ]
    taken: set[str] = set()
    for score, one, two in sorted(scores, key=lambda found: (-found[0], found[1], found[2])):
        if score >= ALIKE and one not in made and two not in taken:
            made[one] = two
            taken.add(two)
    return made


def _name(path: str) -> str:
    return path.rpartition("/")[2]
