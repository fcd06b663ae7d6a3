"""FD012: whether everything that `mindhub bump` left open was filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mindhub.messages import say
from mindhub.model import Card, Problem, Severity
from mindhub.rules.base import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts
    from mindhub.model import FieldPath

MARK = "FILL-IN"
_IN_TEXT = re.compile(rf"\b{MARK}\b")


@rule("FD012", "unfilled", Severity.ERROR)
def unfilled(card: Card, _: Facts) -> Iterator[Problem]:
    """A place that `mindhub bump` marked is not filled in.

    What the older card said there may not hold for the new file, so nobody but its author can say it.

    Bad:
        author: FILL-IN (was The authors)
    Good:
        author: The authors
    """
    if MARK.encode() not in card.data and b"\\" not in card.data:  # with that YAML writes any letter in another way
        return
    for path in _marked(card.front, ()):
        message = say("{key!r} is still to be filled in; say what holds for this card", key=str(path[-1]))
        yield Problem(path, message)
    for match in _IN_TEXT.finditer(card.body.text):
        place = (card.body.start + match.start(), card.body.start + match.end())
        yield Problem((), say("the text is still to be read anew; remove the mark when it is right"), chars=place)


def _marked(value: Any, path: FieldPath) -> Iterator[FieldPath]:
    if isinstance(value, str):
        if value.startswith(MARK):
            yield path
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if not isinstance(item, str) or item.startswith(MARK):
            yield from _marked(item, (*path, key))


RULES = (unfilled,)
