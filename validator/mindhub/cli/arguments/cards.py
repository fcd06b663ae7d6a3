"""Arguments of the verbs that judge cards: check, fix, rules, explain."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.cli.arguments import SEVERITIES, add_language, add_registry, add_reports

if TYPE_CHECKING:
    import argparse

    from mindhub.cli.remembered import Question

#: As report.formats has them.
FORMATS = ("text", "json", "sarif", "github", "junit", "codequality", "rdjson", "markdown", "lines")


def _check(verb: argparse.ArgumentParser, *, fix: bool) -> None:
    verb.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="cards and folders; the registry where absent"
    )
    add_registry(verb)
    verb.add_argument("--as", dest="as_uid", metavar="UID", help="judge the card as if it lay at this place")
    verb.add_argument("--select", action="append", default=[], metavar="CODE", help="only these rules or families")
    verb.add_argument("--ignore", action="append", default=[], metavar="CODE", help="not these rules or families")
    verb.add_argument("--severity", choices=SEVERITIES, default="advice", help="the least that is shown")
    verb.add_argument("--fail-on", choices=SEVERITIES, default="error", help="the least that makes the exit code 1")
    add_reports(verb, FORMATS)
    verb.add_argument("--base", metavar="REV", help="only what changed since HEAD left this git revision counts")
    verb.add_argument("--online", action="store_true", help="ask the addresses that the cards name too, as verify does")
    verb.add_argument("--fix", action="store_true", help="repair what can be repaired without guessing, then check")
    verb.add_argument("--diff", action="store_true", help="print what --fix would change, and change nothing")
    verb.add_argument("--unsafe-fixes", action="store_true", help="make repairs that may change a meaning too")
    verb.add_argument(
        "--no-cache", action="store_true", help="check anew although nothing changed since the last check"
    )
    verb.set_defaults(run=partial(_run_check, fix=fix))


def _run_check(options: argparse.Namespace, *, fix: bool) -> int:
    from mindhub.cli import remembered

    options.fix = options.fix or fix
    if options.no_cache or options.fix or options.diff or options.base or options.online:
        return _checked(options, None)
    asked = remembered.question_of(options)
    known = remembered.recall(asked) if asked else None
    return remembered.say(*known) if known else _checked(options, asked)


def _checked(options: argparse.Namespace, asked: Question | None) -> int:
    from mindhub.cli import check
    from mindhub.model import Severity

    return check.run(
        paths=options.paths,
        registry=options.registry,
        as_uid=options.as_uid,
        select=options.select,
        ignore=options.ignore,
        shown=Severity[options.severity.upper()],
        fail_on=Severity[options.fail_on.upper()],
        formats=options.format or ["text"],
        repairs=check.Repairs(options.fix, options.diff, options.unsafe_fixes),
        base=options.base,
        online=options.online,
        site=options.site,
        language=options.lang,
        asked=asked,
    )


def _rules(verb: argparse.ArgumentParser, *, name: str) -> None:
    number = "*" if name == "rules" else "+"
    verb.add_argument("codes", nargs=number, metavar="CODE", help="rules to explain, such as AS001")
    add_language(verb)
    verb.set_defaults(run=partial(_run_rules, name=name))


def _run_rules(options: argparse.Namespace, *, name: str) -> int:
    from mindhub.cli import rules

    return rules.run(codes=options.codes, language=options.lang, verb=name)


ADD = {
    "check": partial(_check, fix=False),
    "fix": partial(_check, fix=True),
    "rules": partial(_rules, name="rules"),
    "explain": partial(_rules, name="explain"),
}
