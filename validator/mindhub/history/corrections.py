"""What later commits corrected in the cards that a new card may have been copied from."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from mindhub.card import parse_card
from mindhub.frontmatter import MAX_BYTES
from mindhub.history import Correction
from mindhub.history.likeness import likeness, lines
from mindhub.history.values import inherited
from mindhub.model import Uid
from mindhub.source import card_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mindhub.history.git import Repository
    from mindhub.model import Card, FieldPath
    from mindhub.vocabulary import Vocabulary

# Bounds of what one run looks at: an import of thousands of cards must not read all history.
MAX_NEW = 64  #: new cards
MAX_OLDER = 4  #: older cards of the same name, the nearest versions first
MAX_STATES = 32  #: past states of one older card
MAX_COMMITS = 1000  #: commits that touch any of them
COPIED = 0.5  #: the part of its lines that a copy shares with what it was copied from


def read_corrections(
    new: Sequence[Card],
    tree: Mapping[str, str],
    root: Path,
    repository: Repository,
    commit: str,
    vocabulary: Vocabulary,
) -> Mapping[str, tuple[Correction, ...]]:
    """Return, by the file of a new card, the corrections of those older cards that it was copied from.

    An older card is one of the same publisher and name in a lower version; a copy shares half of its lines
    with a past state of it. Only the main line of the base is looked at, within the bounds above.
    """
    older = {card.file: _older(card, tree) for card in new[:MAX_NEW] if card.uid} if tree else {}
    paths = sorted({path for found in older.values() for path in found})
    if not paths:
        return {}
    past = repository.past(commit, root, paths, MAX_COMMITS)
    # A card with one state was never corrected.
    past = {path: states[:MAX_STATES] for path, states in past.items() if len(states) > 1}
    blobs = repository.blobs((state.blob for states in past.values() for state in states), MAX_BYTES)
    found: dict[str, tuple[Correction, ...]] = {}
    for card in new:
        corrections = []
        for path in older.get(card.file, ()):
            states = [(state, blobs[state.blob]) for state in past.get(path, ()) if state.blob in blobs]
            if states and _is_copy(card, [data for _, data in states]):
                file = card_file(root / path, root)
                read = [(state, _values(parse_card(data, file, vocabulary))) for state, data in states]
                corrections += list(_corrections(str(file.uid), [(s.commit, s.date, values) for s, values in read]))
        if corrections:
            found[card.file] = tuple(corrections)
    return found


def _older(card: Card, tree: Mapping[str, str]) -> list[str]:
    """Return the paths of the cards of the same publisher and name in lower versions, the highest first."""
    own = card.uid
    found = []
    ending = f"/{own.name}.md".casefold() if own else ""
    for path in tree:
        if own and path.casefold().endswith(ending):
            try:
                uid = Uid.parse(path.removesuffix(".md"))
            except ValueError:
                continue
            if uid.publisher == own.publisher and _order(uid.version) < _order(own.version):
                found.append((_order(uid.version), path))
    return [path for _, path in sorted(found, reverse=True)[:MAX_OLDER]]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4] if len(part) < 10)  # noqa: PLR2004 - no version


def _is_copy(card: Card, states: Sequence[bytes]) -> bool:
    own = lines(card.text)
    return any(likeness(own, lines(data.decode(errors="replace"))) >= COPIED for data in states)


def _corrections(uid: str, states: Sequence[tuple[str, str, Mapping[FieldPath, str]]]) -> Iterator[Correction]:
    """Yield each value that stood once and was replaced for good; states run from the newest to the oldest."""
    today = states[0][2]
    seen: set[tuple[FieldPath, str]] = set()
    for (commit, date, after), (_, _, before) in pairwise(states):
        for path, wrong in before.items():
            changed = path in after and after[path] != wrong
            if changed and path in today and today[path] != wrong and (path, wrong) not in seen:
                seen.add((path, wrong))
                yield Correction(path, wrong, today[path], uid, commit, date)


def _values(card: Card) -> dict[FieldPath, str]:
    return dict(inherited(card.front or {}))
