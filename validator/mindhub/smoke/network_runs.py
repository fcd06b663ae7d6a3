"""Runs with random weights: does the network that a card names build, keep its weights through a file, and run.

Such a run says nothing about the published weights, so it has a record of its own, `<name>.network.json`, which
never raises the card's status.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.resources import schema
from mindhub.smoke.contract import ContractError, make_inputs, network_digest, parse_contract
from mindhub.smoke.evidence import (
    FAILED,
    MAX_BYTES,
    NOT_RUN,
    PASSED,
    EvidenceError,
    Stage,
    contract_digest,
    dump,
    stage_rows,
)
from mindhub.smoke.verdicts import Expectation, judge
from mindhub.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from mindhub.model import Card
    from mindhub.smoke.child import Nursery
    from mindhub.smoke.contract import Contract
    from mindhub.smoke.verdicts import Judgement
    from mindhub.source import Registry

FORMAT = 1
#: `load` saves the weights the network was made with, makes each zero and loads the file strictly.
STAGES = ("build", "load", "run", "shape")


@dataclass(frozen=True, slots=True)
class NetworkRun:
    """What one run of a card's network with random weights came to."""

    uid: str
    made_by: str  #: `hub` or `reported`, as in evidence
    date: str  #: UTC, YYYY-MM-DD
    digests: Mapping[str, str]  #: of `network` and `contract`
    environment: Mapping[str, str]
    stages: tuple[Stage, ...]
    parameters: int = 0  #: elements of all parameters
    checkpoint_bytes: int = 0  #: of the file that the random weights made
    outputs: tuple[tuple[tuple[int, ...], str], ...] = ()  #: shape and dtype of each

    @property
    def reached(self) -> str:
        """Return the last stage that passed; empty where none did."""
        passed = [stage.name for stage in self.stages if stage.verdict == PASSED]
        return passed[-1] if passed else ""

    @property
    def runs(self) -> bool:
        """Say whether every stage passed."""
        return bool(self.stages) and all(stage.verdict == PASSED for stage in self.stages)

    @property
    def failed(self) -> Stage | None:
        """Return the stage that failed, if one did."""
        return next((stage for stage in self.stages if stage.verdict == FAILED), None)

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values; `from_json` reads them back."""
        return {
            "format": FORMAT,
            "uid": self.uid,
            "weights": "random",
            "made-by": self.made_by,
            "date": self.date,
            "digests": dict(self.digests),
            "environment": dict(self.environment),
            "stages": stage_rows(self.stages),
            "network-parameters": self.parameters,
            "checkpoint-bytes": self.checkpoint_bytes,
            "outputs": [{"shape": list(shape), "dtype": dtype} for shape, dtype in self.outputs],
        }

    @classmethod
    def from_json(cls, data: Any) -> NetworkRun:
        """Read what `to_json` wrote; raises ValueError that names the key and what is wrong with it."""
        for error in _validator().iter_errors(data):
            where = ".".join(map(str, error.instance_path))
            raise ValueError(f"{where}: {error.message}" if where else error.message)
        names = tuple(row["name"] for row in data["stages"])
        if names != STAGES:
            raise ValueError(f"stages: {', '.join(names)} are not {', '.join(STAGES)}")
        return cls(
            uid=data["uid"],
            made_by=data["made-by"],
            date=data["date"],
            digests=data["digests"],
            environment=data["environment"],
            stages=tuple(Stage(**{key: row[key] for key in Stage.__slots__ if key in row}) for row in data["stages"]),
            parameters=data["network-parameters"],
            checkpoint_bytes=data["checkpoint-bytes"],
            outputs=tuple((tuple(row["shape"]), row["dtype"]) for row in data["outputs"]),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """A run, and what to make of it."""

    card: Card
    run: NetworkRun
    code: int  #: 0 it runs or nothing was asked, 1 a fault of the card or the network, 2 it could not be done here
    recorded: Path | None = None  #: the record that was written


def run_networks(
    cards: Iterable[Card],
    registry: Registry,
    *,
    record: bool = False,
    made_by: str = "reported",
    notice: Callable[[Card, str], None] | None = None,
) -> Iterator[Result]:
    """Run the networks of cards with random weights, one after the other; a broken one stops none of the others.

    Each is built in a limited child, its weights are saved to a file, made zero, loaded again strictly (every
    parameter, bit by bit), and the network is run on the inputs of the card's `smoke` section in each of its modes.
    No file of the card is fetched. With `record` the result is written to `<name>.network.json`, unless the one
    there says the same.
    """
    from mindhub.smoke.child import Nursery  # which asks for more of a system than reading records does

    with Nursery() as nursery:
        for card in cards:
            if notice:
                notice(card, "build")
            run = _run(card, registry, nursery, made_by)
            recorded = _record(card, run) if record and card.smoke is not None else None
            yield Result(card, run, _code(run), recorded)


def network_run_path(card_path: Path) -> Path:
    """Return where the record lies: `<name>.network.json` beside the card."""
    return card_path.with_name(card_path.name.removesuffix(".md") + ".network.json")


def read_network_run(path: Path) -> NetworkRun | None:
    """Read a record; None where there is none, EvidenceError where it cannot be read."""
    try:
        with path.open("rb") as stream:
            # A longer one is cut here, and then is no JSON.
            return NetworkRun.from_json(json.loads(stream.read(MAX_BYTES)))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EvidenceError(path, f"cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise EvidenceError(path, f"not a record of a network's run: {error}") from None


def still_holds(card: Card, run: NetworkRun, network: str) -> bool:
    """Say whether a record speaks about this card's network (`network`: its digest today, or empty) and contract."""
    today = {"contract": contract_digest(card), "network": network}
    return card.smoke is not None and all(
        value == run.digests.get(name) for name, value in today.items() if value or name == "contract"
    )


def _run(card: Card, registry: Registry, nursery: Nursery, made_by: str) -> NetworkRun:
    made = NetworkRun(
        uid=str(card.uid or card.file),
        made_by=made_by,
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        digests=_digests(card, registry),
        environment={
            "mindhub": __version__,
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
        },
        stages=(),
    )
    try:
        contract = parse_contract(card.smoke) if card.smoke is not None else None
        inputs = make_inputs(contract) if contract else ()
    except ContractError as error:
        return replace(made, stages=_all_after(Stage("build", FAILED, str(error), kind="contract")))
    except ImportError as error:
        reason = f"{error}; pip install 'mindhub[run]'"
        return replace(made, stages=_all_after(Stage("build", NOT_RUN, reason, kind="no-library")))
    kind, reason = _obstacle(contract)
    if kind or contract is None:
        return replace(made, stages=_all_after(Stage("build", NOT_RUN, reason, kind=kind)))
    # Of a score nothing can be learnt from random weights.
    contract = replace(contract, evaluation=None)
    job = {
        "registry": str(registry.root.resolve()),
        "network": contract.network,
        "table": None,
        "ignore-extra": [],
        "modes": contract.modes if inputs else [],
        "inputs": len(inputs),
    }
    from mindhub.smoke.child import HarnessError

    try:
        outcome = nursery.run(job, inputs, None, contract.limits, scratch_bytes=contract.limits.memory)
    except HarnessError as error:
        return replace(made, stages=_all_after(Stage("build", NOT_RUN, str(error), kind=error.kind)))
    judgement = judge(outcome, Expectation(contract, None, saved=True))
    saved = outcome.of("saved")
    environment = {
        **made.environment,
        **{name: str(outcome.versions[name]) for name in ("mindspore", "numpy")},
        "device": "CPU",
        "sandbox": judgement.sandbox or "unknown",
        "modes": ", ".join(contract.modes),
    }
    return replace(
        made,
        environment=environment,
        stages=tuple(stage for stage in judgement.stages if stage.name in STAGES),
        parameters=judgement.parameters,
        checkpoint_bytes=_size(saved[0].message.values) if saved else 0,
        outputs=_shapes(judgement),
    )


def _obstacle(contract: Contract | None) -> tuple[str, str]:
    """Return kind and reason of what keeps the network from being run here; empty where nothing does."""
    from mindhub.smoke.contract import REVIEWED
    from mindhub.smoke.runner import REMEDY, mindspore_version

    if contract is None:
        return "no-contract", "no smoke section: nothing says which network it is"
    if contract.source not in REVIEWED:
        return "foreign", f"the network's source is {contract.source!r}, which is not run with random weights"
    return ("", "") if mindspore_version() else ("no-mindspore", REMEDY)


def _digests(card: Card, registry: Registry) -> dict[str, str]:
    found = {
        "network": network_digest(registry.root, (card.smoke or {}).get("network")),
        "contract": contract_digest(card) if card.smoke is not None else "",
    }
    return {name: value for name, value in found.items() if value}


def _size(values: Mapping[str, Any]) -> int:
    size = values.get("bytes")
    return size if isinstance(size, int) and size > 0 else 0


def _shapes(judgement: Judgement) -> tuple[tuple[tuple[int, ...], str], ...]:
    return tuple((tuple(output.shape), output.dtype) for output in judgement.outputs)


def _all_after(first: Stage) -> tuple[Stage, ...]:
    ended = "failed" if first.verdict == FAILED else "did not run"
    return (first, *(Stage(name, NOT_RUN, f"build {ended}", kind="earlier") for name in STAGES[1:]))


def _code(run: NetworkRun) -> int:
    from mindhub.smoke.runner import BLOCKED

    if run.failed is not None:
        return 1
    return 2 if any(stage.kind in BLOCKED for stage in run.stages) else 0


def _record(card: Card, run: NetworkRun) -> Path | None:
    path = network_run_path(card.path)
    try:
        old = read_network_run(path)
    except EvidenceError:
        old = None
    if old is not None and _substance(old) == _substance(run):
        return None
    write_text(path, dump(run.to_json()))
    return path


def _substance(run: NetworkRun) -> Any:
    """Return what makes a record worth writing anew: all but date, times, memory, wording and patch versions."""
    environment = {key: run.environment.get(key) for key in ("device", "modes")}
    minor = run.environment.get("mindspore", "").split(".")[:2]
    verdicts = [(stage.name, stage.verdict, stage.kind) for stage in run.stages]
    sizes = (run.parameters, run.checkpoint_bytes, run.outputs)
    return (run.uid, run.made_by, dict(run.digests), environment, minor, verdicts, sizes)


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema("network-run"))
