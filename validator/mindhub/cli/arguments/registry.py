"""Arguments of the verbs that keep a registry: waive, baseline, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.cli.arguments import SEVERITIES, add_language, add_registry

if TYPE_CHECKING:
    import argparse


def _waive(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("code", metavar="CODE", help="the rule, such as AS001")
    verb.add_argument("uid", metavar="UID", help="the card; * stands for anything within one segment")
    add_registry(verb)
    verb.add_argument("--reason", required=True, help="why; shown wherever the finding is")
    verb.add_argument("--owner", required=True, help="who answers for it")
    verb.add_argument("--expires", required=True, metavar="DATE", help="the last day on which it counts, YYYY-MM-DD")
    verb.set_defaults(run=_run_waive)


def _run_waive(options: argparse.Namespace) -> int:
    from mindhub.cli import waive

    return waive.run(
        code=options.code,
        uid=options.uid,
        reason=options.reason,
        owner=options.owner,
        expires=options.expires,
        registry=options.registry,
    )


def _baseline(verb: argparse.ArgumentParser) -> None:
    add_registry(verb)
    way = verb.add_mutually_exclusive_group()
    way.add_argument("--shrink", action="store_true", help="drop what is no longer found, and add nothing")
    way.add_argument("--grow", action="store_true", help="add to a baseline that exists; needs --reason")
    verb.add_argument("--reason", default="", help="why it grows; stands in the file")
    verb.add_argument("--severity", choices=SEVERITIES, default="advice", help="the least that is written down")
    verb.set_defaults(run=_run_baseline)


def _run_baseline(options: argparse.Namespace) -> int:
    from mindhub.cli import baseline
    from mindhub.model import Severity

    return baseline.run(
        registry=options.registry,
        shrink=options.shrink,
        grow=options.grow,
        reason=options.reason,
        least=Severity[options.severity.upper()],
    )


def _import(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("source", type=Path, help="the folder that holds the old hub's publishers (mshub_res/assets)")
    verb.add_argument("target", type=Path, help="the registry's root; made if absent")
    what = "answers to what the import asks; its questions stand in TARGET/import-decisions.yaml"
    verb.add_argument("--decide", type=Path, metavar="FILE", help=what)
    verb.add_argument("--overwrite", action="store_true", help="replace cards that were edited since")
    what = "copy every byte as it is: no repairs, no shared disclaimers, no baseline"
    verb.add_argument("--as-is", action="store_true", help=what)
    add_language(verb)
    verb.set_defaults(run=_run_import)


def _run_import(options: argparse.Namespace) -> int:
    from mindhub.cli import import_

    return import_.run(
        source=options.source,
        target=options.target,
        decide=options.decide,
        overwrite=options.overwrite,
        as_is=options.as_is,
        language=options.lang,
    )


ADD = {"waive": _waive, "baseline": _baseline, "import": _import}
