"""The tensors of a file as a tree of their names' parts, with totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.formats.table import Tensor

#: More rows than this would make the page slow and heavy; the whole table is in the JSON.
MOST_ROWS = 1500
#: A table this short needs no tree.
_FLAT = 16
#: Names of real networks have about ten parts; a hostile one may have thousands.
_DEEPEST = 24


@dataclass(frozen=True, slots=True)
class Branch:
    """Tensors whose names begin alike."""

    label: str  #: the parts of the name below the parent's
    tensors: tuple[Tensor, ...]  #: those that end here
    branches: tuple[Branch, ...]
    count: int  #: tensors here and below
    parameters: int
    nbytes: int


def tree(tensors: Sequence[Tensor], label: str = "") -> Branch:
    """Return the tensors as a tree, in the order of the file; branches with one child are joined to it.

    A part with a single tensor is no branch of its own: the tensor stands in its parent's table.
    """
    if len(tensors) <= _FLAT:
        return _branch(label, tuple(tensors), ())
    return _grow(label, tuple(tensors), 0)


def _grow(label: str, tensors: tuple[Tensor, ...], depth: int) -> Branch:
    if depth > _DEEPEST:
        return _branch(label, tensors, ())
    groups: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        parts = tensor.name.split(".")
        groups.setdefault(parts[depth] if depth < len(parts) - 1 else "", []).append(tensor)
    if len(groups) == 1 and "" not in groups:
        part = next(iter(groups))
        return _grow(f"{label}.{part}" if label else part, tensors, depth + 1)
    own = tuple(tensor for part, group in groups.items() if not part or len(group) == 1 for tensor in group)
    below = tuple(_grow(part, tuple(group), depth + 1) for part, group in groups.items() if part and len(group) > 1)
    return _branch(label, own, below)


def _branch(label: str, own: tuple[Tensor, ...], below: tuple[Branch, ...]) -> Branch:
    return Branch(
        label,
        own,
        below,
        len(own) + sum(branch.count for branch in below),
        sum(tensor.size for tensor in own) + sum(branch.parameters for branch in below),
        sum(tensor.nbytes for tensor in own) + sum(branch.nbytes for branch in below),
    )
