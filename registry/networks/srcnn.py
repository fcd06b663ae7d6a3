"""SRCNN under the parameter names of MindSpore's models repository (official/cv/srcnn).

After Dong et al., "Image Super-Resolution Using Deep Convolutional Networks" (arXiv:1501.00092): filters of 9, 5 and 5
pixels, 64 and 32 channels, and no biases, as the repository has it.
"""

from __future__ import annotations

from mindspore import Tensor, nn, ops


def _padded(channels: int, out: int, kernel: int) -> nn.Conv2d:
    return nn.Conv2d(channels, out, kernel, pad_mode="pad", padding=kernel // 2, has_bias=False)


class SRCNN(nn.Cell):
    """Sharpen an enlarged picture."""

    def __init__(self, num_channels: int = 1) -> None:
        super().__init__()
        self.conv1 = _padded(num_channels, 64, 9)
        self.conv2 = _padded(64, 32, 5)
        self.conv3 = _padded(32, num_channels, 5)

    def construct(self, images: Tensor) -> Tensor:
        """Map luminance from 0 to 1, (batch, 1, height, width) float32, to such luminance of the same size."""
        return self.conv3(ops.relu(self.conv2(ops.relu(self.conv1(images)))))
