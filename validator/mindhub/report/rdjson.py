"""A Report as rdjson, the format from which reviewdog makes comments and suggestions on a review.

Defined by the message DiagnosticResult in reviewdog's proto/rdf/reviewdog.proto: lines and columns count from 1,
columns in bytes of UTF-8, ends are exclusive, and a position without a column means its whole line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.messages import say, translate
from mindhub.model import Severity
from mindhub.report.escape import dumps
from mindhub.report.places import Places
from mindhub.report.selection import counted, related_text, rule_page

if TYPE_CHECKING:
    from mindhub.model import Failure, Finding, Fix, Report

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.ADVICE: "INFO"}


def render(report: Report, *, shown: Severity = Severity.ADVICE, site: str = "", language: str = "en") -> str:
    """Return the findings that nothing excuses, then as errors what could not be checked."""
    places = Places(report)
    diagnostics = [_diagnostic(finding, places, site) for finding in counted(report, shown)]
    source = {"name": "mindhub", **({"url": site} if site else {})}
    diagnostics += [_failure(failure, language) for failure in report.failures]
    return dumps({"source": source, "diagnostics": []}, "diagnostics", diagnostics)


def _diagnostic(finding: Finding, places: Places, site: str) -> dict[str, Any]:
    data = places.data(finding.file)
    location: dict[str, Any] = {"path": finding.file}
    if finding.span and data is not None:
        location["range"] = _range(data, finding.span.start, finding.span.end)
    elif finding.span:
        location["range"] = {"start": {"line": finding.span.line}}
    page = rule_page(site, finding.code)
    diagnostic: dict[str, Any] = {
        "message": finding.message + related_text(finding),
        "location": location,
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code, **({"url": page} if page else {})},
    }
    # A suggestion has no title that could warn: one click commits it, so it must be safe.
    if finding.fix and finding.fix.safe and finding.fix.edits and data is not None:
        suggestion = _suggestion(data, finding.fix)
        diagnostic |= {"suggestions": [suggestion]} if suggestion else {}
    return diagnostic


def _suggestion(data: bytes, fix: Fix) -> dict[str, Any] | None:
    """Return the edits as one, since several suggestions would be a choice between them; None where they overlap."""
    edits = sorted(fix.edits, key=lambda edit: (edit.start, edit.end))
    start, at = edits[0].start, edits[0].start
    text = b""
    for edit in edits:
        if not at <= edit.start <= edit.end <= len(data):
            return None
        text += data[at : edit.start] + edit.text.encode()
        at = edit.end
    return {"range": _range(data, start, at), "text": text.decode()}


def _range(data: bytes, start: int, end: int) -> dict[str, Any]:
    return {"start": _position(data, start), "end": _position(data, end)}


def _position(data: bytes, at: int) -> dict[str, int]:
    # Counted from the bytes and not from a span: reviewdog's lines end with LF alone, and it counts a byte order mark.
    return {"line": data.count(b"\n", 0, at) + 1, "column": at - (data.rfind(b"\n", 0, at) + 1) + 1}


def _failure(failure: Failure, language: str) -> dict[str, Any]:
    message = translate(say("could not be checked: {reason}", reason=failure.message), language)
    return {"message": message, "location": {"path": failure.file}, "severity": "ERROR"}
