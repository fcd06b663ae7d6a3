"""Records that no run wrote: what contradicts itself, or the file that it speaks about.

A record is text, and whoever can write one can write a consistent one. What is found here is invention without care;
the rest is found by running the card again, and by the registry letting nobody but itself bring records of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import struct
from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.smoke.evidence import NOT_RUN, PASSED, STAGES
from mindhub.smoke.network_runs import STAGES as MADE_STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.formats.table import TensorTable
    from mindhub.messages import Message
    from mindhub.smoke.evidence import Evidence, Output
    from mindhub.smoke.network_runs import NetworkRun

#: Stages that stand by themselves.
_OPTIONAL = ("reproduce", "evaluate")
#: Types of numpy whose elements the standard library packs as well, so that numpy is not needed to judge a record.
_PACKED = {
    "float16": "e", "float32": "f", "float64": "d", "bool": "?",
    "int8": "b", "int16": "h", "int32": "i", "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I", "uint64": "Q",
}  # fmt: skip


def contradictions(
    evidence: Evidence, today: dt.date, table: TensorTable | None = None, sha256: str = ""
) -> list[Message]:
    """Say what cannot be in a record, a sentence each; empty where nothing is found.

    `table` and `sha256` are those of the card's file where it is at hand and the record claims to be of this very file.
    """
    found = [*_order(evidence), *_environment(evidence), *_scores(evidence), *_date(evidence, today)]
    found += [fault for place, output in enumerate(evidence.outputs) for fault in _output(place, output)]
    same_file = sha256 and evidence.digests.get("asset") == sha256
    if same_file and table is not None and evidence.table is not None and evidence.table != table:
        found.append(say("table: the tensors of the file, which has the recorded sha256, are others"))
    return found


def invented(run: NetworkRun, today: dt.date) -> list[Message]:
    """Say what cannot be in the record of a run with random weights, a sentence each; empty where nothing is found."""
    found = [*_order(run, MADE_STAGES), *_date(run, today)]
    passed = {stage.name for stage in run.stages if stage.verdict == PASSED}
    missing = [name for name in ("mindspore", "device", "sandbox") if not run.environment.get(name)]
    if "build" in passed and missing:
        found.append(say("environment: a network was built, and {key} is not named", key=missing[0]))
    if "build" in passed and not run.digests.get("network"):
        found.append(say("digests: a network was built, and there is no digest of {key}", key="network"))
    elements = sum(math.prod(row.shape) for row in run.table)
    if "load" in passed and not run.parameters:
        found.append(say("network-parameters: weights were loaded into a network that has none"))
    if run.table and elements != run.parameters:
        found.append(
            say("table: its rows have {rows:,} elements, the network {all:,}", rows=elements, all=run.parameters)
        )
    # One bit each would be less than any type has.
    if "load" in passed and run.checkpoint_bytes * 8 < run.parameters:
        found.append(
            say(
                "checkpoint-bytes: {bytes:,} bytes cannot hold {all:,} numbers",
                bytes=run.checkpoint_bytes,
                all=run.parameters,
            )
        )
    if "shape" in passed and not run.outputs:
        found.append(say("outputs: their shapes passed, and there are none"))
    return found


def _order(evidence: Evidence | NetworkRun, names: tuple[str, ...] = STAGES) -> Iterator[Message]:
    stopped = ""
    stages = {stage.name: stage for stage in evidence.stages}
    for name in names:
        stage = stages.get(name)
        if stage is None:
            continue
        if stopped and stage.verdict != NOT_RUN:
            yield say(
                "stages: {name} {verdict} although {before} did not pass",
                name=name,
                verdict=stage.verdict,
                before=stopped,
            )
        if stage.verdict != PASSED and name not in _OPTIONAL:
            stopped = stopped or name
        if stage.verdict != PASSED and not stage.kind:
            yield say("stages: {name} has no kind, which every verdict but passed has", name=name)


def _environment(evidence: Evidence) -> Iterator[Message]:
    def passed(name: str) -> bool:
        stage = evidence.stage(name)
        return stage is not None and stage.verdict == PASSED

    missing = [name for name in ("mindspore", "device", "sandbox") if not evidence.environment.get(name)]
    if passed("build") and missing:
        yield say("environment: a network was built, and {key} is not named", key=missing[0])
    missing = [name for name in ("asset", "network", "contract") if not evidence.digests.get(name)]
    if passed("build") and missing:
        yield say("digests: a network was built, and there is no digest of {key}", key=missing[0])
    if passed("load") and not evidence.network_parameters:
        yield say("network-parameters: weights were loaded into a network that has none")
    if passed("shape") and not evidence.outputs:
        yield say("outputs: their shapes passed, and there are none")
    if passed("evaluate") and not evidence.measured:
        yield say("measured: a score was measured, and there is none")


def _scores(evidence: Evidence) -> Iterator[Message]:
    stage = evidence.stage("evaluate")
    for item in evidence.measured:
        within = item.claimed is not None and abs(item.claimed - item.measured) <= item.tolerance
        if stage is not None and stage.verdict == PASSED and not within:
            yield say(
                "measured: {metric} {measured:g} is not within {tolerance:g} of {claimed}, and passed",
                metric=item.metric,
                measured=item.measured,
                tolerance=item.tolerance,
                claimed=item.claimed,
            )


def _date(evidence: Evidence | NetworkRun, today: dt.date) -> Iterator[Message]:
    try:
        day = dt.date.fromisoformat(evidence.date)
    except ValueError:
        yield say("date: {date!r} is no day", date=evidence.date)
        return
    # One day for whoever is ahead of us.
    if day > today + dt.timedelta(days=1):
        yield say("date: {date} has not come yet", date=evidence.date)


def _output(place: int, output: Output) -> Iterator[Message]:
    """Hold an output that was kept whole against its digest."""
    size = math.prod(output.shape)
    if len(output.values) > size:
        yield say(
            "outputs: output {place} has {values} values in a shape of {size}",
            place=place,
            values=len(output.values),
            size=size,
        )
    if len(output.values) == size and output.dtype in _PACKED and _sha256(output) != output.digest:
        yield say("outputs: the values of output {place} do not have its digest", place=place)


def _sha256(output: Output) -> str:
    """Return the sha256 over the recorded values in the output's type; empty where they are no values of it."""
    letter = _PACKED[output.dtype]
    values = output.values if letter in "efd" else map(int, output.values)
    try:
        return hashlib.sha256(struct.pack(f"<{len(output.values)}{letter}", *values)).hexdigest()
    except (struct.error, OverflowError, ValueError):
        return ""
