"""`mindhub check`: find every fault of the cards named."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.check import Selection, check, worst
from mindhub.cli import remembered
from mindhub.frozen import dataclass
from mindhub.history import HistoryError
from mindhub.localise import locale_language, localise
from mindhub.model import Failure, Severity, Uid
from mindhub.report.formats import Options, render
from mindhub.source import SourceError, collect, open_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.cli.remembered import Question
    from mindhub.facts import Facts
    from mindhub.model import Report

FAULT, CANNOT = 1, 2


@dataclass(frozen=True, slots=True)
class Repairs:
    """What is repaired before cards are checked."""

    write: bool = False
    show: bool = False  #: print what would change, and change nothing
    unsafe: bool = False  #: also what may change a meaning


def run(
    *,
    paths: Sequence[Path],
    registry: Path | None = None,
    as_uid: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    shown: Severity = Severity.ADVICE,
    fail_on: Severity = Severity.ERROR,
    formats: Sequence[str] = ("text",),
    colour: bool | None = None,
    repairs: Repairs | None = None,
    base: str | None = None,
    online: bool = False,
    site: str = "",
    language: str | None = None,
    asked: Question | None = None,
) -> int:
    """Check cards and print what was found; return the exit code.

    Cards may be repaired first. With a base, a git revision, only what changed since it counts. Online, the addresses
    that the cards name are asked too. Without a language the text format speaks that of the locale, and formats for
    programs speak English. `asked` is the question under which the answer is remembered.
    """
    repairs = repairs or Repairs()
    try:
        uid = Uid.parse(as_uid) if as_uid else None
        root = open_registry(registry).root if registry else None
        chosen = list(paths) or [open_registry(registry).root]
        selection = Selection(tuple(select), tuple(ignore))
        unwritten = _repair(repairs, chosen, root, uid, selection)
        if repairs.show:
            return CANNOT if unwritten else 0
        facts, unasked = _online(chosen, root) if online else (None, ())
        report = check(chosen, root=root, as_uid=uid, selection=selection, base=base, facts=facts)
    except (ValueError, SourceError, HistoryError) as error:
        print(f"mindhub check: {error}", file=sys.stderr)
        return CANNOT
    report = replace(report, failures=(*report.failures, *unwritten, *unasked))
    if not report.cards and not report.failures and not report.findings:
        print(f"mindhub check: no card in {', '.join(map(str, chosen))}", file=sys.stderr)
        return CANNOT
    outputs = []
    for output in formats:
        name, _, target = output.partition("=")
        spoken = language or (locale_language(os.environ) if name == "text" else "en")
        options = Options(shown=shown, colour=_wants_colour(colour, target), site=site, language=spoken)
        outputs.append((target, render(name, report, options)))
    if any(output.startswith("github") for output in formats):
        _job_summary(report, shown, site, language or "en")
    code = exit_code(report, fail_on)
    if asked is not None and not report.failures:
        remembered.keep(asked, code, outputs)
    return remembered.say(code, outputs, anew=True)


def _repair(
    repairs: Repairs, paths: Sequence[Path], root: Path | None, uid: Uid | None, selection: Selection
) -> tuple[Failure, ...]:
    """Repair cards, or show how; return what could not be written, or when only showing, not be done at all."""
    if not repairs.write and not repairs.show:
        return ()
    from mindhub.cli import fix

    failures = fix.run(
        paths, root=root, as_uid=uid, rules=selection.rules(), unsafe=repairs.unsafe, only_show=repairs.show
    )
    if repairs.show:
        for failure in failures:
            print(f"mindhub check: {failure.file}: {failure.message}", file=sys.stderr)
        return tuple(failures)
    # What could not be read is found again by the check.
    return tuple(failure for failure in failures if failure.message.startswith("cannot be written"))


def _online(paths: Sequence[Path], root: Path | None) -> tuple[Facts, tuple[Failure, ...]]:
    """Ask the addresses that the cards name; return the facts that came of it, and what could not be asked."""
    from mindhub.assets.ledger import LedgerError
    from mindhub.card import read_card
    from mindhub.cli.verify import Network, ask
    from mindhub.facts import load_facts

    facts = load_facts()
    cards = []
    for file in collect(paths, root):
        try:
            if not isinstance(file, SourceError):
                cards.append(read_card(file, facts.vocabulary))
        except SourceError:
            continue  # the check says so
    try:
        said = ask(cards, Network())
    except LedgerError as error:
        raise ValueError(str(error)) from None
    return said.facts(facts), tuple(Failure("online", message) for message in said.failures)


def _job_summary(report: Report, shown: Severity, site: str, language: str) -> None:
    """Add the whole report to the page of a GitHub job, which shows only the first few annotations."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        from mindhub.report import markdown

        with Path(path).open("a", encoding="utf-8") as stream:
            said = localise(report, language)
            limit = markdown.SUMMARY_LIMIT
            stream.write(markdown.render(said, shown=shown, site=site, limit=limit, language=language))


def exit_code(report: Report, fail_on: Severity) -> int:
    """Return 1 for a fault of a card, else 2 for something that could not be done, else 0."""
    highest = worst(report)
    if highest is not None and highest >= fail_on:
        return FAULT
    return CANNOT if report.failures else 0


def _wants_colour(asked: bool | None, target: str) -> bool:
    if asked is not None:
        return asked
    return not target and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
