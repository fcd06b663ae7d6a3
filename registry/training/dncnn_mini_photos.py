"""Train mindhub/2.10/dncnn_mini_photos: noise taken out of pieces of photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import Recipe, main
from mindspore import nn

from mindhub.smoke.datasets import load_split

if TYPE_CHECKING:
    from mindhub.smoke.datasets import Split

#: Noise of 25 on the scale from 0 to 255.
DEVIATION = 25 / 255
PREPROCESS = {
    "scale": 1 / 255,
    "targets": "inputs",
    "noise": {"deviation": DEVIATION, "seed": 0},
    "reshape": [1, 32, 32],
    "dtype": "float32",
}


def fresh(epoch: int) -> Split:
    """Return the training pieces with noise that no other epoch has, nor the test."""
    noise = {"deviation": DEVIATION, "seed": epoch + 1}
    return load_split("sklearn:sample_images", "train", {**PREPROCESS, "noise": noise})


RECIPE = Recipe(
    name="dncnn_mini_photos",
    network={"source": "file", "name": "dncnn_mini:Denoiser"},
    dataset="sklearn:sample_images",
    preprocess=PREPROCESS,
    metric="psnr",
    loss=nn.MSELoss,
    optimiser=nn.Adam,
    rate=0.003,
    epochs=15,
    batch=16,
    renew=fresh,
)

if __name__ == "__main__":
    main(RECIPE)
