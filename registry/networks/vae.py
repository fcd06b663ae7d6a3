"""A variational autoencoder: it makes new signals from random codes, because its codes fill a known distribution.

After Kingma and Welling, "Auto-Encoding Variational Bayes" (arXiv:1312.6114), for signals between 0 and 1.
"""

from __future__ import annotations

from mindspore import Tensor, nn, ops


class VAE(nn.Cell):
    """Encode signals as normal distributions over a few numbers, and decode such numbers."""

    def __init__(self, size: int = 64, hidden: int = 96, code: int = 6) -> None:
        super().__init__()
        self.encoder = nn.SequentialCell([nn.Dense(size, hidden), nn.ReLU()])
        self.mean = nn.Dense(hidden, code)
        self.log_variance = nn.Dense(hidden, code)
        self.decoder = nn.SequentialCell([nn.Dense(code, hidden), nn.ReLU(), nn.Dense(hidden, size)])

    def encode(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        """Map signals (batch, size) float32 to the means and the log-variances of their codes, (batch, code) each."""
        hidden = self.encoder(signals)
        return self.mean(hidden), self.log_variance(hidden)

    def decode(self, codes: Tensor) -> Tensor:
        """Map codes (batch, code) to signals (batch, size) between 0 and 1."""
        return ops.sigmoid(self.decoder(codes))

    def construct(self, signals: Tensor) -> Tensor:
        """Map signals (batch, size) float32 to what the means of their codes decode to; nothing is random here."""
        mean, _ = self.encode(signals)
        return self.decode(mean)
