"""Graph convolutions over one graph, which is part of the network.

Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks" (arXiv:1609.02907): each layer
mixes a node's features with those of its neighbours, weighted by their degrees. The graph and the features of its
nodes are parameters that no optimiser changes, so that a checkpoint cannot be used with another graph.
"""

from __future__ import annotations

from mindspore import Parameter, Tensor, nn, ops


class GCN(nn.Cell):
    """Classify the nodes of a graph by two layers of graph convolution."""

    def __init__(self, nodes: int, features: int, classes: int, hidden: int = 8) -> None:
        super().__init__()
        #: D^-1/2 (A + I) D^-1/2 of the adjacency A with degrees D, self-loops included
        self.propagation = Parameter(ops.zeros((nodes, nodes)), name="propagation", requires_grad=False)
        self.features = Parameter(ops.zeros((nodes, features)), name="features", requires_grad=False)
        self.first = nn.Dense(features, hidden)
        self.second = nn.Dense(hidden, classes)

    def construct(self, numbers: Tensor) -> Tensor:
        """Map numbers of nodes (batch, 1) int32 to the logits of those nodes (batch, classes)."""
        hidden = ops.relu(ops.matmul(self.propagation, self.first(self.features)))
        logits = ops.matmul(self.propagation, self.second(hidden))
        return ops.gather(logits, numbers[:, 0], 0)
