"""Files of a repository that its own code looks for in another place than where they lie."""

from __future__ import annotations

import builtins
import errno
import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from mindhub.smoke.compat.shim import Use

_CONFIGURATION = frozenset({".yaml", ".yml", ".json", ".cfg", ".ini", ".txt"})


def _files(use: Use) -> None:
    root = Path.cwd()
    real = builtins.open

    def elsewhere(file: Any) -> Path | None:
        """Return the one file of the repository with this name, if the path itself leads nowhere."""
        if not isinstance(file, str | Path) or Path(file).suffix.lower() not in _CONFIGURATION or os.path.lexists(file):
            return None
        name = Path(file).name.casefold()  # who wrote it may have had a file system that tells no case
        same = [path for path in root.rglob("*") if path.name.casefold() == name and path.is_file()]
        same = [path for path in same if path.name == Path(file).name] or same
        parts = [part for part in Path(file).parts if part not in ("..", "/", ".")][:-1]
        # Of several with the name the one that has most of the path that was asked for, if that is one alone.
        for kept in range(len(parts), -1, -1):
            tails = [path for path in same if list(path.parts[-kept - 1 : -1]) == parts[len(parts) - kept :]]
            if tails:
                # Copies of a configuration lie where a cloud or a script for inference wants them.
                chosen = tails if len(tails) == 1 else [path for path in tails if path.parent.name.startswith("config")]
                return chosen[0] if len(chosen) == 1 else None
        return None

    def open_found(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        found = elsewhere(file) if set(mode) <= set("rbtU") else None
        if found is not None:
            use()
        return real(found or file, mode, *args, **kwargs)

    builtins.open = open_found


def _folders(use: Use) -> None:
    real = os.makedirs

    def makedirs(name: Any, mode: int = 0o777, exist_ok: bool = False) -> None:
        try:
            real(name, mode, exist_ok)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT):
                raise
            use()  # a folder of the author's machine, such as /cache, which only results would go into

    os.makedirs = makedirs


class _Modules(MetaPathFinder):
    """Asked last: `src.config` may lie in `src/model_utils/config.py` and kin."""

    def __init__(self, use: Use) -> None:
        self._use, self._root = use, Path.cwd()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        head, _, name = fullname.rpartition(".")
        if name != "config" or head not in ("", "src", "model_utils", "src.model_utils"):
            return None
        places = ("src/model_utils", "model_utils", "src", ".", "src/utils", "config", "src/configs")
        found = next((file for place in places if (file := self._root / place / "config.py").is_file()), None)
        if found is None:
            return None
        self._use()
        return importlib.util.spec_from_file_location(fullname, found)


def _config_module(use: Use) -> None:
    sys.meta_path.append(_Modules(use))


class _Strays(MetaPathFinder):
    """Asked last: a module or package at the top that lies somewhere in the repository, once."""

    def __init__(self, use: Use) -> None:
        self._use, self._root = use, Path.cwd()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol's
        target: ModuleType | None = None,  # noqa: ARG002 - as above
    ) -> ModuleSpec | None:
        if "." in fullname:
            return None
        found = [
            *self._root.rglob(f"{fullname}.py"),
            *(place for place in self._root.rglob(fullname) if place.is_dir()),
        ]
        if len(found) != 1:
            return None
        self._use()
        if found[0].is_file():
            return importlib.util.spec_from_file_location(fullname, found[0])
        begin = found[0] / "__init__.py"
        if begin.is_file():
            return importlib.util.spec_from_file_location(fullname, begin, submodule_search_locations=[str(found[0])])
        spec = ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [str(found[0])]
        return spec


def _stray_modules(use: Use) -> None:
    sys.meta_path.append(_Strays(use))


SHIMS = (
    Shim(
        "configuration-place",
        "A configuration file that is not where the script looks is taken from the one place where it lies.",
        _files,
    ),
    Shim("author-folders", "Folders of the author's machine that may not be made here are not made.", _folders),
    Shim(
        "config-module", "`src.config` is `src.model_utils.config` or wherever the repository has it.", _config_module
    ),
    Shim("module-place", "A module that is not where it is imported from is the only one of its name.", _stray_modules),
)
