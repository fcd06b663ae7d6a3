"""What the usage snippets of a card load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mindhub.model import Repair

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.model import Card, FieldPath

_LOAD = re.compile(
    r"""(?:\b(?:mshub|hub|mindspore_hub|mindhub)\.load\(\s*|\bmodel(?:_uid|_name)?\s*=\s*)["'](?P<uid>[^"'\s]+/[^"'\s]+)["']"""
)
_OLD_CLIENT = re.compile(r"^\s*(?:import|from)\s+mindspore_hub\b", re.MULTILINE)

_NAMED = re.compile(r"\bmindspore_hub\b")
#: What turns the usual snippet for the old client into one for this one.
OLD_CLIENT_WORDS = {"import mindspore_hub as mshub": "import mindhub", "mshub.load": "mindhub.load"}


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


def is_plain_old_client(code: str) -> bool:
    """Say whether the old client appears in the one way that can be rewritten word by word."""
    rest = code
    for word in OLD_CLIENT_WORDS:
        rest = rest.replace(word, "")
    return "import mindspore_hub as mshub" in code and not _NAMED.search(rest) and "mshub" not in rest


def rewrite(card: Card, path: FieldPath, words: Mapping[str, str], title: str) -> Repair | None:
    """Return the repair that replaces words inside one item of the body; None where none of them is there."""
    start, end = card.body.place(path) or (0, 0)
    edits = [
        (start + match.start(), start + match.end(), new)
        for old, new in words.items()
        for match in re.finditer(re.escape(old), card.text[start:end])
    ]
    return Repair(title, tuple(sorted(edits))) if edits else None
