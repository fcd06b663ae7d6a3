"""Samples as a dataset holds them, before any part is held out; and numbers that are random everywhere in one way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Made values are rounded to so many decimals: the last bits of a logarithm differ from processor to processor.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Samples:
    """A whole dataset."""

    features: NDArray[Any]  #: (samples, columns)
    targets: NDArray[Any]  #: (samples,), or (samples, columns) where a sample has several
    dtype: str  #: of the targets as a network is trained on them
    #: the test samples, ascending; None leaves the choice to the general rule
    held_out: NDArray[Any] | Sequence[int] | None = None
    #: samples of neither split, because they overlap with the other one's
    left_out: NDArray[Any] | Sequence[int] = ()


class Dice:
    """Random numbers from a seed, the same with every numpy and on every machine.

    They come from the raw output of PCG64 (O'Neill 2014), which numpy promises not to change; of the methods of its
    generators it does not promise that.
    """

    def __init__(self, seed: int) -> None:
        import numpy as np

        self._bits = np.random.PCG64(seed)

    def uniform(self, *shape: int) -> NDArray[Any]:
        """Return float64 in [0, 1) with 53 random bits each."""
        import numpy as np

        raw = self._bits.random_raw(int(np.prod(shape)))
        drawn: NDArray[Any] = ((raw >> np.uint64(11)) * 2.0**-53).reshape(shape)
        return drawn

    def normal(self, *shape: int) -> NDArray[Any]:
        """Return standard normal float64 (Box and Muller 1958)."""
        import numpy as np

        radius = np.sqrt(-2 * np.log1p(-self.uniform(*shape)))
        drawn: NDArray[Any] = radius * np.cos(2 * np.pi * self.uniform(*shape))
        return drawn

    def below(self, limit: int, *shape: int) -> NDArray[Any]:
        """Return int64 in [0, limit)."""
        return (self.uniform(*shape) * limit).astype("int64")


def rounded(values: NDArray[Any]) -> NDArray[Any]:
    """Return values with DECIMALS decimals, no zero of them negative."""
    import numpy as np

    short: NDArray[Any] = np.round(values, DECIMALS) + 0.0
    return short
