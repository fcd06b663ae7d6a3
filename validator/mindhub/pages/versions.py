"""The versions of one model side by side: which fields differ, and which are the same."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.pages.api import VERSION, encode
from mindhub.pages.entries import version_key
from mindhub.pages.rows import status_of, version_label
from mindhub.pages.views import Frame, Link
from mindhub.text import strip_autolink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words

#: Keys whose values lie deep and mean something one by one.
_LONGEST = 240  #: characters of a value in a cell; the rest is in the card
_HIDDEN = frozenset({"mindspore-version"})  #: it is the head of the column


@dataclass(frozen=True, slots=True)
class Cell:
    """A field's value in one version."""

    text: str  #: empty where the version has no such field
    changed: bool  #: it differs from the version before
    language: str = ""  #: of a value that the card brings, where it is not the page's


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field in all versions."""

    name: str
    code: bool  #: the name is a key of the card, not a word
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """The versions of a model."""

    frame: Frame
    heading: str
    lead: str
    crumbs: tuple[Link, ...]
    columns: tuple[Link, ...]
    differing: tuple[FieldRow, ...]
    same: tuple[FieldRow, ...]
    same_counted: str


def path_of(entry: Entry) -> str:
    """Return the folder of a model's versions below the root of a language, ending in `/`; without capitals.

    The same model is sometimes written in capitals and sometimes not.
    """
    return f"versions/{entry.publisher}/{entry.stem}/".casefold()


def oldest_first(group: Sequence[Entry]) -> list[Entry]:
    """Return the cards of a model in the order of their MindSpore versions."""
    return sorted(group, key=lambda entry: (version_key(entry.version.en), entry.uid))


def flat(front: Mapping[str, Any] | None) -> dict[str, str]:
    """Return a card's claims as text by the way to each: `asset[0].asset-sha256`.

    What the `smoke` section holds stands under its first two keys, deeper values as JSON.
    """
    made: dict[str, str] = {}
    _flatten("", front or {}, made, 0)
    return made


def _flatten(name: str, value: Any, made: dict[str, str], depth: int) -> None:
    if isinstance(value, dict) and depth < 4:  # noqa: PLR2004 - four names in a row still say where one is
        for key, item in value.items():
            _flatten(f"{name}.{key}" if name else str(key), item, made, depth + 1)
    elif isinstance(value, list) and depth < 3 and any(isinstance(item, dict) for item in value):  # noqa: PLR2004
        for at, item in enumerate(value):
            _flatten(f"{name}[{at}]", item, made, depth + 1)
    elif value is not None:
        made[name] = strip_autolink(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def differences(group: Sequence[Entry]) -> tuple[dict[str, tuple[str, ...]], list[tuple[int, int]]]:
    """Return every field with its value in each version, and how many lines of text came and went from one to the next.

    `group` is in the order of the columns. A field that a version lacks is an empty text. Lines of the body are
    counted as a bag: moving one is no change.
    """
    flats = [flat(entry.card.front) for entry in group]
    names = dict.fromkeys(name for each in flats for name in each if name.partition(".")[0] not in _HIDDEN)
    fields = {name: tuple(each.get(name, "") for each in flats) for name in names}
    texts = [entry.card.body.text for entry in group]
    bags: list[Counter[str] | None] = [None] * len(texts)

    def bag(at: int) -> Counter[str]:
        if (made := bags[at]) is None:
            made = bags[at] = Counter(line.strip() for line in texts[at].splitlines() if line.strip())
        return made

    lines = []
    for at in range(1, len(texts)):
        if texts[at] == texts[at - 1]:
            lines.append((0, 0))
        else:
            lines.append(((bag(at) - bag(at - 1)).total(), (bag(at - 1) - bag(at)).total()))
    return fields, lines


Difference = tuple[dict[str, tuple[str, ...]], list[tuple[int, int]]]


def versions_page(place: Place, group: Sequence[Entry], found: Difference) -> tuple[str, VersionsPage]:
    """Return the page of a model's versions, oldest first; `found` is what `differences` returned for them."""
    words, newest = place.words, group[-1]
    path = f"{path_of(newest)}index.html"
    home = place.home(path)
    fields, lines = found
    rows = [_row(name, values, words) for name, values in fields.items()]
    state = tuple(_said(entry, words) for entry in group)
    special = [_plain(words("card.verified"), state), _text_row(lines, words)]
    differing = [row for row in (*special, *rows) if any(cell.changed for cell in row.cells)]
    same = [row for row in (*special, *rows) if not any(cell.changed for cell in row.cells)]
    name = newest.label(words.language)
    title = words("versions.title", name=name)
    lead = words("versions.lead", count=len(group), fields=words.plural("versions.fields", len(differing)))
    return path, VersionsPage(
        frame=place.frame(path, title, lead, "models"),
        heading=title,
        lead=lead,
        crumbs=(
            Link(words("list.all-models"), f"{home}index.html"),
            Link(name, f"{home}{newest.uid}/index.html"),
        ),
        columns=tuple(Link(version_label(entry), f"{home}{entry.uid}/index.html") for entry in group),
        differing=tuple(differing),
        same=tuple(same),
        same_counted=words.plural("versions.same", len(same)),
    )


def _said(entry: Entry, words: Words) -> str:
    status = status_of(entry, words)
    return f"{status.word} {status.date}" if status.date else status.word


def _text_row(lines: Sequence[tuple[int, int]], words: Words) -> FieldRow:
    cells = [Cell(words("versions.text.first"), changed=False)]
    for added, removed in lines:
        changed = bool(added or removed)
        said = words("versions.text.changed", added=added, removed=removed) if changed else words("versions.text.same")
        cells.append(Cell(said, changed))
    return FieldRow(words("card.description"), code=False, cells=tuple(cells))


def _row(name: str, values: tuple[str, ...], words: Words) -> FieldRow:
    cells = [
        Cell(_short(value), at > 0 and value != values[at - 1], words.foreign(value)) for at, value in enumerate(values)
    ]
    return FieldRow(name, code=True, cells=tuple(cells))


def _plain(name: str, values: tuple[str, ...]) -> FieldRow:
    cells = [Cell(value, at > 0 and value != values[at - 1]) for at, value in enumerate(values)]
    return FieldRow(name, code=False, cells=tuple(cells))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def versions_twin(group: Sequence[Entry], found: Difference) -> tuple[str, bytes]:
    """Return the JSON of a model's versions: every field with its values, oldest version first."""
    fields, lines = found
    made = {
        "version": VERSION,
        "kind": "versions",
        "uids": [entry.uid for entry in group],
        "fields": {name: list(values) for name, values in fields.items()},
        "differing": [name for name, values in fields.items() if len(set(values)) > 1],
        "text_lines": [{"added": added, "removed": removed} for added, removed in lines],
    }
    return f"{path_of(group[-1])}index.json", encode(made)


def several(found: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Return the models that have more than one card, each oldest first."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        groups[path_of(entry)].append(entry)
    return (oldest_first(group) for group in groups.values() if len(group) > 1)
