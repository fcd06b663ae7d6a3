"""The rules: small pure functions, one fault each."""

from __future__ import annotations

from mindhub.rules import (
    assets,
    body,
    disclaimers,
    evaluation,
    fields,
    form,
    history,
    identity,
    marks,
    online,
    reading,
    registry,
    smoke,
    translation,
    waivers,
)
from mindhub.rules.base import Rule

#: Every rule there is, in the order of their codes within a family.
ALL_RULES: tuple[Rule, ...] = (
    *reading.RULES,
    *form.RULES,
    *identity.RULES,
    *fields.RULES,
    *marks.RULES,
    *evaluation.RULES,
    *body.RULES,
    *assets.RULES,
    *registry.RULES,
    *disclaimers.RULES,
    *history.RULES,
    *waivers.RULES,
    *online.RULES,
    *smoke.RULES,
    *translation.RULES,
)

#: Those that judge a translation as they judge a card: they ask for nothing that only a card has.
TEXT_RULES: tuple[Rule, ...] = (
    *reading.RULES,
    *form.RULES,
    *(rule for rule in body.RULES if rule is not body.section_missing),
)

__all__ = ["ALL_RULES", "TEXT_RULES", "Rule"]
