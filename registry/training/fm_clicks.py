"""Train mindhub/2.10/fm_clicks: the chance of a click by a factorisation machine."""

from __future__ import annotations

from common import Recipe, main
from losses import ClickLoss
from mindspore import nn

from mindhub.smoke.made import FIELDS

RECIPE = Recipe(
    name="fm_clicks",
    network={
        "source": "file",
        "name": "recommend_mini:FactorisationMachine",
        "kwargs": {"fields": list(FIELDS.values())},
    },
    dataset="made:clicks",
    preprocess={"dtype": "int32"},
    metric="auc",
    loss=ClickLoss,
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.3),
    rate=0.005,
    epochs=15,
    batch=64,
)

if __name__ == "__main__":
    main(RECIPE)
