"""Inert stand-ins for third-party libraries that are not installed, so that an import alone does not end a run.

Old scripts import at the top what only training or drawing needs. A stand-in can be imported, named, inherited from
and called; whoever wants a value from it (a number, a truth, an element) gets StandInUsed. So nothing of a network can
come out of one: a network that needs the library is reported as one that does.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence


class StandInUsed(Exception):  # noqa: N818 - it says what happened
    """A value was wanted from a library that is not here."""

    def __init__(self, name: str, wanted: str) -> None:
        super().__init__(name, wanted)
        self.name, self.wanted = name, wanted

    def __str__(self) -> str:
        return f"the network needs {self.name!r}, which is not here (it wanted {self.wanted} of it)"


class Inert:
    """Anything of what is not here: an absent library, a data set."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert(f"{self._name}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        return None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return nothing of use; a decorator of an absent library gives the function back as it was."""
        if len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], Inert):
            return args[0]
        return Inert(f"{self._name}()")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return ()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __repr__(self) -> str:
        return f"<nothing: {self._name} is not installed>"


def _refusing(method: str) -> Callable[..., NoReturn]:
    def refuse(self: Inert, *_: Any) -> NoReturn:
        raise StandInUsed(self._name, method.strip("_"))

    return refuse


for _method in (
    *("__bool__", "__int__", "__float__", "__index__", "__len__", "__iter__", "__getitem__", "__contains__"),
    *("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__"),
    *("__floordiv__", "__mod__", "__pow__", "__neg__", "__lt__", "__le__", "__gt__", "__ge__", "__fspath__"),
):
    setattr(Inert, _method, _refusing(_method))


class _StandIn(ModuleType):
    """A module of an absent library."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert(f"{self.__name__}.{name}")


def _importer() -> str:
    """Return the file whose import is being served."""
    frame = sys._getframe(1)  # noqa: SLF001 - the import system hands no importer on
    while frame.f_back and (frame.f_code.co_filename == __file__ or "importlib" in frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename


class StandIns(MetaPathFinder, Loader):
    """Finder of stand-ins, asked when every other has failed; `names` are the libraries that it stood in for."""

    def __init__(self, folder: str, own: Collection[str]) -> None:
        self._folder = (
            folder  #: only what lies in here is served: other libraries live without what they can do without
        )
        self._own = own  #: modules of the repository: their absence is a fault, not a missing library
        self.names: list[str] = []

    def install(self) -> None:
        """Begin to stand in."""
        sys.meta_path.append(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        """Return a stand-in for a library that the repository imports and that is not here."""
        top = fullname.partition(".")[0]
        foreign = top not in self._own and top not in sys.stdlib_module_names and top != "mindspore"
        # A submodule of a library that is installed is missing for a reason of its own.
        if not foreign or (fullname != top and not isinstance(sys.modules.get(top), _StandIn)):
            return None
        if not _importer().startswith(self._folder):
            return None
        if top not in self.names:
            self.names.append(top)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make an empty module that has everything."""
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is nothing to run."""
