"""Train mindhub/2.10/lenet_small_digits: handwritten digits with a twelfth of the parameters of lenet_digits."""

from __future__ import annotations

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="lenet_small_digits",
    network={"source": "file", "name": "lenet:LeNet", "kwargs": {"channels": [4, 8], "hidden": 16}},
    dataset="sklearn:digits",
    preprocess={"scale": 0.0625, "reshape": [1, 8, 8], "dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=nn.Adam,
    rate=0.01,
    epochs=30,
    batch=32,
)

if __name__ == "__main__":
    main(RECIPE)
