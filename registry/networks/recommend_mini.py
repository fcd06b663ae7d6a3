"""Small recommenders: ratings by matrix factorisation, clicks by a factorisation machine and by Wide & Deep.

`Ratings` follows Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems" (Computer 42,
2009), `FactorisationMachine` Rendle, "Factorization Machines" (ICDM 2010), `WideDeep` Cheng et al., "Wide & Deep
Learning for Recommender Systems" (arXiv:1606.07792).
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from mindspore import Parameter, Tensor, int32, nn, ops

if TYPE_CHECKING:
    from collections.abc import Sequence


class Ratings(nn.Cell):
    """Predict what a user rates an item: a mean, two leanings, and how well tastes and traits agree."""

    def __init__(self, users: int, items: int, factors: int = 4) -> None:
        super().__init__()
        self.mean = Parameter(ops.zeros((1,)), name="mean", requires_grad=False)
        self.user_leaning = nn.Embedding(users, 1, embedding_table="zeros")
        self.item_leaning = nn.Embedding(items, 1, embedding_table="zeros")
        self.tastes = nn.Embedding(users, factors)
        self.traits = nn.Embedding(items, factors)

    def construct(self, pairs: Tensor) -> Tensor:
        """Map numbers of user and item (batch, 2) int32 to ratings (batch, 1)."""
        user, item = pairs[:, 0], pairs[:, 1]
        match = (self.tastes(user) * self.traits(item)).sum(1, keepdims=True)
        return self.mean + self.user_leaning(user) + self.item_leaning(item) + match


class FactorisationMachine(nn.Cell):
    """Predict clicks from single values and from the agreement of each two of them."""

    def __init__(self, fields: Sequence[int], factors: int = 8) -> None:
        super().__init__()
        self.starts = Tensor([0, *list(accumulate(fields))[:-1]], dtype=int32)
        self.bias = Parameter(ops.zeros((1,)), name="bias")
        self.weights = nn.Embedding(sum(fields), 1, embedding_table="zeros")
        self.factors = nn.Embedding(sum(fields), factors)

    def construct(self, rows: Tensor) -> Tensor:
        """Map the numbers of the fields' values (batch, fields) int32 to the log-odds of a click (batch, 1)."""
        places = rows + self.starts
        factors = self.factors(places)
        # The sum over all pairs, in time linear in the fields (equation 3 of the paper's lemma).
        pairs = 0.5 * (factors.sum(1) ** 2 - (factors**2).sum(1)).sum(1, keepdims=True)
        return self.bias + self.weights(places).sum(1) + pairs


class WideDeep(nn.Cell):
    """Predict clicks from single values and from a perceptron over embeddings of all of them."""

    def __init__(self, fields: Sequence[int], width: int = 8, hidden: Sequence[int] = (48, 24)) -> None:
        super().__init__()
        self.starts = Tensor([0, *list(accumulate(fields))[:-1]], dtype=int32)
        self.bias = Parameter(ops.zeros((1,)), name="bias")
        self.wide = nn.Embedding(sum(fields), 1, embedding_table="zeros")
        self.embedding = nn.Embedding(sum(fields), width)
        first, second = hidden
        self.deep = nn.SequentialCell(
            [nn.Dense(width * len(fields), first), nn.ReLU(), nn.Dense(first, second), nn.ReLU(), nn.Dense(second, 1)]
        )

    def construct(self, rows: Tensor) -> Tensor:
        """Map the numbers of the fields' values (batch, fields) int32 to the log-odds of a click (batch, 1)."""
        places = rows + self.starts
        deep = self.deep(self.embedding(places).reshape(rows.shape[0], -1))
        return self.bias + self.wide(places).sum(1) + deep
