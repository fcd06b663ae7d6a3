"""What old scripts expect around them: a device, environment variables, aliases of numpy, files in their places."""

from __future__ import annotations

import builtins
import functools
import importlib
import os
from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim, give, give_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from mindhub.smoke.compat.shim import Use

#: What a script may set without being overruled: modes are the contract's to choose, and the CPU is what there is.
_HARMLESS = frozenset({"mode", "device_target"})
_ENVIRONMENT = {"DEVICE_ID": "0", "RANK_ID": "0", "RANK_SIZE": "1", "DEVICE_NUM": "1"}


def _device(use: Use) -> None:
    import mindspore
    from mindspore import context

    def set_context(**wanted: Any) -> None:
        if wanted.get("device_target", "CPU") != "CPU" or set(wanted) - _HARMLESS:
            use()

    def set_device(device_target: str, device_id: Any = None) -> None:  # noqa: ARG001 - the signature of MindSpore
        if device_target != "CPU":
            use()

    for module in (mindspore, context):
        _replace(module, "set_context", set_context)
        _replace(module, "set_device", set_device)


def _parallel(use: Use) -> None:
    import mindspore
    import mindspore.communication
    import mindspore.communication.management
    from mindspore import context

    def nothing(*_: Any, **__: Any) -> None:
        use()

    def number(value: int) -> Callable[..., int]:
        def answer(*_: Any, **__: Any) -> int:
            use()
            return value

        return answer

    for module in (mindspore, context):
        _replace(module, "set_auto_parallel_context", nothing)
    for module in (mindspore.communication, mindspore.communication.management):
        _replace(module, "init", nothing)
        _replace(module, "get_rank", number(0))
        _replace(module, "get_group_size", number(1))


def _half(use: Use) -> None:
    import mindspore
    from mindspore import nn

    real = nn.Cell.to_float

    def to_float(self: Any, dst_type: Any) -> Any:
        if dst_type in (mindspore.float16, mindspore.bfloat16):
            use()
            return real(self, mindspore.float32)
        return real(self, dst_type)

    _replace(nn.Cell, "to_float", to_float)


def _numpy(use: Use) -> None:
    import numpy as np

    types = {"int": int, "float": float, "bool": bool, "object": object, "str": str, "complex": complex, "long": int}
    names = {name: functools.partial(_same, value) for name, value in types.items()}
    # numpy itself knows that they are gone, and says so by its own __getattr__.
    give(np, names, use)


def _same(value: Any) -> Any:
    return value


def _environment(use: Use) -> None:
    class Environ(type(os.environ)):  # type: ignore[misc]
        """The environment, which has the variables of a single-device job when it is asked for them."""

        def __getitem__(self, key: str) -> str:
            if key in self or key not in _ENVIRONMENT:
                return str(super().__getitem__(key))
            use()
            return _ENVIRONMENT[key]

        def get(self, key: str, default: Any = None) -> Any:
            # Whoever names a default can do without.
            return self[key] if key in self or (default is None and key in _ENVIRONMENT) else default

        def __contains__(self, key: object) -> bool:
            return isinstance(key, str) and self.encodekey(key) in self._data

    os.environ.__class__ = Environ


def _easydict(use: Use) -> None:
    class EasyDict(dict):  # type: ignore[type-arg]
        """A dictionary whose keys are attributes, nested ones too."""

        def __init__(self, values: Any = None, **more: Any) -> None:
            super().__init__()
            for key, value in {**(dict(values) if values else {}), **more}.items():
                setattr(self, key, value)

        def __setattr__(self, name: str, value: Any) -> None:
            made = type(self)(value) if type(value) is dict else value
            if isinstance(value, list | tuple):
                made = type(value)(type(self)(item) if type(item) is dict else item for item in value)
            super().__setitem__(name, made)

        __setitem__ = __setattr__

        def __getattr__(self, name: str) -> Any:
            try:
                return self[name]
            except KeyError:
                raise AttributeError(name) from None

        def update(self, *values: Any, **more: Any) -> None:
            for key, value in dict(*values, **more).items():
                setattr(self, key, value)

    give_module("easydict", {"EasyDict": lambda: EasyDict}, use)


def _unimported(use: Use) -> None:
    class EasyDict:
        """Stand for the class in modules that name it and never import it."""

        def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
            return (self._real(),)

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return self._real()(*args, **kwargs)

        def _real(self) -> Any:
            use()
            return importlib.import_module("easydict").EasyDict

    vars(builtins).setdefault("EasyDict", EasyDict())


def _yaml(use: Use) -> None:
    import yaml

    real = yaml.load

    def load(stream: Any, Loader: Any = None) -> Any:  # noqa: N803 - the parameter's name in PyYAML
        if Loader is None:
            use()
        return real(stream, Loader or yaml.SafeLoader)

    _replace(yaml, "load", load)


def _replace(owner: Any, name: str, value: Any) -> None:
    if hasattr(owner, name):
        setattr(owner, name, value)


SHIMS = (
    Shim(
        "device",
        "Whatever device a script sets, the network runs on the CPU; settings of others are left out.",
        _device,
    ),
    Shim("single-process", "Distributed initialisation does nothing: rank 0 of 1.", _parallel),
    Shim(
        "float32-compute",
        "`to_float(float16)` computes in float32: CPU kernels for half precision are slow or absent.",
        _half,
    ),
    Shim("numpy-aliases", "`np.int`, `np.float`, `np.bool` and kin are Python's own types.", _numpy),
    Shim(
        "job-environment", "`DEVICE_ID`, `RANK_ID`, `RANK_SIZE` and kin are those of a single-device job.", _environment
    ),
    Shim("easydict", "`EasyDict` is a dictionary with attributes, where the library is absent.", _easydict),
    Shim("unimported-name", "`EasyDict` is known to a module that names it and never imports it.", _unimported),
    Shim("yaml-load", "`yaml.load` without a loader reads plain values.", _yaml),
)
