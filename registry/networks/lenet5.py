"""LeNet-5 under the parameter names of MindSpore's models repository (official/cv/lenet).

After LeCun et al., "Gradient-based learning applied to document recognition" (Proceedings of the IEEE 86, 1998), with
rectifiers and maximum pooling in place of the paper's sigmoids and trained averages.
"""

from __future__ import annotations

from mindspore import Tensor, nn, ops


class LeNet5(nn.Cell):
    """Classify grey images of 32 by 32 pixels."""

    def __init__(self, num_class: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid", has_bias=False)
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid", has_bias=False)
        self.max_pool2d = nn.MaxPool2d(2, stride=2)
        self.fc1 = nn.Dense(16 * 5 * 5, 120)
        self.fc2 = nn.Dense(120, 84)
        self.fc3 = nn.Dense(84, num_class)

    def construct(self, images: Tensor) -> Tensor:
        """Map images (batch, 1, 32, 32) float32, normalised, to logits (batch, num_class)."""
        x = self.max_pool2d(ops.relu(self.conv1(images)))
        x = self.max_pool2d(ops.relu(self.conv2(x)))
        x = ops.relu(self.fc1(x.reshape(x.shape[0], -1)))
        return self.fc3(ops.relu(self.fc2(x)))
