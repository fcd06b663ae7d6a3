"""SM: whether a card says how it is run, and what the records beside it give away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.model import Card, Problem, Severity
from mindhub.rules.base import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts


@rule("SM001", "no-smoke-section", Severity.ADVICE)
def no_smoke_section(card: Card, _: Facts) -> Iterator[Problem]:
    """The card does not say which network its checkpoint belongs to.

    Then nothing can be run, and visitors read "not run".

    Bad:
        # no smoke
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        smoke:
          network: {source: file, name: "lenet:LeNet"}
    """
    if card.front is not None and card.assets and "smoke" not in card.front:
        message = say("there is no smoke section: name the network, so that the checkpoint can be run")
        yield Problem(("smoke",), message)


@rule("SM002", "evidence-forged", Severity.ERROR, example="record", source="recorded")
def evidence_forged(card: Card, facts: Facts) -> Iterator[Problem]:
    """A record beside the card, or a line of its history, cannot have been written by a run.

    It contradicts itself or the file that it speaks about, is of another card, or is no record at all. Visitors are
    shown records as what was found out, so none may be invented. `mindhub evidence verify` says the same.

    Bad:
        network-parameters: 0
    Good:
        network-parameters: 61706
    """
    recorded = facts.recorded.get(card.file)
    for name, fault in recorded.faults if recorded else ():
        message = say(
            "no run wrote this {name}: {fault}; make it anew with `mindhub smoke --record`, or remove it",
            name=name,
            fault=fault,
        )
        yield Problem(("smoke",), message)


@rule("SM003", "evidence-outdated", Severity.ADVICE, example="record", source="recorded")
def evidence_outdated(card: Card, facts: Facts) -> Iterator[Problem]:
    """The registry's own record is of an earlier state of the card.

    The site shows it as outdated until the registry has run the card anew, which it does by itself after a merge.

    Bad:
        digests: {claims: "0000000000000000000000000000000000000000000000000000000000000000"}
    Good:
        date: "2026-01-31"
    """
    recorded = facts.recorded.get(card.file)
    if recorded and recorded.outdated:
        message = say(
            "the registry's record of {date} is outdated, as these changed: {what}; it runs the card anew by itself",
            date=recorded.date,
            what=recorded.outdated,
        )
        yield Problem(("smoke",), message)


@rule("SM004", "evidence-failed", Severity.WARNING, example="record", source="recorded")
def evidence_failed(card: Card, facts: Facts) -> Iterator[Problem]:
    """The registry's own run of the card failed.

    The record says at which stage and why; what an author reports about runs elsewhere does not count here.

    Bad:
        status: not-checked
        stages:
          - {name: fetch, verdict: passed}
          - {name: hash, verdict: failed, kind: sha256, reason: the file has another sha256}
    Good:
        status: not-checked
        stages:
          - {name: fetch, verdict: not run, kind: unreachable, reason: the host did not answer}
    """
    recorded = facts.recorded.get(card.file)
    if recorded and recorded.failed:
        message = say(
            "the registry's run of {date} failed at {stage}: {reason}",
            date=recorded.date,
            stage=recorded.failed.name,
            reason=recorded.failed.reason or recorded.failed.kind,
        )
        yield Problem(("smoke",), message)


@rule("SM005", "checkpoint-misfits-network", Severity.WARNING, example="network-run", source="recorded")
def checkpoint_misfits_network(card: Card, facts: Facts) -> Iterator[Problem]:
    """The tensors of the card's file are not the parameters of the network that the card names.

    The network was built with random weights, and its record lists its parameters; the tensors of the file are read
    from the file beside the card, or from the card's record. Whoever loads the one into the other gets an error.
    `mindhub smoke` shows the differences as a table, with the nearest names.

    Bad:
        table: [{name: fc.weight, shape: [4, 2], dtype: float32}]
        network-parameters: 8
    Good:
        table: [{name: fc.weight, shape: [2, 3], dtype: float32}]
        network-parameters: 6
    """
    recorded = facts.recorded.get(card.file)
    if recorded and recorded.misfit:
        yield Problem(("smoke",), say("by their tensors: {misfit}", misfit=recorded.misfit))


RULES = (no_smoke_section, evidence_forged, evidence_outdated, evidence_failed, checkpoint_misfits_network)
