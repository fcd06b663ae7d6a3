"""Where `schema/` and `site/` are: inside the installed wheel, or in the tree beside `validator/`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

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


def read_yaml(path: Path) -> Any:
    """Read a YAML file of the project's own."""
    import yaml

    with path.open("rb") as stream:
        # libyaml, where the platform's wheel brings it, takes a tenth of the time.
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a JSON Schema by its name, such as `card`."""
    text = (schema_dir() / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
