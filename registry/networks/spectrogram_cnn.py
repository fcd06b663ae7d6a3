"""A classifier of short sounds: the spectrogram is computed inside the network, then seen as an image.

The spectrum is a discrete Fourier transform written as two matrix products, so that it runs on every device; its
matrices are constants of the code and not in the checkpoint.
"""

from __future__ import annotations

import math

import numpy as np
from mindspore import Tensor, nn, ops


class SpectrogramCNN(nn.Cell):
    """Classify signals by convolutions over the logarithm of their spectrogram."""

    def __init__(
        self, classes: int = 8, samples: int = 1024, window: int = 512, hop: int = 128, channels: int = 8
    ) -> None:
        super().__init__()
        times, frequencies = np.arange(window), np.arange(1, window // 4 + 1)
        hann = 0.5 - 0.5 * np.cos(2 * math.pi * times / window)
        angles = 2 * math.pi * np.outer(times, frequencies) / window
        starts = np.arange(0, samples - window + 1, hop)
        self.places = Tensor((starts[:, None] + times).astype(np.int32))
        self.cosines = Tensor((hann[:, None] * np.cos(angles)).astype(np.float32))
        self.sines = Tensor((hann[:, None] * np.sin(angles)).astype(np.float32))
        self.conv1 = nn.Conv2d(1, channels, (3, 5), pad_mode="same", has_bias=True)
        self.conv2 = nn.Conv2d(channels, 2 * channels, 3, pad_mode="same", has_bias=True)
        self.pool = nn.MaxPool2d(kernel_size=(1, 2), stride=(1, 2))
        self.fc1 = nn.Dense(2 * channels * (window // 16), 48)
        self.fc2 = nn.Dense(48, classes)

    def spectrogram(self, signals: Tensor) -> Tensor:
        """Map signals (batch, samples) to log-power (batch, frames, window / 4); the upper frequencies are left out."""
        frames = ops.gather(signals, self.places, 1)
        return ops.log(ops.matmul(frames, self.cosines) ** 2 + ops.matmul(frames, self.sines) ** 2 + 1e-3)

    def construct(self, signals: Tensor) -> Tensor:
        """Map signals (batch, samples) float32, values from -1 to 1, to logits (batch, classes)."""
        image = self.spectrogram(signals).expand_dims(1)
        features = self.pool(ops.relu(self.conv2(self.pool(ops.relu(self.conv1(image))))))
        return self.fc2(ops.relu(self.fc1(features.mean(2).reshape(signals.shape[0], -1))))
