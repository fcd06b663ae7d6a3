"""What a shim is, and how removed names come back only when somebody asks for them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    Use = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Shim:
    """One difference between the MindSpore a network was written for and the one at hand, made up for."""

    name: str  #: as evidence lists it
    what: str  #: what the old code does, and what happens instead; one sentence
    #: Makes up for it in this process. What it installs calls the function it is given when it is really needed.
    install: Callable[[Use], None]


class Ledger:
    """Which shims a network needed."""

    def __init__(self) -> None:
        self._used: dict[str, None] = {}

    def use(self, name: str) -> Callable[[], None]:
        """Return the function that notes this shim as needed."""
        return lambda: self._used.setdefault(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the shims that were needed, in the order of their first use."""
        return tuple(self._used)


def give(module: ModuleType, names: Mapping[str, Callable[[], Any]], use: Use) -> None:
    """Let a module answer for names that it lacks; a name it has is left alone.

    Each value makes the object when somebody asks for it.
    """
    absent = {name: make for name, make in names.items() if name not in vars(module)}
    before = vars(module).get("__getattr__")

    def answer(name: str) -> Any:
        make = absent.get(name)
        if make is not None:
            use()
            return make()
        if before is not None:
            return before(name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    if absent:
        vars(module)["__getattr__"] = answer


def give_module(name: str, names: Mapping[str, Callable[[], Any]], use: Use, fallback: str = "") -> None:
    """Let `import name` succeed where there is no such module: it has `names`, and else what `fallback` has."""
    sys.meta_path.append(_Finder(name, names, use, fallback))


class _Finder(MetaPathFinder, Loader):
    """Asked last, so that a module that exists is never replaced."""

    def __init__(self, name: str, names: Mapping[str, Callable[[], Any]], use: Use, fallback: str) -> None:
        self._name, self._names, self._use, self._fallback = name, names, use, fallback

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        return ModuleSpec(self._name, self, is_package=True) if fullname == self._name else None

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002 - the protocol's
        return None

    def exec_module(self, module: ModuleType) -> None:
        import importlib

        self._use()
        other = importlib.import_module(self._fallback) if self._fallback else None

        def answer(name: str) -> Any:
            make = self._names.get(name)
            if make is not None:
                return make()
            if other is not None and not name.startswith("__"):
                return getattr(other, name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module)["__getattr__"] = answer
