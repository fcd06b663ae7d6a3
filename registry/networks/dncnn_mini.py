"""A denoiser for grey images: it predicts the noise, which is then taken away.

The idea is that of Zhang et al., "Beyond a Gaussian Denoiser: Residual Learning of Deep CNN for Image Denoising"
(arXiv:1608.03981); here with four layers, few channels and no batch normalisation.
"""

from __future__ import annotations

from mindspore import Tensor, nn


class Denoiser(nn.Cell):
    """Take noise out of grey images."""

    def __init__(self, channels: int = 16, layers: int = 4) -> None:
        super().__init__()
        sizes = [1, *[channels] * (layers - 1)]
        cells: list[nn.Cell] = []
        for before in sizes[:-1]:
            cells += [nn.Conv2d(before, channels, 3, pad_mode="same", has_bias=True), nn.ReLU()]
        cells.append(nn.Conv2d(channels, 1, 3, pad_mode="same", has_bias=True, weight_init="zeros"))
        self.noise = nn.SequentialCell(cells)

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 1, height, width) float32, values about 0 to 1, to cleaner ones of the same shape."""
        return images - self.noise(images)
