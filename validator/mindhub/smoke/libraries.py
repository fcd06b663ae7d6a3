"""Installed libraries whose networks a card may name, and the factories that they have, without importing any."""

from __future__ import annotations

import ast
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: By library: the module that has its factories. Each is reviewed, runs nothing on import that a network needs not, and
#: is pinned by the environment rather than by the card.
KNOWN: Mapping[str, str] = {"mindcv": "mindcv.models"}
#: Whoever installs a library that names itself here trusts it: `[project.entry-points."mindhub.networks"]`.
GROUP = "mindhub.networks"
#: Side of an image where a library does not say.
_SIDE = 224
#: A number at the end of a name that is an image size, as in vit_b_16_384; others are widths, as in mobilenet_v2_100.
_SIZE = re.compile(r"_(128|160|192|224|240|256|288|299|320|384|448|512)$")


@dataclass(frozen=True, slots=True)
class Factory:
    """A function of a library that makes a network for images."""

    name: str  #: as a card writes it: `mindcv.models:resnet18`
    side: int  #: of the image that it takes, in pixels

    @property
    def plain(self) -> str:
        """Return the name of the function alone."""
        return self.name.partition(":")[2]


def libraries() -> Mapping[str, str]:
    """Return the module with the factories of each library that a card may name: KNOWN, and by entry point."""
    return {**{point.name: point.value for point in entry_points(group=GROUP)}, **KNOWN}


def installed(library: str) -> bool:
    """Say whether a library can be imported; it is not."""
    return importlib.util.find_spec(library) is not None


def version_of(library: str) -> str:
    """Return the version of an installed library by the name it is imported under; empty where it is not installed."""
    try:
        return version(library) if library else ""
    except PackageNotFoundError:
        # What is installed may be called otherwise than what is imported.
        names = packages_distributions().get(library, [])
        return version(names[0]) if names else ""


@cache
def factories(library: str) -> tuple[Factory, ...]:
    """Return the factories that a library registers, by name; empty where it is not installed.

    They are read off its source: functions under a decorator whose name begins with `register`, as mindcv has them.
    """
    module = libraries().get(library, "")
    spec = importlib.util.find_spec(library) if module else None
    if spec is None or not spec.submodule_search_locations:
        return ()
    folder = Path(next(iter(spec.submodule_search_locations)), *module.split(".")[1:])
    found = {
        name: Factory(f"{module}:{name}", side)
        for path in sorted(folder.glob("*.py"))
        for name, side in _registered(path)
    }
    return tuple(found[name] for name in sorted(found))


def _registered(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the factories of a file with the image sizes that its `default_cfgs` give them."""
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return
    sides = dict(_sides(tree))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(_word(one).startswith("register") for one in node.decorator_list):
            ending = _SIZE.search(node.name)
            yield node.name, sides.get(node.name) or (int(ending[1]) if ending else sides.get("", _SIDE))


def _sides(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield what a file says of image sizes: by factory, and under the empty name for all others."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "_cfg":
            yield from (("", side) for side in map(_side, ast.walk(node)) if side)
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
            continue
        if any(isinstance(target, ast.Name) and target.id == "default_cfgs" for target in node.targets):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                sizes = [side for side in map(_side, ast.walk(value)) if side]
                if isinstance(key, ast.Constant) and sizes:
                    yield str(key.value), sizes[0]


def _side(node: ast.AST) -> int:
    """Return the last axis of `input_size=(3, 224, 224)` or `"input_size": (3, 224, 224)`; 0 for what is neither."""
    value: ast.expr | None = None
    if isinstance(node, ast.keyword) and node.arg == "input_size":
        value = node.value
    if isinstance(node, ast.Dict):
        named = zip(node.keys, node.values, strict=True)
        value = next((item for key, item in named if isinstance(key, ast.Constant) and key.value == "input_size"), None)
    if isinstance(value, ast.Tuple) and value.elts and isinstance(value.elts[-1], ast.Constant):
        size = value.elts[-1].value
        return size if isinstance(size, int) else 0
    return 0


def _word(decorator: ast.expr) -> str:
    """Return the last name of a decorator: `register_model` of `@registry.register_model(…)`."""
    plain = decorator.func if isinstance(decorator, ast.Call) else decorator
    return plain.attr if isinstance(plain, ast.Attribute) else plain.id if isinstance(plain, ast.Name) else ""
