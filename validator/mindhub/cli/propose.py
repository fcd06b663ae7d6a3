"""`mindhub smoke --propose`: find a card's network and print the smoke section that a person then reviews."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mindhub.cli.targets import chosen_cards
from mindhub.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mindhub.smoke.propose import Proposal

NOTHING, CANNOT = 1, 2


def propose(
    *,
    targets: Sequence[str],
    registry: Path | None = None,
    mirrors: Sequence[str] = (),
    store: Path | None = None,
    unsandboxed: bool = False,
) -> int:
    """Print a proposal for each card; 0 where each has a network, 1 where one has none, 2 where it could not be tried.

    The card's file counts where it is at hand: beside the card, or in the store. Nothing but its repository is fetched.
    """
    from mindhub.smoke.child import HarnessError, Nursery
    from mindhub.smoke.propose import Means
    from mindhub.smoke.propose import propose as proposal
    from mindhub.smoke.sources.at_hand import at_hand
    from mindhub.smoke.sources.mirrors import repositories_of

    try:
        home, cards, troubles = chosen_cards(targets, registry)
        repositories = repositories_of(mirrors, home.root)
    except (SourceError, ValueError) as error:
        return _cannot(str(error))
    codes = [_cannot(trouble) for trouble in troubles]
    if not cards and not troubles:
        return _cannot("no card to propose for")
    if unsandboxed:
        print("mindhub smoke: WARNING: --unsandboxed: unreviewed code runs without the full sandbox", file=sys.stderr)
    with Nursery(unsandboxed=unsandboxed) as nursery:
        for card in cards:
            name = str(card.uid or card.file)
            try:
                found = proposal(card, Means(home, nursery, repositories), at_hand(card, home, store))
            except HarnessError as error:
                codes.append(_cannot(f"{name}: {error}"))
                continue
            print("\n".join(_lines(name, found)), flush=True)
            codes.append(0 if found.network else CANNOT if found.hindered else NOTHING)
    return next((code for code in (NOTHING, CANNOT) if code in codes), 0)


def _lines(name: str, found: Proposal) -> Iterator[str]:
    from mindhub.smoke.section import advice

    yield f"# {name}"
    if found.network is None:
        yield from (f"# tried {line}" for line in found.tried)
        yield "# no network was found"
        yield from (f"# {line}" for line in advice(found.tried))
        return
    yield from (f"# shim: {name}" for name in found.shims)
    yield from (f"# GUESSED, replace it: {argument}" for argument in found.guessed)
    yield from (f"# {note}" for note in found.notes)
    yield found.section.rstrip()


def _cannot(message: str) -> int:
    print(f"mindhub smoke: {message}", file=sys.stderr)
    return CANNOT
