"""Tracing: run a repository's own script with recorders in place of loading and exporting, and take what it built.

An export script builds the very network whose weights it then loads, and the inputs that the network takes. Recorders
stand where the script would read the checkpoint, load it and write the exported file; when it comes to exporting, it
has said all there is to know, and ends.
"""

from __future__ import annotations

import argparse
import gc
import re
import runpy
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mindspore import Parameter, nn

#: Arguments that mean a checkpoint or another file; their values are no part of a network.
_PATH = re.compile(r"(ckpt|checkpoint|pretrain|pre_train|resume|weight)(?!.*(num|size|decay|epoch|step|type|format))")
_PLACE = re.compile(r"(path|dir|file|url|root|folder)s?(name)?$")
_FOLDER = re.compile(r"(dir|folder|root)$")
_CONFIGURATION = re.compile(r"config|cfg|yaml")
_DEVICE = re.compile(r"device_?(target|type)|platform")
#: Where scripts import the readers of data sets from.
_DATASET_PLACES = frozenset({"mindspore.dataset", "mindspore.dataset.engine"})
#: A script that failed says in such a note which of its arguments name a configuration file.
NOTE = "arguments that name a configuration: "


@dataclass(slots=True)
class Trace:
    """What a script built."""

    network: nn.Cell | None = None  #: what it exported, else what it loaded weights into last
    inputs: tuple[Any, ...] = ()  #: what it exported with; empty where it did not come so far
    exported: bool = False
    #: Each cell that weights were loaded into, with its parameters under the names they had at that moment.
    loaded: list[tuple[nn.Cell, dict[str, Parameter]]] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)  #: arguments that had to be invented: `--net resnet50`
    ended: str = ""  #: the exception by which the script ended, where it was not the recorder's
    configurations: list[str] = field(default_factory=list)  #: options that name a configuration file


class _Done(BaseException):
    """Ends the script: everything is known. No `except Exception` of the script stops it."""


class _Weights(dict[str, Any]):
    """Stands for a checkpoint's contents: for a script that looks into it, what the networks here have."""

    def __missing__(self, key: str) -> Any:
        import mindspore

        here = _parameter(key)
        return mindspore.Parameter(mindspore.Tensor(0.0) if here is None else here.value(), name=str(key))

    def __contains__(self, key: object) -> bool:
        return _parameter(str(key)) is not None

    def pop(self, key: str, *_: Any) -> Any:
        return self[key]

    def __delitem__(self, key: str) -> None:
        return None


def _parameter(name: str) -> Any:
    """Return the parameter of this name that some network in this process has."""
    import mindspore

    found = (item for item in gc.get_objects() if isinstance(item, mindspore.nn.Cell))
    return next(
        (
            own
            for cell in found
            for own in vars(cell).get("_params", {}).values()
            if own is not None and own.name == name
        ),
        None,
    )


def trace(script: Path, argv: Sequence[str], scratch: Path) -> Trace:
    """Run a script as `python script argv…` would, and return what it built.

    The working directory must be the repository's folder; `scratch` gets an empty file and an empty folder that stand
    for whatever path the script wants. Raises what the script raised where it had built nothing by then.
    """
    found = Trace()
    sys.argv = [str(script), *argv]
    sys.path.insert(0, str(script.parent.resolve()))
    places = [*_recorders(found), *_filler(found, scratch)]
    before = [getattr(owner, name) for owner, name, _ in places]
    for owner, name, recorder in places:
        setattr(owner, name, recorder)
    try:
        runpy.run_path(str(script), run_name="__main__")
    except _Done:
        pass
    except (SystemExit, Exception) as error:
        found.ended = f"{type(error).__name__}: {error}"
        if not found.loaded:
            if found.configurations:
                error.add_note(NOTE + " ".join(dict.fromkeys(found.configurations)))
            raise
    finally:
        for (owner, name, _), original in zip(places, before, strict=True):
            setattr(owner, name, original)
    if found.network is None and found.loaded:
        found.network = found.loaded[-1][0]
    return found


def _recorders(found: Trace) -> list[tuple[Any, str, Any]]:
    """Return the recorders, each with the place of the function that it stands for."""
    import mindspore
    import mindspore.train
    import mindspore.train.serialization
    from mindspore import nn

    def load_checkpoint(*args: Any, **kwargs: Any) -> _Weights:
        network = kwargs.get("net") or next((arg for arg in args if isinstance(arg, nn.Cell)), None)
        if network is not None:
            _loaded(network)
        return _Weights()

    def load_param_into_net(net: Any, *_: Any, **__: Any) -> tuple[list[str], list[str]]:
        _loaded(net)
        return [], []

    def _loaded(network: Any) -> None:
        if isinstance(network, nn.Cell):
            names = {parameter.name: parameter for parameter in network.get_parameters()}
            found.loaded.append((network, names))

    def export(net: Any, *inputs: Any, **_: Any) -> None:
        found.network, found.inputs, found.exported = net, inputs, True
        raise _Done

    places = (mindspore, mindspore.train, mindspore.train.serialization)
    recorders = {"load_checkpoint": load_checkpoint, "load_param_into_net": load_param_into_net, "export": export}
    made = [(place, name, recorder) for place in places for name, recorder in recorders.items()]
    models = (mindspore, mindspore.train, sys.modules["mindspore.train.model"])
    model = _model(found)
    return [*made, *((place, "Model", model) for place in models), *_datasets(), (nn.Cell, "__call__", _call(found))]


def _model(found: Trace) -> type:
    """Return what stands for mindspore.train.Model."""
    from mindspore import nn

    class Model:
        """Stands for mindspore.train.Model: what it is asked to run is the network."""

        def __init__(self, network: Any = None, *_: Any, eval_network: Any = None, **__: Any) -> None:
            self._network = eval_network or network

        def _run(self, *_: Any, **__: Any) -> None:
            if isinstance(self._network, nn.Cell):
                found.network = found.network or self._network
                raise _Done

        eval = predict = train = infer_predict_layout = _run

        @property
        def predict_network(self) -> Any:
            return self._network

    return Model


def _call(found: Trace) -> Callable[..., Any]:
    """Return what stands for calling a cell: when the script itself runs what it loaded, these are its inputs."""
    import mindspore
    from mindspore import nn

    real = nn.Cell.__call__
    depth = 0

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal depth
        tensors = bool(args) and not kwargs and all(isinstance(arg, mindspore.Tensor) for arg in args)
        if depth == 0 and tensors and any(cell is self for cell, _ in found.loaded):
            found.network, found.inputs, found.exported = self, args, True
            raise _Done
        depth += 1
        try:
            return real(self, *args, **kwargs)
        finally:
            depth -= 1

    return call


def _datasets() -> list[tuple[Any, str, Any]]:
    """Return stand-ins for the classes that read data sets: they are not here, and no network is made of them."""
    from mindspore import dataset

    from mindhub.smoke.standins import Inert

    kinds = {name: kind for name, kind in vars(dataset).items() if isinstance(kind, type)}
    readers = {name: kind for name, kind in kinds.items() if issubclass(kind, dataset.Dataset)}
    places = [place for name, place in sorted(sys.modules.items()) if name.startswith("mindspore.dataset")]
    return [
        (place, name, Inert(f"mindspore.dataset.{name}"))
        for place in places
        for name, kind in readers.items()
        if vars(place).get(name) is kind and not name.startswith("_") and place.__name__ in _DATASET_PLACES
    ]


def _filler(found: Trace, scratch: Path) -> list[tuple[Any, str, Any]]:
    """Return what has argparse fill in paths, and required arguments that nobody gave."""
    file, folder = scratch / "weights.ckpt", scratch / "files"
    file.touch()
    folder.mkdir(exist_ok=True)
    real = argparse.ArgumentParser.parse_known_args

    def parse_known_args(self: Any, args: Any = None, namespace: Any = None) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        for action in self._actions:
            name = (action.option_strings or [action.dest])[-1]
            if action.option_strings and action.nargs != 0 and _CONFIGURATION.search(action.dest.lower()):
                found.configurations.append(name)
            said = any(
                word == option or word.startswith(f"{option}=") for option in action.option_strings for word in given
            )
            if said or action.nargs == 0:
                continue
            place = folder if _FOLDER.search(action.dest) else file
            wanted = _wanted(action, place)
            if _DEVICE.fullmatch(action.dest) and (action.required or action.default is None):
                # Which device a network is meant for is no property of it.
                wanted = str(next(iter(action.choices or ["Ascend"])))
            if wanted is None and action.required and action.default is not None:
                wanted = str(action.default)  # the script's own word, though it asks for one
            if wanted is None and action.required:
                wanted = _guess(action)
                found.guessed.append(f"{name} {wanted}".strip())
            if wanted is not None and action.option_strings:
                given = [name, wanted, *given]
            elif wanted is not None and not given:
                given.append(wanted)
        return real(self, given, namespace)

    return [(argparse.ArgumentParser, "parse_known_args", parse_known_args)]


def _wanted(action: argparse.Action, place: Path) -> str | None:
    """Return a path for an argument that means one and has none."""
    if action.choices or action.type not in (None, str):
        return None
    empty = action.default in (None, "") or action.required
    name = action.dest.lower()
    if _CONFIGURATION.search(name):
        return None
    if _PATH.search(name) and (empty or not Path(str(action.default)).exists()):
        return str(place)
    return str(place) if empty and _PLACE.search(name) else None


def _guess(action: argparse.Action) -> str:
    """Return some value for a required argument. Whoever counts must not count what was built with it."""
    if action.choices:
        return str(next(iter(action.choices)))
    return "1" if action.type in (int, float) else action.dest
