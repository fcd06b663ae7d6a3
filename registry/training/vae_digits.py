"""Train mindhub/2.10/vae_digits: new images of digits from six random numbers."""

from __future__ import annotations

from common import Recipe, main
from losses import EvidenceBound
from mindspore import nn

RECIPE = Recipe(
    name="vae_digits",
    network={"source": "file", "name": "vae:VAE"},
    dataset="sklearn:digits",
    preprocess={"scale": 0.0625, "dtype": "float32", "targets": "inputs"},
    metric="psnr",
    loss=nn.MSELoss,
    objective=EvidenceBound,
    optimiser=nn.Adam,
    rate=0.003,
    epochs=200,
    batch=32,
    forms=("safetensors", "ckpt"),
)

if __name__ == "__main__":
    main(RECIPE)
