"""How far a card was verified: the ladder that visitors read, from the record of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass

if TYPE_CHECKING:
    from mindhub.model import Card
    from mindhub.pages.inputs import Record
    from mindhub.smoke.evidence import Evidence

NOT_CHECKED = "not-checked"
#: What a visitor can choose in the listing: the steps of evidence.LADDER, in their order. Stated again here, so that a
#: registry without records starts nothing of the smoke run for its site.
STEPS = ("file-checked", "loads", "runs", "same-output", "score-re-measured")
FAILED_STATE = "failed"


@dataclass(frozen=True, slots=True)
class State:
    """What is known about a card, as far as it counts today."""

    step: str  #: the highest step reached, or NOT_CHECKED
    reached: tuple[str, ...] = ()  #: every step that was reached, in order
    failed: str = ""  #: the stage that failed, if one did
    reason: str = ""  #: string key or, where `said`, the run's own words: why no further step was reached
    said: bool = False
    date: str = ""
    mindspore: str = ""
    device: str = ""
    old: bool = False  #: there is a record, but of something that changed since
    reported: bool = False  #: there is a record, but sent by an author

    @property
    def tone(self) -> str:
        """Return how it is coloured: `good`, `bad` (something failed) or `none` (nothing was checked)."""
        if self.failed:
            return "bad"
        return "good" if self.reached else "none"

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return the values that the filter by verified state knows this card under."""
        if self.failed:
            return (*self.reached, FAILED_STATE)
        return self.reached or (NOT_CHECKED,)


def state_of(card: Card, record: Record | None) -> State:
    """Return how far a card was verified, and why no further.

    A record of something that changed since, or one that an author sent, verifies nothing: the card then
    reads as not checked, and its page shows the record with that remark.
    """
    if record is None:
        if card.smoke is None:
            return State(NOT_CHECKED, reason="reason.no-contract")
        return State(NOT_CHECKED, reason="reason.not-yet")
    from mindhub.smoke.evidence import NOT_RUN

    evidence = record.evidence
    known = State(
        NOT_CHECKED,
        date=evidence.date,
        mindspore=evidence.environment.get("mindspore", ""),
        device=evidence.environment.get("device", ""),
    )
    if record.outdated:
        return replace(known, reason="reason.outdated", old=True)
    if evidence.made_by != "hub":
        return replace(known, reason="reason.reported", reported=True)
    known = replace(known, reached=reached_steps(evidence), said=True)
    failed = evidence.failed
    if failed:
        step = known.reached[-1] if known.reached else NOT_CHECKED
        return replace(known, step=step, failed=failed.name, reason=failed.reason)
    open_stage = next((stage for stage in evidence.stages if stage.verdict == NOT_RUN and stage.reason), None)
    return replace(known, step=evidence.status, reason=open_stage.reason if open_stage else "")


def reached_steps(evidence: Evidence) -> tuple[str, ...]:
    """Return the steps of the ladder up to the card's status whose stages all passed."""
    from mindhub.smoke.evidence import LADDER, PASSED

    if evidence.status == NOT_CHECKED:
        return ()
    upto = STEPS.index(evidence.status) + 1
    return tuple(
        step
        for step, stages in LADDER[:upto]
        if all((stage := evidence.stage(name)) and stage.verdict == PASSED for name in stages)
    )


def failed_step(evidence: Evidence) -> str:
    """Return the step of the ladder that the first failed stage belongs to; empty where none failed."""
    from mindhub.smoke.evidence import FAILED, LADDER

    return next(
        (
            step
            for step, stages in LADDER
            if any((stage := evidence.stage(name)) and stage.verdict == FAILED for name in stages)
        ),
        "",
    )
