"""One page per key of a card: what it means, what it may hold, what cards here write, and which rules read it."""

from __future__ import annotations

import json
import re
from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.localise import localise_rule
from mindhub.messages import from_data, translate
from mindhub.pages.api import VERSION, encode
from mindhub.pages.others import inline
from mindhub.pages.views import Frame, Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from markupsafe import Markup

    from mindhub.pages.place import Place
    from mindhub.rules.base import Rule

SCHEMA = "card.schema.json"
_VALUES = 12  #: most frequent values that a page shows
_LONGEST = 80  #: characters of a value
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Detail:
    """A key, or one below it."""

    name: str  #: from the key on: `asset[].asset-sha256`
    type: str
    required: bool
    description: Markup
    limits: str  #: what a value must look like, as the schema says it


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key in the list of all."""

    link: Link
    required: bool
    description: Markup
    cards: str


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """All keys."""

    frame: Frame
    heading: str
    lead: str
    rows: tuple[KeyRow, ...]


@dataclass(frozen=True, slots=True)
class KeyPage:
    """A key."""

    frame: Frame
    heading: str
    lead: Markup
    about: Detail
    below: tuple[Detail, ...]
    values: tuple[tuple[str, str, str], ...]  #: value, number of cards, width of its bar
    values_more: str
    used: str
    rules: tuple[tuple[Link, Markup], ...]
    before: Link | None
    after: Link | None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the schema with what the registry does with it, the same in every language."""

    name: str
    node: Mapping[str, Any]
    required: bool
    used: int  #: cards that have it
    values: tuple[tuple[str, int], ...]  #: the most frequent ones, the first first
    different: int
    rules: tuple[Rule, ...]  #: whose text or bad example names it


def naming(schema: bytes | None, rules: Sequence[Rule]) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules whose text or bad example names a key of the card schema, by key."""
    found = {}
    for key in json.loads(schema)["properties"] if schema else ():
        name = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
        found[key] = tuple(rule for rule in rules if name.search(f"{rule.title}\n{rule.documentation}\n{rule.bad}"))
    return found


def gather(
    schema: bytes,
    cards: Iterable[Mapping[str, str | None]],
    naming: Mapping[str, tuple[Rule, ...]],
    known: Mapping[str, Key],
) -> tuple[Key, ...]:
    """Return every key of the card schema in its order.

    `cards` are the keys that each card writes, with their plain values; `naming` has the rules by key. Keys that are
    `known` are not looked for.
    """
    read = json.loads(schema)
    required = set(read.get("required", ()))
    written: dict[str, list[str | None]] = {key: [] for key in read["properties"] if key not in known}
    for card in cards:
        for key in written.keys() & card.keys():
            written[key].append(card[key])
    made = {**known}
    for key, these in written.items():
        values = Counter([value for value in these if value is not None])
        most = nsmallest(_VALUES, values.items(), key=lambda item: (-item[1], item[0]))
        node = read["properties"][key]
        made[key] = Key(key, node, key in required, len(these), tuple(most), len(values), naming[key])
    return tuple(made[key] for key in read["properties"])


def key_index(place: Place, keys: Sequence[Key]) -> tuple[str, KeyIndex]:
    """Return the list of all keys."""
    path, words = "keys/index.html", place.words
    home = place.home(path)
    title, lead = words("keys.title"), words("keys.lead")
    rows = tuple(
        KeyRow(
            Link(key.name, f"{home}keys/{key.name}/index.html"), key.required, inline(_said(key.node, words.language)),
            f"{key.used:,}",
        )
        for key in keys
    )  # fmt: skip
    return path, KeyIndex(place.frame(path, title, lead, "rules"), title, lead, rows)


def key_page(place: Place, keys: Sequence[Key], at: int) -> tuple[str, KeyPage]:
    """Return the page of the key at a place."""
    words, language, key = place.words, place.words.language, keys[at]
    path = f"keys/{key.name}/index.html"
    home = place.home(path)
    near = [
        Link(keys[other].name, f"{home}keys/{keys[other].name}/index.html") if 0 <= other < len(keys) else None
        for other in (at - 1, at + 1)
    ]
    about, *below = _details(key.name, key.node, language, required=key.required)
    longest = key.values[0][1] if key.values else 1
    rules = tuple(
        (Link(rule.code, f"{home}rules/{rule.code}/index.html"), inline(localise_rule(rule, language).title))
        for rule in key.rules
    )
    more = key.different - len(key.values)
    lead = _said(key.node, language)
    return path, KeyPage(
        frame=place.frame(path, key.name, lead, "rules"),
        heading=key.name,
        lead=about.description,
        about=about,
        below=tuple(below),
        values=tuple((_short(text), f"{n:,}", f"{100 * n / longest:.4g}") for text, n in key.values),
        values_more=words("list.more", count=more) if more else "",
        used=words.plural("keys.used", key.used),
        rules=rules,
        before=near[0],
        after=near[1],
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def gist(node: Mapping[str, Any]) -> str:
    """Return a description as the catalogue of translations holds it: it begins small and has no full stop."""
    text: str = node.get("description", "").rstrip(".")
    first = text[:1] if text[1:2].isupper() else text[:1].lower()  # SPDX stays what it is
    return first + text[1:]


def _said(node: Mapping[str, Any], language: str) -> str:
    text = str(translate(from_data(gist(node)), language)) if language != "en" else gist(node)
    if not text:
        return ""
    # sha256 begins small wherever it stands.
    first = text if any(char.isdigit() for char in text.split()[0]) else text[:1].upper() + text[1:]
    return first + ("。" if language == "zh" else ".")


def _details(name: str, node: Mapping[str, Any], language: str, *, required: bool, depth: int = 0) -> Iterator[Detail]:
    yield Detail(name, _type(node), required, inline(_said(node, language)), _limits(node))
    if depth == _DEEPEST:
        return
    inner, prefix = node, f"{name}."
    if "items" in node:
        inner, prefix = node["items"], f"{name}[]."
    needed = set(inner.get("required", ()))
    for key, below in inner.get("properties", {}).items():
        yield from _details(prefix + key, below, language, required=key in needed, depth=depth + 1)


def _type(node: Mapping[str, Any]) -> str:
    found = node.get("type", "")
    if isinstance(found, list):
        return " | ".join(found)
    if found == "array" and "type" in node.get("items", {}):
        return f"array of {_type(node['items'])}"
    return str(found)


_LIMITS = ("enum", "const", "pattern", "format", "minimum", "maximum", "minItems", "maxItems", "maxLength")


def _limits(node: Mapping[str, Any]) -> str:
    parts = []
    for source in (node, node.get("items", {}) if isinstance(node.get("items"), dict) else {}):
        for name in _LIMITS:
            if name in source:
                value = source[name]
                said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                parts.append(f"{name}: {said}")
    return "; ".join(parts)


def key_index_twin(keys: Sequence[Key]) -> tuple[str, bytes]:
    """Return the JSON of the list."""
    items = [
        {"name": key.name, "required": key.required, "cards": key.used, "url": f"{key.name}/index.json"} for key in keys
    ]
    made = {"version": VERSION, "kind": "keys", "schema": f"../schema/{SCHEMA}", "keys": items}
    return "keys/index.json", encode(made)


def key_twin(key: Key) -> tuple[str, bytes]:
    """Return the JSON of a key."""
    made = {
        "version": VERSION,
        "kind": "key",
        "name": key.name,
        "required": key.required,
        "schema": key.node,
        "cards": key.used,
        "values": [{"value": text, "cards": count} for text, count in key.values],
        "rules": [rule.code for rule in key.rules],
    }
    return f"keys/{key.name}/index.json", encode(made)
