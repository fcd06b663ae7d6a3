"""The steps of `mindhub ready` that ask the network and run models, and the cards that they are about."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.messages import many, say
from mindhub.model import Severity
from mindhub.policy import ADDED, REMOVED
from mindhub.ready import CHANGED, CONCERNED, FAILED, NEW, NOT_RUN, PASSED, RENAMED, Run, Step, Touched
from mindhub.ready import REMOVED as GONE
from mindhub.source import is_card_name, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.cli.ready import Asked
    from mindhub.model import Card, Finding, Report
    from mindhub.policy import Change, Policy
    from mindhub.source import Registry


_MISSED = "HS003"  #: the rule that misses the name of a card


def touched(changes: Sequence[Change], prefix: str, root: Path, report: Report) -> Iterator[Touched]:
    """Yield the cards that a change concerns: their own files, what lies beside them, the networks they name."""
    inside = {change.path.removeprefix(prefix): change for change in changes if change.path.startswith(prefix)}
    networks = {Path(path).stem for path in inside if path.startswith("networks/") and path.endswith(".py")}
    now = {new: old for old, new in report.renamed.items()}
    missed = {finding.uid for finding in report.findings if finding.code == _MISSED and not finding.older}
    seen = set()
    for card in report.cards:
        path = card.path.relative_to(root).as_posix()
        own = inside.get(path)
        seen.add(path)
        uid = str(card.uid) if card.uid else None
        if uid in now:
            yield Touched(card.file, uid, RENAMED, was=now[uid], lost=now[uid] in missed)
        elif own is not None:
            yield Touched(card.file, uid, NEW if own.what == ADDED else CHANGED)
        elif any(name in inside for name in _beside(card, path)):
            yield Touched(card.file, uid, CHANGED)
        elif networks and _network(card) in networks:
            yield Touched(card.file, uid, CONCERNED)
    for path, change in inside.items():
        name = path.rpartition("/")[2]
        uid = path.removesuffix(".md")
        gone = change.what == REMOVED and path.count("/") > 1 and is_card_name(name) and path not in seen
        if gone and uid not in report.renamed:
            yield Touched(shown(root / path), uid, GONE)


def _beside(card: Card, path: str) -> Iterator[str]:
    stem, folder = path.removesuffix(".md"), path.rpartition("/")[0]
    yield from (f"{stem}.zh.md", f"{stem}.evidence.json", f"{stem}.evidence.jsonl", f"{stem}.network.json")
    yield from (os.path.normpath(f"{folder}/{asset.link}") for asset in card.assets if asset.embedded)


def _network(card: Card) -> str:
    """Return the file below `networks/` that a card names, without its ending."""
    network = (card.smoke or {}).get("network")
    if not isinstance(network, dict) or network.get("source") != "file":
        return ""
    return str(network.get("name", "")).partition(":")[0]


def verify(
    asked: Asked, cards: Sequence[Card], root: Path, base: str | None
) -> tuple[Step, tuple[Finding, ...], tuple[str, ...]]:
    """Ask the addresses of cards; return the step, the findings, and the addresses that did not answer."""
    if "verify" in asked.skip:
        return Step("verify", NOT_RUN, say("left out")), (), ()
    if not cards:
        return Step("verify", NOT_RUN, say("no card to verify")), (), ()
    if sys.platform == "win32":
        return (
            Step("verify", NOT_RUN, say("addresses are asked on Linux and macOS; the pull request asks them")),
            (),
            (),
        )
    from mindhub.assets.ledger import LedgerError
    from mindhub.check import Selection, check
    from mindhub.cli.verify import Network, ask
    from mindhub.facts import load_facts

    started = time.monotonic()
    network = Network(full=asked.full, ledger=asked.ledger, store=asked.store, allow_hosts=asked.allow_hosts)
    try:
        answers = ask(cards, network)
    except LedgerError as error:
        return Step("verify", NOT_RUN, str(error)), (), ()
    facts = answers.facts(load_facts())
    selection = Selection(("ON",))
    report = check([card.path for card in cards], root=root, selection=selection, facts=facts, base=base)
    errors = report.count(Severity.ERROR)
    well = sum(entry.alive and not entry.failures for entry in answers.online.values())
    said = say(
        "{count:,} addresses: {well:,} as they should be, {silent:,} without an answer",
        count=answers.addresses,
        well=well,
        silent=len(answers.failures),
    )
    silent = bool(answers.failures) and len(answers.failures) == answers.addresses
    verdict = FAILED if errors else NOT_RUN if silent else PASSED
    return Step("verify", verdict, said, time.monotonic() - started), report.findings, answers.failures


def smoke(asked: Asked, cards: Sequence[Card], home: Registry, policy: Policy) -> tuple[Step, list[Run]]:
    """Run cards; return the step and what came of each card."""
    started = time.monotonic()
    cards = [card for card in cards if card.smoke and card.assets]
    reason: str | None = None
    if "smoke" in asked.skip:
        reason = say("left out")
    elif not cards:
        reason = say("no changed card says how it is run")
    elif policy.waiting is not None:
        reason = policy.waiting
    elif sys.platform != "linux":
        reason = say("models run on Linux alone; the pull request runs them")
    elif importlib.util.find_spec("mindspore") is None:
        reason = say("MindSpore is not installed; pip install 'mindhub[run]', or leave it to the pull request")
    if reason is not None:
        return Step("smoke", NOT_RUN, reason), []
    from mindhub.cli.smoke import headline
    from mindhub.smoke.runner import Options, run_cards

    options = Options(state=asked.state, store=asked.store, allow_hosts=asked.allow_hosts)
    runs = []
    for result in run_cards(cards, home, options):
        blocking = result.blocking
        verdict = {0: PASSED, 1: FAILED}.get(result.code, NOT_RUN)
        why = f"{blocking.name}: {blocking.reason}" if blocking else result.note
        runs.append(Run(str(result.card.uid or result.card.file), result.card.file, verdict, headline(result), why))
    verdicts = {run.verdict for run in runs}
    verdict = FAILED if FAILED in verdicts else PASSED if PASSED in verdicts else NOT_RUN
    said = many(len(runs), "{count:,} card run", "{count:,} cards run")
    return Step("smoke", verdict, said, time.monotonic() - started), runs
