"""SC: whether the front matter has the shape that the card schema asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.model import Card, Problem, Severity
from mindhub.rules.base import from_reader, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts


@rule("SC001", "schema", Severity.ERROR, source="faults")
def schema(card: Card, _: Facts) -> Iterator[Problem]:
    """A value has another type or form than the card schema allows.

    The schema is published with the site, so editors can show the same faults while you type.

    Bad:
        fine-tunable: maybe
    Good:
        fine-tunable: True
    """
    return from_reader(card, "SC001")


@rule("SC002", "missing-key", Severity.ERROR, source="faults")
def missing_key(card: Card, _: Facts) -> Iterator[Problem]:
    """A required key is absent or has no value.

    Visitors filter and compare by these keys; a card that lacks one drops out of what they see.

    Bad:
        author:
    Good:
        author: The authors
    """
    return from_reader(card, "SC002")


@rule("SC003", "unknown-key", Severity.ERROR, source="faults")
def unknown_key(card: Card, _: Facts) -> Iterator[Problem]:
    """A key is none that cards have.

    It is mostly a slip of the pen, and its value would be lost. Keys of your own start with `x-`.

    Bad:
        lisence: Apache-2.0
    Good:
        license: Apache-2.0
    """
    return from_reader(card, "SC003")


RULES = (schema, missing_key, unknown_key)
