"""A small convolutional network in the manner of LeNet, for images of 8 by 8 grey values.

The layout (two convolutions with pooling, then dense layers) follows LeCun et al., "Gradient-based learning
applied to document recognition" (Proceedings of the IEEE 86, 1998); sizes and activations are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindspore import Tensor, nn, ops

if TYPE_CHECKING:
    from collections.abc import Sequence


class LeNet(nn.Cell):
    """Classify grey images of 8 by 8 pixels."""

    def __init__(self, classes: int = 10, channels: Sequence[int] = (16, 32), hidden: int = 64) -> None:
        super().__init__()
        first, second = channels
        self.conv1 = nn.Conv2d(1, first, 3, pad_mode="same", has_bias=True)
        self.conv2 = nn.Conv2d(first, second, 3, pad_mode="same", has_bias=True)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.fc1 = nn.Dense(second * 2 * 2, hidden)
        self.fc2 = nn.Dense(hidden, classes)

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 1, 8, 8) float32, values from 0 to 1, to logits (batch, classes)."""
        features = self.pool(ops.relu(self.conv1(images)))
        features = self.pool(ops.relu(self.conv2(features)))
        hidden = ops.relu(self.fc1(features.reshape(features.shape[0], -1)))
        return self.fc2(hidden)
