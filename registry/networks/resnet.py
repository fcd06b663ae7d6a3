"""Residual networks under the parameter names of MindSpore's models repository (official/cv/resnet).

The architecture is that of He et al., "Deep Residual Learning for Image Recognition" (arXiv:1512.03385). The networks
of 50 and 101 layers halve the image in the 3 by 3 convolution of a block rather than in the first one (known as
v1.5), and pad as much as keeps the size ("same", more on the right and below). Those of 18 and 34 layers pad by one
pixel on all sides. Small differences of that kind change no parameter's name or shape and yet every output, so they
are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindspore import Tensor, nn, ops

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXPANSION = 4  #: of a bottleneck: channels out per channel inside
_WIDTHS = (64, 128, 256, 512)  #: channels inside the blocks of the four stages


def _norm(channels: int, eps: float = 1e-4) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=eps)


def _same(channels: int, out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out, kernel, stride=stride, pad_mode="same", has_bias=False)


def _padded(channels: int, out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out, kernel, stride=stride, pad_mode="pad", padding=kernel // 2, has_bias=False)


class Basic(nn.Cell):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _padded(channels, width, 3, stride)
        self.bn1d = _norm(width)
        self.conv2 = _padded(width, width, 3)
        self.bn2d = _norm(width)
        self.down_sample_layer = None
        if stride != 1 or channels != width:
            self.down_sample_layer = nn.SequentialCell(_padded(channels, width, 1, stride), _norm(width, 1e-5))

    def construct(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, width, height / stride, width / stride)."""
        shortcut = x if self.down_sample_layer is None else self.down_sample_layer(x)
        x = ops.relu(self.bn1d(self.conv1(x)))
        return ops.relu(self.bn2d(self.conv2(x)) + shortcut)


class Bottleneck(nn.Cell):
    """Three convolutions, narrow in the middle, beside a shortcut."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        out = width * _EXPANSION
        self.conv1 = _same(channels, width, 1)
        self.bn1 = _norm(width)
        self.conv2 = _same(width, width, 3, stride)
        self.bn2 = _norm(width)
        self.conv3 = _same(width, out, 1)
        self.bn3 = _norm(out)
        self.down_sample_layer = None
        if stride != 1 or channels != out:
            self.down_sample_layer = nn.SequentialCell(_same(channels, out, 1, stride), _norm(out))

    def construct(self, x: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, 4 width, height / stride, width / stride)."""
        shortcut = x if self.down_sample_layer is None else self.down_sample_layer(x)
        x = ops.relu(self.bn1(self.conv1(x)))
        x = ops.relu(self.bn2(self.conv2(x)))
        return ops.relu(self.bn3(self.conv3(x)) + shortcut)


class ResNet(nn.Cell):
    """Classify images: a stem, four stages of blocks, and a dense layer over the mean of the last stage."""

    def __init__(self, block: type[Basic | Bottleneck], layers: Sequence[int], class_num: int) -> None:
        super().__init__()
        self.padded = block is Basic
        self.conv1 = _padded(3, 64, 7, 2) if self.padded else _same(3, 64, 7, 2)
        self.bn1 = _norm(64, 1e-5 if self.padded else 1e-4)
        self.maxpool = nn.MaxPool2d(3, stride=2, pad_mode="valid" if self.padded else "same")
        grown = 1 if self.padded else _EXPANSION
        channels = 64
        stages = []
        for width, count, stride in zip(_WIDTHS, layers, (1, 2, 2, 2), strict=True):
            blocks = [block(channels, width, stride)]
            channels = width * grown
            blocks += [block(channels, width, 1) for _ in range(count - 1)]
            stages.append(nn.SequentialCell(*blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.end_point = nn.Dense(channels, class_num)

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 3, height, width) float32, normalised, to logits (batch, class_num)."""
        x = ops.relu(self.bn1(self.conv1(images)))
        if self.padded:
            x = ops.pad(x, (1, 1, 1, 1))
        x = self.maxpool(x)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.end_point(x.mean((2, 3)))


def resnet18(class_num: int = 1001) -> ResNet:
    """Return the network of 18 layers."""
    return ResNet(Basic, (2, 2, 2, 2), class_num)


def resnet34(class_num: int = 1001) -> ResNet:
    """Return the network of 34 layers."""
    return ResNet(Basic, (3, 4, 6, 3), class_num)


def resnet50(class_num: int = 1001) -> ResNet:
    """Return the network of 50 layers."""
    return ResNet(Bottleneck, (3, 4, 6, 3), class_num)


def resnet101(class_num: int = 1001) -> ResNet:
    """Return the network of 101 layers."""
    return ResNet(Bottleneck, (3, 4, 23, 3), class_num)
