"""What a machine knows about a card's files, put into the card: only those bytes of it change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.card import parse_card
from mindhub.fix import apply
from mindhub.model import Edit, Fix
from mindhub.source import CardFile
from mindhub.text import Locator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mindhub.model import Card, FieldPath
    from mindhub.vocabulary import Vocabulary

#: Behind which key a new one is put: the first of these that is there.
_BEHIND = {
    "asset-sha256": ("asset-link", "file-format"),
    "asset-size": ("asset-sha256", "asset-link", "file-format"),
    "repo-commit": ("repo-link",),
}


class PinError(ValueError):
    """Say why a card could not be edited; it is then as it was."""


def pinned(card: Card, values: Mapping[FieldPath, str], vocabulary: Vocabulary) -> bytes:
    """Return the card's bytes with values in place: replaced where they stand, else behind the key they belong to.

    `values` are plain scalars by their path, such as ("asset", 0, "asset-size"). Indentation, line endings, quotes and
    comments stay as they are. Raises PinError where the card is not written in a way that can be edited safely.
    """
    locator = Locator(card.text, card.data)
    if card.front is None or not locator.exact:
        raise PinError(f"{card.file}: the front matter cannot be read; 'mindhub check' says why")
    new: dict[tuple[int, str], list[str]] = {}
    edits: list[tuple[int, int, str]] = []
    anchors: dict[FieldPath, FieldPath] = {}
    for path, value in values.items():
        if path in card.places:
            edits.append(_replaced(card, path, value))
            continue
        anchor = _anchor(card, path, anchors)
        anchors[path] = anchor
        at, text = _inserted(card, anchor, str(path[-1]), value)
        new.setdefault((at, ""), []).append(text)
    edits += [(at, at, "".join(texts)) for (at, _), texts in new.items()]
    byte = locator.byte
    fix = Fix("pin", tuple(Edit(byte(start), byte(end), text) for start, end, text in edits if (start, end) != (0, 0)))
    data = apply(card.data, [fix])
    _prove(card, data, values, vocabulary)
    return data


def _anchor(card: Card, path: FieldPath, anchors: Mapping[FieldPath, FieldPath]) -> FieldPath:
    """Return the value behind which a new key goes; a key that is new itself stands for the one before it."""
    for name in _BEHIND[str(path[-1])]:
        before = (*path[:-1], name)
        if before in anchors:
            return anchors[before]
        if before in card.places:
            return before
    raise PinError(f"{card.file}: there is no {_BEHIND[str(path[-1])][0]!r} to put {path[-1]!r} behind")


def _replaced(card: Card, path: FieldPath, value: str) -> tuple[int, int, str]:
    start, end = card.places[path]
    quote = card.text[start : start + 1]
    if start == end:
        return start, end, value if card.text[start - 1] == " " else f" {value}"
    return start, end, f"{quote}{value}{quote}" if quote in "'\"" else value


def _inserted(card: Card, anchor: FieldPath, key: str, value: str) -> tuple[int, str]:
    """Return where a new key goes, in characters, and how it is written there."""
    text = card.text
    around = card.places.get(anchor[:-1], (0, 0))[0]
    end = card.places[anchor][1]
    if len(anchor) > 1 and text[around : around + 1] == "{":
        return end, f", {key}: {value}"
    start = card.keys[anchor][0]
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    breaks = [at for at in (text.find("\n", end), text.find("\r", end)) if at >= 0]
    at = min(breaks, default=len(text))
    ending = "\r\n" if text[at : at + 2] == "\r\n" else text[at : at + 1] or "\n"
    # A comment behind the value stays on its line.
    return at, f"{ending}{' ' * (start - line)}{key}: {value}"


def _prove(card: Card, data: bytes, values: Mapping[FieldPath, str], vocabulary: Vocabulary) -> None:
    """See that the edited card says what it said, and the new values; PinError where it does not."""
    again = parse_card(data, CardFile(card.path, None, card.uid), vocabulary)
    wanted = _with(card.front, values)
    if again.front is None or _plain(again.front) != wanted or again.body.text != card.body.text:
        names = ", ".join(sorted({str(path[-1]) for path in values}))
        raise PinError(f"{card.file}: {names} cannot be put in its place safely; write the asset as plain lines first")


def _with(front: Any, values: Mapping[FieldPath, str]) -> Any:
    copy = _plain(front)
    for path, value in values.items():
        node = copy
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value
    return copy


def _plain(value: Any) -> Any:
    """Return a copy in which every scalar is text, as it is in the file."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return "" if value is None else str(value)


def needed(card: Card, facts: Sequence[tuple[int, str, int]], commit: str | None) -> dict[FieldPath, str]:
    """Return what a card lacks or has differently: `facts` are (asset, sha256, size), `commit` is the repository's."""
    values: dict[FieldPath, str] = {}
    assets = {asset.index: asset for asset in card.assets}
    for index, sha256, size in facts:
        if assets[index].sha256 != sha256:
            values["asset", index, "asset-sha256"] = sha256
        if assets[index].size != size:
            values["asset", index, "asset-size"] = str(size)
    if commit is not None and card.repo_commit != commit:
        values["repo-commit",] = commit
    return values
