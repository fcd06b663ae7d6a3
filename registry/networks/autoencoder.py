"""A dense autoencoder: it squeezes a signal through a few numbers and rebuilds it from them.

The idea is that of Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks"
(Science 313, 2006); this one is small and trained in one go.
"""

from __future__ import annotations

from mindspore import Tensor, nn, ops


class Autoencoder(nn.Cell):
    """Rebuild signals with values from 0 to 1 from a code of a few numbers."""

    def __init__(self, size: int = 64, hidden: int = 64, code: int = 8) -> None:
        super().__init__()
        self.encoder = nn.SequentialCell([nn.Dense(size, hidden), nn.ReLU(), nn.Dense(hidden, code)])
        self.decoder = nn.SequentialCell([nn.Dense(code, hidden), nn.ReLU(), nn.Dense(hidden, size)])

    def construct(self, signals: Tensor) -> Tensor:
        """Map signals (batch, size) float32 to their reconstructions, of the same shape and range."""
        return ops.sigmoid(self.decoder(self.encoder(signals)))
