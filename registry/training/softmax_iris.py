"""Train mindhub/2.10/softmax_iris: the species of an iris from four lengths, with fifteen weights."""

from __future__ import annotations

from common import Recipe, main, standardise
from mindspore import nn

RECIPE = Recipe(
    name="softmax_iris",
    network={"source": "file", "name": "mlp:Classifier", "kwargs": {"features": 4, "classes": 3, "hidden": []}},
    dataset="sklearn:iris",
    preprocess={"dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=lambda parameters, rates: nn.Momentum(parameters, rates, momentum=0.9),
    rate=0.1,
    epochs=60,
    batch=12,
    prepare=standardise,
)

if __name__ == "__main__":
    main(RECIPE)
