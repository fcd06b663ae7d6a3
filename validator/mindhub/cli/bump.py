"""`mindhub bump`: begin a new version of a card with what carries over."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mindhub.card import read_card
from mindhub.facts import load_facts
from mindhub.localise import locale_language
from mindhub.messages import say, translate
from mindhub.model import Uid
from mindhub.scaffold.bump import bumped
from mindhub.source import Registry, SourceError, open_registry, shown
from mindhub.writing import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.model import Card

FAULT, CANNOT = 1, 2


def run(
    *,
    uid: str,
    version: str,
    registry: Path | None = None,
    same_file: bool = False,
    overwrite: bool = False,
    language: str | None = None,
) -> int:
    """Write the beginning of the card's next version and say what is left to fill in; return the exit code.

    The older card stays as it is: it is right for those who have its MindSpore. A file beside the older card is copied
    where it is the same one.
    """
    spoken = language or locale_language(os.environ)
    try:
        home = open_registry(registry)
        facts = load_facts()
        card = read_card(home.card_file(Uid.parse(uid)), facts.vocabulary)
        old = Uid.parse(uid)
        new = Uid.parse(f"{old.publisher}/{version}/{old.name.lower()}")
    except (SourceError, ValueError) as error:
        said = error.args[0] if isinstance(error, ValueError) else str(error)
        return _cannot(translate(said, spoken))
    if card.front is None:
        said = say("{file}: the front matter cannot be read; 'mindhub check' says why", file=card.file)
        return _cannot(translate(said, spoken))
    path = home.path_of(new)
    files = _beside(home, card) if same_file else []
    taken = [place for place in (path, *(path.parent / file.name for file in files)) if place.exists()]
    if taken and not overwrite:
        said = say("{file} is there already; --overwrite replaces it", file=shown(taken[0]))
        return _cannot(translate(said, spoken))
    try:
        for file in files:
            write_bytes(path.parent / file.name, file.read_bytes())
        write_bytes(path, bumped(card, new, facts.today, same_file=same_file))
    except OSError as error:
        return _cannot(f"{shown(path)}: {error.strerror}")
    from mindhub.cli import check
    from mindhub.model import Severity

    print(translate(say("written: {file}", file=shown(path)), spoken))
    check.run(paths=[path], registry=home.root, shown=Severity.ERROR, language=spoken)
    print(translate(say("next: fill in what is marked, then {command}", command=f"mindhub pin {shown(path)}"), spoken))
    return 0


def _beside(home: Registry, card: Card) -> list[Path]:
    """Return the files that lie beside the card."""
    found = (home.asset_path(card.path, str(asset.link)) for asset in card.assets if asset.embedded)
    return [path for path in found if path is not None]


def _cannot(message: str) -> int:
    print(f"mindhub bump: {message}", file=sys.stderr)
    return CANNOT
