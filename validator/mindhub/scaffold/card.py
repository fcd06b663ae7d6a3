"""A draft -> the card's bytes in the canonical form, and what the rules say about it before it is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import yaml

from mindhub.card import parse_card
from mindhub.check import judge
from mindhub.facts import Embedded, Facts
from mindhub.rules import ALL_RULES
from mindhub.source import CardFile, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mindhub.model import Finding, Uid

#: The order of a card's keys.
KEYS = (
    "model-name",
    "backbone-name",
    "module-type",
    "fine-tunable",
    "model-version",
    "train-dataset",
    "evaluation",
    "author",
    "update-time",
    "repo-link",
    "repo-commit",
    "user-id",
    "used-for",
    "mindspore-version",
    "devices",
    "asset",
    "license",
    "disclaimer",
    "paper",
    "summary",
    "smoke",
)
#: Quoted always, so that no reader of YAML takes them for numbers or dates.
_QUOTED = ("model-version", "mindspore-version", "update-time")
_OWN_RULES = tuple(rule for rule in ALL_RULES if not rule.registry_wide)


@dataclass(frozen=True, slots=True)
class File:
    """What was found out about a model's file."""

    format: str
    size: int  #: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A card to be: every value as its author gave it."""

    uid: Uid
    values: Mapping[str, str]  #: by key of the front matter; absent where there is none
    link: str = ""  #: where the file is; empty for a card without a file
    file: File | None = None
    devices: tuple[str, ...] = ()
    smoke: Mapping[str, Any] | None = None
    introduction: str = ""  #: what the text begins with; the summary where it is empty
    citation: str = ""  #: how to cite the model; author and name where it is empty
    usage: str = ""  #: lines of Python behind the loading, such as a call
    extra: Mapping[str, str] = field(default_factory=dict)  #: further sections: heading -> text


def render(draft: Draft) -> bytes:
    """Return the card in the canonical form."""
    return f"---\n{''.join(_front(draft))}---\n{_body(draft)}".encode()


def _front(draft: Draft) -> Iterator[str]:
    for key in KEYS:
        value = draft.values.get(key, "")
        if key == "asset" and draft.link:
            yield from _asset(draft)
        elif key == "devices" and draft.devices:
            yield f"devices: [{', '.join(draft.devices)}]\n"
        elif key == "smoke" and draft.smoke:
            yield from _smoke(draft.smoke)
        elif value:
            yield f"{key}: {json.dumps(value, ensure_ascii=False) if key in _QUOTED else scalar(value)}\n"


def _asset(draft: Draft) -> Iterator[str]:
    file = draft.file
    yield "asset:\n"
    yield f"  - file-format: {file.format if file else 'ckpt'}\n"
    yield f"    asset-link: {scalar(draft.link)}\n"
    if file:
        # An all-digit sha256 would be a number to other readers.
        yield f"    asset-sha256: {scalar(file.sha256)}\n    asset-size: {file.size}\n"


def _smoke(smoke: Mapping[str, Any]) -> Iterator[str]:
    """Write one line for each thing in the section, lists of mappings with one line for each entry."""
    yield "smoke:\n"
    for key, value in smoke.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"  {key}:\n"
            yield from (f"    - {flow(item)}\n" for item in value)
        else:
            yield f"  {key}: {flow(value)}\n"


def _body(draft: Draft) -> str:
    values = draft.values
    name = values.get("model-name", "")
    usage = f'import mindhub\n\nnetwork = mindhub.load("{draft.uid}")\n' + (f"{draft.usage}\n" if draft.usage else "")
    sections = {
        "Introduction": draft.introduction or values.get("summary", ""),
        "Usage": f"```python\n{usage}```",
        **draft.extra,
        "Citation": draft.citation or _cited(values),
    }
    text = "\n\n".join(f"## {heading}\n\n{said.strip()}" for heading, said in sections.items())
    return f"\n# {name}\n\n{text}\n"


def _cited(values: Mapping[str, str]) -> str:
    year = values.get("update-time", "")[:4]
    where = f", {values['paper']}" if values.get("paper") else ""
    return f"{values.get('author', '')}: *{values.get('model-name', '')}*, {year}{where}"


def scalar(text: str) -> str:
    """Return a text as YAML: plain where every reader takes it for this very text, else in double quotes."""
    try:
        plain = "\n" not in text and yaml.safe_load(f"k: {text}\n") == {"k": text}
    except yaml.YAMLError:
        plain = False
    if text.lower() in ("true", "false") or plain:
        return text
    return json.dumps(text, ensure_ascii=False)


def flow(value: Any) -> str:
    """Return a value in YAML's one-line form."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        # Inside brackets a comma, a colon or a bracket ends a plain text.
        return value if value.replace("-", "").replace("_", "").isalnum() and scalar(value) == value else json.dumps(
            value, ensure_ascii=False
        )  # fmt: skip
    return json.dumps(value)


def judged(draft: Draft, path: Path, root: Path, facts: Facts) -> tuple[Finding, ...]:
    """Return what the rules over one card say about a draft that would lie at a path."""
    card = parse_card(render(draft), CardFile(path, root, draft.uid), facts.vocabulary)
    embedded = {}
    if draft.file and draft.link and "://" not in draft.link:
        embedded[shown(path), draft.link] = Embedded("", draft.file.size, draft.file.sha256)
    findings, failures = judge([card], replace(facts, embedded=embedded), _OWN_RULES)
    if failures:
        raise RuntimeError("; ".join(failure.message for failure in failures))
    return findings


def about(findings: tuple[Finding, ...], *keys: str) -> tuple[Finding, ...]:
    """Return the findings that are about one of these keys of the front matter."""
    return tuple(finding for finding in findings if finding.path and finding.path[0] in keys)
