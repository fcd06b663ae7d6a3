"""RG008: whether the shared text that a card refers to is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.model import Card, Problem, Severity
from mindhub.rules.base import rule
from mindhub.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts


@rule("RG008", "dangling-disclaimer", Severity.ERROR)
def dangling_disclaimer(card: Card, facts: Facts) -> Iterator[Problem]:
    """The card refers to a disclaimer that the registry does not have.

    The text binds whoever uses the model, so nobody may miss it. It is `disclaimers/<name>.md` at the registry's root.

    Bad:
        disclaimer: no-such-text
    Good:
        license: Apache-2.0
    """
    name = (card.front or {}).get("disclaimer")
    if facts.disclaimers is None or not isinstance(name, str) or name in facts.disclaimers:
        return
    hint = did_you_mean(name, facts.disclaimers)
    yield Problem(("disclaimer",), say("there is no 'disclaimers/{name}.md'{hint}", name=name, hint=hint))


RULES = (dangling_disclaimer,)
