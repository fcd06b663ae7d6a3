"""Which file of weights a word on the command line means: a path, or the file of a card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from mindhub.assets.errors import FetchError
    from mindhub.assets.guard import Guard
    from mindhub.model import Asset, Card

    T = TypeVar("T")

FAULT, CANNOT = 1, 2
_SHA256 = re.compile("[0-9a-f]{64}")


class Cannot(Exception):  # noqa: N818 - reads as what it says
    """Say why a verb could not do what was asked; `code` is what it exits with."""

    def __init__(self, message: str, code: int = CANNOT) -> None:
        super().__init__(message, code)
        self.message, self.code = message, code

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A file that is on a server and not here."""

    urls: tuple[str, ...]  #: the link, and then its mirrors
    file_format: str | None = None  #: as the card says
    sha256: str | None = None
    size: int | None = None  #: bytes

    def first(self, ask: Callable[[str], T]) -> T:
        """Return the answer of the first address that gives one; Cannot where none does, with what each said."""
        from mindhub.assets.errors import FetchError

        errors: list[FetchError] = []
        for url in self.urls:
            try:
                return ask(url)
            except FetchError as error:
                errors.append(error)
        raise Cannot("; ".join(map(str, errors)), FAULT if errors[0].fault else CANNOT)

    def brought(self, guard: Guard) -> Path:
        """Download the file into the store, or find it there; Cannot where no address has it."""
        from mindhub.assets.fetch import fetch
        from mindhub.assets.progress import Progress
        from mindhub.assets.store import Store

        def bring(url: str) -> Path:
            with Progress(url.rpartition("/")[2]) as progress:
                outcome = fetch(url, store=Store(), guard=guard, sha256=self.sha256, size=self.size, progress=progress)
            return outcome.path

        return self.first(bring)


def is_address(target: str) -> bool:
    """Say whether a target is a link rather than a file or a card."""
    return target.lower().startswith(("http://", "https://"))


def file_of(target: str, registry: Path | None, file_format: str | None = None) -> Path:
    """Return the file that is meant: the path itself, or of a card the file beside it or in the store.

    Of several files of a card the first of `file_format` counts, else the first that can be read. Raises Cannot, also
    where the file is not here.
    """
    place = place_of(target, registry, file_format)
    if isinstance(place, Path):
        return place
    link = place.urls[0]
    remedy = f"'mindhub inspect --stats {target}' fetches it, 'mindhub inspect {link}' reads its structure from there"
    raise Cannot(f"{target}: its file has not been downloaded; {remedy}")


def place_of(target: str, registry: Path | None, file_format: str | None = None) -> Path | Elsewhere:
    """Return where the file is that is meant: here, or at the addresses of a card. Raises Cannot."""
    if is_address(target):
        return Elsewhere((target,), file_format)
    path = Path(target)
    if path.is_dir():
        raise Cannot(f"{target}: this is a folder; name a file in it")
    if path.exists() and path.suffix != ".md":
        return path
    return _of_card(target.removesuffix(".md"), registry, file_format)


def _of_card(target: str, registry: Path | None, file_format: str | None) -> Path | Elsewhere:
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
    known = bool(asset.sha256 and _SHA256.fullmatch(asset.sha256))
    stored = Store().get(str(asset.sha256), asset.size) if known else None
    if stored is not None:
        return stored
    # A mirror is believed only by its hash.
    urls = (link, *(asset.mirrors if known else ()))
    return Elsewhere(urls, (asset.file_format or "").lower() or None, asset.sha256 if known else None, asset.size)


def _asset(card: Card, file_format: str | None) -> Asset | None:
    from mindhub.formats import READERS

    wanted = {file_format.lower()} if file_format else set(READERS)
    return next((item for item in card.assets if item.link and (item.file_format or "").lower() in wanted), None)
