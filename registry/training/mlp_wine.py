"""Train mindhub/2.10/mlp_wine: the cultivar of a wine from its chemistry."""

from __future__ import annotations

from dataclasses import replace

from common import Recipe, main, standardise
from mindspore import nn

RECIPE = Recipe(
    name="mlp_wine",
    network={"source": "file", "name": "mlp:Classifier", "kwargs": {"features": 13, "classes": 3, "hidden": [16]}},
    dataset="sklearn:wine",
    preprocess={"dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=lambda parameters, rates: nn.Momentum(parameters, rates, momentum=0.9, weight_decay=1e-3),
    rate=0.05,
    epochs=30,
    batch=16,
    prepare=standardise,
    keep_training_state=True,
)

#: The card for MindSpore 2.9 has the weights alone.
EARLIER = {"2.9": replace(RECIPE, keep_training_state=False)}

if __name__ == "__main__":
    main(RECIPE, EARLIER)
