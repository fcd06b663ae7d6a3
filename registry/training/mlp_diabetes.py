"""Train mindhub/2.10/mlp_diabetes: how far diabetes has progressed a year after the measurements."""

from __future__ import annotations

from common import Recipe, main, standardise
from losses import SquaredError
from mindspore import nn

RECIPE = Recipe(
    name="mlp_diabetes",
    network={"source": "file", "name": "mlp:Regressor", "kwargs": {"features": 10, "hidden": [16]}},
    dataset="sklearn:diabetes",
    preprocess={"dtype": "float32"},
    metric="rmse",
    loss=SquaredError,
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.1),
    rate=0.003,
    epochs=40,
    batch=16,
    prepare=standardise,
)

if __name__ == "__main__":
    main(RECIPE)
