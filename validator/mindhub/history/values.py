"""The values of a card that a copy of it for another version would inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.text import strip_autolink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.model import FieldPath

#: What differs between versions by itself.
_OF_THE_VERSION = frozenset({
    "mindspore-version", "update-time", "repo-link", "repo-commit", "asset-link", "mirrors", "replaces",
})  # fmt: skip


def inherited(value: Any, path: FieldPath = ()) -> Iterator[tuple[FieldPath, str]]:
    """Yield the scalars of a front matter that a later version would inherit, as text."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in _OF_THE_VERSION:
                yield from inherited(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from inherited(item, (*path, index))
    elif value is not None and path:
        yield path, strip_autolink(str(value))
