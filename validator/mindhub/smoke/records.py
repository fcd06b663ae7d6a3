"""When a record beside a card is written anew: only for something that matters, and never for something worse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.smoke.comparison import compare_recorded
from mindhub.smoke.evidence import LADDER, PASSED
from mindhub.smoke.matrix import same_model

if TYPE_CHECKING:
    from mindhub.smoke.evidence import Evidence, Measured

_STEPS = ("not-checked", *(step for step, _ in LADDER))


def merged(old: Evidence | None, new: Evidence, *, blocked: bool) -> Evidence | None:
    """Return the record to write, None where the old one should stay as it is.

    `blocked` says that the run could not do what was asked (an unreachable host, no MindSpore): it then tells
    nothing new and replaces only a record that says no more. The first recorded outputs of a model stay the reference:
    so small differences do not add up over the years, and a failure does not make the wrong output the right one.
    """
    if old is None:
        return new
    same_things = dict(old.digests) == dict(new.digests)
    if blocked and _STEPS.index(old.status) > _STEPS.index(new.status):
        return None
    if old.made_by == "hub" and new.made_by != "hub" and same_things:
        return None
    reproduced = new.stage("reproduce")
    own = old.made_by == new.made_by == "hub" and same_model(old.digests, new.digests)
    if (own and old.outputs) or (reproduced and reproduced.verdict == PASSED):
        new = replace(new, outputs=old.outputs)
    new = replace(new, more={**old.more, **new.more})
    # A run by other code that found the same is news as well: until it is written down, the record is due for one.
    same_code = old.environment.get("harness") == new.environment.get("harness")
    return None if same_things and same_in_substance(old, new) and (same_code or blocked) else new


def same_in_substance(old: Evidence, new: Evidence) -> bool:
    """Say whether two records differ only in date, times, memory, wording and noise within the tolerances."""
    return (
        (old.uid, old.made_by, old.training_state, old.network_parameters, old.table)
        == (new.uid, new.made_by, new.training_state, new.network_parameters, new.table)
        and [(stage.name, stage.verdict, stage.kind) for stage in old.stages]
        == [(stage.name, stage.verdict, stage.kind) for stage in new.stages]
        and _minor(old) == _minor(new)
        and len(old.measured) == len(new.measured)
        and all(_same_score(one, other) for one, other in zip(old.measured, new.measured, strict=True))
        and (old.outputs == new.outputs or not compare_recorded(new.outputs, old.outputs, ())[0])
    )


def _same_score(old: Measured, new: Measured) -> bool:
    names = [
        (item.metric, item.claimed, item.tolerance, item.dataset, item.split, item.samples, item.dataset_digest)
        for item in (old, new)
    ]
    return names[0] == names[1] and abs(old.measured - new.measured) <= max(old.tolerance, 1e-6 * abs(old.measured))


def _minor(evidence: Evidence) -> list[str]:
    return evidence.environment.get("mindspore", "").split(".")[:2]


def aside(old: Evidence, new: Evidence) -> bool:
    """Say whether a record belongs beside a card's present one: made with an older MindSpore, or on another device."""
    if not old.environment.get("mindspore") or not new.environment.get("mindspore"):
        return False
    versions = [tuple(int(part) for part in _minor(item) if part.isdigit()) for item in (new, old)]
    return versions[0] < versions[1] or old.environment.get("device") != new.environment.get("device")
