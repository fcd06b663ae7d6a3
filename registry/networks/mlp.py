"""Multi-layer perceptrons for tables, which take the measurements in their own units.

The means and deviations that standardise the features (and, in regression, the target) are parameters that
no optimiser changes. They are saved with the weights, so that a checkpoint cannot be used with the wrong ones.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from mindspore import Parameter, Tensor, nn, ops

if TYPE_CHECKING:
    from collections.abc import Sequence


class Standardise(nn.Cell):
    """Shift and scale columns to mean 0 and deviation 1, or back."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.mean = Parameter(ops.zeros((columns,)), name="mean", requires_grad=False)
        self.deviation = Parameter(ops.ones((columns,)), name="deviation", requires_grad=False)

    def construct(self, values: Tensor) -> Tensor:
        """Map (batch, columns) in the data's units to standard scores of the same shape."""
        return (values - self.mean) / self.deviation

    def undo(self, scores: Tensor) -> Tensor:
        """Map standard scores (batch, columns) back to the data's units."""
        return scores * self.deviation + self.mean


class Classifier(nn.Cell):
    """Classify rows of a table."""

    def __init__(self, features: int, classes: int, hidden: Sequence[int] = (16,)) -> None:
        super().__init__()
        self.features = Standardise(features)
        self.body = _layers([features, *hidden, classes])

    def construct(self, rows: Tensor) -> Tensor:
        """Map rows (batch, features) float32, in the data's units, to logits (batch, classes)."""
        return self.body(self.features(rows))


class Regressor(nn.Cell):
    """Predict one number for each row of a table."""

    def __init__(self, features: int, hidden: Sequence[int] = (16,)) -> None:
        super().__init__()
        self.features = Standardise(features)
        self.body = _layers([features, *hidden, 1])
        self.target = Standardise(1)

    def construct(self, rows: Tensor) -> Tensor:
        """Map rows (batch, features) float32 to predictions (batch, 1), both in the data's units."""
        return self.target.undo(self.body(self.features(rows)))


def _layers(sizes: Sequence[int]) -> nn.SequentialCell:
    """Chain dense layers, with a rectifier after each but the last."""
    cells: list[nn.Cell] = []
    for before, after in pairwise(sizes):
        cells += [nn.Dense(before, after), nn.ReLU()]
    return nn.SequentialCell(cells[:-1])
