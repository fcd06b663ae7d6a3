"""The contract: what a card's `smoke` section says about its network, inputs, outputs, limits and score."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mindhub.resources import schema
from mindhub.smoke.evidence import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from mindhub.model import Asset, Card

#: Formats of an asset that can be loaded into a network.
LOADABLE = ("ckpt", "safetensors")
#: Sources of networks that are reviewed.
REVIEWED = ("file", "package")
#: Code of repositories, which nobody has reviewed.
FOREIGN = ("hub-conf", "export")
#: All that can be run; `mindir` is no code but the graph in the asset.
SOURCES = (*REVIEWED, "mindir", *FOREIGN)

#: Where a contract is silent.
DEFAULT_RTOL, DEFAULT_ATOL = 1e-3, 1e-5
DEFAULT_SECONDS, DEFAULT_MEMORY = 120.0, 2_000_000_000
#: Of one input: more than any network of the old hub takes, and far less than a machine has.
MAX_ELEMENTS = 1 << 26
_MEMORY = re.compile(r"([0-9]+)(MB|GB)")
_UNITS = {"MB": 10**6, "GB": 10**9}


class ContractError(ValueError):
    """A `smoke` section that cannot be followed; the message names the key, the value and what would do."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the call."""

    shape: tuple[int, ...]
    dtype: str
    fill: Mapping[str, Any]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """One output as the card promises it."""

    shape: tuple[int, ...]
    dtype: str | None = None  #: None where the card does not say
    rtol: float = DEFAULT_RTOL
    atol: float = DEFAULT_ATOL
    name: str = ""
    differing: float = 0.0  #: share of whole numbers (labels, ids) that may differ from the record


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use."""

    seconds: float = DEFAULT_SECONDS  #: wall clock, from the start of the process to its end
    memory: int = DEFAULT_MEMORY  #: resident bytes of the process and its descendants


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a claimed score is measured anew."""

    dataset: str
    metric: str  #: canonical name
    split: str = "test"
    preprocess: Mapping[str, Any] | None = None
    tolerance: float | None = None  #: in the metric's unit; None where the contract does not say


@dataclass(frozen=True, slots=True)
class Contract:
    """A card's `smoke` section."""

    network: Mapping[str, Any]
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Expected, ...] = ()  #: empty where the card promises nothing about them
    ignore_extra: tuple[str, ...] = ()
    modes: tuple[str, ...] = ("pynative",)
    limits: Limits = Limits()
    evaluation: Evaluation | None = None

    @property
    def source(self) -> str:
        """Return where the network comes from, such as `file`."""
        return str(self.network["source"])


def parse_contract(smoke: Mapping[str, Any]) -> Contract:
    """Read a `smoke` section as the card reader typed it; raises ContractError for what the schema refuses."""
    _validate(smoke)
    for number, pattern in enumerate(smoke.get("ignore-extra", ())):
        try:
            re.compile(pattern)
        except re.error as error:
            raise ContractError(f"smoke.ignore-extra.{number}: {pattern!r} is no regular expression: {error}") from None
    return Contract(
        network=smoke["network"],
        inputs=tuple(_input(number, row) for number, row in enumerate(smoke.get("inputs", ()))),
        outputs=tuple(_expected(row) for row in smoke.get("outputs", ())),
        ignore_extra=tuple(smoke.get("ignore-extra", ())),
        modes=tuple(smoke.get("modes", ("pynative",))),
        limits=_limits(smoke.get("limits", {})),
        evaluation=_evaluation(smoke["evaluate"]) if "evaluate" in smoke else None,
    )


def loadable_asset(card: Card) -> Asset | None:
    """Return the card's first asset that can be loaded into a network, if it has one."""
    network = (card.smoke or {}).get("network")
    graph = isinstance(network, dict) and network.get("source") == "mindir"
    wanted = ("mindir",) if graph else LOADABLE
    return next((asset for asset in card.assets if asset.file_format in wanted), None)


def network_digest(root: Path | None, network: Mapping[str, Any] | None) -> str:
    """Return the sha256 over the source of a network, empty where that is not at hand.

    For `file` it covers the bytes of the file below `networks/`, the only one that building it runs; for
    `package` the name and version of the installed library.
    """
    network = network or {}
    name = str(network.get("name") or "")
    if network.get("source") == "file" and root is not None:
        import hashlib

        path = root / "networks" / f"{name.partition(':')[0]}.py"
        try:
            return digest({path.name: hashlib.sha256(path.read_bytes()).hexdigest()})
        except (OSError, ValueError):
            return ""
    if network.get("source") == "package":
        from mindhub.smoke.libraries import version_of

        package = name.partition(":")[0].partition(".")[0]
        version = version_of(package)
        return digest({"package": package, "version": version}) if version else ""
    return ""


def source_digest(card: Card, root: Path | None) -> str:
    """Return the sha256 over the source of a card's network, whatever it is; empty where that is not at hand.

    Of `hub-conf` and `export` it covers the repository and its pinned commit, which names every byte of its code; of
    `mindir` the sha256 of the graph's file. `network_digest` has the others.
    """
    network = (card.smoke or {}).get("network")
    network = network if isinstance(network, dict) else {}
    if network.get("source") in FOREIGN:
        return digest({"repository": card.repo_link, "commit": card.repo_commit}) if card.repo_commit else ""
    if network.get("source") == "mindir":
        asset = loadable_asset(card)
        return digest({"graph": asset.sha256}) if asset and asset.sha256 else ""
    return network_digest(root, network)


def make_inputs(contract: Contract) -> tuple[NDArray[Any], ...]:
    """Make the arrays that the network is called with: the same on every machine.

    Random inputs are numpy's PCG64 with the contract's seed (plus the input's place, so that two inputs
    differ), uniform in [low, high); integers are drawn as integers, so that `high` is never reached. Raises
    ContractError for values that the dtype cannot hold.
    """
    arrays = []
    for place, spec in enumerate(contract.inputs):
        try:
            arrays.append(_filled(spec, place))
        except (ValueError, OverflowError) as error:
            raise ContractError(
                f"smoke.inputs.{place}.fill: {dict(spec.fill)} does not fit {spec.dtype}: {error}"
            ) from None
    return tuple(arrays)


def _filled(spec: Input, place: int) -> NDArray[Any]:
    import numpy as np

    if "constant" in spec.fill:
        _fits(np.array([spec.fill["constant"]]), spec.dtype)
        return np.full(spec.shape, spec.fill["constant"], dtype=spec.dtype)
    if spec.fill.get("range"):
        counted = np.arange(math.prod(spec.shape)).reshape(spec.shape)
        _fits(counted, spec.dtype)
        return counted.astype(spec.dtype)
    low, high = spec.fill.get("random", (0, 1))
    if not spec.dtype.startswith(("float", "bool")):
        _fits(np.array([math.ceil(low), math.ceil(high) - 1]), spec.dtype)
    generator = np.random.default_rng([spec.fill.get("seed", 0), place])
    if spec.dtype == "bool":
        return generator.random(spec.shape) < 0.5  # noqa: PLR2004 - heads or tails
    if spec.dtype.startswith("float"):
        return generator.uniform(low, high, spec.shape).astype(spec.dtype)
    return generator.integers(math.ceil(low), max(math.ceil(high), math.ceil(low) + 1), spec.shape).astype(spec.dtype)


def _fits(values: NDArray[Any], dtype: str) -> None:
    """Refuse values that a conversion would wrap or cut: numpy does so without a word."""
    import numpy as np

    with np.errstate(all="ignore"):
        converted = values.astype(dtype)
    if not dtype.startswith("float") and (converted != values).any():
        raise ValueError(f"{values[converted != values][0]} becomes {converted[converted != values][0]}")
    if not np.isfinite(converted).all():
        raise ValueError(f"{values[~np.isfinite(converted)][0]} is too large")


def _input(number: int, row: Mapping[str, Any]) -> Input:
    where = f"smoke.inputs.{number}"
    fill = row.get("fill", {"random": [0, 1], "seed": 0})
    kinds = [kind for kind in ("random", "constant", "range") if kind in fill]
    if len(kinds) != 1:
        raise ContractError(
            f"{where}.fill: give one of random, constant and range, not {' and '.join(kinds) or 'none'}"
        )
    if "random" in fill and fill["random"][0] >= fill["random"][1]:
        low, high = fill["random"]
        raise ContractError(f"{where}.fill.random: [{low}, {high}) is empty; write the lower number first")
    size = math.prod(row["shape"])
    if size > MAX_ELEMENTS:
        raise ContractError(f"{where}.shape: {size:,} elements are more than the {MAX_ELEMENTS:,} allowed")
    return Input(tuple(row["shape"]), row["dtype"], fill, row.get("name", ""))


def _expected(row: Mapping[str, Any]) -> Expected:
    rtol, atol = row.get("rtol", DEFAULT_RTOL), row.get("atol", DEFAULT_ATOL)
    name, differing = row.get("name", ""), float(row.get("differing", 0.0))
    return Expected(tuple(row["shape"]), row.get("dtype"), float(rtol), float(atol), name, differing)


def _limits(row: Mapping[str, Any]) -> Limits:
    memory = _MEMORY.fullmatch(row.get("memory", ""))
    size = int(memory[1]) * _UNITS[memory[2]] if memory else DEFAULT_MEMORY
    return Limits(float(row.get("seconds", DEFAULT_SECONDS)), size)


def _evaluation(row: Mapping[str, Any]) -> Evaluation:
    from mindhub.text import did_you_mean
    from mindhub.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    term = vocabulary.find("metrics", row["metric"])
    if term is None:
        hint = did_you_mean(row["metric"], vocabulary.kind("metrics"))
        raise ContractError(f"smoke.evaluate.metric: {row['metric']!r} is not in the metric vocabulary{hint}")
    tolerance = float(row["tolerance"]) if "tolerance" in row else None
    return Evaluation(row["dataset"], term.name, row.get("split", "test"), row.get("preprocess"), tolerance)


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema("card")["properties"]["smoke"])


def _validate(smoke: Mapping[str, Any]) -> None:
    for error in _validator().iter_errors(smoke):
        where = ".".join(["smoke", *map(str, error.instance_path)])
        raise ContractError(f"{where}: {error.message}")
