"""Where `schema/` and `site/` are: inside the installed wheel, or in the tree beside `validator/`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGE = Path(__file__).resolve().parent


def _data(name: str) -> Path:
    installed = _PACKAGE / "_data" / name
    # In the tree a stale copy could only mislead, so the tree is preferred where it is one.
    tree = _PACKAGE.parents[1] / name
    return tree if (_PACKAGE.parents[1] / "pyproject.toml").is_file() else installed


def schema_dir() -> Path:
    """Return the folder of the JSON Schemas and of the vocabulary."""
    return _data("schema")


def site_dir() -> Path:
    """Return the folder of templates, static files and translations."""
    return _data("site")


def vendor_dir() -> Path:
    """Return the folder of other people's scripts that pages load; it may not exist."""
    tree = _PACKAGE.parents[1]
    return tree / ".venv" / "opt" / "site" if (tree / "pyproject.toml").is_file() else _PACKAGE / "_data" / "vendor"


def read_own(path: Path) -> Any:
    """Read a YAML file of the project's own: mappings, lists and text, no numbers and no aliases.

    Nothing of it needs to be told from text, and that is most of what a loader does: this takes a third of its time.
    """
    import yaml

    with path.open("rb") as stream:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(stream)
        try:
            next_event = loader.get_event
            next_event()  # the stream starts
            next_event()  # the document starts
            return _value(next_event(), next_event)
        finally:
            loader.dispose()


def _value(event: Any, next_event: Callable[[], Any]) -> Any:
    """Return the value that begins with an event."""
    kind = type(event).__name__
    if kind == "ScalarEvent":
        return event.value
    if kind == "SequenceStartEvent":
        items = []
        while type(event := next_event()).__name__ != "SequenceEndEvent":
            items.append(_value(event, next_event))
        return items
    if kind != "MappingStartEvent":
        raise ValueError(f"no value begins with {event}")
    found = {}
    while type(event := next_event()).__name__ != "MappingEndEvent":
        found[event.value] = _value(next_event(), next_event)
    return found


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a JSON Schema by its name, such as `card`."""
    text = (schema_dir() / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
