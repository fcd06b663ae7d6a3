"""Operators that take other arguments than they did, or that only Ascend computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim
from mindhub.smoke.compat.signatures import change_constructor

if TYPE_CHECKING:
    from mindhub.smoke.compat.shim import Use


def _gather(use: Use) -> None:
    from mindspore import ops
    from mindspore.ops import operations

    def gather() -> Any:
        """Stand for the class `GatherV2`, whose name is still there and whose operator takes one input too few."""
        use()
        return operations.Gather()

    for module in (ops, operations):
        module.GatherV2 = gather


def _scalar(use: Use) -> None:
    from mindspore import ops
    from mindspore.ops import operations

    def scalar_to_array() -> Any:
        """Stand for the class `ScalarToArray`, whose name is still there and whose operator is not."""
        use()
        return ops.scalar_to_tensor

    for module in (ops, operations):
        module.ScalarToArray = scalar_to_array


def _cast(use: Use) -> None:
    from mindspore.ops import operations

    real = operations.Cast.__call__

    def call(self: Any, x: Any, dtype: Any) -> Any:
        if x is None:
            use()
            return None
        return real(self, x, dtype)

    operations.Cast.__call__ = call


def _dot(use: Use) -> None:
    from mindspore import ops

    real = ops.dot

    def dot(input: Any = None, other: Any = None, x1: Any = None, x2: Any = None) -> Any:  # noqa: A002 - MindSpore's
        if x1 is None and x2 is None:
            return real(input, other)
        use()
        return real(input if x1 is None else x1, other if x2 is None else x2)

    for module in (ops, ops.function, ops.composite):
        if vars(module).get("dot") is not None:
            module.dot = dot


def _sizes(use: Use) -> None:
    from mindspore import nn
    from mindspore.ops import operations

    def change(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        size = args[0] if args else kwargs.pop("size")
        if any(isinstance(side, float) and side.is_integer() for side in size):
            use()
            size = tuple(map(_whole, size))
        return (size, *args[1:])

    def pool(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        given = [*args, *kwargs.values()]
        if any(isinstance(size, float) and size.is_integer() for size in given):
            use()
            kwargs.update({key: _whole(size) for key, size in kwargs.items()})
        return tuple(_whole(size) for size in args)

    change_constructor(operations.ResizeNearestNeighbor, change)
    change_constructor(nn.MaxPool2d, pool)


def _whole(size: Any) -> Any:
    return int(size) if isinstance(size, float) and size.is_integer() else size


def _shapes(use: Use) -> None:
    from mindspore.ops import operations

    for operator in (operations.Reshape, operations.Tile):
        _with_whole_sides(operator, use)


def _with_whole_sides(operator: Any, use: Use) -> None:
    """Let an operator of a tensor and a shape take 17.0 for 17."""
    real = operator.__call__

    def call(self: Any, x: Any, shape: Any) -> Any:
        if isinstance(shape, tuple | list) and any(isinstance(side, float) and side.is_integer() for side in shape):
            use()
            shape = tuple(map(_whole, shape))
        return real(self, x, shape)

    operator.__call__ = call


def _dynamic_rnn(use: Use) -> None:
    from mindspore import nn, ops
    from mindspore.ops import operations

    real = operations.DynamicRNN

    class DynamicRNN(nn.Cell):  # type: ignore[misc]
        """`DynamicRNN`, of which there is a kernel for Ascend only, step by step.

        Its weights are (input + hidden, 4 × hidden), the gates in the order input, candidate, forget, output.
        """

        def __init__(self, forget_bias: float) -> None:
            super().__init__()
            self.forget_bias = forget_bias

        def construct(self, x: Any, w: Any, b: Any, seq_length: Any, init_h: Any, init_c: Any) -> Any:  # noqa: ARG002 - only None is supported by the operator itself
            h, c = init_h[0].astype(x.dtype), init_c[0].astype(x.dtype)
            w, b = w.astype(x.dtype), b.astype(x.dtype)
            steps = []
            for step in range(x.shape[0]):
                gates = ops.matmul(ops.concat((x[step], h), 1), w) + b
                i, j, f, o = ops.chunk(gates, 4, 1)
                i, j, f, o = ops.sigmoid(i), ops.tanh(j), ops.sigmoid(f + self.forget_bias), ops.sigmoid(o)
                c = f * c + i * j
                bounded = ops.tanh(c)
                h = o * bounded
                steps.append((h, h, c, i, j, f, o, bounded))
            return tuple(ops.stack(row) for row in zip(*steps, strict=True))

    def dynamic_rnn(*args: Any, **kwargs: Any) -> Any:
        wanted = {"forget_bias": 0.0, "time_major": True, "is_training": True, **kwargs}
        if args or set(wanted) != {"forget_bias", "time_major", "is_training"} or not wanted["time_major"]:
            return real(*args, **kwargs)
        use()
        return DynamicRNN(wanted["forget_bias"])

    for module in (ops, operations):
        module.DynamicRNN = dynamic_rnn


def _lists(use: Use) -> None:
    import mindspore

    for name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv"):
        _with_lists(mindspore.Tensor, f"__{name}__", use)


def _with_lists(tensor: Any, name: str, use: Use) -> None:
    """Let one arithmetic method of tensors take a list or tuple of numbers."""
    import mindspore

    real = getattr(tensor, name)

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, list | tuple):
            use()
            other = mindspore.Tensor(other, self.dtype)
        return real(self, other)

    setattr(tensor, name, method)


def _cell_list(use: Use) -> None:
    from mindspore import nn

    real = nn.CellList.__getitem__

    def get_item(self: Any, index: Any) -> Any:
        if isinstance(index, float):
            use()
            index = int(index)
        return real(self, index)

    nn.CellList.__getitem__ = get_item


SHIMS = (
    Shim("list-arithmetic", "A list of numbers beside a tensor, as in `sizes / [416, 416]`, is a tensor.", _lists),
    Shim("cell-list-index", "A float that chooses from a `CellList` is cut to its whole part.", _cell_list),
    Shim("gather-v2", "`GatherV2` is `Gather`.", _gather),
    Shim("scalar-to-array", "`ScalarToArray` is `scalar_to_tensor`.", _scalar),
    Shim("cast-of-nothing", "`Cast` of an input that was left out, which is None, is None.", _cast),
    Shim("dot-arguments", "The arguments `x1` and `x2` of `ops.dot` are `input` and `other`.", _dot),
    Shim(
        "whole-sizes",
        "A size such as 352.0 of `ResizeNearestNeighbor` or `MaxPool2d` is the whole number that it means.",
        _sizes,
    ),
    Shim(
        "whole-shapes",
        "A number such as 17.0 in the shape for `Reshape` and `Tile` is the whole number that it means.",
        _shapes,
    ),
    Shim("dynamic-rnn", "`DynamicRNN`, which only Ascend computes, is computed step by step.", _dynamic_rnn),
)
