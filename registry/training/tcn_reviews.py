"""Train mindhub/2.10/tcn_reviews: praise or blame in English and Chinese, by what follows on what."""

from __future__ import annotations

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="tcn_reviews",
    network={"source": "file", "name": "text_bytes:TCN"},
    dataset="made:reviews",
    preprocess={"dtype": "int32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=nn.Adam,
    rate=0.003,
    epochs=25,
    batch=32,
)

if __name__ == "__main__":
    main(RECIPE)
