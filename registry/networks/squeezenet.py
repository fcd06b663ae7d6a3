"""SqueezeNet 1.0 under the parameter names of MindSpore's models repository (official/cv/squeezenet).

After Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size"
(arXiv:1602.07360).
"""

from __future__ import annotations

from mindspore import Tensor, nn, ops


class Fire(nn.Cell):
    """Squeeze the channels by a 1 by 1 convolution, then expand them by one of 1 by 1 and one of 3 by 3 pixels."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1, has_bias=True)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1, has_bias=True)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, pad_mode="same", has_bias=True)

    def construct(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, 2 expanded, height, width)."""
        x = ops.relu(self.squeeze(x))
        return ops.concat((ops.relu(self.expand1x1(x)), ops.relu(self.expand3x3(x))), 1)


class SqueezeNet(nn.Cell):
    """Classify images without a dense layer: a channel for each class, averaged over the image."""

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = nn.SequentialCell(
            nn.Conv2d(3, 96, 7, stride=2, pad_mode="valid", has_bias=True),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            Fire(96, 16, 64),
            Fire(128, 16, 64),
            Fire(128, 32, 128),
            nn.MaxPool2d(3, stride=2),
            Fire(256, 32, 128),
            Fire(256, 48, 192),
            Fire(384, 48, 192),
            Fire(384, 64, 256),
            nn.MaxPool2d(3, stride=2),
            Fire(512, 64, 256),
        )
        self.dropout = nn.Dropout(p=0.5)
        self.final_conv = nn.Conv2d(512, num_classes, 1, has_bias=True)

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 3, 227, 227) float32, normalised, to scores of at least 0, (batch, num_classes)."""
        x = self.dropout(self.features(images))
        return ops.relu(self.final_conv(x)).mean((2, 3))
