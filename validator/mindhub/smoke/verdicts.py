"""What a child's messages and end amount to: the verdicts, which are the harness's and not the network's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mindhub.formats.table import TensorTable
from mindhub.smoke.comparison import agree, compare_recorded, compared, describe_outputs, recorded
from mindhub.smoke.evidence import FAILED, NOT_RUN, PASSED, Compared, Measured, Output, Stage
from mindhub.smoke.matching import Parameter, match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mindhub.model import Metric
    from mindhub.smoke.child import Outcome, Received
    from mindhub.smoke.contract import Contract
    from mindhub.smoke.datasets import Split

#: The stages that a child's messages are about, in order.
CHILD_STAGES = ("build", "load", "run", "shape", "reproduce", "evaluate")
#: Where the contract names no tolerance, a measured score may differ by this share of the claimed one.
DEFAULT_TOLERANCE = 0.005
_NO_MEMORY = re.compile(
    r"bad_alloc|m?alloc\w*\b.{0,60}\bfail|fail\w*.{0,30}\balloc|memory.{0,20}not enough|cannot allocate|out of memory",
    re.IGNORECASE | re.DOTALL,
)
_CPP = re.compile(r"\n*-{20,}\n- C\+\+ Call Stack.*", re.DOTALL)
#: A frame of a network's file in what faulthandler prints.
_CRASHED = re.compile(r'^  File ".*/networks/([^"/]+)", line (\d+) in (\S+)$', re.MULTILINE)
_LINE = 200  # characters
_SHOWN_OUTPUT = 6  # lines of what the network printed


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a run is judged against."""

    contract: Contract
    table: TensorTable | None  #: of the checkpoint; None where the child saved it
    reference: tuple[Output, ...] = ()  #: recorded outputs; empty where there are none to compare with
    no_reference: str = "no recorded output yet"  #: why there are none
    claimed: Metric | None = None  #: the card's value of the score that is measured
    split: Split | None = None  #: the samples that the score is measured on
    saved: bool = False  #: the child itself saved the checkpoint, whose table comes in its message `saved`


@dataclass(slots=True)
class Judgement:
    """The verdicts on the stages of a child, and what is worth recording beside them."""

    stages: list[Stage] = field(default_factory=list)
    outputs: tuple[Output, ...] = ()
    measured: tuple[Measured, ...] = ()
    compared: tuple[Compared, ...] = ()
    training_state: tuple[str, ...] = ()
    parameters: int = 0  #: elements of the network's parameters
    network: tuple[Parameter, ...] = ()  #: its parameters
    arguments: Mapping[str, tuple[str, int]] = field(default_factory=dict)  #: see matching.match
    sandbox: str = ""


class _Bad(Exception):  # noqa: N818 - ends the judgement of one stage
    """A stage that failed, or did not run: the rest does not run."""

    def __init__(self, kind: str, reason: str, verdict: str = FAILED) -> None:
        super().__init__(kind, reason)
        self.kind, self.reason, self.verdict = kind, reason, verdict


def judge(outcome: Outcome, expected: Expectation) -> Judgement:
    """Judge the messages of a child, none of which is believed further than it can be checked here."""
    judgement = Judgement()
    clock = _Clock(outcome)
    steps = {
        "build": _build, "load": _load, "run": _run, "shape": _shape, "reproduce": _reproduce, "evaluate": _evaluate,
    }  # fmt: skip
    stopped: tuple[str, str] | None = None
    for name in CHILD_STAGES:
        if stopped is not None:
            judgement.stages.append(Stage(name, NOT_RUN, f"{stopped[0]} {stopped[1]}", kind="earlier"))
            continue
        kind, reason, verdict = "", "", PASSED
        try:
            reason = steps[name](outcome, expected, judgement)
        except _Bad as bad:
            kind, reason, verdict = bad.kind, bad.reason, bad.verdict
        except (KeyError, TypeError, ValueError, IndexError) as error:
            # Values come from the child: what does not fit is its doing.
            kind, reason, verdict = "garbled", f"a message makes no sense: {type(error).__name__}: {error}", FAILED
        seconds, memory = (0.0, 0) if verdict == NOT_RUN else clock.read(name)
        judgement.stages.append(Stage(name, verdict, reason, seconds, memory, kind))
        optional = name in ("reproduce", "evaluate")
        if verdict != PASSED and not optional:
            stopped = (name, "failed" if verdict == FAILED else "did not run")
    return judgement


class _Clock:
    """Shares the child's time out to the stages by when their messages came."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._last = 0.0

    def read(self, stage: str) -> tuple[float, int]:
        """Return seconds and peak memory of a stage; none for those that the harness does by itself."""
        kind = {"build": "built", "load": "loaded", "run": "ran", "evaluate": "evaluated"}.get(stage)
        if kind is None:
            return 0.0, 0
        come = self._outcome.of(kind)
        seconds, memory = (come[-1].seconds, come[-1].memory) if come else (self._outcome.seconds, self._outcome.memory)
        taken, self._last = seconds - self._last, seconds
        return round(max(0.0, taken), 3), memory


def _build(outcome: Outcome, expected: Expectation, judgement: Judgement) -> str:
    _expect_order(outcome, expected)
    started = outcome.of("started")
    judgement.sandbox = str(started[0].message.values["sandbox"])[:400] if started else ""
    rows = list(_rows(_message(outcome, "built", "build")))
    judgement.network = tuple(rows)
    judgement.arguments = _arguments(outcome.of("built")[0])
    judgement.parameters = sum(_elements(row) for row in rows)
    return f"{len(rows)} parameters, {judgement.parameters:,} elements"


def _load(outcome: Outcome, expected: Expectation, judgement: Judgement) -> str:
    table = expected.table or TensorTable.from_json(_message(outcome, "saved", "load").message.values["table"])
    found = match(judgement.network, table.tensors, expected.contract.ignore_extra, judgement.arguments)
    loaded = _message(outcome, "loaded", "load")
    if not found.ok:
        raise _Bad("mismatch", found.explain())
    judgement.training_state = tuple(row.name for row in found.training_state)
    bad = [(str(name), int(count), int(size)) for name, count, size in loaded.message.values["nan"]]
    if bad:
        name, count, size = bad[0]
        raise _Bad(
            "nan-weights",
            f"{len(bad)} of {found.matched} parameters hold NaN, first {name} ({count:,} of {size:,} values); "
            f"training diverged, or the file is damaged",
        )
    return found.explain().partition("\n")[0]


def _run(outcome: Outcome, expected: Expectation, _: Judgement) -> str:
    if not expected.contract.inputs:
        raise _Bad("no-inputs", "the smoke section names no inputs", NOT_RUN)
    ran = outcome.of("ran")
    if len(ran) < len(expected.contract.modes):
        mode = expected.contract.modes[len(ran)]
        try:
            _message(outcome, "ran", "run", len(ran))
        except _Bad as bad:
            raise _Bad(bad.kind, f"in {mode} mode: {bad.reason}", bad.verdict) from None
    times = [(str(item.message.values["mode"]), *map(float, item.message.values["seconds"])) for item in ran]
    return "; ".join(f"{mode} {first:.2f} s, again {second:.2f} s" for mode, first, second in times)


def _shape(outcome: Outcome, expected: Expectation, judgement: Judgement) -> str:
    ran = outcome.of("ran")
    for item in ran:
        outputs, mode = item.message.arrays, str(item.message.values["mode"])
        dtypes = [str(dtype) for dtype in item.message.values["dtypes"]]
        fault = describe_outputs(outputs, dtypes, expected.contract.outputs)
        if fault:
            raise _Bad(fault[0], f"in {mode} mode: {fault[1]}")
    first = ran[0].message
    for other in ran[1:]:
        difference = agree(first.arrays, other.message.arrays, expected.contract.outputs)
        if difference:
            raise _Bad(
                "modes-differ", f"{first.values['mode']} and {other.message.values['mode']} differ: {difference}"
            )
    judgement.outputs = tuple(
        recorded(array, dtype) for array, dtype in zip(first.arrays, map(str, first.values["dtypes"]), strict=True)
    )
    return ", ".join(f"{item.dtype} {list(item.shape)}" for item in judgement.outputs)


def _reproduce(_: Outcome, expected: Expectation, judgement: Judgement) -> str:
    if not expected.reference:
        raise _Bad("no-reference", expected.no_reference, NOT_RUN)
    promised = expected.contract.outputs
    judgement.compared = compared(judgement.outputs, expected.reference, promised)
    fault, note = compare_recorded(judgement.outputs, expected.reference, promised)
    if fault:
        raise _Bad("not-reproducible", fault)
    return note


def _evaluate(outcome: Outcome, expected: Expectation, judgement: Judgement) -> str:
    from mindhub.smoke.metrics import measure

    wanted, split, claimed = expected.contract.evaluation, expected.split, expected.claimed
    if wanted is None or split is None:
        raise _Bad("no-evaluation", "the smoke section names no score to measure", NOT_RUN)
    arrays = _message(outcome, "evaluated", "evaluate").message.arrays
    try:
        value = measure(wanted.metric, arrays[0], split.targets)
    except ValueError as error:
        raise _Bad("metric", str(error)) from None
    tolerance = wanted.tolerance
    if tolerance is None:
        tolerance = abs(claimed.value) * DEFAULT_TOLERANCE if claimed else 0.0
    judgement.measured = (
        Measured(
            wanted.metric,
            claimed.value if claimed else None,
            float(value),
            tolerance,
            wanted.dataset,
            wanted.split,
            len(split.targets),
            split.digest,
        ),
    )
    where = f"on {wanted.dataset} {wanted.split} ({len(split.targets):,} samples)"
    if claimed is None:
        raise _Bad("no-claim", f"the card claims no {wanted.metric}; measured {value:.6g} {where}: write it down")
    if not abs(claimed.value - value) <= tolerance:
        raise _Bad(
            "wrong-metric",
            f"{wanted.metric}: claimed {claimed.value:g}, measured {value:.6g} {where}, tolerance {tolerance:g}",
        )
    return f"{wanted.metric} {value:.6g}, claimed {claimed.value:g}, {where}"


def _expect_order(outcome: Outcome, expected: Expectation) -> None:
    """Refuse messages that are not, in this order, those of the worker; each kind has its place."""
    contract = expected.contract
    whole = ["started", "built", *(["saved"] if expected.saved else []), "loaded"]
    whole += ["ran"] * len(contract.modes) if contract.inputs else []
    whole += ["evaluated"] if contract.evaluation else []
    kinds = [item.message.kind for item in outcome.received]
    said = kinds[:-1] if kinds[-1:] in (["done"], ["raised"]) else kinds
    if said != whole[: len(said)] or (kinds[-1:] == ["done"] and said != whole):
        raise _Bad("forged", f"messages that no run gives: {', '.join(kinds)[:200]}")
    modes = [item.message.values["mode"] for item in outcome.of("ran")]
    if modes != list(contract.modes[: len(modes)]):
        raise _Bad("forged", f"modes {modes} instead of {list(contract.modes)}")


def _message(outcome: Outcome, kind: str, stage: str, place: int = 0) -> Received:
    """Return a message, or say why there is none."""
    come = outcome.of(kind)
    if len(come) > place:
        return come[place]
    raised = outcome.of("raised")
    if raised:
        raise _raised(raised[0].message.values)
    raise _ended(outcome, stage)


def _raised(values: Any) -> _Bad:
    known, name, frames = str(values["known"]), str(values["type"]), [str(frame) for frame in values["frames"]]
    message = _CPP.sub("", str(values["message"])).strip().strip("-").strip()
    if known == "unavailable":
        return _Bad("no-library", message, NOT_RUN)
    if known == "mismatch":
        return _Bad("mismatch", message)
    if known == "memory" or _NO_MEMORY.search(message):
        return _Bad("out-of-memory", f"out of memory: {name}: {message}".strip(": ") + _places(frames))
    if known == "network":
        return _Bad("network", message)
    return _Bad("exception", f"{name}: {message}".strip(": ") + _places(frames))


def _places(frames: list[str]) -> str:
    return "".join(f"\n  {frame}" for frame in frames)


def _ended(outcome: Outcome, stage: str) -> _Bad:
    """Say how a child ended that did not finish a stage."""
    detail = outcome.detail
    printed = _printed(outcome.output)
    hint = "; perhaps the machine ran out of memory" if detail == "SIGKILL" else ""
    reasons = {
        "timeout": ("timeout", f"{detail}, while in the stage {stage}; smoke.limits.seconds sets the limit"),
        "out-of-memory": ("out-of-memory", f"out of memory: {detail}; smoke.limits.memory sets the limit"),
        "processes": ("processes", f"the network starts processes: {detail}"),
        "signal": ("crash", f"the process died of {detail}{hint}{printed}"),
        "garbled": ("garbled", detail),
        "forged": ("forged", detail),
        "exit": ("exit", f"the process ended without a result (exit code {detail}){printed}"),
    }
    if outcome.ending not in reasons:
        return _Bad("harness", f"{detail}: a fault of the harness or the machine, not of the card", NOT_RUN)
    return _Bad(*reasons[outcome.ending])


def _printed(output: str) -> str:
    """Return where in the network's file Python was when it crashed, else the last lines that were printed."""
    frames = [f"{file}:{line} in {name}" for file, line, name in _CRASHED.findall(output)]
    if frames:
        return _places(frames[:_SHOWN_OUTPUT])
    lines = [line[:_LINE] for line in output.splitlines() if line.strip()]
    return "".join(f"\n  it printed: {line}" for line in lines[-_SHOWN_OUTPUT:])


def _rows(built: Received) -> Iterator[Parameter]:
    for name, shape, dtype in built.message.values["rows"]:
        yield Parameter(str(name), tuple(int(n) for n in shape), str(dtype))


def _arguments(built: Received) -> dict[str, tuple[str, int]]:
    given = dict(built.message.values["arguments"])
    return {str(pattern): (str(row[0]), int(row[1])) for pattern, row in given.items()}


def _elements(row: Parameter) -> int:
    size = 1
    for n in row.shape:
        size *= n
    return size
