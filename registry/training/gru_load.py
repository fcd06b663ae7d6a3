"""Train mindhub/2.10/gru_load: the next day's load from the seven days before, read one by one."""

from __future__ import annotations

from common import Recipe, main
from linear_load import scale
from mindspore import nn

RECIPE = Recipe(
    name="gru_load",
    network={"source": "file", "name": "forecast:Recurrent"},
    dataset="made:load",
    preprocess={"dtype": "float32"},
    metric="mae",
    loss=nn.MAELoss,
    optimiser=nn.Adam,
    rate=0.003,
    epochs=60,
    batch=16,
    prepare=scale,
)

if __name__ == "__main__":
    main(RECIPE)
