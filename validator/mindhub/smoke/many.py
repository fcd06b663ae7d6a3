"""The smoke run of many cards on other processes or machines: jobs go out, results come back, records are written here.

A worker needs the same registry at the same path (a shared folder, or a checkout of the same commit), and never writes
into it: who asked writes each card's record once, when its result is here. So a job that an executor gives to a second
worker, because the first one died, leaves one record.
"""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import platform
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mindhub import __version__
from mindhub.executors import run_jobs
from mindhub.smoke.evidence import NOT_RUN, STAGES, Evidence, EvidenceError, Stage, evidence_path, read_evidence
from mindhub.smoke.runner import Options, Result, nursery_of, run_card, write_record
from mindhub.source import CardFile, Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from mindhub.model import Card, Uid
    from mindhub.smoke.child import Nursery

_NURSERIES = threading.local()


@dataclass(frozen=True, slots=True)
class Job:
    """One card's run, as it is sent to a worker."""

    root: Path  #: of the registry, absolute
    path: Path  #: of the card
    uid: Uid | None
    sha256: str  #: of the card's bytes: the worker must have the same card
    options: Options


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker found out about a card."""

    evidence: Evidence
    code: int
    cached: bool
    note: str


class OtherCard(Exception):  # noqa: N818 - reads as what it says
    """Say that a worker has not the card that it was asked to run."""


def run_elsewhere(cards: Iterable[Card], registry: Registry, options: Options, executor: Executor) -> Iterator[Result]:
    """Run cards by an executor and yield each result as it comes; records are written here, once for each card.

    A card whose job could not be done anywhere has a result with every stage `not run (harness)`.
    """
    sent = replace(options, record=False, notice=None, progress=None)
    root = registry.root.resolve()
    by_path = {card.path.resolve(): card for card in cards}
    jobs = [Job(root, path, card.uid, hashlib.sha256(card.data).hexdigest(), sent) for path, card in by_path.items()]
    for job, found in run_jobs(executor, run_job, jobs):
        card = by_path[job.path]
        if isinstance(found, BaseException):
            yield Result(card, _not_done(card, options.made_by, found), 2)
            continue
        recorded = write_record(card, _old(card), found.evidence) if options.record else None
        yield Result(card, found.evidence, found.code, found.cached, recorded, found.note)


def run_job(job: Job) -> Done:
    """Run one card in this process: what a worker does. Raises OtherCard, SourceError."""
    from mindhub.card import read_card
    from mindhub.vocabulary import load_vocabulary

    card = read_card(CardFile(job.path, job.root, job.uid), load_vocabulary())
    if hashlib.sha256(card.data).hexdigest() != job.sha256:
        raise OtherCard(f"{platform.node()} has another version of {job.path}; bring its registry up to date")
    found = run_card(card, Registry(job.root), job.options, _nursery(job.options))
    return Done(found.evidence, found.code, found.cached, found.note)


def _nursery(options: Options) -> Nursery:
    """Return this thread's nursery for such options: MindSpore is imported once for all cards that a worker gets."""
    held: dict[object, Nursery] = _NURSERIES.__dict__.setdefault("held", {})
    kind = (options.environment, options.device, options.unsandboxed)
    if kind not in held:
        held[kind] = nursery_of(options)
        atexit.register(held[kind].close)
    return held[kind]


def _old(card: Card) -> Evidence | None:
    try:
        return read_evidence(evidence_path(card.path))
    except EvidenceError:
        return None  # the worker's result has said so in its note


def _not_done(card: Card, made_by: str, error: BaseException) -> Evidence:
    reason = f"no worker could do it: {type(error).__name__}: {error}"
    first, *others = STAGES
    stages = (
        Stage(first, NOT_RUN, reason, kind="harness"),
        *(Stage(other, NOT_RUN, f"{first} did not run", kind="earlier") for other in others),
    )
    environment = {"mindhub": __version__, "python": platform.python_version()}
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return Evidence(str(card.uid or card.file), made_by, today, {}, environment, stages)
