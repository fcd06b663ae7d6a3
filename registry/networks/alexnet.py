"""AlexNet under the parameter names of MindSpore's models repository (official/cv/alexnet).

After Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks" (NIPS 2012), with the widths
of the repository: 64, 128, 192, 256 and 256 channels in one column, and no local response normalisation.
"""

from __future__ import annotations

from mindspore import Tensor, nn, ops


class AlexNet(nn.Cell):
    """Classify images of 224 or 227 pixels: five convolutions, three dense layers."""

    def __init__(self, num_classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 11, stride=4, pad_mode="same", has_bias=True)
        self.conv2 = nn.Conv2d(64, 128, 5, pad_mode="same", has_bias=True)
        self.conv3 = nn.Conv2d(128, 192, 3, pad_mode="same", has_bias=True)
        self.conv4 = nn.Conv2d(192, 256, 3, pad_mode="same", has_bias=True)
        self.conv5 = nn.Conv2d(256, 256, 3, pad_mode="same", has_bias=True)
        self.max_pool2d = nn.MaxPool2d(3, stride=2, pad_mode="valid")
        self.fc1 = nn.Dense(256 * 6 * 6, 4096)
        self.fc2 = nn.Dense(4096, 4096)
        self.fc3 = nn.Dense(4096, num_classes)
        self.dropout = nn.Dropout(p=0.35)

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 3, 224, 224) float32, normalised, to logits (batch, num_classes)."""
        x = self.max_pool2d(ops.relu(self.conv1(images)))
        x = self.max_pool2d(ops.relu(self.conv2(x)))
        x = ops.relu(self.conv4(ops.relu(self.conv3(x))))
        x = self.max_pool2d(ops.relu(self.conv5(x)))
        x = self.dropout(ops.relu(self.fc1(x.reshape(x.shape[0], -1))))
        return self.fc3(self.dropout(ops.relu(self.fc2(x))))
