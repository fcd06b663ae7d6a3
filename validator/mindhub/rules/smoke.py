"""SM: whether a card says how it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.model import Card, Problem, Severity
from mindhub.rules.base import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts


@rule("SM001", "no-smoke-section", Severity.ADVICE)
def no_smoke_section(card: Card, _: Facts) -> Iterator[Problem]:
    """The card does not say which network its checkpoint belongs to.

    Then nothing can be run, and visitors read "not run".

    Bad:
        # no smoke
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        smoke:
          network: {source: file, name: "lenet:LeNet"}
    """
    if card.front is not None and card.assets and "smoke" not in card.front:
        message = say("there is no smoke section: name the network, so that the checkpoint can be run")
        yield Problem(("smoke",), message)


RULES = (no_smoke_section,)
