"""The JSON beside every page. Its shapes are fixed by schema/index.schema.json and schema/card-page.schema.json."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from mindhub.model import Metric
from mindhub.pages import usage
from mindhub.pages.links import safe_url
from mindhub.pages.panels import addresses
from mindhub.pages.verified import FAILED_STATE, NOT_CHECKED, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mindhub.model import Finding
    from mindhub.pages.entries import Entry, Named
    from mindhub.pages.facets import Value
    from mindhub.pages.inputs import Options
    from mindhub.pages.panels import File
    from mindhub.rules.base import Rule
    from mindhub.vocabulary import Vocabulary

VERSION = 1


def encode(value: Any) -> bytes:
    """Return JSON as bytes, the same for the same value; what JSON cannot hold becomes text."""
    return f"{fragment(value)}\n".encode("utf-8", "replace")


def fragment(value: Any) -> str:
    """Return JSON without a line's end, to be put into other JSON."""
    try:
        return _ENCODER.encode(value)
    except (ValueError, TypeError):
        return _ENCODER.encode(_sound(value))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _sound(value: Any) -> Any:
    """Return the value with infinities and NaN as text: a card can hold `1e999`, JSON cannot."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _sound(item) for key, item in value.items()}
    return [_sound(item) for item in value] if isinstance(value, list | tuple) else value


def summary(entry: Entry, files: Sequence[File], options: Options) -> dict[str, Any]:
    """Return a card as listings hold it."""
    card = entry.card
    return {
        "uid": entry.uid,
        "url": f"{entry.uid}/index.json",
        "name": entry.name,
        "publisher": entry.publisher,
        "mindspore_version": entry.version.en,
        "domain": _named(entry.domain),
        "task": _named(entry.task),
        "dataset": _named(entry.dataset),
        "summary": card.summary,
        "license": card.license,
        "devices": [_label(device) for device in entry.devices],
        "updated": entry.updated or None,
        "parameters": entry.parameters,
        "size": entry.size,
        "teaching_size": entry.teaching,
        "metrics": [_metric(metric) for metric in card.evaluation],
        "files": [_file(entry, file, options, f"{entry.uid}/") for file in files],
        "status": _status(entry),
        "deprecated": entry.deprecated,
        "archived": entry.archived,
    }


def listing(title: str, values: Mapping[str, Sequence[Value]], value: Value | None = None) -> bytes:
    """Return the JSON of a listing up to its cards; addresses in it are relative to the root of the site."""
    head = {
        "version": VERSION,
        "kind": "listing",
        "title": title,
        "facet": {"kind": value.kind, **_label(value.named)} if value else None,
        "facets": {
            kind: [{**_label(item.named), "models": item.count} for item in found] for kind, found in values.items()
        },
    }
    return before_cards(head)


def before_cards(head: Mapping[str, Any]) -> bytes:
    """Return a mapping as JSON up to the cards that `with_cards` puts into it as its last value."""
    return fragment(head)[:-1].encode("utf-8", "replace") + b',"cards":['


def with_cards(before: bytes, summaries: Iterable[bytes]) -> bytes:
    """Return JSON with the cards that belong into it, which are JSON already: most are in many listings.

    All cards of a registry are megabytes: they are put together once, and not once more for what stands around them.
    """
    after = b"]}\n"
    parts = list(summaries)
    if not parts:
        return before + after
    parts[0] = before + parts[0]
    parts[-1] += after
    return b",".join(parts)


def card(
    entry: Entry, files: Sequence[File], group: Sequence[Entry], options: Options, more: Mapping[str, Any]
) -> bytes:
    """Return the JSON of a card; addresses in it are relative to its own folder.

    `more` is what only the whole registry knows about the card (`atlas.about`).
    """
    evidence = entry.record.evidence if entry.record else None
    claims = entry.card
    return encode(
        {
            "version": VERSION,
            "kind": "card",
            **summary(entry, files, options),
            "url": "index.json",
            "files": [{**_file(entry, file, options, ""), "usage": _shell(entry, file, options)} for file in files],
            "usage": {"install": usage.install_lines(options), "python": usage.python_lines(entry) or None},
            "claims": claims.front,
            "body": claims.body.text,
            "stages": [asdict(stage) for stage in evidence.stages] if evidence else [],
            "measured": [asdict(item) for item in evidence.measured] if evidence else [],
            "environment": dict(evidence.environment) if evidence else None,
            "record": "record.json" if entry.record else None,
            "outdated": (entry.record.outdated or None) if entry.record else None,
            "due": (entry.record.due or None) if entry.record else None,
            "network_run": entry.network_run.to_json() if entry.network_run else None,
            "inputs": [asdict(item) for item in usage.signatures(entry, "inputs")],
            "outputs": [asdict(item) for item in usage.signatures(entry, "outputs")],
            "tensors": evidence.table.to_json() if evidence and evidence.table and not entry.state.old else None,
            "replaced_by": claims.replaced_by,
            "versions": [other.uid for other in group],
            **more,
            "findings": [_finding(finding) for finding in entry.findings],
        }
    )


def rules(found: Sequence[Rule], cards: Mapping[str, Sequence[str]]) -> bytes:
    """Return the JSON of the list of rules."""
    items = [
        {**_rule(rule), "url": f"{rule.code}/index.json", "cards": len(cards.get(rule.code, ()))} for rule in found
    ]
    return encode({"version": VERSION, "kind": "rules", "rules": items})


def rule(found: Rule, cards: Sequence[str]) -> bytes:
    """Return the JSON of a rule, with the uids of all cards that have its fault."""
    return encode(
        {
            "version": VERSION,
            "kind": "rule",
            **_rule(found),
            "documentation": found.documentation,
            "bad": found.bad,
            "good": found.good,
            "cards": list(cards),
        }
    )


def ladder(values: Sequence[Value], vocabulary: Vocabulary) -> bytes:
    """Return the JSON of the ladder, lowest step first."""
    counts = {value.named.slug: value.count for value in values}
    terms = vocabulary.kind("status")
    steps = [
        {"name": step, "en": terms[step].en, "zh": terms[step].zh, "meaning": dict(terms[step].more)}
        for step in (NOT_CHECKED, *STEPS)
    ]
    return encode(
        {
            "version": VERSION,
            "kind": "ladder",
            "steps": [{**step, "models": counts.get(str(step["name"]), 0)} for step in steps],
            "failed": counts.get(FAILED_STATE, 0),
        }
    )


def browse(values: Mapping[str, Sequence[Value]]) -> bytes:
    """Return the JSON of the page that lists all facet pages."""
    facets = {
        kind: [
            {**_label(item.named), "models": item.count, "url": f"../{kind}/{item.named.slug}/index.json"}
            for item in found
        ]
        for kind, found in values.items()
    }
    return encode({"version": VERSION, "kind": "browse", "facets": facets})


def api(schemas: Sequence[str]) -> bytes:
    """Return the JSON of the page about the JSON."""
    return encode(
        {
            "version": VERSION,
            "kind": "api",
            "listing": "../index.json",
            "shards": "../index/index.json",
            "shard": "../index/{publisher}/{version}.json",
            "by_sha256": "../by-sha256/{sha256}.json",
            "card": "../{uid}/index.json",
            "badge": "../{uid}/badge.svg",
            "feeds": ["../feeds/new.xml", "../feeds/updated.xml", "../feeds/broken.xml"],
            "feed": "../{task or publisher}/{name}/feed.xml",
            "record": "../{uid}/record.json",
            "facet": "../{kind}/{name}/index.json",
            "leaderboards": "../leaderboard/index.json",
            "leaderboard": "../leaderboard/{dataset}/{metric}/index.json",
            "versions": "../versions/{publisher}/{name in small letters}/index.json",
            "overviews": ["../tasks/index.json", "../datasets/index.json", "../publishers/index.json"],
            "matrix": "../matrix/index.json",
            "health": "../health/index.json",
            "news": "../news/index.json",
            "keys": "../keys/index.json",
            "aliases": "../resources/hub/details/index.json",
            "rules": "../rules/index.json",
            "ladder": "../status/index.json",
            "schemas": [f"../schema/{name}" for name in schemas],
        }
    )


def _label(named: Named) -> dict[str, str]:
    return {"name": named.slug, "en": named.en, "zh": named.zh}


def _named(named: Named | None) -> dict[str, str] | None:
    return _label(named) if named else None


_METRIC = tuple(field.name for field in fields(Metric))


def _metric(metric: Metric) -> dict[str, Any]:
    # asdict() copies as deep as it goes; a metric is flat.
    values = ((field, getattr(metric, field)) for field in _METRIC)
    return {field: value for field, value in values if value not in (None, "")}


def _file(entry: Entry, file: File, options: Options, before: str) -> dict[str, Any]:
    address, _ = addresses(entry, file, options)
    embedded = file.content is not None
    return {
        "name": file.name,
        "format": file.asset.file_format,
        "size": file.counted,
        "sha256": usage.digest(file.asset) or None,
        "url": f"{before}{address}" if embedded else address,
        "embedded": embedded,
        "reached": file.reached or None,
        "mirrors": [mirror for mirror in file.asset.mirrors if safe_url(mirror)],
    }


def _shell(entry: Entry, file: File, options: Options) -> str | None:
    _, whole = addresses(entry, file, options)
    return usage.shell_lines(file.asset, whole) or None


def _status(entry: Entry) -> dict[str, Any]:
    state = entry.state
    return {
        "step": state.step,
        "reached": list(state.reached),
        "failed": state.failed or None,
        "reason": state.reason.removeprefix("reason.") or None,
        "date": state.date or None,
        "mindspore": state.mindspore or None,
        "device": state.device or None,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {"code": rule.code, "slug": rule.slug, "severity": rule.severity.label, "title": rule.title}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "slug": finding.slug,
        "severity": finding.severity.label,
        "message": finding.message,
        "line": finding.span.line if finding.span else None,
        "path": list(finding.path),
        "waiver": finding.waiver,
    }
