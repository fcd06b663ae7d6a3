"""Running networks with random weights, and writing down what came of it beside their cards."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.smoke.contract import FOREIGN, REVIEWED, ContractError, make_inputs, parse_contract, source_digest
from mindhub.smoke.evidence import FAILED, NOT_RUN, EvidenceError, Stage, contract_digest, dump
from mindhub.smoke.harness import code_digest, mindspore_version
from mindhub.smoke.network_runs import STAGES, NetworkRun, network_run_path, read_network_run, substance
from mindhub.smoke.parallel import Budget, processors, reserve, run_ordered
from mindhub.smoke.processes import available_memory
from mindhub.smoke.sources.code import repository_code, told_of
from mindhub.smoke.sources.repositories import RepositoryError
from mindhub.smoke.verdicts import Expectation, judge
from mindhub.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from mindhub.model import Card
    from mindhub.smoke.child import Nursery
    from mindhub.smoke.contract import Contract
    from mindhub.smoke.sources.repositories import Repositories
    from mindhub.smoke.verdicts import Judgement
    from mindhub.source import Registry


@dataclass(frozen=True, slots=True)
class Options:
    """How networks are run."""

    record: bool = False  #: write `<name>.network.json` beside the card
    made_by: str = "reported"  #: or `hub`
    jobs: int = 0  #: networks at a time, as far as they fit into memory; 0 is as many as there are processors
    unsandboxed: bool = False  #: foreign code may run where reviewed code runs
    repositories: Repositories | None = None  #: where code of repositories comes from; None is the user's cache
    notice: Callable[[Card, str], None] | None = None  #: called as each network begins


@dataclass(frozen=True, slots=True)
class Result:
    """A run, and what to make of it."""

    card: Card
    run: NetworkRun
    code: int  #: 0 it runs or nothing was asked, 1 a fault of the card or the network, 2 it could not be done here
    recorded: Path | None = None  #: the record that was written


def run_networks(cards: Iterable[Card], registry: Registry, options: Options | None = None) -> Iterator[Result]:
    """Run the networks of cards with random weights and yield each result in their order; a broken one stops no other.

    Each is built in a child, its weights are saved to a file, made zero, loaded again strictly (every parameter, bit by
    bit), and the network is run on the inputs of the card's `smoke` section in each of its modes. Code of a repository
    comes at its pinned commit and runs in the full sandbox only. No file of the card is fetched.
    """
    from mindhub.smoke.child import Nursery  # which asks for more of a system than reading records does

    chosen = options or Options()
    budget = Budget(available_memory())

    def one(card: Card) -> Result:
        if chosen.notice:
            chosen.notice(card, "build")
        run = _run(card, registry, nursery, budget, chosen)
        recorded = _record(card, run) if chosen.record and card.smoke is not None else None
        return Result(card, run, _code(run), recorded)

    with Nursery(unsandboxed=chosen.unsandboxed) as nursery:
        yield from run_ordered(one, cards, chosen.jobs or processors())


def _run(card: Card, registry: Registry, nursery: Nursery, budget: Budget, options: Options) -> NetworkRun:
    made = NetworkRun(
        uid=str(card.uid or card.file),
        made_by=options.made_by,
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
    needed = _needed(card, contract) if contract else 0
    kind, reason = _obstacle(contract, needed, budget.total)
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
        code = repository_code(card, contract, options.repositories)
        with budget.take(needed):
            outcome = nursery.run(
                {**job, **code.job}, inputs, None, contract.limits, scratch_bytes=contract.limits.memory,
                foreign=code.foreign, readonly=code.readonly,
            )  # fmt: skip
    except (HarnessError, RepositoryError) as error:
        return replace(made, stages=_all_after(Stage("build", NOT_RUN, str(error), kind=error.kind)))
    judgement = judge(outcome, Expectation(contract, None, saved=True))
    saved = outcome.of("saved")
    environment = {
        **made.environment,
        **{name: str(outcome.versions[name]) for name in ("mindspore", "numpy")},
        "device": "CPU",
        "harness": code_digest(),
        "sandbox": judgement.sandbox or "unknown",
        "modes": ", ".join(contract.modes),
        **told_of(outcome),
    }
    return replace(
        made,
        environment=environment,
        stages=tuple(stage for stage in judgement.stages if stage.name in STAGES),
        parameters=judgement.parameters,
        checkpoint_bytes=_size(saved[0].message.values) if saved else 0,
        outputs=_shapes(judgement),
        table=judgement.network,
        arguments=judgement.arguments,
    )


def _obstacle(contract: Contract | None, needed: int, memory: int) -> tuple[str, str]:
    """Return kind and reason of what keeps the network from being run here; empty where nothing does."""
    from mindhub.smoke.runner import REMEDY

    if contract is None:
        return "no-contract", "no smoke section: nothing says which network it is"
    if contract.source == "mindir":
        return "graph", "a graph brings its own weights along: there are none to be made up"
    if contract.source not in (*REVIEWED, *FOREIGN):
        return "foreign", f"the network's source is {contract.source!r}, which this version does not run"
    if not mindspore_version():
        return "no-mindspore", REMEDY
    if 0 < memory < needed:
        return (
            "machine",
            f"not enough memory on this machine: {needed / 1e6:,.0f} MB are needed, {memory / 1e6:,.0f} MB free",
        )
    return "", ""


def _needed(card: Card, contract: Contract) -> int:
    """Return the bytes that a run is expected to take: by the record of the same network, else the limit."""
    try:
        old = read_network_run(network_run_path(card.path))
    except EvidenceError:
        old = None
    same = old is not None and old.runs and old.digests.get("contract") == contract_digest(card)
    return reserve(contract.limits.memory, max(stage.memory for stage in old.stages) if old and same else 0)


def _digests(card: Card, registry: Registry) -> dict[str, str]:
    found = {
        "network": source_digest(card, registry.root),
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


def _tells_less(old: NetworkRun, new: NetworkRun) -> bool:
    """Say whether a run could not be done where an earlier one could, or is a report of what the registry has run."""
    if old.made_by == "hub" != new.made_by and dict(old.digests) == dict(new.digests):
        return True
    return _code(new) not in (0, 1) and bool(old.reached)


def _record(card: Card, run: NetworkRun) -> Path | None:
    path = network_run_path(card.path)
    try:
        old = read_network_run(path)
    except EvidenceError:
        old = None
    if old is not None and (substance(old) == substance(run) or _tells_less(old, run)):
        return None
    write_text(path, dump(run.to_json()))
    return path
