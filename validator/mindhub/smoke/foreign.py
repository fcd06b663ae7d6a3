"""Networks from a repository's own code, built in the child: `hub-conf` and `export`."""

from __future__ import annotations

import importlib
import inspect
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mindspore import nn

    from mindhub.smoke.tracing import Trace


@dataclass(slots=True)
class Foreign:
    """A network that foreign code built, with what has to be known about it."""

    network: nn.Cell  #: what is run
    holder: nn.Cell  #: what a checkpoint is loaded into: the network itself, or a part of it
    inputs: tuple[Any, ...] = ()  #: as the script had them; empty where it had none
    stand_ins: tuple[str, ...] = ()  #: libraries that are absent
    guessed: tuple[str, ...] = ()  #: arguments that were invented
    ended: str = ""  #: the exception by which a script ended after it had built the network
    ledger: Ledger = field(default_factory=Ledger)  #: the shims in use; it grows while the network runs


def build_foreign(values: Mapping[str, Any], folder: Path, scratch: Path, *, withheld: Collection[str] = ()) -> Foreign:
    """Build the network of `hub-conf` or `export` from a repository's folder; the compatibility layer is installed.

    `values` is `smoke.network`, `withheld` the names of shims to do without. Raises NetworkError where there is none,
    or one without parameters; what the repository's code raises passes through.
    """
    from mindspore import nn

    from mindhub.smoke import compat
    from mindhub.smoke.loading import NetworkError
    from mindhub.smoke.standins import StandIns

    # A copy, because old scripts write beside themselves.
    folder = Path(shutil.copytree(folder, scratch / "code"))
    ledger = compat.Ledger()
    stand_ins = StandIns(str(folder), _own_modules(folder))
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    compat.install(ledger, withheld)
    stand_ins.install()
    guessed: list[str] = []
    ended = ""
    inputs: Sequence[Any] = ()
    holder: nn.Cell | None = None
    names: Mapping[str, Any] | None = None
    name = str(values.get("name") or "")
    if values["source"] == "hub-conf":
        sys.argv = ["mindspore_hub_conf.py"]
        network = _from_conf(name, values, folder)
    else:
        from mindhub.smoke.tracing import trace

        script = folder / (name or "export.py")
        if not script.is_file():
            raise NetworkError(f"{name or 'export.py'!r}: there is no such script in the repository", name=name)
        found = trace(script, [str(word) for word in values.get("args") or ()], scratch)
        if found.network is None:
            raise NetworkError(f"{script.name} ended without building a network", name=name)
        network, inputs, guessed, ended = found.network, found.inputs, found.guessed, found.ended
        holder, names = _holder(found)
    if not isinstance(network, nn.Cell):
        raise NetworkError(f"{name!r} gave {type(network).__name__}, not a mindspore.nn.Cell", name=name)
    _name(holder or network, names, name)
    network.set_train(False)  # which returns the network, but for those that have a set_train of their own
    return Foreign(
        network,
        holder or network,
        tuple(inputs),
        tuple(stand_ins.names),
        tuple(guessed),
        ended,
        ledger,
    )


def _holder(found: Trace) -> tuple[nn.Cell | None, Mapping[str, Any] | None]:
    """Return the last cell that weights were loaded into and that has all that the network has, with its names then.

    Where several parts were loaded from files of their own, no such cell may exist: the network stands for them.
    """
    needed = {id(parameter) for parameter in found.network.get_parameters()} if found.network else set()
    for cell, names in reversed(found.loaded):
        if needed <= {id(parameter) for parameter in names.values()}:
            return cell, names
    return None, None


def _name(holder: nn.Cell, names: Mapping[str, Any] | None, name: str) -> None:
    """Give the parameters the names that they had when the script loaded weights: a wrapper has prefixed them since."""
    from mindhub.smoke.loading import NetworkError

    parameters = list(holder.get_parameters())
    if not parameters:
        raise NetworkError(f"{name!r} has no parameters, so there is nothing a checkpoint could hold", name=name)
    for old, parameter in (names or {}).items():
        parameter.name = old
    distinct = {parameter.name for parameter in parameters}
    if len(distinct) < len(parameters):
        raise NetworkError(
            f"{name!r}: {len(parameters) - len(distinct)} parameters share a name with another", name=name
        )


def _from_conf(name: str, values: Mapping[str, Any], folder: Path) -> Any:
    from mindhub.smoke.loading import NetworkError

    if not (folder / "mindspore_hub_conf.py").is_file():
        raise NetworkError("there is no mindspore_hub_conf.py in the repository's folder", name=name)
    conf = importlib.import_module("mindspore_hub_conf")
    create = getattr(conf, "create_network", None)
    if create is None:
        raise NetworkError("mindspore_hub_conf.py has no create_network", name=name)
    args, kwargs = list(values.get("args") or ()), dict(values.get("kwargs") or {})
    takes = inspect.signature(create).parameters
    return create(name, *args, **kwargs) if takes else create()


def _own_modules(folder: Path) -> frozenset[str]:
    """Return what a repository's folder may mean by an import: every file and folder in it."""
    files = [path for path in folder.rglob("*") if path.suffix == ".py" or path.is_dir()]
    return frozenset({path.stem for path in files} | {"src", "model_utils", "config", "utils"})
