"""Factories and classes that are asked for by the spelling that they had earlier."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim

if TYPE_CHECKING:
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


def _class_spelling(use: Use) -> None:
    real = builtins.__import__
    root = str(Path.cwd())

    def imported(name: str, *rest: Any, **given: Any) -> ModuleType:
        module: ModuleType = real(name, *rest, **given)
        wanted = given["fromlist"] if "fromlist" in given else (*rest, None, None, None)[2]
        if wanted and str(getattr(module, "__file__", None)).startswith(root):
            for attribute in wanted:
                if not hasattr(module, attribute) and (other := _respelled(module, attribute)):
                    setattr(module, attribute, getattr(module, other))
                    use()
        return module

    builtins.__import__ = imported


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
