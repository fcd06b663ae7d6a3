"""Train mindhub/2.10/mf_ratings: how many stars a user gives an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from common import Recipe, main
from losses import SquaredError
from mindspore import Tensor, nn

from mindhub.smoke.made import ITEMS, USERS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def centre(network: nn.Cell, _inputs: NDArray[Any], targets: NDArray[Any]) -> None:
    """Set the network's mean to that of the training ratings."""
    network.mean.set_data(Tensor(np.array([targets.astype(np.float64).mean()], dtype=np.float32)))


RECIPE = Recipe(
    name="mf_ratings",
    network={"source": "file", "name": "recommend_mini:Ratings", "kwargs": {"users": USERS, "items": ITEMS}},
    dataset="made:ratings",
    preprocess={"dtype": "int32"},
    metric="rmse",
    loss=SquaredError,
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.2),
    rate=0.02,
    epochs=40,
    batch=32,
    prepare=centre,
)

if __name__ == "__main__":
    main(RECIPE)
