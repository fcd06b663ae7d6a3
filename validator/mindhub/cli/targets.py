"""Which cards a verb is meant for: those named by uid, file or folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.source import Registry, SourceError, collect, find_root, open_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.model import Card
    from mindhub.source import CardFile


def chosen_cards(targets: Sequence[str], registry: Path | None) -> tuple[Registry, list[Card], list[str]]:
    """Read the cards that are meant; what cannot be read comes as a sentence, and the others go on."""
    from mindhub.card import read_card
    from mindhub.vocabulary import load_vocabulary

    home = _home(targets, registry)
    files: list[CardFile | SourceError] = []
    for target in targets or [str(home.root)]:
        files += _files(target, home)
    cards, troubles = [], []
    for file in files:
        try:
            if isinstance(file, SourceError):
                raise file
            cards.append(read_card(file, load_vocabulary()))
        except SourceError as error:
            troubles.append(str(error))
    return home, cards, troubles


def _home(targets: Sequence[str], registry: Path | None) -> Registry:
    """Return the registry: the one named, else that of the first target that is a path, else that of this place."""
    paths = [Path(target) for target in targets if Path(target).exists()]
    root = find_root(paths[0]) if paths and registry is None else None
    return Registry(root) if root else open_registry(registry)


def _files(target: str, home: Registry) -> Iterator[CardFile | SourceError]:
    from mindhub.model import Uid

    path = Path(target)
    if path.exists():
        yield from collect([path], home.root)
        return
    try:
        yield home.card_file(Uid.parse(target.removesuffix(".md")))
    except ValueError as error:
        yield SourceError(path, f"no such file, and {error}")
    except SourceError as error:
        yield error


def wants_colour(asked: bool | None) -> bool:
    """Say whether standard output gets colours: as asked for, else on a terminal without NO_COLOR."""
    return asked if asked is not None else sys.stdout.isatty() and not os.environ.get("NO_COLOR")
