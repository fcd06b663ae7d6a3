"""What a registry decides for itself, in `registry/mindhub.toml`: severities, hosts, limits, who may write."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mindhub import tomltext
from mindhub.documents import Document, load, schema_problems
from mindhub.frozen import dataclass, field
from mindhub.messages import say
from mindhub.model import Problem, Severity
from mindhub.source import CONFIG_NAME, shown
from mindhub.text import did_you_mean, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from mindhub.model import FieldPath

NEW_ISSUES = 10  #: that one scheduled run may open, where a registry says nothing
_LARGEST = 64_000_000  #: bytes of a file beside a card
_UNITS = {"kB": 1_000, "MB": 1_000_000}
#: Without these nothing could be said of the file that would silence them.
_NEVER = ("RG007", "WV")


@dataclass(frozen=True, slots=True)
class Config:
    """A registry's own decisions; the defaults are those of a registry that says nothing."""

    document: Document | None = None
    title: str = ""
    archived: frozenset[str] = frozenset()
    maintainers: frozenset[str] = frozenset()  #: accounts, case folded
    writers: Mapping[str, frozenset[str]] = field(default_factory=dict)  #: publisher -> accounts, case folded
    new_publishers: bool = True
    severities: Mapping[str, Severity | None] = field(default_factory=dict)  #: by code; None: the rule is off
    hosts: tuple[str, ...] = ()  #: that may keep files, besides the vocabulary's
    embedded: int | None = None  #: bytes that a file beside a card may have
    new_issues: int = NEW_ISSUES


def read_config(root: Path, codes: Collection[str], read: Callable[[Path], bytes | None] = load) -> Config:
    """Read a registry's mindhub.toml; `codes` are those of all rules. Raises SourceError where it cannot be read."""
    path = root / CONFIG_NAME
    data = read(path)
    return Config() if data is None else parse_config(data, path, codes)


def parse_config(data: bytes, path: Path, codes: Collection[str]) -> Config:
    """Read the file; keys that are wrong count for nothing, and the document's problems say why and where."""
    text = text_of(data)
    try:
        value, places, keys = tomltext.parse(text)
    except tomltext.TomlError as error:
        problem = Problem((), error.message, chars=(error.at, error.at))
        return Config(Document(shown(path), path, data, text, problems=(problem,)))
    problems = [*schema_problems(value, "config"), *_more(value, codes)]
    document = Document(shown(path), path, data, text, value, places, keys, tuple(problems))
    return replace(_typed(_without(value, [problem.path for problem in problems])), document=document)


def _more(value: dict[str, Any], codes: Collection[str]) -> Iterator[Problem]:
    """Yield what a schema cannot say."""
    rules = value.get("rules")
    for code in rules if isinstance(rules, dict) else ():
        if code not in codes:
            hint = did_you_mean(code, codes)
            yield Problem(("rules", code), say("no rule has the code {rule!r}{hint}", rule=code, hint=hint), key=True)
        elif code.startswith(_NEVER):
            message = say("{rule} keeps its severity; it is about the registry's own files", rule=code)
            yield Problem(("rules", code), message, key=True)
    limits = value.get("limits")
    said = limits.get("embedded") if isinstance(limits, dict) else None
    if isinstance(said, str) and (_size(said) or 0) > _LARGEST:
        yield Problem(("limits", "embedded"), say("{said!r} is more than {limit}", said=said, limit="64MB"))


def _without(value: Any, wrong: Collection[FieldPath]) -> Any:
    """Return the values without those that problems name, nor the lists that hold them."""
    if isinstance(value, dict):
        inner = {key: [path[1:] for path in wrong if path[:1] == (key,)] for key in value}
        kept = {key: _without(item, inner[key]) for key, item in value.items() if () not in inner[key]}
        return {key: item for key, item in kept.items() if item is not None}
    return None if wrong else value


def _typed(value: dict[str, Any]) -> Config:
    limits = value.get("limits", {})
    return Config(
        title=value.get("title", ""),
        archived=frozenset(value.get("archived", ())),
        maintainers=_accounts(value.get("maintainers", ())),
        writers=MappingProxyType({name: _accounts(said) for name, said in value.get("publishers", {}).items()}),
        new_publishers=value.get("new-publishers", True),
        severities=MappingProxyType(
            {code: None if said == "off" else Severity[said.upper()] for code, said in value.get("rules", {}).items()}
        ),
        hosts=tuple(value.get("hosts", {}).get("allow", ())),
        embedded=_size(limits.get("embedded", "")),
        new_issues=limits.get("new-issues", NEW_ISSUES),
    )


def _accounts(names: Collection[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _size(text: str) -> int | None:
    number, unit = text[:-2], text[-2:]
    return int(number) * _UNITS[unit] if number.isdecimal() and unit in _UNITS else None
