"""Train mindhub/2.10/lenet_digits: handwritten digits from images of 8 by 8 pixels."""

from __future__ import annotations

from dataclasses import replace

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="lenet_digits",
    network={"source": "file", "name": "lenet:LeNet"},
    dataset="sklearn:digits",
    preprocess={"scale": 0.0625, "reshape": [1, 8, 8], "dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=nn.Adam,
    rate=0.003,
    epochs=30,
    batch=32,
    forms=("ckpt", "safetensors", "mindir", "onnx"),
)

#: The card for MindSpore 2.9 had a third of the epochs.
EARLIER = {"2.9": replace(RECIPE, epochs=10)}

if __name__ == "__main__":
    main(RECIPE, EARLIER)
