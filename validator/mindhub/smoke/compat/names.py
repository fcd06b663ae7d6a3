"""Names of MindSpore 1.x that 2.x no longer has, and what stands for them today."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim, give, give_module

if TYPE_CHECKING:
    from mindhub.smoke.compat.shim import Use


def _ms_function(use: Use) -> None:
    import mindspore
    import mindspore.common
    import mindspore.common.api

    for module in (mindspore, mindspore.common, mindspore.common.api):
        give(module, {"ms_function": lambda: mindspore.jit}, use)


def _checkparam(use: Use) -> None:
    import mindspore._checkparam as checks

    class Validator:
        """The class whose methods are now functions of the module."""

        def __getattr__(self, name: str) -> Any:
            return getattr(checks, name)

    class Rel:
        """The enumeration whose members are now constants of the module."""

        def __getattr__(self, name: str) -> Any:
            return getattr(checks, name)

    give(checks, {"Validator": Validator, "Rel": Rel}, use)


def _resize_bilinear(use: Use) -> None:
    from mindspore import nn, ops
    from mindspore.ops import operations

    class OldResizeBilinear(nn.Cell):  # type: ignore[misc]
        """`ops.ResizeBilinear(size, align_corners)`: ResizeBilinearV2 takes the size with the call."""

        def __init__(self, size: Any, align_corners: bool = False, half_pixel_centers: bool = False) -> None:
            super().__init__()
            # Half of 1024 is written 1024 / 2, which is no whole number by its type.
            self.size = tuple([int(side) if int(side) == side else side for side in size])
            self.resize = operations.image_ops.ResizeBilinearV2(align_corners, half_pixel_centers)

        def construct(self, x: Any) -> Any:
            return self.resize(x, self.size)

    class OldResize(nn.Cell):  # type: ignore[misc]
        """`nn.ResizeBilinear()(x, size, scale_factor, align_corners)`."""

        def __init__(self, half_pixel_centers: bool = False) -> None:
            super().__init__()
            self.half_pixel_centers = half_pixel_centers

        def construct(self, x: Any, size: Any = None, scale_factor: Any = None, align_corners: bool = False) -> Any:
            if size is None:
                size = (x.shape[2] * scale_factor, x.shape[3] * scale_factor)
            size = tuple([int(side) if int(side) == side else side for side in size])
            return operations.image_ops.ResizeBilinearV2(align_corners, self.half_pixel_centers)(x, size)

    give(nn, {"ResizeBilinear": lambda: OldResize}, use)
    for module in (ops, operations):
        give(module, {"ResizeBilinear": lambda: OldResizeBilinear}, use)


def _sum(use: Use) -> None:
    from mindspore import nn, ops
    from mindspore.ops import operations

    class Sum(nn.Cell):  # type: ignore[misc]
        """`P.Sum(keep_dims)` is ReduceSum."""

        def __init__(self, keep_dims: bool = False) -> None:
            super().__init__()
            self.reduce = operations.ReduceSum(keep_dims)

        def construct(self, x: Any, axis: Any = ()) -> Any:
            return self.reduce(x, axis)

    for module in (ops, operations):
        give(module, {"Sum": lambda: Sum}, use)


def _metrics(use: Use) -> None:
    import mindspore.train

    names = {name: functools.partial(getattr, mindspore.train, name) for name in ("Metric", "rearrange_inputs")}
    import mindspore.nn.metrics

    # A module today, which has to be a package for `import mindspore.nn.metrics.metric` to be looked for.
    vars(mindspore.nn.metrics).setdefault("__path__", [])
    give_module("mindspore.nn.metrics.metric", names, use, "mindspore.train.metrics.metric")


def _transforms(use: Use) -> None:
    for kind in ("c_transforms", "py_transforms"):
        give_module(f"mindspore.dataset.vision.{kind}", {}, use, "mindspore.dataset.vision")
        give_module(f"mindspore.dataset.transforms.vision.{kind}", {}, use, "mindspore.dataset.vision")
        give_module(f"mindspore.dataset.transforms.{kind}", {}, use, "mindspore.dataset.transforms")
    give_module("mindspore.dataset.transforms.vision", {}, use, "mindspore.dataset.vision")
    # Callable classes take its place; nothing of it is run here, since data sets are not read.
    from mindspore.dataset import transforms, vision

    from mindhub.smoke.standins import Inert

    give(transforms, {"PyTensorOperation": lambda: object}, use)
    give(vision, {"ComposeOp": lambda: Inert("mindspore.dataset.vision.ComposeOp")}, use)


def _profiler(use: Use) -> None:
    give_module("mindspore.profiler.profiling", {}, use, "mindspore.profiler")


def _set_data(use: Use) -> None:
    import mindspore

    def set_parameter_data(self: Any, *args: Any, **kwargs: Any) -> Any:
        use()
        return self.set_data(*args, **kwargs)

    if not hasattr(mindspore.Parameter, "set_parameter_data"):
        mindspore.Parameter.set_parameter_data = set_parameter_data


def _to_tensor(use: Use) -> None:
    import mindspore

    def to_tensor(self: Any, *args: Any, **kwargs: Any) -> Any:
        use()
        return self.init_data(*args, **kwargs)

    if not hasattr(mindspore.Tensor, "to_tensor"):
        mindspore.Tensor.to_tensor = to_tensor


SHIMS = (
    Shim("set-parameter-data", "`Parameter.set_parameter_data` is `set_data`.", _set_data),
    Shim("to-tensor", "`to_tensor`, which computes the values of `initializer`, is `init_data`.", _to_tensor),
    Shim("ms-function", "`ms_function` of MindSpore 1.x is `mindspore.jit`.", _ms_function),
    Shim(
        "checkparam",
        "The classes `Validator` and `Rel` of `mindspore._checkparam` are functions and constants of that module.",
        _checkparam,
    ),
    Shim("resize-bilinear", "`ResizeBilinear` of `nn` and `ops` is `ResizeBilinearV2`.", _resize_bilinear),
    Shim("sum-operator", "The operator `Sum` is `ReduceSum`.", _sum),
    Shim("metrics", "`mindspore.nn.metrics` moved to `mindspore.train.metrics`.", _metrics),
    Shim(
        "data-transforms",
        "`c_transforms` and `py_transforms` are merged into `mindspore.dataset.vision` and `.transforms`.",
        _transforms,
    ),
    Shim("profiler", "`mindspore.profiler.profiling` is `mindspore.profiler`.", _profiler),
)
