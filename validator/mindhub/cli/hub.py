"""`mindhub hub`: the main job on one registry: check its cards, run what is embedded, build the site."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.check import check
from mindhub.cli.check import exit_code as check_code
from mindhub.localise import locale_language
from mindhub.model import Severity
from mindhub.report.formats import Options, render
from mindhub.source import SourceError, open_registry, shown

if TYPE_CHECKING:
    from mindhub.model import Card, Report

FAULT, CANNOT = 1, 2


def run(
    *,
    registry: Path | None = None,
    out: Path = Path("build/site"),
    state: Path = Path("build/smoke"),
    made_by: str = "reported",
    record: bool = True,
) -> int:
    """Do the main job and end with a short summary; return the exit code of its worst step.

    Later steps run although an earlier one found faults: the site shows them. `state` remembers runs, so
    that what has not changed is not run again.
    """
    try:
        root = open_registry(registry).root
    except SourceError as error:
        print(f"mindhub hub: {error}", file=sys.stderr)
        return CANNOT
    _heading(1, "check", f"every card of {shown(root)} and the files beside it")
    report = check([root], root=root)
    spoken = Options(shown=Severity.WARNING, colour=_colour(), language=locale_language(os.environ))
    sys.stdout.write(render("text", report, spoken))
    embedded = [card for card in report.cards if card.assets and card.assets[0].embedded]
    _heading(2, "run", f"{len(embedded)} cards whose checkpoint lies beside them")
    codes = [check_code(report, Severity.ERROR), _smoke(embedded, root, state, made_by=made_by, record=record)]
    _heading(3, "site", f"into {shown(out)}")
    codes.append(_site(root, out, report))
    if made_by == "hub":
        codes.append(_shrink(root))
    _summary(report, embedded, codes, out)
    return next((code for code in (FAULT, CANNOT) if code in codes), 0)


def _smoke(embedded: list[Card], root: Path, state: Path, *, made_by: str, record: bool) -> int:
    from mindhub.cli.smoke import smoke

    if not embedded:
        print("there are none")
        return 0
    targets = [str(card.path) for card in embedded]
    return smoke(targets=targets, registry=root, record=record, made_by=made_by, state=state)


def _site(root: Path, out: Path, report: Report) -> int:
    from mindhub.cli import site

    return site.build(registry=root, out=out, report=report, cache=True)


def _shrink(root: Path) -> int:
    """Drop from the baseline what a merge has mended; only the registry's own run may change it."""
    from mindhub.baseline import NAME
    from mindhub.cli import baseline

    return baseline.run(registry=root, shrink=True) if (root / NAME).exists() else 0


def _heading(number: int, name: str, what: str) -> None:
    start, end = ("\x1b[1m", "\x1b[0m") if _colour() else ("", "")
    print(f"{start}\n[{number}/3] {name}{end}  {what}", flush=True)


def _summary(report: Report, embedded: list[Card], codes: list[int], out: Path) -> None:
    words = {0: "fine", FAULT: "faults were found, see above", CANNOT: "not all could be done here, see above"}
    others = len(report.cards) - len(embedded)
    rows = [
        ("cards", f"{len(report.cards):,} checked: {words[codes[0]]}"),
        ("models", f"{len(embedded):,} to run: {words[codes[1]]}" if embedded else "none lies beside its card"),
        ("site", f"{shown(out)}: {words[codes[2]]}"),
    ]
    if others:
        rows[1] = (
            "models",
            f"{rows[1][1]}; {others:,} more {'lies' if others == 1 else 'lie'} elsewhere: try 'mindhub smoke'",
        )
    print()
    for name, what in rows:
        print(f"  {name:<7} {what}")
    command = "mindhub site serve" if out == Path("build/site") else f"mindhub site serve {out}"
    # `make hub` calls the command by its path, and whoever typed that has it on no PATH.
    prefix = f"{shown(Path(sys.argv[0]).parent)}/" if Path(sys.argv[0]).name == "mindhub" and not _on_path() else ""
    print(f"  {'look':<7} {prefix}{command}")


def _on_path() -> bool:
    import shutil

    found = shutil.which("mindhub")
    return found is not None and Path(found).resolve() == Path(sys.argv[0]).resolve()


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
