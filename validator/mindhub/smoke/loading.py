"""Build the network a card names and load its checkpoint strictly: what the smoke run and `mindhub.load` share."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import re
import stat
import sys
import traceback
from typing import TYPE_CHECKING, Any

from mindhub.smoke.libraries import libraries
from mindhub.smoke.matching import Match, Pair, Parameter, match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from mindspore import nn

    from mindhub.smoke.matching import Row

__all__ = [
    "LoadMismatch",
    "Match",
    "NetworkError",
    "NetworkUnavailable",
    "Pair",
    "Parameter",
    "build",
    "load_strict",
    "match",
    "network_table",
]

_FILE_NAME = re.compile(r"[a-z][a-z0-9_]*:[A-Za-z][A-Za-z0-9_]*")
_PACKAGE_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*:[A-Za-z][A-Za-z0-9_]*")

#: Where network files live among the modules. MindSpore's graph compiler looks functions up by module name.
_NAMESPACE = "mindhub_registry_networks"


class NetworkError(Exception):
    """The network that a card names cannot be built: a fault of the card or of the network's file."""

    def __init__(self, message: str, *, name: str | None = None, frames: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.name = name  #: as in the card
        self.frames = tuple(frames)  #: the last lines of the network's own file that ran, innermost last

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {frame}" for frame in self.frames)])


class NetworkUnavailable(Exception):  # noqa: N818 - not an error of the card: the library is absent here
    """The library that holds the network is not installed, so that nothing can be said about the card."""

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.package = package

    def __str__(self) -> str:
        return f"the library {self.package!r} is not installed; pip install {self.package}"


class LoadMismatch(Exception):  # noqa: N818 - it carries a Match, and is read as "load mismatch"
    """The checkpoint does not fit the network."""

    def __init__(self, found: Match, note: str = "") -> None:
        super().__init__(note or "the checkpoint does not fit the network")
        self.match = found
        self.note = note  #: what MindSpore did other than the tables promised, where that is the fault

    def __str__(self) -> str:
        return "\n".join(filter(None, [self.note, "" if self.note and self.match.ok else self.match.explain()]))


def build(registry_root: Path, contract_network: Mapping[str, Any]) -> nn.Cell:
    """Build the network of a card's `smoke.network`, in evaluation mode.

    `{source: file, name: "lenet:LeNet", args: […], kwargs: {…}}` calls `LeNet(…)` of
    `<registry_root>/networks/lenet.py`; `{source: package, name: "mindcv.models:resnet18"}` calls a factory
    of an installed library (mindhub.smoke.libraries says which). The file is run: whoever calls this with one
    that is not reviewed must have shut the process in before.

    Raises NetworkError where the card or the file is at fault (the name, a missing file or attribute, an
    exception inside, not a Cell, no parameters), NetworkUnavailable where the library is not installed.
    """
    from mindspore import nn

    source, name = contract_network.get("source"), str(contract_network.get("name") or "")
    if source == "file":
        module = _file_module(registry_root, name)
    elif source == "package":
        module = _package_module(name)
    else:
        raise NetworkError(f"network source {source!r} cannot be built here; known: file, package", name=name)
    attribute = name.partition(":")[2]
    factory = attribute_of(module, attribute)
    if factory is None:
        raise NetworkError(f"{name!r}: {_no_attribute(module, attribute)}", name=name)
    try:
        network = factory(*(contract_network.get("args") or ()), **(contract_network.get("kwargs") or {}))
    except Exception as error:
        raise _raised(f"{name!r} could not be built", name, module, error) from error
    if not isinstance(network, nn.Cell):
        raise NetworkError(f"{name!r} gave {type(network).__name__}, not a mindspore.nn.Cell", name=name)
    if not any(True for _ in network.get_parameters()):
        raise NetworkError(f"{name!r} has no parameters, so there is nothing a checkpoint could hold", name=name)
    return network.set_train(False)


def attribute_of(module: ModuleType, name: str) -> Any:
    """Return what has this name in a module, None if nothing has. A shim replaces this function in the child."""
    return getattr(module, name, None)


def network_table(network: nn.Cell) -> tuple[Parameter, ...]:
    """List the parameters of a network in its own order, each once; dtypes as numpy spells them."""
    rows = {}
    for _, parameter in network.parameters_and_names():
        rows[parameter.name] = Parameter(parameter.name, tuple(parameter.shape), _dtype(parameter))
    return tuple(rows.values())


def load_strict(network: nn.Cell, path: Path, table: Iterable[Row], ignore_extra: Sequence[str] = ()) -> Match:
    """Load a checkpoint (`.ckpt` or `.safetensors`) into a network, or say exactly why not.

    `table` is the checkpoint's tensor table as our own reader gives it. It is compared with the network
    before MindSpore opens the file. MindSpore's own answer is then not trusted either: `load_param_into_net`
    may load nothing without an exception, and `strict_load` concerns dtypes alone. So both lists that it
    returns must be as foreseen, and afterwards every parameter must hold the file's values, bit by bit. Entries of a
    type that fits into the parameter's are cast first (Match.widened).

    Raises LoadMismatch, which carries the Match; whatever MindSpore raises for an unreadable file passes through.
    """
    import mindspore

    found = match(network_table(network), table, ignore_extra, _shape_arguments(network))
    if not found.ok:
        raise LoadMismatch(found)
    # MindSpore reads what the name's ending says, for safetensors only if it is told the format as well.
    values = mindspore.load_checkpoint(str(path), format="safetensors" if path.suffix == ".safetensors" else "ckpt")
    for pair in found.widened:
        kind = getattr(mindspore, pair.network.dtype)
        values[pair.network.name] = mindspore.Parameter(values[pair.network.name].astype(kind), pair.network.name)
    not_loaded, unused = mindspore.load_param_into_net(network, values, strict_load=True)
    if not_loaded:
        raise LoadMismatch(found, f"MindSpore left {len(not_loaded)} parameters as they were, first {not_loaded[0]!r}")
    # An entry of text (ModelCheckpoint's append_info) is in the table but no parameter to MindSpore.
    foreseen = {row.name for row in (*found.training_state, *found.ignored)}
    unforeseen = sorted(set(unused) - foreseen)
    if unforeseen:
        raise LoadMismatch(found, f"MindSpore did not use {len(unforeseen)} entries, first {unforeseen[0]!r}")
    wrong = next(_unequal(network, values), None)
    if wrong is not None:
        raise LoadMismatch(found, f"after loading, {wrong} does not hold the checkpoint's values")
    return found


def _unequal(network: nn.Cell, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that differ from their checkpoint entry in shape, dtype or any bit."""
    import numpy as np

    for _, parameter in network.parameters_and_names():
        entry = values.get(parameter.name)
        if entry is None or entry.shape != parameter.shape or entry.dtype != parameter.dtype:
            yield parameter.name
            continue
        here, there = parameter.asnumpy(), entry.asnumpy()
        # Bits rather than numbers: NaN differs from itself, and a checkpoint may hold it.
        if not np.array_equal(np.atleast_1d(here).view(np.uint8), np.atleast_1d(there).view(np.uint8)):
            yield parameter.name


def _dtype(parameter: Any) -> str:
    return str(parameter.dtype).lower().removeprefix("mindspore.")


def _shape_arguments(network: nn.Cell) -> Mapping[str, tuple[str, int]]:
    """Return what the network's module says about its shapes (the `arguments` of matching.match)."""
    arguments: Mapping[str, tuple[str, int]] = getattr(sys.modules.get(type(network).__module__), "SHAPE_ARGUMENTS", {})
    return arguments


def _file_module(registry_root: Path, name: str) -> ModuleType:
    """Import `<registry_root>/networks/<file>.py`, which must be a plain file in a plain folder."""
    if not _FILE_NAME.fullmatch(name):
        raise NetworkError(f"{name!r} is not the name of a network; write file:Class, such as 'lenet:LeNet'", name=name)
    stem = name.partition(":")[0]
    folder = registry_root / "networks"
    path = folder / f"{stem}.py"
    if folder.is_symlink() or path.is_symlink():
        raise NetworkError(
            f"{name!r}: networks/{stem}.py is reached by a symbolic link; put the file itself there", name=name
        )
    if not path.exists() or not stat.S_ISREG(path.stat().st_mode):
        near = difflib.get_close_matches(stem, [file.stem for file in folder.glob("*.py")], n=1)
        hint = f"; did you mean '{near[0]}:…'?" if near else ""
        raise NetworkError(f"{name!r}: there is no file networks/{stem}.py in the registry{hint}", name=name)
    spec = importlib.util.spec_from_file_location(f"{_NAMESPACE}.{stem}", path)
    if spec is None or spec.loader is None:
        raise NetworkError(f"{name!r}: networks/{stem}.py cannot be imported", name=name)
    module = importlib.util.module_from_spec(spec)
    # Registered under a name of its own, so that no installed package is shadowed and the compiler finds it.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise _raised(f"networks/{stem}.py could not be imported", name, module, error) from error
    return module


def _package_module(name: str) -> ModuleType:
    """Import the module of an installed library on the list."""
    module_name = name.partition(":")[0]
    package = module_name.partition(".")[0]
    known = libraries()
    if not _PACKAGE_NAME.fullmatch(name) or package not in known:
        allowed = ", ".join(sorted(known))
        raise NetworkError(
            f"{name!r} is not a network of an allowed library ({allowed}); write 'mindcv.models:resnet18'",
            name=name,
        )
    if importlib.util.find_spec(package) is None:
        raise NetworkUnavailable(package)
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.startswith(error.name):
            raise NetworkError(f"{name!r}: {package} has no module {error.name!r}", name=name) from error
        raise NetworkUnavailable(error.name or package) from error


def _no_attribute(module: ModuleType, attribute: str) -> str:
    public = [key for key in vars(module) if not key.startswith("_")]
    near = difflib.get_close_matches(attribute, public, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{module.__name__.removeprefix(_NAMESPACE + '.')} has no {attribute!r}{hint}"


def _raised(what: str, name: str, module: ModuleType, error: Exception) -> NetworkError:
    """Wrap an exception of the network's own code with the lines of its file that led there."""
    file = module.__file__
    frames = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    if isinstance(error, SyntaxError) and error.filename == file:
        frames.append(f"{str(error.filename).rpartition('/')[2]}:{error.lineno}: {(error.text or '').strip()}")
    return NetworkError(f"{what}: {type(error).__name__}: {error}", name=name, frames=frames[-3:])
