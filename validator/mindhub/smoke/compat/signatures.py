"""Functions and classes of MindSpore that take other arguments than they did."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from mindhub.smoke.compat.shim import Shim

if TYPE_CHECKING:
    from collections.abc import Callable

    from mindhub.smoke.compat.shim import Use


def change_constructor(owner: Any, change: Callable[[tuple[Any, ...], dict[str, Any]], tuple[Any, ...]]) -> None:
    """Let a class's constructor pass its arguments through `change`, which returns the positional ones."""
    real = owner.__init__

    @functools.wraps(real)
    def constructor(self: Any, *args: Any, **kwargs: Any) -> None:
        real(self, *change(args, kwargs), **kwargs)

    owner.__init__ = constructor


def _embedding_lookup(use: Use) -> None:
    from mindspore import nn

    def change(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        # A cache of 0 rows, the default, is none; another size needs parameter servers, which are gone.
        if kwargs.get("vocab_cache_size") == 0:
            del kwargs["vocab_cache_size"]
            use()
        return args

    change_constructor(nn.EmbeddingLookup, change)


def _recurrent(use: Use) -> None:
    from mindspore import nn

    def change(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        if type(kwargs.get("dropout")) is int:
            kwargs["dropout"] = float(kwargs["dropout"])
            use()
        return args

    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        change_constructor(kind, change)


def _scalar_cast(use: Use) -> None:
    import mindspore
    from mindspore import ops
    from mindspore.ops import operations

    wider = {
        mindspore.int32: mindspore.int64,
        mindspore.float32: mindspore.float64,
        mindspore.float16: mindspore.float64,
    }
    real = operations.ScalarCast

    class ScalarCast:
        """`ScalarCast` knows Python's own widths only: 64 bits."""

        def __call__(self, value: Any, dtype: Any) -> Any:
            if dtype in wider:
                use()
            return real()(value, wider.get(dtype, dtype))

    for module in (ops, operations):
        module.ScalarCast = ScalarCast


def _cell_constructor(use: Use) -> None:
    from mindspore import nn

    real, raw = nn.Cell.__setattr__, object.__setattr__

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if "_auto_prefix" not in self.__dict__ and not vars(self).get("_mindhub_begun") and isinstance(value, nn.Cell):
            use()
            raw(self, "_mindhub_begun", True)
            nn.Cell.__init__(self)
        real(self, name, value)

    nn.Cell.__setattr__ = set_attribute


def _initial_values(use: Use) -> None:
    import mindspore

    real = mindspore.Tensor.reshape

    def reshape(self: Any, *shape: Any) -> Any:
        if self.has_init:
            use()
            self.init_data()
        return real(self, *shape)

    mindspore.Tensor.reshape = reshape


SHIMS = (
    Shim(
        "initial-values",
        "Values of `initializer` are computed when they are reshaped: a reshape no longer does that itself.",
        _initial_values,
    ),
    Shim(
        "cell-constructor",
        "A cell whose class never calls Cell's constructor is constructed when it gets a part.",
        _cell_constructor,
    ),
    Shim("embedding-lookup", "`EmbeddingLookup(vocab_cache_size=0)` is `EmbeddingLookup()`.", _embedding_lookup),
    Shim("recurrent-dropout", "An integer `dropout` of RNN, GRU and LSTM is the number it means.", _recurrent),
    Shim("scalar-cast", "`ScalarCast` to a 32-bit type gives Python's own numbers.", _scalar_cast),
)
