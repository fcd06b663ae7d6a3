"""What several rules ask about one address: taken apart once for all of them."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote, urlsplit

_KEPT = 64  #: addresses; rules ask about those of one card after the other


@lru_cache(maxsize=_KEPT)
def host_of(link: str) -> str | None:
    """Return the host in lower case; None where there is none, or no address."""
    try:
        return urlsplit(link).hostname
    except ValueError:
        return None


@lru_cache(maxsize=_KEPT)
def file_name(link: str) -> str | None:
    """Return the last part of the path, decoded; None where that is empty, or no address."""
    try:
        return unquote(urlsplit(link).path).rsplit("/", 1)[-1] or None
    except ValueError:
        return None
