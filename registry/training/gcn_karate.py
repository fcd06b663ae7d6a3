"""Train mindhub/2.10/gcn_karate: who leaves a karate club, from who is friends with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from common import Recipe, main
from mindspore import Tensor, nn

from mindhub.smoke.graphs import karate_adjacency

if TYPE_CHECKING:
    from numpy.typing import NDArray


def set_graph(network: nn.Cell, adjacency: NDArray[Any], features: NDArray[Any]) -> None:
    """Give a network from `networks/gcn.py` its graph and what is known of each node."""
    looped = adjacency + np.eye(len(adjacency))
    root = 1 / np.sqrt(looped.sum(axis=1))
    network.propagation.set_data(Tensor((root[:, None] * looped * root).astype(np.float32)))
    network.features.set_data(Tensor(features.astype(np.float32)))


def friendships(network: nn.Cell, _inputs: NDArray[Any], _targets: NDArray[Any]) -> None:
    """Set the club's friendships; of a member nothing is known but who he is."""
    adjacency = karate_adjacency()
    set_graph(network, adjacency, np.eye(len(adjacency)))


RECIPE = Recipe(
    name="gcn_karate",
    network={"source": "file", "name": "gcn:GCN", "kwargs": {"nodes": 34, "features": 34, "classes": 2}},
    dataset="made:karate",
    preprocess={"dtype": "int32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.05),
    rate=0.02,
    epochs=200,
    batch=2,
    prepare=friendships,
)

if __name__ == "__main__":
    main(RECIPE)
