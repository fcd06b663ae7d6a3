"""What is shown to people, in their language: reports, rules, severities."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.messages import many, rule_texts, say, translate
from mindhub.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mindhub.model import Finding, Report
    from mindhub.rules.base import Rule

_SEVERITIES = {
    Severity.ERROR: say("error"),
    Severity.WARNING: say("warning"),
    Severity.ADVICE: say("advice"),
}
#: What decides on a process's language (POSIX, Base Definitions, 8.2), the first that is set counting.
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def locale_language(environment: Mapping[str, str]) -> str:
    """Return the language that a process's environment asks for: `zh` for a Chinese locale, else `en`."""
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def localise(report: Report, language: str) -> Report:
    """Return a report with all messages and the titles of fixes in a language; codes and names stay."""
    if language == "en":
        return report
    said: dict[int, str] = {}  # by identity: the cards of a registry share their messages

    def tell(text: str) -> str:
        if id(text) not in said:
            said[id(text)] = translate(text, language)
        return said[id(text)]

    return replace(
        report,
        findings=tuple(_finding(finding, tell) for finding in report.findings),
        failures=tuple(replace(failed, message=tell(failed.message)) for failed in report.failures),
    )


def _finding(finding: Finding, tell: Callable[[str], str]) -> Finding:
    return replace(
        finding,
        message=tell(finding.message),
        fix=finding.fix and replace(finding.fix, title=tell(finding.fix.title)),
        related=tuple(replace(place, message=tell(place.message)) for place in finding.related),
    )


def localise_rule(rule: Rule, language: str) -> Rule:
    """Return a rule with its title and documentation in a language; one without a translation stays English."""
    said = rule_texts(language).get(rule.code)
    return replace(rule, title=said["title"], documentation=said.get("documentation", "")) if said else rule


def severity_word(severity: Severity, language: str) -> str:
    """Return the word for a severity."""
    return translate(_SEVERITIES[severity], language)


def how_many(severity: Severity, count: int, language: str) -> str:
    """Return a number of findings of a severity in words: `1 error`, `2 warnings`, `3 advice`."""
    match severity:
        case Severity.ERROR:
            said = many(count, "{count:,} error", "{count:,} errors")
        case Severity.WARNING:
            said = many(count, "{count:,} warning", "{count:,} warnings")
        case _:
            said = say("{count:,} advice", count=count)
    return translate(said, language)


def how_many_cards(count: int, language: str) -> str:
    """Return a number of cards in words."""
    return translate(many(count, "{count:,} card", "{count:,} cards"), language)
