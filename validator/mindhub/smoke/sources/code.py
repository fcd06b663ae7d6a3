"""Whose code a card's network is: what the child needs for it beside the contract, and what it told about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mindhub.smoke.contract import FOREIGN
from mindhub.smoke.sources.repositories import Repositories, RepositoryError, default_cache, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mindhub.model import Card
    from mindhub.smoke.contract import Contract
    from mindhub.smoke.watch import Outcome


@dataclass(frozen=True, slots=True)
class Code:
    """What a child needs for the network's source."""

    job: Mapping[str, Any] = field(default_factory=dict)
    foreign: bool = False  #: nobody has reviewed it: it runs in the full sandbox only
    readonly: tuple[Path, ...] = ()


def repository_code(card: Card, contract: Contract, repositories: Repositories | None) -> Code:
    """Bring the code of `hub-conf` and `export` here, at the card's commit; other sources need none.

    Raises RepositoryError: `no-commit` where the card pins none, since a branch may be something else tomorrow.
    """
    if contract.source not in FOREIGN:
        return Code()
    place = place_of(card.repo_link or "")
    if not card.repo_commit:
        raise RepositoryError(
            "no-commit", f"repo-commit is absent: code runs at a pinned commit only; `mindhub pin {card.file}` finds it"
        )
    source = repositories or Repositories(default_cache())
    folder = source.folder(place.url, card.repo_commit, place.folder).path.resolve()
    return Code({"folder": str(folder)}, foreign=True, readonly=(folder,))


def told_of(outcome: Outcome) -> dict[str, str]:
    """Return what a record's environment says of how the network was built: its shims, the libraries stood in for."""
    messages = [*outcome.of("built"), *outcome.of("ran")]
    found: dict[str, str] = {}
    for item in messages:
        for key in ("shims", "stand-ins"):
            names = item.message.values.get(key)
            if isinstance(names, list) and names:
                found[key] = ", ".join(str(name)[:60] for name in names[:60])
    return found
