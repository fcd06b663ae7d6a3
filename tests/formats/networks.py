"""A small network to export; MindSpore compiles from source, so that it has to stand in a file."""

from __future__ import annotations

from typing import Any

from mindspore import nn


class Small(nn.Cell):
    """A convolution, a normalisation and a dense layer, with two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.flat = nn.Flatten()
        self.dense = nn.Dense(4 * 8 * 8, 10)

    def construct(self, x: Any) -> tuple[Any, Any]:
        """Return the scores and the sum of the inputs."""
        return self.dense(self.flat(self.norm(self.conv(x)))), x.sum()
