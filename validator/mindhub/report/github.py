"""A Report as annotations of GitHub Actions: workflow commands, one a line.

The commands and their escapes are those of GitHub's runner, which splits at `::`, `,` and `=` and then decodes
(`TryParseV2` and the escape mappings in actions/runner, src/Runner.Common/ActionCommand.cs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.messages import say, translate
from mindhub.model import Severity
from mindhub.report.escape import visible
from mindhub.report.selection import counted, related_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.messages import Message
    from mindhub.model import Finding, Report

#: GitHub shows at most ten annotations of each severity a step and drops the others without a word.
PER_SEVERITY = 10

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def render(report: Report, *, shown: Severity = Severity.ADVICE, language: str = "en") -> str:
    """Return the annotations, errors first, then one line that counts what they leave out.

    What is left out stands in the Markdown summary, for the verb to write to the file $GITHUB_STEP_SUMMARY.
    """
    lines: list[str] = []
    left: list[str] = []
    for severity in sorted(Severity, reverse=True):
        commands = [_finding(finding) for finding in counted(report, shown) if finding.severity is severity]
        if severity is Severity.ERROR:
            # First of all, for a card that was not checked may have any fault.
            title = translate(say("MindHub could not check this"), language)
            commands[:0] = [
                _command("error", {"title": title}, f"{failure.file}: {failure.message}") for failure in report.failures
            ]
        lines += commands[:PER_SEVERITY]
        if len(commands) > PER_SEVERITY:
            left.append(translate(_left(severity, len(commands) - PER_SEVERITY), language))
    if left:
        rest = translate(say(", "), language).join(left)
        note = say("mindhub: not annotated, as GitHub shows {limit} of a kind: {rest}", limit=PER_SEVERITY, rest=rest)
        lines.append(translate(note, language))
    return "".join(line + "\n" for line in lines)


def error(file: str, title: str, message: str) -> str:
    """Return the annotation of a whole file as one line."""
    return _command("error", {"file": file, "title": title}, message) + "\n"


def _left(severity: Severity, count: int) -> Message:
    match severity:
        case Severity.ERROR:
            return say("{count:,} errors", count=count)
        case Severity.WARNING:
            return say("{count:,} warnings", count=count)
        case _:
            return say("{count:,} notices", count=count)


def _finding(finding: Finding) -> str:
    properties = {"file": finding.file, **dict(_place(finding)), "title": f"{finding.code} {finding.slug}"}
    return _command(_COMMANDS[finding.severity], properties, finding.message + related_text(finding))


def _place(finding: Finding) -> Iterator[tuple[str, str]]:
    span = finding.span
    if span is None:
        return
    yield "line", str(span.line)
    yield "endLine", str(span.end_line)
    # GitHub refuses columns of an annotation that runs over several lines.
    if span.end_line == span.line:
        yield "col", str(span.column)
        yield "endColumn", str(span.end_column)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {said}::{_data(message)}"


def _data(text: str) -> str:
    # Line breaks are pictures by now, so that no text starts a line; the per cent sign is what decoding looks for.
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
