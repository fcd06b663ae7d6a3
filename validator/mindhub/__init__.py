"""MindHub: load, list and look up verified MindSpore models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mindhub.client import info, list, load  # noqa: A004 - the names a user reads: mindhub.list()

__all__ = ["__version__", "info", "list", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Importing the client costs more than `mindhub check` has to spend at start-up.
    if name in ("info", "list", "load"):
        from mindhub import client

        return getattr(client, name)
    raise AttributeError(f"module 'mindhub' has no attribute {name!r}")
