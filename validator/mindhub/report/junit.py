"""A Report as JUnit XML: a test case a card, for dashboards of continuous integration.

The format has no standard. This is the part that its readers agree on: a test case holds at most one `failure` or
`error`, and what else there is to say stands in `system-out`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from mindhub.localise import severity_word
from mindhub.messages import say, translate
from mindhub.model import Severity
from mindhub.report.escape import visible
from mindhub.report.selection import excused, related_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.model import Finding, Report


def render(report: Report, *, shown: Severity = Severity.ADVICE, language: str = "en") -> str:
    """Return one suite with a case for every card, and one for every file that could not be checked.

    Errors make a case fail; warnings, advice and what is waived or older stand in its output.
    """
    found: dict[str, list[Finding]] = {card.file: [] for card in report.cards}
    for finding in report.findings:  # of files that are no cards too, such as the list of waivers
        found.setdefault(finding.file, []).extend([finding] if finding.severity >= shown else [])
    broken: dict[str, list[str]] = {}
    for failure in report.failures:
        broken.setdefault(failure.file, []).append(failure.message)
    failing = sum(any(map(_fails, findings)) for findings in found.values())
    counts = f'tests="{len(found) + len(broken)}" failures="{failing}" errors="{len(broken)}"'
    time = f'time="{report.seconds:.3f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="mindhub" {counts} {time}>']
    lines.append(f' <testsuite name="mindhub check" {counts} skipped="0" {time}>')
    for file in sorted(found):
        lines += _case(file, found[file], language)
    for file in sorted(broken):
        lines += _broken(file, broken[file])
    return "\n".join([*lines, " </testsuite>", "</testsuites>", ""])


def _fails(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR and not excused(finding)


def _case(file: str, findings: Sequence[Finding], language: str) -> Iterator[str]:
    head = f"<testcase classname={_quoted('mindhub.check')} name={_quoted(file)}"
    if not findings:
        yield f"  {head}/>"
        return
    yield f"  {head}>"
    failing = [finding for finding in findings if _fails(finding)]
    if failing:
        more = translate(say(" (and {count} more)", count=len(failing) - 1), language) if len(failing) > 1 else ""
        message = f"{failing[0].code} {failing[0].message}{more}"
        yield f"   <failure type={_quoted(failing[0].code)} message={_quoted(message)}>"
        yield from (_line(finding, language) for finding in failing)
        yield "</failure>"
    others = [finding for finding in findings if not _fails(finding)]
    if others:
        yield "   <system-out>"
        yield from (_line(finding, language) for finding in others)
        yield "</system-out>"
    yield "  </testcase>"


def _line(finding: Finding, language: str) -> str:
    place = f"{finding.file}:{finding.span.line}:{finding.span.column}" if finding.span else finding.file
    note = ""
    if finding.waiver is not None:
        note = translate(say("; waived: {reason}", reason=finding.waiver), language)
    elif finding.older:
        note = translate(say("; older"), language)
    word = severity_word(finding.severity, language)
    text = f"{place}: {word} {finding.code} {finding.message}{related_text(finding)}{note}"
    return escape(visible(text))


def _broken(file: str, messages: Sequence[str]) -> Iterator[str]:
    yield f"  <testcase classname={_quoted('mindhub.failure')} name={_quoted(file)}>"
    yield f"   <error type={_quoted('failure')} message={_quoted(messages[0])}>"
    yield from (escape(visible(message)) for message in messages)
    yield "</error>"
    yield "  </testcase>"


def _quoted(text: str) -> str:
    return quoteattr(visible(text))
