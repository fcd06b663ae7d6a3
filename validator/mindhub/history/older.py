"""Which findings the base had already: those are not the change's fault."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from mindhub.history import History
    from mindhub.model import Card, Finding

_LINE = re.compile(r"\b(line|lines) \d+\b")
Key = tuple[object, ...]


def mark_older(
    findings: Sequence[Finding],
    cards: Sequence[Card],
    base_findings: Sequence[Finding],
    history: History,
    registry_wide: Container[str],
) -> Iterator[Finding]:
    """Yield the findings, those that the base had as well marked as older.

    The same finding has the same rule, path (numbers in lists aside: entries move), value and message;
    rules over the whole registry name other cards in their messages, so there the message does not count.
    A renamed card is compared with itself under its old name. Of findings that are all alike as many are
    older as the base had.
    """
    head = {card.file: card for card in cards}
    before = {card.file: card for card in history.cards(cards)}
    old_file = {file: card.file for file, card in history.before.items() if card}
    had = Counter(_key(finding, before.get(finding.file), finding.file, registry_wide) for finding in base_findings)
    for finding in findings:
        key = _key(finding, head.get(finding.file), old_file.get(finding.file, finding.file), registry_wide)
        if had[key] > 0:
            had[key] -= 1
            yield replace(finding, older=True)
        else:
            yield finding


def _key(finding: Finding, card: Card | None, file: str, registry_wide: Container[str]) -> Key:
    names = tuple(part for part in finding.path if isinstance(part, str))
    # What a rule says about one of the registry's own files is told apart by the message alone.
    message = "" if card and finding.code in registry_wide else _LINE.sub(r"\1", finding.message)
    return finding.code, file, names, _value(finding, card), message


def _value(finding: Finding, card: Card | None) -> str | bytes:
    """Return the scalar that a finding is about; that of a list or mapping would change with any part of it."""
    span = finding.span
    if card is None or span is None or not finding.path:
        return ""
    if finding.path[0] == "body":
        return card.data[span.start : span.end] if span.line == span.end_line else b""
    value = _at(card.front, finding.path)
    return "" if isinstance(value, dict | list) or value is None else str(value)


def _at(front: Mapping[str, Any] | None, path: tuple[str | int, ...]) -> Any:
    value: Any = front
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
