"""Runs with random weights: does the network that a card names build, keep its weights through a file, and run.

Such a run says nothing about the published weights, so it has a record of its own, `<name>.network.json`, which
never raises the card's status.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from mindhub.resources import schema
from mindhub.smoke.evidence import FAILED, MAX_BYTES, PASSED, EvidenceError, Stage, contract_digest, stage_rows
from mindhub.smoke.matching import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mindhub.model import Card

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
    table: tuple[Parameter, ...] = ()  #: the network's parameters; a record of an older MindHub has none
    #: What the network's file says of its shapes, see matching.match.
    arguments: Mapping[str, tuple[str, int]] = field(default_factory=dict)

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
            **({"arguments": {key: list(row) for key, row in self.arguments.items()}} if self.arguments else {}),
            **({"table": [_row(row) for row in self.table]} if self.table else {}),
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
            table=tuple(Parameter(row["name"], tuple(row["shape"]), row["dtype"]) for row in data.get("table", ())),
            arguments={key: (row[0], row[1]) for key, row in data.get("arguments", {}).items()},
        )


def network_run_path(card_path: Path) -> Path:
    """Return where the record lies: `<name>.network.json` beside the card."""
    return card_path.with_name(card_path.name.removesuffix(".md") + ".network.json")


def read_network_run(path: Path) -> NetworkRun | None:
    """Read a record; None where there is none, EvidenceError where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return parse_network_run(path, stream.read(MAX_BYTES + 1))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EvidenceError(path, f"cannot be read: {error.strerror or error}") from None


def parse_network_run(path: Path, data: bytes) -> NetworkRun:
    """Read the bytes of a record; raises EvidenceError that names `path` where they are none."""
    if len(data) > MAX_BYTES:
        raise EvidenceError(path, f"longer than {MAX_BYTES >> 20} MiB, which no record is")
    try:
        return NetworkRun.from_json(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise EvidenceError(path, f"not a record of a network's run: {error}") from None


def still_holds(card: Card, run: NetworkRun, network: str) -> bool:
    """Say whether a record speaks about this card's network (`network`: its digest today, or empty) and contract."""
    today = {"contract": contract_digest(card), "network": network}
    return card.smoke is not None and all(
        value == run.digests.get(name) for name, value in today.items() if value or name == "contract"
    )


def substance(run: NetworkRun) -> Any:
    """Return what makes a record worth writing anew: all but date, times, memory, wording and patch versions."""
    environment = {key: run.environment.get(key) for key in ("device", "modes")}
    minor = run.environment.get("mindspore", "").split(".")[:2]
    verdicts = [(stage.name, stage.verdict, stage.kind) for stage in run.stages]
    sizes = (run.parameters, run.checkpoint_bytes, run.outputs, run.table)
    return (run.uid, run.made_by, dict(run.digests), environment, minor, verdicts, sizes)


def _row(row: Parameter) -> dict[str, Any]:
    return {"name": row.name, "shape": list(row.shape), "dtype": row.dtype}


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema("network-run"))
