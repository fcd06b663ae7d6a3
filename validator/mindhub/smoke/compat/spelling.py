"""Factories of installed libraries, asked for by the names that they had in an earlier release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim

if TYPE_CHECKING:
    from types import ModuleType

    from mindhub.smoke.compat.shim import Use


def _library_spelling(use: Use) -> None:
    from mindhub.smoke import loading

    real = loading.attribute_of

    def attribute_of(module: ModuleType, name: str) -> Any:
        """Return what has the name, else the only thing whose name is the same but for case and underscores."""
        found = real(module, name)
        if found is not None:
            return found
        wanted = name.casefold().replace("_", "")
        same = [other for other in vars(module) if other.casefold().replace("_", "") == wanted]
        if len(same) != 1:
            return None
        use()
        return real(module, same[0])

    loading.attribute_of = attribute_of


SHIMS = (
    Shim(
        "library-spelling",
        "A library's factory is found under an older spelling too: `bit_resnet50` is `BiT_resnet50`.",
        _library_spelling,
    ),
)
