"""Tracing: run a repository's own script with recorders in place of loading and exporting, and take what it built.

An export script builds the very network whose weights it then loads, and the inputs that the network takes. Recorders
stand where the script would read the checkpoint, load it and write the exported file; when it comes to exporting, it
has said all there is to know, and ends.
"""

from __future__ import annotations

import gc
import runpy
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.smoke.arguments import FILE, filled
from mindhub.smoke.pictures import READERS, Pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mindspore import Parameter, nn

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
    asked: bool = False  #: a checkpoint was read


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


class _Complete(list[str]):
    """Says that all was loaded: the empty list of MindSpore 1.x, and where it is taken apart the two of 2.x."""

    def __iter__(self) -> Iterator[Any]:
        return iter(([], []))


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
    sys.path.insert(0, str(script.parent.resolve()))
    folders: frozenset[str] = frozenset()
    while True:
        try:
            return _traced(script, argv, scratch, folders)
        except NotADirectoryError as error:
            # An argument that looks like a file's name, and is a folder's.
            place = Path(str(error.filename))
            mistaken = frozenset(parent.parent.name for parent in place.parents if parent.name == FILE) - folders
            if not mistaken:
                raise
            folders |= mistaken
            _forget(Path.cwd())


def _forget(folder: Path) -> None:
    """Forget the modules of a folder: a script that is run anew begins as it did."""
    for name, module in list(sys.modules.items()):
        places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", ())]
        if any(Path(place).is_relative_to(folder) for place in places if place):
            del sys.modules[name]


def _traced(script: Path, argv: Sequence[str], scratch: Path, folders: frozenset[str]) -> Trace:
    """Run a script once, with an empty folder for each argument in `folders`."""
    found = Trace()
    sys.argv = [str(script), *argv]
    places = [*_recorders(found), *filled(found, scratch, folders)]
    before = [getattr(owner, name) for owner, name, _ in places]
    for owner, name, recorder in places:
        setattr(owner, name, recorder)
    try:
        runpy.run_path(str(script), run_name="__main__")
    except _Done:
        pass
    except (SystemExit, Exception) as error:
        found.ended = f"{type(error).__name__}: {error}"
        found.network = _left(error) if found.asked and not found.loaded else None
        if not found.loaded and found.network is None:
            if found.configurations:
                error.add_note(NOTE + " ".join(dict.fromkeys(found.configurations)))
            raise
    finally:
        for (owner, name, _), original in zip(places, before, strict=True):
            setattr(owner, name, original)
    if found.network is None and found.loaded:
        found.network = found.loaded[-1][0]
    return found


def _left(error: BaseException) -> nn.Cell | None:
    """Return the largest cell that a script had built when it failed over the weights, which are not here.

    A cell whose own method failed may be half of one.
    """
    from mindspore import nn

    frames, trace = [], error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    own = [frame for frame in frames if Path(frame.f_code.co_filename).is_relative_to(Path.cwd())]
    at_work = [frame.f_locals.get("self") for frame in frames]
    cells = [
        value
        for frame in own
        for value in frame.f_locals.values()
        if isinstance(value, nn.Cell) and not any(value is one for one in at_work)
    ]
    return max(cells, key=lambda cell: sum(parameter.size for parameter in cell.get_parameters()), default=None)


def _recorders(found: Trace) -> list[tuple[Any, str, Any]]:
    """Return the recorders, each with the place of the function that it stands for."""
    import mindspore
    import mindspore.train
    import mindspore.train.serialization
    from mindspore import nn

    def load_checkpoint(*args: Any, **kwargs: Any) -> _Weights:
        found.asked = True
        network = kwargs.get("net") or next((arg for arg in args if isinstance(arg, nn.Cell)), None)
        if network is not None:
            _loaded(network)
        return _Weights()

    def load_param_into_net(net: Any, *_: Any, **__: Any) -> _Complete:
        _loaded(net)
        return _Complete()

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

        def _run(self, *args: Any, **kwargs: Any) -> None:
            if isinstance(self._network, nn.Cell):
                found.network = found.network or self._network
                given = next((item for item in (*args, *kwargs.values()) if isinstance(item, Pictures)), None)
                found.inputs = found.inputs or (given.inputs() if given is not None else ())
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
        (place, name, READERS.get(name) or Inert(f"mindspore.dataset.{name}"))
        for place in places
        for name, kind in readers.items()
        if vars(place).get(name) is kind and not name.startswith("_") and place.__name__ in _DATASET_PLACES
    ]
