"""A Report as SARIF 2.1.0, for code scanning and editors.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mindhub import __version__
from mindhub.localise import localise_rule
from mindhub.messages import say, translate
from mindhub.model import Severity
from mindhub.report.escape import dumps
from mindhub.report.places import Places
from mindhub.report.selection import rule_page
from mindhub.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mindhub.model import Failure, Finding, Fix, RelatedPlace, Report, Span
    from mindhub.rules import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
_LANGUAGES = {"zh": "zh-CN"}  #: as SARIF names them; en-US, its default, is not said
#: What the paths of a run are relative to, left to its reader: the top of the repository.
_BASE = "%SRCROOT%"


def render(report: Report, *, shown: Severity = Severity.ADVICE, site: str = "", language: str = "en") -> str:
    """Return one run; waived findings are suppressed results, older ones are unchanged against the baseline."""
    data = to_data(report, shown=shown, site=site, language=language)
    (run,) = data["runs"]
    return dumps(data | {"runs": [run | {"results": []}]}, "results", run["results"])


def to_data(
    report: Report, *, shown: Severity = Severity.ADVICE, site: str = "", language: str = "en"
) -> dict[str, Any]:
    """Return the report as plain data in the shape of SARIF's schema."""
    findings = [finding for finding in report.findings if finding.severity >= shown]
    codes = sorted({finding.code: finding.slug for finding in findings}.items())
    known = {rule.code: localise_rule(rule, language) for rule in ALL_RULES}
    driver: dict[str, Any] = {
        "name": "mindhub",
        "semanticVersion": __version__,
        "rules": [_rule(code, slug, known.get(code), site, language) for code, slug in codes],
    }
    if site:
        driver["informationUri"] = site
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "toolExecutionNotifications": [_notification(failure) for failure in report.failures],
            }
        ],
        "originalUriBaseIds": {
            _BASE: {"description": {"text": translate(say("the folder in which mindhub ran"), language)}}
        },
        "columnKind": "unicodeCodePoints",
        "defaultEncoding": "utf-8",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": _results(findings, [code for code, _ in codes], Places(report), language),
    }
    if language in _LANGUAGES:
        run["language"] = _LANGUAGES[language]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, slug: str, rule: Rule | None, site: str, language: str) -> dict[str, Any]:
    described: dict[str, Any] = {"id": code, "name": slug}
    if rule is not None:
        title = translate(say("{title}.", title=rule.title), language)
        bad, good = (translate(word, language) for word in (say("Bad:"), say("Good:")))
        prose = [title, rule.documentation]
        described |= {
            "shortDescription": {"text": title},
            "fullDescription": {"text": rule.documentation or title},
            "help": {
                "text": _help(*prose, f"{bad}\n{rule.bad}", f"{good}\n{rule.good}"),
                "markdown": _help(*prose, f"{bad}\n\n{_fenced(rule.bad)}", f"{good}\n\n{_fenced(rule.good)}"),
            },
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
    if site:
        described["helpUri"] = rule_page(site, code)
    return described


def _help(*parts: str) -> str:
    return "\n\n".join(filter(None, parts)) + "\n"


def _fenced(example: str) -> str:
    fence = "`" * 3
    while fence in example:
        fence += "`"
    return f"{fence}\n{example}\n{fence}"


def _results(findings: Iterable[Finding], codes: list[str], places: Places, language: str) -> list[dict[str, Any]]:
    findings = tuple(findings)
    older = any(finding.older for finding in findings)
    seen: Counter[str] = Counter()
    results = []
    for finding in findings:
        identity = _identity(finding)
        seen[identity] += 1
        result = {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": _LEVELS[finding.severity],
            "message": _message(finding.message),
            "locations": [_location(finding.file, finding.span, finding.excerpt)],
            # Two keys, as GitHub listens to the first alone and puts its own in where it is absent.
            "partialFingerprints": {
                "primaryLocationLineHash": f"{identity[:16]}:{seen[identity]}",
                "mindhubFinding/v1": f"{identity}:{seen[identity]}",
            },
            # Either every result of a run says whether it is suppressed or none does, likewise with the baseline.
            "suppressions": _suppressions(finding),
            "properties": {"uid": finding.uid, "path": list(finding.path)},
        }
        if older:
            result["baselineState"] = "unchanged" if finding.older else "new"
        if finding.related:
            result["relatedLocations"] = [_related(number, place) for number, place in enumerate(finding.related, 1)]
        fix = _fix(finding.file, finding.fix, places, language) if finding.fix else None
        if fix:
            result["fixes"] = [fix]
        results.append(result)
    return results


def _identity(finding: Finding) -> str:
    """Return what a finding is known by when lines have moved, in every language: all but place and severity."""
    where = finding.uid or finding.file
    parts = [finding.code, where, *map(str, finding.path), translate(finding.message, "en")]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _suppressions(finding: Finding) -> list[dict[str, str]]:
    if finding.waiver is None:
        return []
    return [{"kind": "external", "status": "accepted", "justification": finding.waiver}]


def _message(text: str) -> dict[str, str]:
    # `[text](target)` in a message is a link, and what a card quotes must not make one. A backslash would
    # prevent it too, but not every viewer knows that.
    return {"text": text.replace("](", "] (")}


def _location(file: str, span: Span | None, excerpt: str = "") -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(file)}
    if span is not None:
        physical["region"] = _region(span)
        if excerpt and span.line == span.end_line:
            physical["contextRegion"] = {
                "startLine": span.line,
                "endLine": span.line,
                "snippet": {"text": excerpt},
            }
    return {"physicalLocation": physical}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
        "byteOffset": span.start,
        "byteLength": span.end - span.start,
    }


def _related(number: int, place: RelatedPlace) -> dict[str, Any]:
    return {"id": number, **_location(place.file, place.span), "message": _message(place.message)}


def _artifact(file: str) -> dict[str, str]:
    if file.startswith("/"):
        return {"uri": "file://" + quote(file, errors="replace")}
    return {"uri": quote(file, errors="replace"), "uriBaseId": _BASE}


def _fix(file: str, fix: Fix, places: Places, language: str) -> dict[str, Any] | None:
    """Return a fix, or None where an edit has no line and column: it is left to `mindhub check --fix`."""
    spans = [places.span(file, edit.start, edit.end) for edit in fix.edits]
    replacements = [
        {"deletedRegion": _region(span), "insertedContent": {"text": edit.text}}
        for span, edit in zip(spans, fix.edits, strict=True)
        if span is not None
    ]
    if not replacements or len(replacements) < len(fix.edits):
        return None
    unsafe = translate(say("{title} (changes what the card says)", title=fix.title), language)
    return {
        "description": {"text": fix.title if fix.safe else unsafe},
        "artifactChanges": [{"artifactLocation": _artifact(file), "replacements": replacements}],
        "properties": {"safe": fix.safe},
    }


def _notification(failure: Failure) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "level": "error",
        "message": _message(f"{failure.file}: {failure.message}"),
    }
    # A failure may be of the registry as a whole, which is called so instead of by a path.
    if "/" in failure.file or failure.file.endswith(".md"):
        notification["locations"] = [_location(failure.file, None)]
    return notification
