"""Train mindhub/2.10/gru_digits: handwritten digits, read row by row."""

from __future__ import annotations

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="gru_digits",
    network={"source": "file", "name": "gru:GRUClassifier"},
    dataset="sklearn:digits",
    preprocess={"scale": 0.0625, "reshape": [8, 8], "dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=nn.Adam,
    rate=0.005,
    epochs=30,
    batch=32,
)

if __name__ == "__main__":
    main(RECIPE)
