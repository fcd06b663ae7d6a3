"""Graphs whose nodes are to be told apart: one that was observed, one that is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.smoke.samples import Dice, Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Who met whom outside the karate club, by the numbers of Zachary's paper: each member's friends with a higher number.
_FRIENDS = {
    1: (2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 20, 22, 32),
    2: (3, 4, 8, 14, 18, 20, 22, 31),
    3: (4, 8, 9, 10, 14, 28, 29, 33),
    4: (8, 13, 14),
    5: (7, 11),
    6: (7, 11, 17),
    7: (17,),
    9: (31, 33, 34),
    10: (34,),
    14: (34,),
    15: (33, 34),
    16: (33, 34),
    19: (33, 34),
    20: (34,),
    21: (33, 34),
    23: (33, 34),
    24: (26, 28, 30, 33, 34),
    25: (26, 28, 32),
    26: (32,),
    27: (30, 34),
    28: (34,),
    29: (32, 34),
    30: (33, 34),
    31: (33, 34),
    32: (33, 34),
    33: (34,),
}
#: Those who stayed with the instructor, member 1, when the club split; the others followed the president, member 34.
_INSTRUCTOR = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 17, 18, 20, 22)
_MEMBERS = 34

#: The made graph: its communities, and the nodes of each.
BLOCKS, _BLOCK = 4, 40
_NEAR, _FAR, _KNOWN = 0.2, 0.02, 4  # chances of an edge within and between communities; labels known of each


def karate() -> Samples:
    """Return the 34 members of a karate club by number, from 0; 0 who stayed with the instructor, 1 who left.

    Facts of W. W. Zachary, "An Information Flow Model for Conflict and Fission in Small Groups" (Journal of
    Anthropological Research 33, 1977). All members but the instructor (0) and the president (33) are held out. What
    connects them is in `karate_adjacency`.
    """
    import numpy as np

    left = [member not in _INSTRUCTOR for member in range(1, _MEMBERS + 1)]
    return Samples(np.arange(_MEMBERS)[:, None], np.array(left), "int32", held_out=np.arange(1, _MEMBERS - 1))


def karate_adjacency() -> NDArray[Any]:
    """Return the club's 78 friendships as a symmetric matrix (34, 34) of 0.0 and 1.0."""
    import numpy as np

    matrix = np.zeros((_MEMBERS, _MEMBERS))
    for member, friends in _FRIENDS.items():
        matrix[member - 1, [friend - 1 for friend in friends]] = 1
    adjacency: NDArray[Any] = matrix + matrix.T
    return adjacency


def blocks() -> Samples:
    """Return the 160 nodes of a stochastic block model by number; the community of each, 0 to 3.

    Two nodes of one community (of 40) are connected with a chance of 0.2, two of different ones with 0.02. All but
    the first four nodes of each community are held out. The edges are in `blocks_adjacency`.
    """
    import numpy as np

    nodes = np.arange(BLOCKS * _BLOCK)
    return Samples(nodes[:, None], nodes // _BLOCK, "int32", held_out=nodes[nodes % _BLOCK >= _KNOWN])


def blocks_adjacency() -> NDArray[Any]:
    """Return the edges of the made graph as a symmetric matrix (160, 160) of 0.0 and 1.0."""
    import numpy as np

    dice, communities = Dice(5), np.arange(BLOCKS * _BLOCK) // _BLOCK
    chance = np.where(communities[:, None] == communities, _NEAR, _FAR)
    upper = np.triu(dice.uniform(*chance.shape) < chance, 1).astype("float64")
    adjacency: NDArray[Any] = upper + upper.T
    return adjacency
