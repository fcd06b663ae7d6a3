"""Records that no run wrote: what contradicts itself, or the file that it speaks about.

A record is text, and whoever can write one can write a consistent one. What is found here is invention without care;
the rest is found by running the card again, and by the registry letting nobody but itself bring records of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from typing import TYPE_CHECKING

from mindhub.smoke.evidence import NOT_RUN, PASSED, STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.formats.table import TensorTable
    from mindhub.smoke.evidence import Evidence, Output

#: Stages that stand by themselves.
_OPTIONAL = ("reproduce", "evaluate")
_NUMPY = frozenset(
    {"float16", "float32", "float64", "bool"} | {f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)}
)


def contradictions(evidence: Evidence, today: dt.date, table: TensorTable | None = None, sha256: str = "") -> list[str]:
    """Say what cannot be in a record, a sentence each; empty where nothing is found.

    `table` and `sha256` are those of the card's file where it is at hand and the record claims to be of this very file.
    """
    found = [*_order(evidence), *_environment(evidence), *_scores(evidence), *_date(evidence, today)]
    found += [fault for place, output in enumerate(evidence.outputs) for fault in _output(place, output)]
    same_file = sha256 and evidence.digests.get("asset") == sha256
    if same_file and table is not None and evidence.table is not None and evidence.table != table:
        found.append("table: the tensors of the file, which has the recorded sha256, are others")
    return found


def _order(evidence: Evidence) -> Iterator[str]:
    stopped = ""
    for name in STAGES:
        stage = evidence.stage(name)
        if stage is None:
            continue
        if stopped and stage.verdict != NOT_RUN:
            yield f"stages: {name} {stage.verdict} although {stopped} did not pass"
        if stage.verdict != PASSED and name not in _OPTIONAL:
            stopped = stopped or name
        if stage.verdict != PASSED and not stage.kind:
            yield f"stages: {name} has no kind, which every verdict but passed has"


def _environment(evidence: Evidence) -> Iterator[str]:
    def passed(name: str) -> bool:
        stage = evidence.stage(name)
        return stage is not None and stage.verdict == PASSED

    missing = [name for name in ("mindspore", "device", "sandbox") if not evidence.environment.get(name)]
    if passed("build") and missing:
        yield f"environment: a network was built, and {missing[0]} is not named"
    missing = [name for name in ("asset", "contract", "network") if not evidence.digests.get(name)]
    if passed("build") and missing:
        yield f"digests: a network was built, and there is no digest of {missing[0]}"
    if passed("load") and not evidence.network_parameters:
        yield "network-parameters: weights were loaded into a network that has none"
    if passed("shape") and not evidence.outputs:
        yield "outputs: their shapes passed, and there are none"
    if passed("evaluate") and not evidence.measured:
        yield "measured: a score was measured, and there is none"


def _scores(evidence: Evidence) -> Iterator[str]:
    stage = evidence.stage("evaluate")
    for item in evidence.measured:
        within = item.claimed is not None and abs(item.claimed - item.measured) <= item.tolerance
        if stage is not None and stage.verdict == PASSED and not within:
            said = f"{item.metric} {item.measured:g} is not within {item.tolerance:g} of {item.claimed}"
            yield f"measured: {said}, and passed"


def _date(evidence: Evidence, today: dt.date) -> Iterator[str]:
    try:
        day = dt.date.fromisoformat(evidence.date)
    except ValueError:
        yield f"date: {evidence.date!r} is no day"
        return
    # One day for whoever is ahead of us.
    if day > today + dt.timedelta(days=1):
        yield f"date: {evidence.date} has not come yet"


def _output(place: int, output: Output) -> Iterator[str]:
    """Hold an output that was kept whole against its digest."""
    size = math.prod(output.shape)
    if len(output.values) > size:
        yield f"outputs: output {place} has {len(output.values)} values in a shape of {size}"
    if len(output.values) == size and output.dtype in _NUMPY:
        import numpy as np

        array = np.array(output.values, dtype=np.dtype(output.dtype).newbyteorder("<")).reshape(output.shape)
        if hashlib.sha256(array.tobytes()).hexdigest() != output.digest:
            yield f"outputs: the values of output {place} do not have its digest"
