"""`mindhub rules` and `mindhub explain`: list the rules, or explain some of them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mindhub.localise import locale_language, localise_rule, severity_word
from mindhub.messages import say, translate
from mindhub.rules import ALL_RULES
from mindhub.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.rules import Rule


def run(*, codes: Sequence[str], language: str | None = None, verb: str = "rules") -> int:
    """Print a line per rule, or everything about the rules named; return the exit code.

    Without a language that of the locale is spoken.
    """
    language = language or locale_language(os.environ)
    rules = [localise_rule(rule, language) for rule in ALL_RULES]
    if not codes:
        for rule in rules:
            print(f"{rule.code}  {severity_word(rule.severity, language):<7}  {rule.slug:<26} {rule.title}")
        return 0
    by_name = {name: rule for rule in rules for name in (rule.code, rule.slug)}
    unknown = [code for code in codes if code not in by_name and code.upper() not in by_name]
    for code in unknown:
        print(f"mindhub {verb}: no rule is called {code!r}{did_you_mean(code, by_name)}", file=sys.stderr)
    known = [by_name.get(code) or by_name[code.upper()] for code in codes if code not in unknown]
    print("\n\n".join(_explained(rule, language) for rule in known))
    return 2 if unknown else 0


def _explained(rule: Rule, language: str) -> str:
    def indented(text: str) -> str:
        return "\n".join("    " + line if line else "" for line in text.splitlines())

    title = translate(say("{title}.", title=rule.title), language)
    head = f"{rule.code} {rule.slug} ({severity_word(rule.severity, language)})\n{title}"
    prose = f"\n\n{rule.documentation}" if rule.documentation else ""
    bad, good = (translate(word, language) for word in (say("Bad:"), say("Good:")))
    return f"{head}{prose}\n\n{bad}\n{indented(rule.bad)}\n\n{good}\n{indented(rule.good)}"
