"""Super-resolution: an image of twice the size, computed at the small size and unfolded at the end.

The unfolding is that of Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
Convolutional Neural Network" (arXiv:1609.05158). This network only predicts what repeating the pixels lacks.
"""

from __future__ import annotations

from mindspore import Tensor, nn, ops


class Upscaler(nn.Cell):
    """Double height and width of grey images."""

    def __init__(self, channels: int = 24) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 5, pad_mode="same", has_bias=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, pad_mode="same", has_bias=True)
        self.conv3 = nn.Conv2d(channels, 4, 3, pad_mode="same", has_bias=True, weight_init="zeros")

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 1, height, width) float32, values from 0 to 1, to (batch, 1, 2 height, 2 width)."""
        details = self.conv3(ops.relu(self.conv2(ops.relu(self.conv1(images)))))
        batch, _, height, width = images.shape
        quarters = (images + details).reshape(batch, 2, 2, height, width)
        return quarters.transpose(0, 3, 1, 4, 2).reshape(batch, 1, 2 * height, 2 * width)
