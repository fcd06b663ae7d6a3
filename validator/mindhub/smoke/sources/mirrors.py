"""Where repositories are to be had: `--mirror URL=PLACE`, and `[mirrors]` of the registry's mindhub.toml."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from mindhub.smoke.sources.repositories import Repositories, default_cache
from mindhub.source import CONFIG_NAME, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def repositories_of(pairs: Sequence[str], root: Path, cache: Path | None = None) -> Repositories:
    """Return the repositories with a registry's mirrors, and those of the command line before them.

    A mirror is another address or a directory; in mindhub.toml one that is relative lies below the registry's root.
    Raises ValueError, with the place, the value and what would do.
    """
    mirrors = _configured(root)
    for pair in pairs:
        url, equals, place = pair.partition("=")
        if not (equals and place and "://" in url):
            raise ValueError(
                f"--mirror {pair!r}: write URL=PLACE, such as https://gitee.com/mindspore/models=models.git"
            )
        mirrors[url.rstrip("/")] = place
    return Repositories(cache or default_cache(), mirrors)


def _configured(root: Path) -> dict[str, str]:
    path = root / CONFIG_NAME
    try:
        found = tomllib.loads(path.read_text("utf-8")).get("mirrors", {}) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise ValueError(f"{shown(path)}: cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{shown(path)}: 'mirrors' is no table; write [mirrors] above its lines")  # noqa: TRY004
    mirrors = {}
    for url, place in found.items():
        if not isinstance(place, str) or "://" not in url:
            raise ValueError(f'{shown(path)}: mirrors: {url!r} = {place!r}; write "https://host/owner/name" = "place"')
        mirrors[url.rstrip("/")] = place if "://" in place else str(root / place)
    return mirrors
