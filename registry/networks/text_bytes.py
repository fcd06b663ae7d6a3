"""Classifiers of short texts that read bytes, so that every language is spelt in the same 256 signs.

`TextCNN` follows Kim, "Convolutional Neural Networks for Sentence Classification" (arXiv:1408.5882): filters of several
spans, and of each the strongest answer anywhere in the text. `TCN` follows Bai et al., "An Empirical Evaluation of
Generic Convolutional and Recurrent Networks for Sequence Modeling" (arXiv:1803.01271): each layer looks twice as far
as the one before, to both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindspore import Tensor, nn, ops

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNS = 256


class Filters(nn.Cell):
    """Filters over every stretch of a text: a one-dimensional convolution, written as one matrix product.

    MindSpore's own trains some ten times slower on a CPU.
    """

    def __init__(self, width: int, filters: int, span: int, dilation: int = 1) -> None:
        super().__init__()
        self.steps = [number * dilation for number in range(span)]
        self.before = dilation * (span // 2)
        self.after = dilation * (span - 1) - self.before
        self.dense = nn.Dense(width * span, filters)

    def construct(self, signs: Tensor) -> Tensor:
        """Map (batch, length, width) to (batch, length, filters); beyond both ends of a text there are zeros."""
        length = signs.shape[1]
        padded = ops.pad(signs, (0, 0, self.before, self.after))
        return self.dense(ops.concat([padded[:, step : step + length] for step in self.steps], 2))


class TextCNN(nn.Cell):
    """Classify texts by the strongest answers of filters of several spans."""

    def __init__(self, classes: int = 2, width: int = 24, filters: int = 32, spans: Sequence[int] = (5, 9, 15)) -> None:
        super().__init__()
        self.embedding = nn.Embedding(_SIGNS, width)
        self.filters = nn.CellList([Filters(width, filters, span) for span in spans])
        self.head = nn.Dense(filters * len(spans), classes)

    def construct(self, texts: Tensor) -> Tensor:
        """Map bytes (batch, length) int32, filled up with zeros, to logits (batch, classes)."""
        signs = self.embedding(texts)
        return self.head(ops.concat([ops.amax(ops.relu(cell(signs)), 1) for cell in self.filters], 1))


class TCN(nn.Cell):
    """Classify texts by a stack of widening filters."""

    def __init__(self, classes: int = 2, width: int = 32, dilations: Sequence[int] = (1, 2, 4, 8, 16, 32)) -> None:
        super().__init__()
        self.embedding = nn.Embedding(_SIGNS, width)
        self.layers = nn.CellList([Filters(width, width, 3, dilation) for dilation in dilations])
        self.head = nn.Dense(2 * width, classes)

    def construct(self, texts: Tensor) -> Tensor:
        """Map bytes (batch, length) int32, filled up with zeros, to logits (batch, classes)."""
        signs = self.embedding(texts)
        for layer in self.layers:
            signs = signs + ops.relu(layer(signs))
        return self.head(ops.concat((ops.amax(signs, 1), signs.mean(1)), 1))
