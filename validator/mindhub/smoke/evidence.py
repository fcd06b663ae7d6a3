"""Evidence: the dated record of what a smoke run found out about a card, kept beside it as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from mindhub.formats.table import TensorTable
from mindhub.resources import schema
from mindhub.source import shown
from mindhub.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from mindhub.model import Card

FORMAT = 1
MAX_BYTES = 16 << 20  #: of a record; BERT's is 30 kB
PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"
STAGES = ("fetch", "hash", "scan", "build", "load", "run", "shape", "reproduce", "evaluate")

#: The ladder that visitors read (schema/vocabulary/status.yaml), each step with the stages it needs.
LADDER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("file-checked", ("fetch", "hash", "scan")),
    ("loads", ("build", "load")),
    ("runs", ("run", "shape")),
    ("same-output", ("reproduce",)),
    ("score-re-measured", ("evaluate",)),
)

#: Front-matter keys whose change makes a record outdated; prose, names and links to people do not.
_CLAIMS = ("model-version", "mindspore-version", "train-dataset", "evaluation", "asset")


@dataclass(frozen=True, slots=True)
class Stage:
    """The verdict on one stage."""

    name: str
    verdict: str  #: PASSED, FAILED or NOT_RUN
    reason: str = ""  #: why it failed or did not run; a note where it passed
    seconds: float = 0.0  #: wall clock
    memory: int = 0  #: peak resident bytes of the process that ran it, up to the end of the stage
    kind: str = ""  #: one word for the reason, for programs: `unreachable`, `timeout`, … (docs/smoke.md lists them)


@dataclass(frozen=True, slots=True)
class Measured:
    """A score as claimed and as measured anew."""

    metric: str
    claimed: float | None
    measured: float
    tolerance: float
    dataset: str
    split: str
    samples: int
    dataset_digest: str  #: sha256 over the raw samples and targets


@dataclass(frozen=True, slots=True)
class Compared:
    """How far an output is from the recorded one, of the elements that both records keep."""

    elements: int  #: that were compared
    differing: int  #: beyond the tolerances; of whole numbers, not equal
    largest: float  #: absolute difference
    mean: float  #: absolute difference


@dataclass(frozen=True, slots=True)
class Output:
    """One output of the run, as it came out of the network."""

    shape: tuple[int, ...]
    dtype: str
    values: tuple[float, ...]  #: at most the first 256 elements in row order: the reference of later runs
    digest: str  #: sha256 over all bytes, little-endian


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one smoke run of one card found out."""

    uid: str
    made_by: str  #: `hub` (the registry's own run after merge) or `reported` (sent by an author)
    date: str  #: UTC, YYYY-MM-DD
    digests: Mapping[str, str]  #: of `claims`, `asset`, `network` and `contract`
    environment: Mapping[str, str]  #: mindspore, mindhub, python, numpy, device, platform, sandbox, modes
    stages: tuple[Stage, ...]
    table: TensorTable | None = None
    training_state: tuple[str, ...] = ()  #: names in the checkpoint beyond the network's, allowed
    network_parameters: int = 0  #: elements of all parameters of the network
    outputs: tuple[Output, ...] = ()
    measured: tuple[Measured, ...] = ()
    notes: tuple[str, ...] = ()
    compared: tuple[Compared, ...] = ()  #: with the recorded outputs, one for each; empty where there were none
    more: Mapping[str, Any] = field(default_factory=dict)  #: what a newer MindHub wrote; kept as it is

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values, keys in the order of the file; `from_json` reads them back."""
        return {
            "format": FORMAT,
            "uid": self.uid,
            "made-by": self.made_by,
            "date": self.date,
            "status": self.status,
            "digests": dict(self.digests),
            "environment": dict(self.environment),
            "stages": stage_rows(self.stages),
            "measured": [asdict(item) for item in self.measured],
            "outputs": [
                {**asdict(item), "shape": list(item.shape), "values": list(item.values)} for item in self.outputs
            ],
            **({"compared": [asdict(item) for item in self.compared]} if self.compared else {}),
            "network-parameters": self.network_parameters,
            "training-state": list(self.training_state),
            "notes": list(self.notes),
            "table": self.table.to_json() if self.table else None,
            **self.more,
        }

    @classmethod
    def from_json(cls, data: Any) -> Evidence:
        """Read what `to_json` wrote; raises ValueError that names the key and what is wrong with it.

        The `status` in the file is for readers without Python: it must be what the stages say.
        """
        _validate(data)
        evidence = cls(
            uid=data["uid"],
            made_by=data["made-by"],
            date=data["date"],
            digests=data["digests"],
            environment=data["environment"],
            stages=tuple(Stage(**{key: row[key] for key in Stage.__slots__ if key in row}) for row in data["stages"]),
            table=TensorTable.from_json(data["table"]) if data["table"] else None,
            training_state=tuple(data["training-state"]),
            network_parameters=data["network-parameters"],
            outputs=tuple(
                Output(tuple(row["shape"]), row["dtype"], tuple(map(float, row["values"])), row["digest"])
                for row in data["outputs"]
            ),
            measured=tuple(Measured(**{key: row[key] for key in Measured.__slots__}) for row in data["measured"]),
            notes=tuple(data["notes"]),
            compared=tuple(
                Compared(**{key: row[key] for key in Compared.__slots__}) for row in data.get("compared", ())
            ),
            more={key: value for key, value in data.items() if key not in schema("evidence")["properties"]},
        )
        names = [stage.name for stage in evidence.stages]
        if names != [name for name in STAGES if name in names]:
            raise ValueError(f"stages: {', '.join(names)} are not in the order {', '.join(STAGES)}, each once")
        if data["status"] != evidence.status:
            raise ValueError(f"status: {data['status']!r} is not what the stages say: {evidence.status!r}")
        return evidence

    def stage(self, name: str) -> Stage | None:
        """Return the stage of a name, where it is recorded."""
        return next((stage for stage in self.stages if stage.name == name), None)

    @property
    def status(self) -> str:
        """Return the highest step of the ladder that was reached with no step below it missing.

        A run without a recorded output to compare with skips only the step `same-output`.
        """
        reached = "not-checked"
        for step, stages in LADDER:
            verdicts = [stage.verdict if (stage := self.stage(name)) else NOT_RUN for name in stages]
            if all(verdict == PASSED for verdict in verdicts):
                reached = step
            elif FAILED in verdicts or step != "same-output":
                break
        return reached

    @property
    def failed(self) -> Stage | None:
        """Return the first stage that failed, if one did."""
        return next((stage for stage in self.stages if stage.verdict == FAILED), None)


class EvidenceError(Exception):
    """A record that cannot be read; says which, where in it, and what would do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{shown(self.path)}: {self.reason}; make it anew with `mindhub smoke --record`"


def evidence_path(card_path: Path) -> Path:
    """Return where the record of a card lies: `<name>.evidence.json` beside it."""
    return card_path.with_name(card_path.name.removesuffix(".md") + ".evidence.json")


def claims_digest(card: Card) -> str:
    """Return the sha256 over what the card claims about its files and scores; prose does not count."""
    front = card.front or {}
    return digest({key: front[key] for key in _CLAIMS if key in front})


def contract_digest(card: Card) -> str:
    """Return the sha256 over the card's `smoke` section; where its network is a repository's, over the commit too."""
    network = (card.smoke or {}).get("network")
    foreign = isinstance(network, dict) and network.get("source") in ("hub-conf", "export")
    return digest([card.smoke, card.repo_link, card.repo_commit] if foreign else card.smoke)


def digest(value: Any) -> str:
    """Return the sha256 over a value's canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_evidence(path: Path) -> Evidence | None:
    """Read a record; None where there is none, EvidenceError where it cannot be read or contradicts itself."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EvidenceError(path, f"cannot be read: {error.strerror or error}") from None
    return parse_evidence(path, text)


def parse_evidence(path: Path, data: bytes) -> Evidence:
    """Read the bytes of a record; raises EvidenceError that names `path` where they are none."""
    if len(data) > MAX_BYTES:
        raise EvidenceError(path, f"longer than {MAX_BYTES >> 20} MiB, which no record is")
    try:
        return Evidence.from_json(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise EvidenceError(path, f"not a record of a smoke run: {error}") from None


def write_evidence(path: Path, evidence: Evidence) -> None:
    """Write a record in one step: readers see the old one or the new one, and no half of either."""
    write_text(path, dump(evidence.to_json()))


def dump(data: Mapping[str, Any]) -> str:
    """Return JSON in which every innermost row (a stage, a tensor) is one line, so that a diff can be read."""
    return "".join(_lines(data, 0)) + "\n"


def _lines(value: Any, depth: int) -> Iterator[str]:
    """Spread the outer mappings and the lists of rows; whatever else is one line."""
    if isinstance(value, dict) and depth <= 1:
        items = [(f"{json.dumps(key, ensure_ascii=False)}: ", item) for key, item in value.items()]
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = [("", item) for item in value]
    else:
        items = []
    if not items:
        yield json.dumps(value, ensure_ascii=False, allow_nan=False)
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    indent = "\n" + " " * (depth + 1)
    yield opening
    for place, (label, item) in enumerate(items):
        yield ("," if place else "") + indent + label
        yield from _lines(item, depth + 1)
    yield "\n" + " " * depth + closing


def freshness(card: Card, evidence: Evidence, network_digest: str, mindspore: str = "", harness: str = "") -> str:
    """Say whether a record still speaks about this card.

    `current`; `outdated: asset, network` where what it was made from has changed since; `due: …` where only MindSpore
    (`mindspore`, the newest version) or the code that judges (`harness`, its digest) is another one, so that the record
    is old but not wrong. What is given as empty is not compared: a network's source may not be at hand.
    """
    now = {
        "claims": claims_digest(card),
        "asset": next((asset.sha256 for asset in card.assets if asset.sha256 == evidence.digests.get("asset")), None)
        or next((asset.sha256 for asset in card.assets), ""),
        "network": network_digest,
        "contract": contract_digest(card),
    }
    changed = [name for name, value in now.items() if value and value != evidence.digests.get(name, value)]
    if changed:
        return f"outdated: {', '.join(changed)}"
    made_with = evidence.environment.get("mindspore", "")
    why = []
    if mindspore and made_with and _minor(made_with) != _minor(mindspore):
        why.append(f"made with MindSpore {made_with}")
    if harness and made_with and evidence.environment.get("harness") != harness:
        why.append("made with an earlier version of the checks")
    return f"due: {'; '.join(why)}" if why else "current"


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


def stage_rows(stages: Iterable[Stage]) -> list[dict[str, Any]]:
    """Return stages as JSON values, without what is empty."""
    return [_without_empty(asdict(stage)) for stage in stages]


def _without_empty(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value not in ("", 0, 0.0) or key in ("name", "verdict")}


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema("evidence"))


def _validate(data: Any) -> None:
    for error in _validator().iter_errors(data):
        if isinstance(data, dict) and isinstance(data.get("format"), int) and data["format"] > FORMAT:
            raise ValueError(f"format {data['format']} is newer than the {FORMAT} that this MindHub reads; update it")
        where = ".".join(map(str, error.instance_path))
        raise ValueError(f"{where}: {error.message}" if where else error.message)
