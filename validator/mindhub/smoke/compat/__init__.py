"""The compatibility layer: small, named shims under which networks written for MindSpore 1.x build on 2.x.

They change the process they are installed in, so they are for a child that runs one network and ends. Each takes
effect only where the network asks for what is gone; which ones did is noted, and evidence lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.smoke.compat import layout, names, operators, signatures, spelling, surroundings
from mindhub.smoke.compat.shim import Ledger, Shim

if TYPE_CHECKING:
    from collections.abc import Collection

#: In the order of installation.
ALL_SHIMS: tuple[Shim, ...] = (
    *layout.SHIMS,
    *surroundings.SHIMS,
    *names.SHIMS,
    *signatures.SHIMS,
    *operators.SHIMS,
    *spelling.SHIMS,
)


__all__ = ["ALL_SHIMS", "Ledger", "Shim", "install"]


def install(ledger: Ledger, withheld: Collection[str] = ()) -> None:
    """Install every shim but those withheld in this process; `ledger` learns which ones are needed."""
    for shim in ALL_SHIMS:
        if shim.name not in withheld:
            shim.install(ledger.use(shim.name))
