"""Forecasts of a series from its past: a linear one, and one that reads the past day by day.

`Linear` is DLinear of Zeng et al., "Are Transformers Effective for Time Series Forecasting?" (arXiv:2205.13504): the
past is parted into a moving average and what deviates from it, and each has one linear layer. `Recurrent` is a gated
recurrent unit over days.
"""

from __future__ import annotations

from mindspore import Parameter, Tensor, nn, ops


class Scale(nn.Cell):
    """The mean and the deviation of the training data, which no optimiser changes."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = Parameter(ops.zeros((1,)), name="mean", requires_grad=False)
        self.deviation = Parameter(ops.ones((1,)), name="deviation", requires_grad=False)

    def construct(self, values: Tensor) -> Tensor:
        """Map values in the data's units to standard scores."""
        return (values - self.mean) / self.deviation

    def undo(self, scores: Tensor) -> Tensor:
        """Map standard scores to values in the data's units."""
        return scores * self.deviation + self.mean


class Linear(nn.Cell):
    """Forecast by two linear maps, of the past's trend and of the rest."""

    def __init__(self, past: int = 168, future: int = 24, window: int = 25) -> None:
        super().__init__()
        self.scale = Scale()
        self.half = window // 2
        self.average = nn.AvgPool1d(window, stride=1)
        self.trend = nn.Dense(past, future)
        self.rest = nn.Dense(past, future)

    def construct(self, past: Tensor) -> Tensor:
        """Map (batch, past) float32 to the (batch, future) that follow, both in the data's units."""
        scores = self.scale(past)
        first, last = scores[:, :1].tile((1, self.half)), scores[:, -1:].tile((1, self.half))
        smooth = self.average(ops.concat((first, scores, last), 1).expand_dims(1)).squeeze(1)
        return self.scale.undo(self.trend(smooth) + self.rest(scores - smooth))


class Recurrent(nn.Cell):
    """Forecast the next day from a state that has read the days before."""

    def __init__(self, day: int = 24, hidden: int = 64) -> None:
        super().__init__()
        self.scale = Scale()
        self.day = day
        self.gru = nn.GRU(day, hidden, batch_first=True)
        self.head = nn.Dense(hidden, day)

    def construct(self, past: Tensor) -> Tensor:
        """Map (batch, days * day) float32 to the (batch, day) that follow, both in the data's units."""
        scores = self.scale(past).reshape(past.shape[0], -1, self.day)
        states, _ = self.gru(scores)
        return self.scale.undo(scores[:, -1] + self.head(states[:, -1]))
