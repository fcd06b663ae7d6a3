"""The smoke run of cards: files, network, verdicts, record."""

from __future__ import annotations

import datetime as dt
import platform
import sys
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.assets.fetch import Limits as FetchLimits
from mindhub.assets.guard import Guard
from mindhub.assets.store import Store
from mindhub.smoke.child import HarnessError, Nursery
from mindhub.smoke.contract import SOURCES, Contract, ContractError, make_inputs, parse_contract, source_digest
from mindhub.smoke.devices import CPU, Device, probe
from mindhub.smoke.evidence import (
    FAILED,
    NOT_RUN,
    PASSED,
    STAGES,
    Evidence,
    EvidenceError,
    Stage,
    claims_digest,
    contract_digest,
    digest,
    evidence_path,
    read_evidence,
    write_evidence,
)
from mindhub.smoke.files import Checked, Source, check_files
from mindhub.smoke.harness import code_digest, mindspore_version
from mindhub.smoke.history import history_path, remember
from mindhub.smoke.matrix import column_of, same_model
from mindhub.smoke.parallel import Budget, processors, reserve, run_ordered
from mindhub.smoke.processes import available_memory
from mindhub.smoke.records import aside, merged
from mindhub.smoke.sources.code import repository_code, told_of
from mindhub.smoke.sources.repositories import RepositoryError
from mindhub.smoke.verdicts import CHILD_STAGES, Expectation, Judgement, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mindhub.model import Card, Metric
    from mindhub.smoke.child import Outcome
    from mindhub.smoke.datasets import Split
    from mindhub.smoke.environments import Environment
    from mindhub.smoke.sources.repositories import Repositories
    from mindhub.smoke.wire import Message
    from mindhub.source import Registry

#: Reasons for `not run` that lie with this machine, its network or this version of MindHub: exit code 2.
BLOCKED = frozenset(
    {"unreachable", "refused", "http", "deadline", "too-large", "local", "no-repository", "no-commit", "no-folder"}
    | {"no-mindspore", "no-library", "no-sandbox", "no-device", "foreign", "machine", "harness"}
)
REMEDY = "MindSpore is not installed; pip install 'mindhub[run]'"
_BEGINS = {"started": "build", "built": "load", "loaded": "run", "evaluated": "evaluate"}


@dataclass(frozen=True, slots=True)
class Options:
    """How cards are run."""

    record: bool = False  #: write `<name>.evidence.json` beside the card
    made_by: str = "reported"  #: or `hub`
    state: Path | None = None  #: folder of results of earlier runs; None runs everything anew
    store: Path | None = None  #: folder of downloads; None is the user's cache
    allow_hosts: frozenset[str] = frozenset()  #: hosts that may be contacted though they are not public
    require: frozenset[str] = frozenset()  #: stages of which `not run` is a failure
    guard: Guard | None = None  #: the whole policy of contacts, where `allow_hosts` is not enough
    fetch_limits: FetchLimits = field(default_factory=FetchLimits)
    jobs: int = 0  #: cards at a time, as far as they fit into memory; 0 is as many as there are processors
    environment: Environment | None = None  #: another MindSpore than the one installed here
    device: Device = CPU
    unsandboxed: bool = False  #: foreign code may run where reviewed code runs
    repositories: Repositories | None = None  #: where code of repositories comes from; None is the user's cache
    progress: Callable[[Card], Callable[[int, int | None], None]] | None = None  #: of downloads
    notice: Callable[[Card, str], None] | None = None  #: called as each stage begins


@dataclass(frozen=True, slots=True)
class Result:
    """What one card's run came to."""

    card: Card
    evidence: Evidence
    code: int  #: 0 nothing wrong, 1 a fault of the card or its files, 2 it could not be done here
    cached: bool = False  #: nothing had changed since an earlier run, whose result this is
    recorded: Path | None = None  #: the record that was written
    note: str = ""  #: what else there is to say, such as an existing record that could not be read

    @property
    def blocking(self) -> Stage | None:
        """Return the stage that decided the code, if it is not 0."""
        return self.evidence.failed or next((s for s in self.evidence.stages if s.kind in BLOCKED), None)


def run_cards(cards: Iterable[Card], registry: Registry, options: Options | None = None) -> Iterator[Result]:
    """Run cards and yield each result, in their order, as it comes; a broken card stops none of the others.

    MindSpore is imported once, in a process of its own, and only if a card needs it. With `jobs` several cards run at
    a time, as long as the memory that they need fits into what is free at the beginning: what records tell of runs
    of the same things, else what their contracts ask for.
    """
    options = options or Options()
    budget = Budget(available_memory())
    with nursery_of(options) as nursery:
        yield from run_ordered(
            lambda card: run_card(card, registry, options, nursery, budget), cards, options.jobs or processors()
        )


def nursery_of(options: Options) -> Nursery:
    """Return a nursery for runs with these options."""
    python = options.environment.python if options.environment else None
    return Nursery(unsandboxed=options.unsandboxed, python=python, device=options.device)


def run_card(
    card: Card, registry: Registry, options: Options, nursery: Nursery, budget: Budget | None = None
) -> Result:
    """Run one card, its network in a child of the nursery, as soon as the budget has the memory for it."""
    return _Run(card, registry, options, nursery, budget or Budget(available_memory())).result()


def exit_code(codes: Iterable[int]) -> int:
    """Return the code of several cards: 1 wins over 2, which wins over 0."""
    found = set(codes)
    return next((code for code in (1, 2) if code in found), 0)


class _Run:
    """One card's run."""

    def __init__(self, card: Card, registry: Registry, options: Options, nursery: Nursery, budget: Budget) -> None:
        self._card = card
        self._registry = registry
        self._options = options
        self._nursery = nursery
        self._budget = budget
        self._note = ""
        self._outcome: Outcome | None = None
        self._contract: Contract | None = None
        self._network = source_digest(card, registry.root)
        self._old = self._read_old()

    def result(self) -> Result:
        """Run, or find the result of an earlier run; record it if that is wanted."""
        checked = self._check_files()
        key = self._key(checked)
        evidence, cached = self._remembered(key), True
        if evidence is None:
            cached = False
            judgement = self._judge(checked)
            evidence = self._evidence(checked, judgement)
        code = self._code(evidence)
        if not cached and code == 0 and key is not None and self._options.state is not None:
            write_evidence(self._options.state / f"{key}.json", evidence)
        recorded = write_record(self._card, self._old, evidence) if self._options.record else None
        return Result(self._card, evidence, code, cached, recorded, self._note)

    def _begin(self, stage: str) -> None:
        if self._options.notice:
            self._options.notice(self._card, stage)

    def _check_files(self) -> Checked:
        options = self._options
        guard = options.guard or Guard(allow_hosts=options.allow_hosts)
        progress = options.progress(self._card) if options.progress else None
        source = Source(self._registry, Store(options.store), guard, options.fetch_limits, progress)
        return check_files(self._card, source, self._begin)

    def _judge(self, checked: Checked) -> Judgement:
        """Run the network if everything for that is here; every stage of the child gets a verdict."""
        hindrance = self._hindrance(checked)
        if hindrance is not None:
            return Judgement(stages=_all_after("build", hindrance))
        contract, table, path = self._contract, checked.table, checked.path
        if contract is None or table is None or path is None:
            raise AssertionError("a hindrance would have been found")
        split, trouble = _split_of(contract)
        if trouble is not None:
            contract = replace(contract, evaluation=None)
        try:
            inputs = make_inputs(contract)
        except ContractError as error:
            return Judgement(stages=_all_after("build", Stage("build", FAILED, str(error), kind="contract")))
        except ImportError as error:
            # MindSpore is installed and what it needs is not, or is broken.
            reason = f"{error}; pip install 'mindhub[run]'"
            return Judgement(stages=_all_after("build", Stage("build", NOT_RUN, reason, kind="no-library")))
        job = {
            "registry": str(self._registry.root.resolve()),
            "network": contract.network,
            "table": table.to_json(),
            "ignore-extra": contract.ignore_extra,
            "modes": contract.modes if inputs else [],
            "inputs": len(inputs),
            "device": str(self._options.device),
        }
        limits = self._options.device.limits(contract.limits)
        self._begin("build")
        try:
            samples = split.inputs if split else ()
            code = repository_code(self._card, contract, self._options.repositories)
            with self._budget.take(self._needed(contract, checked)):
                self._outcome = self._nursery.run(
                    {**job, **code.job}, [*inputs, *samples], path, limits, self._heard,
                    foreign=code.foreign, readonly=code.readonly,
                )  # fmt: skip
        except (HarnessError, RepositoryError) as error:
            return Judgement(stages=_all_after("build", Stage("build", NOT_RUN, str(error), kind=error.kind)))
        reference, why = self._reference(checked)
        claimed = _claimed(self._card, contract)
        expectation = Expectation(contract, table, reference, why, claimed, split)
        judgement = judge(self._outcome, expectation)
        if trouble is not None and judgement.stages[-1].kind != "earlier":
            judgement.stages[-1] = trouble
        return judgement

    def _hindrance(self, checked: Checked) -> Stage | None:
        """Return the verdict on `build` where it cannot be begun, in the order of what to mend first."""
        if self._card.smoke is None:
            return Stage("build", NOT_RUN, "no smoke section", kind="no-contract")
        try:
            self._contract = parse_contract(self._card.smoke)
        except ContractError as error:
            return Stage("build", FAILED, str(error), kind="contract")
        needed = self._needed(self._contract, checked)
        kind, reason = _obstacle(self._contract, checked, self._options, needed, self._budget.total)
        return Stage("build", NOT_RUN, reason, kind=kind) if kind else None

    def _needed(self, contract: Contract, checked: Checked) -> int:
        """Return the bytes that a run will take: by the record of one of the same things, else its limit."""
        limit, old = self._options.device.limits(contract.limits).memory, self._old
        same = old is not None and old.environment.get("device") == self._options.device.kind
        if old is None or not same or not same_model(old.digests, self._digests(checked)):
            return limit
        return reserve(limit, max((stage.memory for stage in old.stages), default=0))

    def _heard(self, message: Message) -> None:
        stage = _BEGINS.get(message.kind)
        if stage and stage != "build":
            self._begin(stage)

    def _digests(self, checked: Checked) -> dict[str, str]:
        card = self._card
        found = {
            "claims": claims_digest(card),
            "asset": checked.sha256,
            "network": self._network,
            "contract": contract_digest(card) if card.smoke is not None else "",
        }
        return {name: value for name, value in found.items() if value}

    def _reference(self, checked: Checked) -> tuple[tuple[Any, ...], str]:
        """Return the recorded outputs that a run must give again, or why there are none."""
        old = self._old
        if old is None or not old.outputs:
            return (), "no recorded output yet"
        if old.made_by != "hub":
            return (), "the recorded output is not the registry's own"
        now = self._digests(checked)
        changed = [name for name in ("asset", "network", "contract") if now.get(name) != old.digests.get(name)]
        if changed:
            return (), f"the recorded output is of another {' and '.join(changed)}"
        return old.outputs, ""

    def _key(self, checked: Checked) -> str | None:
        """Return the name under which this run's result is remembered; None where there is nothing to remember."""
        if checked.table is None or self._card.smoke is None or self._options.state is None:
            return None
        reference, why = self._reference(checked)
        outputs = [item.digest for item in reference]
        other = self._options.environment
        mindspore = other.mindspore if other else mindspore_version()
        system = [
            mindspore,
            str(self._options.device),
            platform.python_version(),
            platform.machine(),
            __version__,
            code_digest(),
        ]
        return digest([str(self._card.uid), self._digests(checked), outputs, why, system])

    def _remembered(self, key: str | None) -> Evidence | None:
        if key is None or self._options.state is None:
            return None
        try:
            evidence = read_evidence(self._options.state / f"{key}.json")
        except EvidenceError:
            return None  # a damaged note of our own: the run is done again
        return replace(evidence, made_by=self._options.made_by) if evidence else None

    def _evidence(self, checked: Checked, judgement: Judgement) -> Evidence:
        contract, outcome = self._contract, self._outcome
        environment = {
            "mindhub": __version__,
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
        }
        if outcome is not None:
            environment |= {name: str(outcome.versions[name]) for name in ("mindspore", "numpy")}
            environment |= {"device": self._options.device.kind, "harness": code_digest()}
            environment |= {"sandbox": judgement.sandbox or "unknown"}
            environment |= {"modes": ", ".join(contract.modes) if contract else "", **told_of(outcome)}
        return Evidence(
            uid=str(self._card.uid or self._card.file),
            made_by=self._options.made_by,
            date=dt.datetime.now(dt.UTC).date().isoformat(),
            digests=self._digests(checked),
            environment=environment,
            stages=(*checked.stages, *judgement.stages),
            table=checked.table,
            training_state=judgement.training_state,
            network_parameters=judgement.parameters,
            outputs=judgement.outputs,
            measured=judgement.measured,
            compared=judgement.compared,
            notes=checked.table.suspicious if checked.table else (),
        )

    def _code(self, evidence: Evidence) -> int:
        if evidence.failed is not None:
            return 1
        skipped = {stage.name for stage in evidence.stages if stage.verdict == NOT_RUN}
        if skipped & self._options.require:
            return 1
        return 2 if any(stage.kind in BLOCKED for stage in evidence.stages) else 0

    def _read_old(self) -> Evidence | None:
        try:
            return read_evidence(evidence_path(self._card.path))
        except EvidenceError as error:
            self._note = str(error)
            return None


def write_record(card: Card, old: Evidence | None, evidence: Evidence) -> Path | None:
    """Write a card's record if there is something new to say, and return its path; raises OSError, EvidenceError.

    A run under an older MindSpore or on another device than the record's goes into the history, and the record stays;
    a record that is replaced by one of another model, MindSpore or verdict goes there too.
    """
    path, history = evidence_path(card.path), history_path(card.path)
    if old is not None and aside(old, evidence):
        return history if remember(history, evidence) else None
    chosen = merged(old, evidence, blocked=any(stage.kind in BLOCKED for stage in evidence.stages))
    if chosen is None:
        return None
    if old is not None and _worth_keeping(old, chosen):
        remember(history, old)
    write_evidence(path, chosen)
    return path


def _worth_keeping(old: Evidence, new: Evidence) -> bool:
    """Say whether an old record tells something that the new one does not."""
    same = same_model(old.digests, new.digests) and column_of(old) == column_of(new)
    return not same or old.status != new.status


def _obstacle(contract: Contract, checked: Checked, options: Options, needed: int, memory: int) -> tuple[str, str]:
    """Return kind and reason of what keeps a network from being run here; empty where nothing does."""
    if contract.source not in SOURCES:
        return "foreign", f"foreign code is not run by this version: the network's source is {contract.source!r}"
    missed = next((stage for stage in checked.stages if stage.verdict != PASSED), None)
    if missed is not None:
        return "earlier", f"{missed.name} {'failed' if missed.verdict == FAILED else 'did not run'}"
    if options.environment is None and not mindspore_version():
        return "no-mindspore", REMEDY
    if trouble := _probed(options.device, str(options.environment.python) if options.environment else sys.executable):
        return "no-device", trouble
    if 0 < memory < needed:
        wanted = f"{needed / 1e6:,.0f} MB are needed, {memory / 1e6:,.0f} MB are free"
        return "machine", f"not enough memory on this machine: {wanted}"
    return "", ""


@cache
def _probed(device: Device, python: str) -> str:
    """Ask for a device once for all cards."""
    return probe(device, python, str(Path(__file__).resolve().parents[2]))


def _all_after(name: str, first: Stage) -> list[Stage]:
    """Return the child's stages where one of them, usually the first, ended them all."""
    ended = "failed" if first.verdict == FAILED else "did not run"
    rest = CHILD_STAGES[CHILD_STAGES.index(name) + 1 :]
    return [first, *(Stage(other, NOT_RUN, f"{name} {ended}", kind="earlier") for other in rest)]


def _split_of(contract: Contract) -> tuple[Split | None, Stage | None]:
    """Load the samples of the contract's evaluation; where that fails, return the verdict on `evaluate`."""
    from mindhub.smoke.datasets import load_split

    wanted = contract.evaluation
    if wanted is None:
        return None, None
    try:
        return load_split(wanted.dataset, wanted.split, wanted.preprocess), None
    except ImportError as error:
        reason = f"the library {error.name!r} is not installed; pip install 'mindhub[run]'"
        return None, Stage("evaluate", NOT_RUN, reason, kind="no-library")
    except ValueError as error:
        return None, Stage("evaluate", FAILED, f"smoke.evaluate: {error}", kind="contract")


def _claimed(card: Card, contract: Contract) -> Metric | None:
    """Return the card's value of the score that is measured; of several that of the same split."""
    wanted = contract.evaluation
    if wanted is None:
        return None
    same = [metric for metric in card.evaluation if metric.name == wanted.metric]
    return next((metric for metric in same if metric.split in (None, wanted.split)), same[0] if same else None)


__all__ = ["BLOCKED", "STAGES", "Options", "Result", "exit_code", "mindspore_version", "run_card", "run_cards"]
__all__ += ["write_record"]
