"""Which file of weights a word on the command line means: a path, or the file of a card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mindhub.model import Asset, Card

FAULT, CANNOT = 1, 2


class Cannot(Exception):  # noqa: N818 - reads as what it says
    """Say why a verb could not do what was asked; `code` is what it exits with."""

    def __init__(self, message: str, code: int = CANNOT) -> None:
        super().__init__(message, code)
        self.message, self.code = message, code

    def __str__(self) -> str:
        return self.message


def is_address(target: str) -> bool:
    """Say whether a target is a link rather than a file or a card."""
    return target.lower().startswith(("http://", "https://"))


def file_of(target: str, registry: Path | None, file_format: str | None = None) -> Path:
    """Return the file that is meant: the path itself, or of a card the file beside it or in the store.

    Of several files of a card the first of `file_format` counts, else the first that can be read. Raises Cannot.
    """
    path = Path(target)
    if path.is_dir():
        raise Cannot(f"{target}: this is a folder; name a file in it")
    if path.exists() and path.suffix != ".md":
        return path
    return _of_card(target.removesuffix(".md"), registry, file_format)


def _of_card(target: str, registry: Path | None, file_format: str | None) -> Path:
    from mindhub.assets.store import Store
    from mindhub.cli.targets import chosen_cards
    from mindhub.source import SourceError

    path = Path(f"{target}.md")
    try:
        home, cards, troubles = chosen_cards([str(path) if path.exists() else target], registry)
    except SourceError as error:
        raise Cannot(f"{target}: no such file, and no card: {error}") from None
    if not cards:
        raise Cannot(troubles[0] if troubles else f"{target}: no such file or card")
    card = cards[0]
    asset = _asset(card, file_format)
    if asset is None:
        offered = ", ".join(str(item.file_format) for item in card.assets) or "none"
        raise Cannot(f"{target}: the card has no file of a format that can be read; it has {offered}")
    link = str(asset.link)
    if asset.embedded:
        found = home.asset_path(card.path, link)
        if found is None:
            raise Cannot(f"{target}: {link!r} is no regular file beside the card and inside the registry", FAULT)
        return found
    try:
        stored = Store().get(str(asset.sha256), asset.size)
    except ValueError:
        stored = None
    if stored is None:
        remedy = f"'mindhub smoke {target}' fetches it, 'mindhub inspect {link}' reads its structure from there"
        raise Cannot(f"{target}: its file has not been downloaded; {remedy}")
    return stored


def _asset(card: Card, file_format: str | None) -> Asset | None:
    from mindhub.formats import READERS

    wanted = {file_format.lower()} if file_format else set(READERS)
    return next((item for item in card.assets if item.link and (item.file_format or "").lower() in wanted), None)
