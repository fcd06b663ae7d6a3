"""Train mindhub/2.10/gcn_blocks: the communities of a graph from its edges and sixteen labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from common import Recipe, main
from gcn_karate import set_graph
from mindspore import nn

from mindhub.smoke.graphs import blocks_adjacency

if TYPE_CHECKING:
    from numpy.typing import NDArray


def edges(network: nn.Cell, _inputs: NDArray[Any], _targets: NDArray[Any]) -> None:
    """Set the made graph; of a node nothing is known but which one it is."""
    adjacency = blocks_adjacency()
    set_graph(network, adjacency, np.eye(len(adjacency)))


RECIPE = Recipe(
    name="gcn_blocks",
    network={
        "source": "file",
        "name": "gcn:GCN",
        "kwargs": {"nodes": 160, "features": 160, "classes": 4, "hidden": 16},
    },
    dataset="made:blocks",
    preprocess={"dtype": "int32"},
    metric="accuracy",
    loss=lambda: nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
    optimiser=lambda parameters, rates: nn.AdamWeightDecay(parameters, rates, weight_decay=0.05),
    rate=0.02,
    epochs=100,
    batch=16,
    prepare=edges,
)

if __name__ == "__main__":
    main(RECIPE)
