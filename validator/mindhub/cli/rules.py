"""`mindhub rules`: list the rules, or explain some of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mindhub.rules import ALL_RULES
from mindhub.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.rules import Rule


def run(*, codes: Sequence[str]) -> int:
    """Print a line per rule, or everything about the rules named; return the exit code."""
    if not codes:
        for rule in ALL_RULES:
            print(f"{rule.code}  {rule.severity.label:<7}  {rule.slug:<26} {rule.title}")
        return 0
    by_name = {name: rule for rule in ALL_RULES for name in (rule.code, rule.slug)}
    unknown = [code for code in codes if code not in by_name and code.upper() not in by_name]
    for code in unknown:
        print(f"mindhub rules: no rule is called {code!r}{did_you_mean(code, by_name)}", file=sys.stderr)
    print("\n\n".join(_explained(by_name.get(code) or by_name[code.upper()]) for code in codes if code not in unknown))
    return 2 if unknown else 0


def _explained(rule: Rule) -> str:
    def indented(text: str) -> str:
        return "\n".join("    " + line if line else "" for line in text.splitlines())

    head = f"{rule.code} {rule.slug} ({rule.severity.label})\n{rule.title}."
    prose = f"\n\n{rule.documentation}" if rule.documentation else ""
    return f"{head}{prose}\n\nBad:\n{indented(rule.bad)}\n\nGood:\n{indented(rule.good)}"
