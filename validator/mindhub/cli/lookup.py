"""`mindhub lookup`: which cards have a file of this sha256."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from mindhub.cli.targets import chosen_cards
from mindhub.source import SourceError, shown

FAULT, CANNOT = 1, 2
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


def lookup(*, wanted: str, registry: Path | None = None) -> int:
    """Print the cards that claim a sha256, or the beginning of one of 8 digits and more, or that of a file here.

    Returns 0 where there are any, 1 where there is none.
    """
    from mindhub.rules.assets import WELL_KNOWN

    try:
        prefix = _prefix(wanted)
        home, cards, troubles = chosen_cards((), registry)
    except (SourceError, ValueError) as error:
        return _cannot(str(error))
    for trouble in troubles:
        _cannot(trouble)
    for sha256, what in WELL_KNOWN.items():
        if sha256.startswith(prefix):
            print(f"{sha256}  known bad: {what}")
    claims = [(asset, card) for card in cards for asset in card.assets]
    found = [(asset, card) for asset, card in claims if (asset.sha256 or "").lower().startswith(prefix)]
    for asset, card in found:
        print(f"{str(asset.sha256).lower()}  {card.uid or card.file}  {asset.link}")
    if not found:
        print(f"no card in {shown(home.root)} has it")
    return 0 if found else FAULT


def _prefix(wanted: str) -> str:
    """Return the digits to look for; ValueError where there are none."""
    from mindhub.assets.store import hash_file

    prefix = wanted.lower().removeprefix("sha256:")
    if _PREFIX.fullmatch(prefix):
        return prefix
    path = Path(wanted)
    if not path.is_file():
        raise ValueError(f"{wanted!r} is neither 8 to 64 hexadecimal digits nor a file")
    try:
        sha256 = hash_file(path)[0]
    except OSError as error:
        raise ValueError(f"{wanted} cannot be read: {error.strerror}") from None
    print(f"{sha256}  {wanted}")
    return sha256


def _cannot(message: str) -> int:
    print(f"mindhub lookup: {message}", file=sys.stderr)
    return CANNOT
