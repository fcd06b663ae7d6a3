"""Train mindhub/2.10/mlp_digits: handwritten digits as plain rows of pixels."""

from __future__ import annotations

from common import Recipe, main, standardise
from mindspore import nn

RECIPE = Recipe(
    name="mlp_digits",
    network={"source": "file", "name": "mlp:Classifier", "kwargs": {"features": 64, "classes": 10, "hidden": [32]}},
    dataset="sklearn:digits",
    preprocess={"dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.01),
    rate=0.003,
    epochs=30,
    batch=32,
    forms=("ckpt", "onnx"),
    prepare=standardise,
)

if __name__ == "__main__":
    main(RECIPE)
