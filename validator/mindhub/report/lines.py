"""Findings as one line each, as compilers write them: `file:line:column: warning: message [CODE]`, for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.model import Severity
from mindhub.report.escape import visible
from mindhub.report.selection import counted, related_text

if TYPE_CHECKING:
    from mindhub.model import Report

#: Editors know these words; advice is what they call information.
_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "info"}


def render(report: Report, *, shown: Severity = Severity.ADVICE) -> str:
    """Return a line per finding of at least a severity, and one per failure; nothing where there is none."""
    lines = []
    for finding in counted(report, shown):
        place = f"{finding.span.line}:{finding.span.column}" if finding.span else "1:1"
        message = finding.message + related_text(finding)
        lines.append(f"{finding.file}:{place}: {_WORDS[finding.severity]}: {message} [{finding.code}]")
    lines += [f"{failure.file}:1:1: error: {failure.message} [not checked]" for failure in report.failures]
    return "".join(f"{visible(line)}\n" for line in lines)
