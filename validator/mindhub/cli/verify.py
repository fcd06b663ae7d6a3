"""`mindhub verify`: ask the addresses that cards name, and judge what they answer."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mindhub.cli.targets import chosen_cards, wants_colour
from mindhub.source import SourceError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mindhub.assets.ledger import Ledger
    from mindhub.assets.verify import Question
    from mindhub.facts import Facts
    from mindhub.formats import TensorTable
    from mindhub.model import Card, Report
    from mindhub.online import Reached
    from mindhub.source import Registry

FAULT, CANNOT = 1, 2


@dataclass(frozen=True, slots=True)
class Network:
    """What may be asked, and how."""

    full: bool = False  #: download files and compute their sha256
    offline: bool = False  #: ask nobody; judge by the ledger
    due: bool = False  #: ask only what has not been asked for long enough
    ledger: Path | None = None  #: the user's own where absent
    store: Path | None = None
    allow_hosts: frozenset[str] = frozenset()
    allow_private: bool = False
    per_host: int = 4
    interval: float = 0.1  #: seconds between two requests to one host
    jobs: int = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What the network said about some cards."""

    online: Mapping[str, Reached]
    tables: Mapping[str, str]  #: sha256 -> digest of the recorded tensor table
    addresses: int = 0
    asked: int = 0
    failures: tuple[str, ...] = ()  #: what could not be found out
    notices: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def facts(self, facts: Facts) -> Facts:
        """Return facts with these added, for the rules ON001 and on."""
        return replace(facts, online=self.online, tables=self.tables)


def ask(cards: Sequence[Card], network: Network) -> Asked:
    """Ask the addresses of cards, or look them up; raises LedgerError where the ledger cannot be used.

    For `check --online`: `check(paths, facts=ask(cards, network).facts(load_facts()))`.
    """
    from mindhub.assets.ledger import Ledger
    from mindhub.assets.verify import questions

    start = time.monotonic()
    recorded = _recorded(cards)
    wanted = questions(cards, recorded)
    with Ledger(network.ledger) as ledger:
        known = {q.url: entry for q in wanted if (entry := ledger.get(q.url)) is not None}
        todo = wanted
        if network.offline:
            todo = []
        elif network.due:
            due = set(ledger.due((q.url for q in wanted), dt.datetime.now(dt.UTC)))
            todo = [q for q in wanted if q.url in due]
        known |= _ask(todo, ledger, network)
        notices = (ledger.notice,) if ledger.notice else ()
    failures = [f"{q.url}: never asked; run without --offline" for q in wanted if q.url not in known]
    asked = {q.url for q in todo}
    for entry in known.values():
        if not entry.answered:
            failures.append(f"{entry.url}: {entry.trouble or entry.message}")
        elif entry.failures and entry.url in asked:
            failures.append(f"{entry.url}: {entry.trouble}; as on {entry.reached:%Y-%m-%d} otherwise")
    tables = {sha256: table.digest() for sha256, table in recorded.items()}
    seconds = time.monotonic() - start
    return Asked(known, tables, len(wanted), len(todo), tuple(failures), notices, seconds)


def verify(
    *,
    targets: Sequence[str] = (),
    registry: Path | None = None,
    network: Network | None = None,
    base: str | None = None,
    allow_not_run: bool = False,
    output: str = "text",
    colour: bool | None = None,
) -> int:
    """Verify cards named by uid, file or folder (all of the registry where none is named); return the exit code.

    0 all is well, 1 a fault of a card or its files, 2 something could not be asked; `allow_not_run` turns such a 2
    into 0. With a base, a git revision, only the cards that changed since are meant.
    """
    from mindhub.assets.ledger import LedgerError
    from mindhub.check import Selection, check
    from mindhub.cli.check import exit_code
    from mindhub.facts import load_facts
    from mindhub.history import HistoryError
    from mindhub.model import Severity

    network = network or Network()
    try:
        home, cards, troubles = chosen_cards(targets, registry)
        if base is not None:
            cards = _changed(cards, home, base)
            if not cards and not troubles:
                print(f"no card has changed since {base}")
                return 0
        asked = ask(cards, network)
    except (SourceError, LedgerError, HistoryError) as error:
        return _cannot(str(error))
    for line in (*asked.notices, *troubles):
        _cannot(line)
    if not cards:
        if not troubles:
            _cannot(f"no card in {shown(home.root)}")
        return 0 if allow_not_run and not troubles else CANNOT
    paths = [card.path for card in cards]
    report = check(paths, root=home.root, selection=Selection(("ON",)), facts=asked.facts(load_facts()))
    code = exit_code(report, Severity.ERROR)
    if code == 0 and asked.failures and not allow_not_run:
        code = CANNOT
    code = code or (CANNOT if troubles else 0)
    _print(report, asked, output, colour)
    return code


def _changed(cards: Sequence[Card], home: Registry, base: str) -> list[Card]:
    """Return the cards that are not as the base has them; raises HistoryError."""
    from mindhub.history.changes import read_history
    from mindhub.rules import ALL_RULES
    from mindhub.vocabulary import load_vocabulary

    files = [card.path for card in cards]
    codes = [rule.code for rule in ALL_RULES]
    words = load_vocabulary()
    history = read_history(base, home.root.resolve(), cards, files=files, scope=files, vocabulary=words, codes=codes)
    return [card for card in cards if history.touched(card)]


def _print(report: Report, asked: Asked, output: str, colour: bool | None) -> None:
    from mindhub.report.formats import Options as Shown
    from mindhub.report.formats import render

    if output == "json":
        data = json.loads(render("json", report, Shown()))
        data["online"] = {
            "addresses": asked.addresses,
            "asked": asked.asked,
            "seconds": round(asked.seconds, 3),
            "failures": list(asked.failures),
            "answers": {url: to_json(entry) for url, entry in sorted(asked.online.items())},
        }
        sys.stdout.write(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(render("text", report, Shown(colour=wants_colour(colour))))
    for failure in asked.failures:
        print(f"not asked: {failure}" if "never asked" in failure else f"no answer: {failure}")
    well = sum(entry.alive and not entry.failures for entry in asked.online.values())
    print(
        f"{asked.addresses:,} addresses: {well:,} as they should be, {len(asked.failures):,} without an answer; "
        f"{asked.asked:,} asked in {asked.seconds:.1f} s"
    )


def to_json(entry: Reached) -> dict[str, object]:
    """Return what is known of an address as JSON values; what is empty is left out."""
    from dataclasses import asdict

    row = {key: value.isoformat() if isinstance(value, dt.datetime) else value for key, value in asdict(entry).items()}
    return {key: value for key, value in row.items() if value not in ("", None, 0, False)}


def _ask(todo: Sequence[Question], ledger: Ledger, network: Network) -> dict[str, Reached]:
    from mindhub.assets.guard import Guard
    from mindhub.assets.progress import OneLine, Progress
    from mindhub.assets.schedule import Politeness
    from mindhub.assets.store import Store
    from mindhub.assets.verify import Options, ask_all

    if not todo:
        return {}
    politeness = Politeness(workers=network.jobs, per_host=network.per_host, interval=network.interval)
    guard = Guard(network.allow_hosts, allow_private=network.allow_private)
    screen = OneLine()
    with Progress("addresses", screen, unit="") as progress:
        options = Options(
            network.full,
            politeness,
            progress=progress,
            downloading=lambda url: Progress(url.rpartition("/")[2], screen),
        )
        return {
            entry.url: entry
            for entry in ask_all(todo, ledger=ledger, guard=guard, store=Store(network.store), options=options)
        }


def _recorded(cards: Sequence[Card]) -> dict[str, TensorTable]:
    """Return the tensor tables that stand in the cards' evidence, by the sha256 of their files."""
    from mindhub.smoke.evidence import EvidenceError, evidence_path, read_evidence

    found: dict[str, TensorTable] = {}
    for card in cards:
        try:
            evidence = read_evidence(evidence_path(card.path))
        except EvidenceError:
            continue  # a rule of its own says so
        if evidence is not None and evidence.table is not None and evidence.digests.get("asset"):
            found[evidence.digests["asset"]] = evidence.table
    return found


def _cannot(message: str) -> int:
    print(f"mindhub verify: {message}", file=sys.stderr)
    return CANNOT
