"""The files of a registry that are no cards: YAML or JSON, every value with its place."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from mindhub import frontmatter
from mindhub.card import TYPES
from mindhub.frozen import dataclass, field
from mindhub.messages import say
from mindhub.model import FieldPath, Problem
from mindhub.resources import schema
from mindhub.source import SourceError, read_bytes, shown
from mindhub.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MAX_BYTES = 16 << 20  #: a baseline of 30,000 cards with ten faults each has about that


@dataclass(frozen=True, slots=True)
class Document:
    """A file of a registry that is no card, and where each of its values stands."""

    file: str  #: as shown to people
    path: Path
    data: bytes = field(default=b"", repr=False)
    text: str = field(default="", repr=False)
    value: Any = field(default=None, repr=False)  #: nested dicts, lists and strings; None where nothing could be read
    places: Mapping[FieldPath, tuple[int, int]] = field(default_factory=dict, repr=False)
    keys: Mapping[FieldPath, tuple[int, int]] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()  #: why the file, or a part of it, counts for nothing
    uid: None = None  #: as cards have one; a document never has


def load(path: Path) -> bytes | None:
    """Return a document's bytes, or None where there is no such file; raises SourceError."""
    if not path.is_symlink() and not path.exists():
        return None
    data = read_bytes(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise SourceError(path, say("has more than {limit:,} bytes", limit=MAX_BYTES))
    return data


def parse_yaml(data: bytes, path: Path, schema_name: str) -> Document:
    """Read YAML by the cards' reader, and compare it with a schema; what is wrong is in `problems`.

    All scalars are strings. An empty file is an empty document.
    """
    read = frontmatter.read_yaml(data)
    problems = [problem for _, problem in read.faults]
    if not problems and read.value is not None:
        problems += schema_problems(read.value, schema_name)
    return Document(shown(path), path, data, read.text, read.value, read.places, read.keys, tuple(problems))


def parse_json(data: bytes, path: Path, schema_name: str) -> Document:
    """Read JSON and compare it with a schema; only syntax errors have a place."""
    text = data.decode(errors="replace")
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        return _broken(path, data, text, say("not JSON: {reason}", reason=error.msg), error.pos)
    except (ValueError, RecursionError) as error:
        return _broken(
            path, data, text, say("not JSON: {reason}", reason=error.args[0] if error.args else str(error)), 0
        )
    problems = tuple(schema_problems(value, schema_name))
    return Document(shown(path), path, data, text, value, problems=problems)


def _broken(path: Path, data: bytes, text: str, message: str, at: int) -> Document:
    at = min(at, len(text))
    return Document(shown(path), path, data, text, problems=(Problem((), message, chars=(at, at)),))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = next(key for at, (key, _) in enumerate(pairs) if key in dict(pairs[:at]))
        raise ValueError(say("the key {key!r} stands twice", key=twice))
    return made


@cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema(name))


def schema_problems(value: Any, name: str) -> Iterable[Problem]:
    """Return what a schema of the project says against a value, each problem once."""
    # Each missing key is an error of its own to the validator; here an entry's are one.
    return () if _validator(name).is_valid(value) else dict.fromkeys(_errors(value, name))


def _errors(value: Any, name: str) -> Iterator[Problem]:
    validator = _validator(name)
    for error in validator.iter_errors(value):
        node: Any = schema(name)
        for step in list(error.schema_path)[:-1]:
            node = node[step]
        yield from _explain(value, tuple(error.instance_path), str(list(error.schema_path)[-1]), node)


def _explain(whole: Any, path: FieldPath, keyword: str, node: dict[str, Any]) -> Iterator[Problem]:
    value = whole
    for step in path:
        value = value[step]
    if keyword == "required":
        missing = [key for key in node["required"] if key not in value]
        yield Problem(path, say("the entry lacks {keys}", keys=", ".join(map(repr, missing))))
    elif keyword == "additionalProperties":
        known = node.get("properties", {})
        for key in value:
            if key not in known:
                hint = did_you_mean(key, known)
                yield Problem((*path, key), say("{key!r} is no key here{hint}", key=key, hint=hint), key=True)
    elif keyword == "enum":
        hint = did_you_mean(value, node["enum"]) if isinstance(value, str) else ""
        names = ", ".join(node["enum"])
        yield Problem(path, say("{said} is not one of {names}{hint}", said=_said(value), names=names, hint=hint))
    else:
        yield Problem(path, say("{said} {fault}", said=_said(value), fault=_wrong(keyword, node)))


def _said(value: Any) -> str:
    if isinstance(value, str):
        return repr(shorten(value))
    return say("a mapping") if isinstance(value, dict) else say("a list") if isinstance(value, list) else repr(value)


_BOUNDS = {
    "minItems": lambda limit: say("needs at least {limit} entries", limit=limit),
    "minimum": lambda limit: say("is less than {limit}", limit=limit),
    "maximum": lambda limit: say("is more than {limit}", limit=limit),
}


def _wrong(keyword: str, node: dict[str, Any]) -> str:
    if keyword == "type":
        return say("is not {wanted}", wanted=TYPES.get(node["type"], node["type"]))
    if keyword == "minLength":
        return say("says nothing; write why, who or what")
    if keyword in ("minItems", "maximum", "minimum"):
        return _BOUNDS[keyword](str(node[keyword]))
    if keyword == "pattern":
        return say("does not have the form {limit}", limit=node.get("x-form", node["pattern"]))
    return say("breaks {keyword} {limit} of the schema", keyword=keyword, limit=repr(node[keyword]))
