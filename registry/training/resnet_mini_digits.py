"""Train mindhub/2.10/resnet_mini_digits: handwritten digits with a residual network."""

from __future__ import annotations

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="resnet_mini_digits",
    network={"source": "file", "name": "resnet_mini:ResNetMini"},
    dataset="sklearn:digits",
    preprocess={"scale": 0.0625, "reshape": [1, 8, 8], "dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.05),
    rate=0.005,
    epochs=20,
    batch=32,
)

if __name__ == "__main__":
    main(RECIPE)
