"""Addresses: relative ones between pages, and which of other people's may be linked."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

#: What no address of ours or theirs may hold: it could end an attribute, a header or a shell word.
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff<>\"`\\^{}|]")


def up(path: str) -> str:
    """Return the way from a page to the site's root: `` for index.html, `../../` for rules/AS001/index.html."""
    return "../" * path.count("/")


@lru_cache(maxsize=1 << 14)
def safe_url(text: str | None) -> str | None:
    """Return an address that may be linked: https with a host and nothing that needs escaping; else None."""
    if not text or _UNSAFE.search(text):
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return None
    # A user name before the host only serves to make an address look like another one.
    if parts.scheme.lower() != "https" or not parts.hostname or "@" in parts.netloc:
        return None
    return text
