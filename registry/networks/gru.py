"""A recurrent classifier: one GRU layer, then a dense layer on its last state.

The gated recurrent unit is that of Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for
Statistical Machine Translation" (arXiv:1406.1078), as `mindspore.nn.GRU` implements it.
"""

from __future__ import annotations

from mindspore import Tensor, nn


class GRUClassifier(nn.Cell):
    """Classify sequences by the state that is reached after their last step."""

    def __init__(self, features: int = 8, hidden: int = 48, classes: int = 10) -> None:
        super().__init__()
        self.gru = nn.GRU(features, hidden, batch_first=True)
        self.head = nn.Dense(hidden, classes)

    def construct(self, steps: Tensor) -> Tensor:
        """Map sequences (batch, steps, features) float32 to logits (batch, classes)."""
        states, _ = self.gru(steps)
        return self.head(states[:, -1])
