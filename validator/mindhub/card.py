"""Front matter -> Card: values typed by the schema, and what the schema refuses."""

from __future__ import annotations

import re
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from mindhub import frontmatter
from mindhub.evaluation import parse_evaluation
from mindhub.messages import from_data, say
from mindhub.model import Asset, Card, Citation, FieldPath, Metric, Problem
from mindhub.places import compact
from mindhub.resources import schema
from mindhub.source import CardFile, read_bytes, shown
from mindhub.text import did_you_mean, shorten, strip_autolink

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mindhub.vocabulary import Vocabulary

#: Keys of the old hub that a rule of their own explains (FD010); the schema has none of them.
LEGACY_KEYS = frozenset({"accuracy", "mAP", "input-shape", "train-backend", "infer-backend", "mindspore-lite"})
_LEGACY_LINK = re.compile(r"[A-Za-z0-9_.-]+-repo-link")
_TEXT_FIELDS = {
    key.replace("-", "_"): key
    for key in (
        "model-name",
        "backbone-name",
        "module-type",
        "model-version",
        "train-dataset",
        "author",
        "update-time",
        "repo-link",
        "repo-commit",
        "user-id",
        "used-for",
        "mindspore-version",
        "license",
        "summary",
        "paper",
        "replaced-by",
    )
}
TYPES = {
    "array": say("a list"),
    "object": say("a mapping"),
    "boolean": say("True or False"),
    "string": say("text"),
    "integer": say("a whole number"),
    "number": say("a number"),
}
_OPEN: Mapping[str, Any] = {}  #: the schema of a key that it does not know
_BOOLEANS = {"true": True, "false": False}
#: YAML 1.2's core schema, for values whose type the card schema leaves open (arguments of a network).
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def is_legacy_key(key: str) -> bool:
    """Say whether a key is one of the old hub's."""
    return key in LEGACY_KEYS or (key.endswith("-repo-link") and bool(_LEGACY_LINK.fullmatch(key)))


def read_card(file: CardFile, vocabulary: Vocabulary) -> Card:
    """Read a card from its file; raises SourceError where the file cannot be read, and nothing else."""
    return parse_card(read_bytes(file.path, frontmatter.MAX_BYTES), file, vocabulary)


def parse_card(data: bytes, file: CardFile, vocabulary: Vocabulary) -> Card:
    """Turn a card's bytes into a Card; what is wrong with them is in its `faults`."""
    read = frontmatter.read(data, schema("card")["properties"])
    fields: dict[str, Any] = {}
    if read.front is not None:
        read.front = typed = _typed(read.front, schema("card"), (), read.quoted)
        read.faults += _schema_faults(typed)
        fields = _fields(typed, vocabulary)
    return Card(
        file=shown(file.path),
        path=file.path,
        uid=file.uid,
        data=data,
        front=read.front,
        places=compact(read.places),
        keys=compact(read.keys),
        quoted=frozenset(read.quoted),
        body=read.body,
        faults=tuple(read.faults),
        misplaced=file.misplaced,
        title=read.title,
        **fields,
    )


def _typed(value: Any, node: Mapping[str, Any], path: FieldPath, quoted: Collection[FieldPath]) -> Any:
    """Give strings the types that the schema asks for; a string that is none of them stays what it is."""
    if isinstance(value, dict):
        known = node.get("properties", {})
        typed = value.copy()
        for key, item in value.items():
            wanted = known.get(key, _OPEN)
            if not (isinstance(item, str) and wanted.get("type") == "string"):  # as most values are and should be
                typed[key] = _typed(item, wanted, (*path, key), quoted)
        return typed
    if isinstance(value, list):
        return [_typed(item, node.get("items", {}), (*path, i), quoted) for i, item in enumerate(value)]
    wanted = node.get("type")
    if value is None or path in quoted or wanted == "string":
        return value
    if wanted == "boolean":
        return _BOOLEANS.get(value.lower(), value)
    if wanted in ("integer", "number"):
        return _number(value)
    return _core(value) if wanted is None else value


def _number(value: str) -> int | float | str:
    if len(value) > 40:  # noqa: PLR2004 - longer than any number that means something; int() is quadratic
        return value
    if _INTEGER.fullmatch(value):
        return int(value)
    return float(value) if _NUMBER.fullmatch(value) else value


def _core(value: str) -> Any:
    if value in ("", "~", "null"):
        return None
    return _BOOLEANS.get(value.lower(), _number(value))


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema("card"))


def _schema_faults(front: dict[str, Any]) -> Iterator[tuple[str, Problem]]:
    if _validator().is_valid(front):
        return
    for error in _validator().iter_errors(front):
        path: FieldPath = tuple(error.instance_path)
        where = list(error.schema_path)
        node: Any = schema("card")
        for step in where[:-1]:
            node = node[step]
        yield from _explain(front, path, str(where[-1]), node)


def _explain(
    front: dict[str, Any], path: FieldPath, keyword: str, node: dict[str, Any]
) -> Iterator[tuple[str, Problem]]:
    value: Any = front
    for step in path:
        value = value[step]
    if keyword == "required":
        for key in node["required"]:
            if key not in value:
                message = say("the key '{key}' is missing: {gist}", key=key, gist=_gist(node, key))
                yield "SC002", Problem(path, message, key=not path)
        return
    if keyword == "additionalProperties":
        for key in value:
            if key not in node["properties"] and not key.startswith("x-") and not is_legacy_key(key):
                hint = did_you_mean(key, node["properties"])
                yield (
                    "SC003",
                    Problem((*path, key), say("{key!r} is no key of a card{hint}", key=key, hint=hint), key=True),
                )
        return
    if keyword == "minLength":
        yield "SC002", Problem(path, say("{key!r} has no value", key=path[-1]))
        return
    yield "SC001", Problem(path, _wrong(value, keyword, node))


def _gist(node: dict[str, Any], key: str) -> str:
    text: str = node["properties"][key].get("description", "")
    first = text[:1] if text[1:2].isupper() else text[:1].lower()  # SPDX stays what it is
    return from_data(first + text[1:].rstrip("."))


def _wrong(value: Any, keyword: str, node: dict[str, Any]) -> str:
    said = repr(shorten(value)) if isinstance(value, str) else _kind(value)
    if keyword == "type":
        wanted = node["type"] if isinstance(node["type"], list) else [node["type"]]
        named = reduce(lambda one, other: say("{one} or {other}", one=one, other=other), map(TYPES.__getitem__, wanted))
        return say("{said} is not {wanted}", said=said, wanted=named)
    if keyword == "enum":
        hint = did_you_mean(value, node["enum"]) if isinstance(value, str) else ""
        return say("{said} is not one of {names}{hint}", said=said, names=", ".join(node["enum"]), hint=hint)
    limit = str(node[keyword])
    words = {
        "pattern": say("does not have the form {limit}", limit=limit),
        "minimum": say("is less than {limit}", limit=limit),
        "maximum": say("is more than {limit}", limit=limit),
        "exclusiveMinimum": say("must be more than {limit}", limit=limit),
        "minItems": say("needs at least {limit} entries", limit=limit),
        "maxItems": say("has more than {limit} entries", limit=limit),
        "minProperties": say("needs at least {limit} keys", limit=limit),
        "uniqueItems": say("has an entry twice"),
    }
    fault = words.get(keyword) or say("breaks the rule {keyword} of the schema", keyword=keyword)
    return say("{said} {fault}", said=said, fault=fault)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return say("a mapping")
    return say("a list") if isinstance(value, list) else say("an empty value") if value is None else repr(value)


def _fields(front: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Pick the values of the right type; the rest is None, and the schema has said why."""

    def text(key: str) -> str | None:
        value = front.get(key)
        if not isinstance(value, str) or not value:
            return None
        return strip_autolink(value) if value[0] == "<" else value

    def texts(key: str) -> tuple[str, ...]:
        value = front.get(key)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def mapping(key: str) -> Mapping[str, Any] | None:
        value = front.get(key)
        return value if isinstance(value, dict) else None

    fine_tunable = front.get("fine-tunable")
    return {
        **{field: text(key) for field, key in _TEXT_FIELDS.items()},
        "fine_tunable": fine_tunable if isinstance(fine_tunable, bool) else None,
        "evaluation": _metrics(front.get("evaluation"), vocabulary),
        "assets": tuple(_assets(front.get("asset"))),
        "devices": texts("devices"),
        "tags": texts("tags"),
        "citation": _citation(front.get("citation")),
        "deprecated": mapping("deprecated"),
        "smoke": mapping("smoke"),
    }


def _metrics(value: Any, vocabulary: Vocabulary) -> tuple[Metric, ...]:
    return tuple(part.metric for part in parse_evaluation(value, vocabulary) if part.metric)


def _citation(value: Any) -> Citation | None:
    """Return the work to cite; None where title, authors or year are missing or no such thing."""
    if not isinstance(value, dict):
        return None
    strings = {key: text for key, text in value.items() if isinstance(text, str) and text}
    names, year = value.get("authors"), value.get("year")
    authors = tuple(name for name in names if isinstance(name, str) and name) if isinstance(names, list) else ()
    if "title" not in strings or not authors or not isinstance(year, int) or isinstance(year, bool):
        return None
    optional = {key: strings.get(key) for key in ("venue", "url", "doi", "arxiv")}
    return Citation(strings["title"], authors, year, **optional)


def _assets(value: Any) -> Iterator[Asset]:
    for index, item in enumerate(value if isinstance(value, list) else []):
        if not isinstance(item, dict):
            continue
        strings = {key: text for key, text in item.items() if isinstance(text, str) and text}
        link, size, mirrors = strings.get("asset-link"), item.get("asset-size"), item.get("mirrors")
        yield Asset(
            index=index,
            file_format=strings.get("file-format"),
            link=strip_autolink(link) if link else None,
            sha256=strings.get("asset-sha256"),
            size=size if isinstance(size, int) and not isinstance(size, bool) else None,
            mirrors=tuple(m for m in mirrors if isinstance(m, str)) if isinstance(mirrors, list) else (),
        )
