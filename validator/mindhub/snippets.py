"""What the usage snippets of a card load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mindhub.model import Card, FieldPath

_LOAD = re.compile(
    r"""(?:\b(?:mshub|hub|mindspore_hub|mindhub)\.load\(\s*|\bmodel(?:_uid|_name)?\s*=\s*)["'](?P<uid>[^"'\s]+/[^"'\s]+)["']"""
)
_OLD_CLIENT = re.compile(r"^\s*(?:import|from)\s+mindspore_hub\b", re.MULTILINE)


def loaded_uids(card: Card) -> tuple[tuple[FieldPath, str], ...]:
    """Return the names that the card's code blocks load, each with its block."""
    return tuple(
        (("body", "code", index), match["uid"])
        for index, code in enumerate(card.body.code)
        for match in _LOAD.finditer(code.text)
    )


def uses_old_client(code: str) -> bool:
    """Say whether code imports `mindspore_hub`, the client of the old hub."""
    return bool(_OLD_CLIENT.search(code))
