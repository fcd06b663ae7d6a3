"""Small records of smoke runs, told only what differs."""

from __future__ import annotations

from mindhub.smoke.evidence import NOT_RUN, PASSED, STAGES, Evidence, Stage


def record(uid="mindhub/2.10/lenet", mindspore="2.10.0", *, upto="run", ending=NOT_RUN, kind="earlier", **changes):
    """Make a record in which the stages up to one passed, and the next one ended otherwise."""
    place = STAGES.index(upto) + 1 if upto else 0
    verdicts = [PASSED] * place + [ending] + [NOT_RUN] * len(STAGES)
    stages = tuple(
        Stage(name, verdict, kind="" if verdict == PASSED else kind)
        for name, verdict in zip(STAGES, verdicts, strict=False)
    )
    values = {
        "made_by": "hub",
        "date": "2026-11-01",
        "digests": {"asset": "a" * 64, "network": "b" * 64, "contract": "c" * 64, "claims": "d" * 64},
        "environment": {"mindspore": mindspore, "device": "CPU"},
        "stages": stages,
    }
    return Evidence(uid=uid, **{**values, **changes})
