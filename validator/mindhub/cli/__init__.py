"""The command line: argument parsing here, one module per verb beside it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub import __version__
from mindhub.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = ("text", "json", "sarif", "github", "junit", "rdjson", "markdown")  #: as report.formats has them
_SEVERITIES = {severity.label: severity for severity in Severity}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `mindhub`; return the exit code (0 fine, 1 a fault of a card, 2 the tool could not)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BrokenPipeError:  # the reader of a pipe went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        print("mindhub: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mindhub",
        description="The model-card registry for MindSpore: check cards, run what they claim, build the site.",
        epilog="exit codes: 0 fine, 1 a fault of a card or its files, 2 the tool could not do what was asked",
    )
    parser.add_argument("--version", action="version", version=f"mindhub {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _add_check(verbs, "check", "find every fault of cards")
    _add_check(verbs, "fix", "repair what can be repaired without guessing; the same as check --fix")
    _add_rules(verbs)
    _add_waive(verbs)
    _add_baseline(verbs)
    _add_smoke(verbs)
    _add_site(verbs)
    _add_hub(verbs)
    _add_import(verbs)
    return parser


def _add_check(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str) -> None:
    verb = verbs.add_parser(name, help=what, description=f"{what.capitalize()}.")
    verb.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="cards and folders; the registry where absent"
    )
    _registry(verb)
    verb.add_argument("--as", dest="as_uid", metavar="UID", help="judge the card as if it lay at this place")
    verb.add_argument("--select", action="append", default=[], metavar="CODE", help="only these rules or families")
    verb.add_argument("--ignore", action="append", default=[], metavar="CODE", help="not these rules or families")
    verb.add_argument("--severity", choices=_SEVERITIES, default="advice", help="the least that is shown")
    verb.add_argument("--fail-on", choices=_SEVERITIES, default="error", help="the least that makes the exit code 1")
    verb.add_argument(
        "--format",
        action="append",
        default=[],
        type=_format,
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(FORMATS)}; to a file if named; may stand several times",
    )

    verb.add_argument("--site", default="", metavar="URL", help="where the registry's site is, for links to rules")
    verb.add_argument("--base", metavar="REV", help="only what changed since HEAD left this git revision counts")
    verb.add_argument("--fix", action="store_true", help="repair what can be repaired without guessing, then check")
    verb.add_argument("--diff", action="store_true", help="print what --fix would change, and change nothing")
    verb.add_argument("--unsafe-fixes", action="store_true", help="make repairs that may change a meaning too")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import check

        return check.run(
            paths=options.paths,
            registry=options.registry,
            as_uid=options.as_uid,
            select=options.select,
            ignore=options.ignore,
            shown=_SEVERITIES[options.severity],
            fail_on=_SEVERITIES[options.fail_on],
            formats=options.format or ["text"],
            fix=options.fix or name == "fix",
            diff=options.diff,
            unsafe_fixes=options.unsafe_fixes,
            base=options.base,
            site=options.site,
        )

    verb.set_defaults(run=run)


def _add_rules(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser("rules", help="list the rules, or explain some", description="List or explain rules.")
    verb.add_argument("codes", nargs="*", metavar="CODE", help="rules to explain, such as AS001")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import rules

        return rules.run(codes=options.codes)

    verb.set_defaults(run=run)


def _add_waive(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    what = "live with a finding for a time: write it into waivers.yaml"
    verb = verbs.add_parser("waive", help=what, description=f"{what.capitalize()}.")
    verb.add_argument("code", metavar="CODE", help="the rule, such as AS001")
    verb.add_argument("uid", metavar="UID", help="the card; * stands for anything within one segment")
    _registry(verb)
    verb.add_argument("--reason", required=True, help="why; shown wherever the finding is")
    verb.add_argument("--owner", required=True, help="who answers for it")
    verb.add_argument("--expires", required=True, metavar="DATE", help="the last day on which it counts, YYYY-MM-DD")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import waive

        return waive.run(
            code=options.code,
            uid=options.uid,
            reason=options.reason,
            owner=options.owner,
            expires=options.expires,
            registry=options.registry,
        )

    verb.set_defaults(run=run)


def _add_baseline(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    what = "take a registry over with the findings it has: write them into baseline.json"
    verb = verbs.add_parser("baseline", help=what, description=f"{what.capitalize()}.")
    _registry(verb)
    way = verb.add_mutually_exclusive_group()
    way.add_argument("--shrink", action="store_true", help="drop what is no longer found, and add nothing")
    way.add_argument("--grow", action="store_true", help="add to a baseline that exists; needs --reason")
    verb.add_argument("--reason", default="", help="why it grows; stands in the file")
    verb.add_argument("--severity", choices=_SEVERITIES, default="advice", help="the least that is written down")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import baseline

        return baseline.run(
            registry=options.registry,
            shrink=options.shrink,
            grow=options.grow,
            reason=options.reason,
            least=_SEVERITIES[options.severity],
        )

    verb.set_defaults(run=run)


def _add_smoke(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "smoke",
        help="run what cards claim",
        description="Load the checkpoints of cards into their networks, run them, and measure their scores.",
    )
    verb.add_argument("targets", nargs="*", metavar="CARD", help="uids, files or folders; the registry where absent")
    _registry(verb)
    verb.add_argument("--record", action="store_true", help="write what was found out beside the card")
    verb.add_argument("--made-by", choices=("hub", "reported"), default="reported", help="who answers for the record")
    verb.add_argument("--state", type=Path, metavar="DIR", help="remember results here, and run only what has changed")
    verb.add_argument("--store", type=Path, metavar="DIR", help="folder of downloads; the user's cache where absent")
    verb.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="contact this host though it is private",
    )
    verb.add_argument(
        "--require", action="append", default=[], metavar="STAGE", help="fail where this stage did not run"
    )
    verb.add_argument("--allow-not-run", action="store_true", help="exit with 0 where something could not be run here")
    verb.add_argument("--format", choices=("text", "json"), default="text", help="what is printed")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import smoke

        return smoke.smoke(
            targets=options.targets,
            registry=options.registry,
            record=options.record,
            made_by=options.made_by,
            state=options.state,
            store=options.store,
            allow_hosts=options.allow_host,
            require=options.require,
            allow_not_run=options.allow_not_run,
            output=options.format,
        )

    verb.set_defaults(run=run)


def _add_site(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser("site", help="build the site, or look at it", description="Build the site, or look at it.")
    steps = verb.add_subparsers(title="steps", metavar="STEP", required=True)
    build = steps.add_parser("build", help="build the site of a registry", description="Build the site of a registry.")
    _registry(build)
    build.add_argument(
        "--out", type=Path, default=Path("build/site"), metavar="DIR", help="where to; build/site if absent"
    )
    build.add_argument("--base-url", default="", metavar="URL", help="where the site will be, for whole addresses")
    serve = steps.add_parser("serve", help="show a built site", description="Serve a built site on this machine.")
    serve.add_argument("folder", nargs="?", type=Path, default=Path("build/site"), metavar="DIR", help="the built site")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on; 127.0.0.1 if absent")
    serve.add_argument(
        "--port", type=int, default=8000, help="port to listen on; 8000 if absent, 0 for any that is free"
    )

    def run_build(options: argparse.Namespace) -> int:
        from mindhub.cli import site

        return site.build(registry=options.registry, out=options.out, base_url=options.base_url)

    def run_serve(options: argparse.Namespace) -> int:
        from mindhub.cli import site

        return site.serve(folder=options.folder, host=options.host, port=options.port)

    build.set_defaults(run=run_build)
    serve.set_defaults(run=run_serve)


def _add_hub(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    what = "check the registry, run its embedded models, build the site"
    verb = verbs.add_parser("hub", help=what, description=f"{what.capitalize()}.")
    _registry(verb)
    verb.add_argument("--out", type=Path, default=Path("build/site"), metavar="DIR", help="where the site goes")
    verb.add_argument(
        "--state", type=Path, default=Path("build/smoke"), metavar="DIR", help="where runs are remembered"
    )
    verb.add_argument("--made-by", choices=("hub", "reported"), default="reported", help="who answers for new records")
    verb.add_argument("--no-record", action="store_true", help="write no record beside a card")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import hub

        return hub.run(
            registry=options.registry,
            out=options.out,
            state=options.state,
            made_by=options.made_by,
            record=not options.no_record,
        )

    verb.set_defaults(run=run)


def _add_import(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    what = "bring the cards of an old MindSpore Hub over into a registry"
    verb = verbs.add_parser("import", help=what, description=f"{what.capitalize()}.")
    verb.add_argument("source", type=Path, help="the folder that holds the old hub's publishers (mshub_res/assets)")
    verb.add_argument("target", type=Path, help="the registry's root; made if absent")
    verb.add_argument("--overwrite", action="store_true", help="replace cards that are there and differ")
    verb.add_argument("--site", default="", metavar="URL", help="where the registry's site is, for links to rules")
    verb.add_argument("--fix", action="store_true", help="put the cards into the canonical form where that is safe")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import import_

        return import_.run(source=options.source, target=options.target, overwrite=options.overwrite, fix=options.fix)

    verb.set_defaults(run=run)


def _registry(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--registry", type=Path, metavar="DIR", help="the registry's root; found by itself where absent")


def _format(text: str) -> str:
    if text.partition("=")[0] not in FORMATS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(FORMATS)}")
    return text
