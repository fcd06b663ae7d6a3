"""A Report as JSON, in the shape of schema/report.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.model import Severity
from mindhub.report.escape import dumps

if TYPE_CHECKING:
    from mindhub.model import Finding, Report, Span

VERSION = 1


def render(report: Report, *, shown: Severity = Severity.ADVICE) -> str:
    """Return the report as JSON text; `seconds` is the only figure that may differ between two runs."""
    data = to_data(report, shown=shown)
    return dumps(data | {"findings": []}, "findings", data["findings"])


def to_data(report: Report, *, shown: Severity = Severity.ADVICE) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "version": VERSION,
        "tool": {"name": "mindhub", "version": __version__},
        "summary": {
            "cards": len(report.cards),
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "advice": report.count(Severity.ADVICE),
            "waived": sum(f.waiver is not None for f in report.findings),
            "older": sum(f.older for f in report.findings),
            "seconds": round(report.seconds, 3),
        },
        "failures": [asdict(failure) for failure in report.failures],
        "findings": [finding_data(finding) for finding in report.findings if finding.severity >= shown],
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain data."""
    fix = finding.fix
    return {
        "code": finding.code,
        "slug": finding.slug,
        "severity": finding.severity.label,
        "file": finding.file,
        "uid": finding.uid,
        **_place(finding.span),
        "path": list(finding.path),
        "message": finding.message,
        "url": f"rules/{finding.code}/",
        "waiver": finding.waiver,
        "fix": None
        if fix is None
        else {"title": fix.title, "safe": fix.safe, "edits": [{"file": finding.file, **asdict(e)} for e in fix.edits]},
        "related": [
            {
                "file": related.file,
                "line": related.span.line if related.span else None,
                "column": related.span.column if related.span else None,
                "message": related.message,
            }
            for related in finding.related
        ],
    }


def _place(span: Span | None) -> dict[str, int | None]:
    names = ("line", "column", "end_line", "end_column", "start", "end")
    return {name: getattr(span, name) if span else None for name in names}
