"""Train mindhub/2.10/cnn_tones: which of eight kinds of sound an eighth of a second is."""

from __future__ import annotations

from common import Recipe, main
from mindspore import nn

RECIPE = Recipe(
    name="cnn_tones",
    network={"source": "file", "name": "spectrogram_cnn:SpectrogramCNN"},
    dataset="made:tones",
    preprocess={"dtype": "float32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=nn.Adam,
    rate=0.003,
    epochs=25,
    batch=32,
)

if __name__ == "__main__":
    main(RECIPE)
