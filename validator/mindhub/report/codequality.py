"""A Report as the Code Quality report of GitLab, which shows findings in merge requests, at their lines.

The keys are those of the page "Code Quality" of GitLab's documentation: an array of issues with a description, a
check's name, a fingerprint that no other issue of the report has, a severity, and a path with a first line.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from mindhub.messages import say, translate
from mindhub.model import Severity
from mindhub.report.escape import visible
from mindhub.report.selection import counted, related_text

if TYPE_CHECKING:
    from mindhub.model import Failure, Finding, Report

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.ADVICE: "info"}


def render(report: Report, *, shown: Severity = Severity.ADVICE, language: str = "en") -> str:
    """Return the findings that nothing excuses, then what could not be checked, one a line."""
    seen: Counter[str] = Counter()
    issues = [_issue(finding, seen) for finding in counted(report, shown)]
    issues += [_failure(failure, seen, language) for failure in report.failures]
    lines = ",\n".join(json.dumps(issue, ensure_ascii=False) for issue in issues)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _issue(finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    # Without the line, and in one language: what a change merely moves is neither new nor resolved.
    identity = (finding.code, finding.file, "/".join(map(str, finding.path)), translate(finding.message, "en"))
    return {
        "description": visible(f"{finding.code}: {finding.message}{related_text(finding)}"),
        "check_name": finding.code,
        "fingerprint": _fingerprint(identity, seen),
        "severity": _SEVERITIES[finding.severity],
        "location": _location(finding.file, finding.span.line if finding.span else 1),
    }


def _failure(failure: Failure, seen: Counter[str], language: str) -> dict[str, Any]:
    message = translate(say("could not be checked: {reason}", reason=failure.message), language)
    return {
        "description": visible(message),
        "check_name": "mindhub",
        "fingerprint": _fingerprint(("mindhub", failure.file, translate(failure.message, "en")), seen),
        "severity": "critical",
        "location": _location(failure.file, 1),
    }


def _location(file: str, line: int) -> dict[str, Any]:
    return {"path": visible(file), "lines": {"begin": line}}


def _fingerprint(identity: tuple[str, ...], seen: Counter[str]) -> str:
    """Return a hash that stays when lines move; equal findings are told apart by their order."""
    digest = hashlib.sha256("\0".join(identity).encode("utf-8", "surrogatepass")).hexdigest()[:40]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
