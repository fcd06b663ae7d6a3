"""A residual network for images of 8 by 8 grey values.

Residual blocks are those of He et al., "Deep Residual Learning for Image Recognition" (arXiv:1512.03385), with batch
normalisation behind each convolution; depth and widths are our own.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from mindspore import Tensor, nn, ops

if TYPE_CHECKING:
    from collections.abc import Sequence


class Block(nn.Cell):
    """Two 3×3 convolutions and a shortcut around them."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, pad_mode="same")
        self.norm1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, pad_mode="same")
        self.norm2 = nn.BatchNorm2d(after)
        self.shortcut = nn.Conv2d(before, after, 1, stride) if before != after or stride > 1 else nn.Identity()

    def construct(self, features: Tensor) -> Tensor:
        """Map (batch, before, height, width) to (batch, after, height / stride, width / stride)."""
        hidden = ops.relu(self.norm1(self.conv1(features)))
        return ops.relu(self.norm2(self.conv2(hidden)) + self.shortcut(features))


class ResNetMini(nn.Cell):
    """Classify grey images of 8 by 8 pixels; the size halves with each width after the first."""

    def __init__(self, classes: int = 10, widths: Sequence[int] = (16, 32)) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, widths[0], 3, pad_mode="same")
        self.norm = nn.BatchNorm2d(widths[0])
        blocks = [Block(widths[0], widths[0], 1), *(Block(before, after, 2) for before, after in pairwise(widths))]
        self.blocks = nn.SequentialCell(blocks)
        self.head = nn.Dense(widths[-1], classes)

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 1, 8, 8) float32, values from 0 to 1, to logits (batch, classes)."""
        features = self.blocks(ops.relu(self.norm(self.stem(images))))
        return self.head(features.mean((2, 3)))
