"""Train mindhub/2.10/linear_load: the next day's load from the week before, by two linear maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from common import Recipe, main
from mindspore import Tensor, nn

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scale(network: nn.Cell, inputs: NDArray[Any], _targets: NDArray[Any]) -> None:
    """Set mean and deviation of a network from `networks/forecast.py` to those of the training data."""
    exact = inputs.astype(np.float64)
    network.scale.mean.set_data(Tensor(np.array([exact.mean()], dtype=np.float32)))
    network.scale.deviation.set_data(Tensor(np.array([exact.std()], dtype=np.float32)))


RECIPE = Recipe(
    name="linear_load",
    network={"source": "file", "name": "forecast:Linear"},
    dataset="made:load",
    preprocess={"dtype": "float32"},
    metric="mae",
    loss=nn.MAELoss,
    optimiser=nn.Adam,
    rate=0.002,
    epochs=60,
    batch=16,
    prepare=scale,
)

if __name__ == "__main__":
    main(RECIPE)
