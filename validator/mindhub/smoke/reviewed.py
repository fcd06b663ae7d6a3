"""Candidates for a card's network, built and held against its file: which of them is it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from mindhub.smoke.contract import Contract, ContractError, Limits, make_inputs, parse_contract
from mindhub.smoke.evidence import FAILED, NOT_RUN, PASSED
from mindhub.smoke.matching import Match, Parameter, match
from mindhub.smoke.sandbox import SCRATCH_BYTES
from mindhub.smoke.verdicts import Expectation, judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.smoke.child import Nursery
    from mindhub.smoke.doors import Candidate, Sought
    from mindhub.smoke.evidence import Stage
    from mindhub.smoke.verdicts import Judgement
    from mindhub.smoke.watch import Outcome
    from mindhub.source import Registry

SECONDS, MEMORY = 240.0, 6_000_000_000
_BOTH, _ONE = ("pynative", "graph"), ("pynative",)
#: What a library calls the number of outputs of its classifiers.
_CLASSES = "num_classes"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of building a candidate."""

    network: Mapping[str, Any]  #: as `smoke.network` has it, arguments that the file gives away included
    reason: str = ""  #: why it is not the one, in a line; empty where it is
    modes: tuple[str, ...] = _ONE  #: in which it ran
    outputs: tuple[tuple[tuple[int, ...], str], ...] = ()  #: shape and dtype of each; empty where it did not run
    seconds: float = 0.0
    memory: int = 0
    shims: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def try_out(candidate: Candidate, sought: Sought, registry: Registry, nursery: Nursery) -> Trial:
    """Build a candidate, load the model's file into it strictly (random weights where it is not at hand), and run it.

    Where only the number of classes or an argument that the network's file names (SHAPE_ARGUMENTS) differs, it is built
    once more with what the file has. Both modes are tried, then pynative alone. Raises HarnessError.
    """
    return _with_arguments(candidate, sought, registry, nursery, candidate.network, again=True)


def _with_arguments(
    candidate: Candidate,
    sought: Sought,
    registry: Registry,
    nursery: Nursery,
    network: Mapping[str, Any],
    *,
    again: bool,
) -> Trial:
    stage: Stage | None = None
    for modes in (_BOTH, _ONE):
        try:
            contract = _contract(network, candidate, modes)
            inputs = make_inputs(contract)
        except ContractError as error:
            return Trial(network, str(error))
        outcome, judgement = _run(contract, inputs, sought, registry, nursery)
        found = _match(outcome, sought)
        if found is not None and not found.ok:
            other = _arguments(found, outcome) if again and network["source"] != "mindir" else {}
            if not other:
                return Trial(network, found.explain().partition("\n")[0])
            changed = {**network, "kwargs": {**(network.get("kwargs") or {}), **other}}
            return _with_arguments(candidate, sought, registry, nursery, changed, again=False)
        stages = {stage.name: stage for stage in judgement.stages}
        early = next((stages[name] for name in ("build", "load") if stages[name].verdict != PASSED), None)
        if early is not None:
            return Trial(network, early.reason.partition("\n")[0])
        stage = next((stages[name] for name in ("run", "shape") if stages[name].verdict != PASSED), None)
        if stage is None or stage.verdict == NOT_RUN:
            break
    return _trial(network, contract, outcome, judgement, stage, sought)


def _contract(network: Mapping[str, Any], candidate: Candidate, modes: tuple[str, ...]) -> Contract:
    rows = [dict(row) for row in candidate.inputs]
    contract = parse_contract({"network": dict(network), **({"inputs": rows} if rows else {}), "modes": list(modes)})
    return replace(contract, limits=Limits(SECONDS, MEMORY))


def _run(
    contract: Contract, inputs: Any, sought: Sought, registry: Registry, nursery: Nursery
) -> tuple[Outcome, Judgement]:
    table = sought.table if sought.path is not None else None
    job = {
        "registry": str(registry.root.resolve()),
        "network": contract.network,
        "table": table.to_json() if table else None,
        "ignore-extra": [],
        "modes": contract.modes if inputs else [],
        "inputs": len(inputs),
    }
    path, scratch = (sought.path, SCRATCH_BYTES) if table else (None, MEMORY)
    outcome = nursery.run(job, inputs, path, contract.limits, scratch_bytes=scratch)
    return outcome, judge(outcome, Expectation(contract, table, saved=table is None))


def _match(outcome: Outcome, sought: Sought) -> Match | None:
    """Hold a network that was built against the file's tensors; None where one of them is not there."""
    built = outcome.of("built")
    if not built or sought.table is None:
        return None
    values = built[0].message.values
    rows = [Parameter(str(name), tuple(map(int, shape)), str(dtype)) for name, shape, dtype in values["rows"]]
    arguments = {str(pattern): (str(row[0]), int(row[1])) for pattern, row in dict(values["arguments"]).items()}
    return match(rows, sought.table.tensors, (), arguments)


def _arguments(found: Match, outcome: Outcome) -> dict[str, int]:
    """Return the arguments with which the shapes would be the file's, where nothing else differs."""
    if found.missing or found.extra or found.recast or not found.reshaped or not outcome.of("built"):
        return {}
    given: dict[str, int] = {}
    for pair in found.reshaped:
        here, there = pair.network.shape, pair.checkpoint.shape
        axes = [axis for axis in range(len(here)) if len(here) == len(there) and here[axis] != there[axis]]
        named = [
            (name, axis)
            for pattern, (name, axis) in found.arguments.items()
            if axes == [axis] and fnmatchcase(pair.network.name, pattern)
        ]
        name, axis = named[0] if named else (_CLASSES, 0)
        if axes != [axis] or given.setdefault(name, there[axis]) != there[axis]:
            return {}
    return given


def _trial(
    network: Mapping[str, Any], contract: Contract, outcome: Outcome, judgement: Judgement, stage: Stage | None,
    sought: Sought,
) -> Trial:  # fmt: skip
    notes = []
    if stage is not None and stage.verdict == FAILED and sought.table is None:
        # Neither the file nor a run speaks for it.
        return Trial(network, stage.reason.partition("\n")[0])
    if stage is not None:
        remedy = "name its inputs" if not contract.inputs else "look at its inputs"
        notes.append(f"it was not run: {stage.reason.partition(chr(10))[0]}; {remedy}")
    shims = {
        str(name) for kind in ("built", "ran") for item in outcome.of(kind) for name in item.message.values["shims"]
    }
    return Trial(
        network,
        modes=contract.modes,
        outputs=tuple((tuple(one.shape), one.dtype) for one in judgement.outputs),
        seconds=outcome.seconds,
        memory=outcome.memory,
        shims=tuple(sorted(shims)),
        notes=tuple(notes),
    )
