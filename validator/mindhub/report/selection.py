"""Which findings an output shows, and the links it gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mindhub.model import Finding, Report, Severity


def counted(report: Report, shown: Severity) -> tuple[Finding, ...]:
    """Return the findings of at least a severity that nothing excuses, in the report's order."""
    return tuple(f for f in report.findings if f.severity >= shown and not excused(f))


def excused(finding: Finding) -> bool:
    """Say whether a finding is waived, or stood in the base version of its card."""
    return finding.waiver is not None or finding.older


def rule_page(site: str, code: str) -> str:
    """Return the address of a rule's page, or nothing where the site is not known."""
    return f"{site.rstrip('/')}/rules/{code}/" if site else ""


def related_text(finding: Finding) -> str:
    """Return the related places as a phrase to put behind a message, for formats that have no field for them."""
    said = [
        f"{place.message}: {place.file}" + (f":{place.span.line}:{place.span.column}" if place.span else "")
        for place in finding.related
    ]
    return f" ({'; '.join(said)})" if said else ""
