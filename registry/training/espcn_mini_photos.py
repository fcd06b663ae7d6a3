"""Train mindhub/2.10/espcn_mini_photos: pieces of photographs at twice the size."""

from __future__ import annotations

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="espcn_mini_photos",
    network={"source": "file", "name": "espcn_mini:Upscaler"},
    dataset="sklearn:sample_images",
    preprocess={"scale": 1 / 255, "targets": "inputs", "reshape": [1, 32, 32], "shrink": 2, "dtype": "float32"},
    metric="psnr-y",
    loss=nn.MSELoss,
    optimiser=nn.Adam,
    rate=0.003,
    epochs=40,
    batch=16,
)

if __name__ == "__main__":
    main(RECIPE)
