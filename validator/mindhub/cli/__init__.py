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

FORMATS = ("text", "json")
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
        help=f"{' or '.join(FORMATS)}, to a file if named; may stand several times",
    )

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
        )

    verb.set_defaults(run=run)


def _add_rules(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser("rules", help="list the rules, or explain some", description="List or explain rules.")
    verb.add_argument("codes", nargs="*", metavar="CODE", help="rules to explain, such as AS001")

    def run(options: argparse.Namespace) -> int:
        from mindhub.cli import rules

        return rules.run(codes=options.codes)

    verb.set_defaults(run=run)


def _registry(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--registry", type=Path, metavar="DIR", help="the registry's root; found by itself where absent")


def _format(text: str) -> str:
    if text.partition("=")[0] not in FORMATS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(FORMATS)}")
    return text
