"""Train mindhub/2.10/autoencoder_digits: images of digits through a code of eight numbers."""

from __future__ import annotations

from dataclasses import replace

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="autoencoder_digits",
    network={"source": "file", "name": "autoencoder:Autoencoder"},
    dataset="sklearn:digits",
    preprocess={"scale": 0.0625, "reshape": [64], "dtype": "float32", "targets": "inputs"},
    metric="psnr",
    loss=nn.MSELoss,
    optimiser=nn.Adam,
    rate=0.003,
    epochs=200,
    batch=32,
)

#: The card for MindSpore 2.9 had half of the epochs.
EARLIER = {"2.9": replace(RECIPE, epochs=100)}

if __name__ == "__main__":
    main(RECIPE, EARLIER)
