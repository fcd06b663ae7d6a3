"""Factories and classes that are asked for by the spelling that they had earlier."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from mindhub.smoke.compat.shim import Use


def _respelled(module: ModuleType, name: str) -> str:
    """Return the only name in a module that is the same but for case and underscores, empty where there is none."""
    wanted = name.casefold().replace("_", "")
    same = [other for other in vars(module) if other.casefold().replace("_", "") == wanted]
    return same[0] if len(same) == 1 else ""


def _library_spelling(use: Use) -> None:
    from mindhub.smoke import loading

    real = loading.attribute_of

    def attribute_of(module: ModuleType, name: str) -> Any:
        found = real(module, name)
        other = _respelled(module, name) if found is None else ""
        if other:
            use()
        return real(module, other) if other else found

    loading.attribute_of = attribute_of


class _Respelling(MetaPathFinder):
    """Asked first: finds the repository's modules as they are found anyway, and lets them answer for old spellings."""

    def __init__(self, use: Use) -> None:
        self._use, self._root = use, f"{Path.cwd()}/"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None or not str(spec.origin).startswith(self._root):
            return None
        real = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            real(module)
            vars(module).setdefault("__getattr__", self._answer(module))

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # of this one loader
        return spec

    def _answer(self, module: ModuleType) -> Callable[[str], Any]:
        def answer(name: str) -> Any:
            other = "" if name.startswith("__") else _respelled(module, name)
            if not other:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            self._use()
            return getattr(module, other)

        return answer


def _class_spelling(use: Use) -> None:
    sys.meta_path.insert(0, _Respelling(use))


SHIMS = (
    Shim(
        "library-spelling",
        "A library's factory is found under an older spelling too: `bit_resnet50` is `BiT_resnet50`.",
        _library_spelling,
    ),
    Shim(
        "class-spelling",
        "A stale configuration finds a class of its repository that was respelled: `Faster_Rcnn` is `FasterRcnn`.",
        _class_spelling,
    ),
)
