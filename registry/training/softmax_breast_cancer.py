"""Train mindhub/2.10/softmax_breast_cancer: malignant or benign by a weighted sum of the measurements."""

from __future__ import annotations

from common import Recipe, main, standardise
from mindspore import nn

RECIPE = Recipe(
    name="softmax_breast_cancer",
    network={"source": "file", "name": "mlp:Classifier", "kwargs": {"features": 30, "classes": 2, "hidden": []}},
    dataset="sklearn:breast_cancer",
    preprocess={"dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.01),
    rate=0.01,
    epochs=30,
    batch=16,
    prepare=standardise,
)

if __name__ == "__main__":
    main(RECIPE)
