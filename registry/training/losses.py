"""What is made small in training, where MindSpore has no cell of that shape."""

from __future__ import annotations

from mindspore import Tensor, nn, ops


class SquaredError(nn.Cell):
    """The mean of the squared errors of a column of predictions."""

    def construct(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Map predictions (batch, 1) and targets (batch,) to a scalar."""
        # nn.MSELoss would stretch the two shapes to (batch, batch).
        return ((predictions[:, 0] - targets) ** 2).mean()


class ClickLoss(nn.Cell):
    """The mean cross-entropy of log-odds."""

    def construct(self, odds: Tensor, clicked: Tensor) -> Tensor:
        """Map log-odds (batch, 1) and clicked (batch,), 0 or 1, to a scalar."""
        values = odds[:, 0]
        return (ops.relu(values) - values * clicked + ops.log1p(ops.exp(-ops.abs(values)))).mean()


class EvidenceBound(nn.Cell):
    """The negative evidence lower bound of a variational autoencoder, per signal (arXiv:1312.6114, equation 10).

    Signals between 0 and 1 count as chances: the reconstruction's part is their cross-entropy.
    """

    def __init__(self, network: nn.Cell) -> None:
        super().__init__(auto_prefix=False)
        self.network = network

    def construct(self, signals: Tensor, _targets: Tensor) -> Tensor:
        """Map signals (batch, size) to a scalar; codes are drawn at random."""
        mean, log_variance = self.network.encode(signals)
        codes = mean + ops.exp(0.5 * log_variance) * ops.standard_normal(mean.shape)
        odds = self.network.decoder(codes)
        crossed = ops.relu(odds) - odds * signals + ops.log1p(ops.exp(-ops.abs(odds)))
        divergence = 0.5 * (mean**2 + ops.exp(log_variance) - 1 - log_variance).sum(1)
        return (crossed.sum(1) + divergence).mean()
