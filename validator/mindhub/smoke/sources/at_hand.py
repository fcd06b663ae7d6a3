"""What is known of a card's model on this machine, without asking any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.assets.store import Store
from mindhub.formats import FormatError, scan
from mindhub.smoke.contract import LOADABLE
from mindhub.smoke.doors import Sought, sought_for
from mindhub.smoke.evidence import EvidenceError, evidence_path, read_evidence

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.model import Asset, Card
    from mindhub.source import Registry

#: A graph brings its network along, so it goes before weights.
_ORDER = ("mindir", *LOADABLE)


def at_hand(card: Card, registry: Registry, store: Path | None = None) -> Sought:
    """Return a card's model as doors.py looks for it: its names, and its file from beside the card or from the store.

    Where the file is not here, the tensor table of the card's record serves, if that is of a file that the card names.
    """
    ranked = [asset for kind in _ORDER for asset in card.assets if asset.file_format == kind]
    for asset in ranked:
        path = _path(card, asset, registry, Store(store))
        if path is None:
            continue
        try:
            return sought_for(card, scan(path, asset.file_format or "ckpt"), path)
        except (OSError, FormatError):
            continue  # `mindhub check` and `smoke` say what is wrong with it
    try:
        record = read_evidence(evidence_path(card.path))
    except EvidenceError:
        record = None
    known = {asset.sha256 for asset in ranked}
    table = record.table if record and record.digests.get("asset") in known else None
    return sought_for(card, table, None)


def _path(card: Card, asset: Asset, registry: Registry, store: Store) -> Path | None:
    if asset.embedded and asset.link:
        return registry.asset_path(card.path, asset.link)
    try:
        return store.get(asset.sha256, asset.size) if asset.sha256 else None
    except ValueError:
        return None  # no sha256, which a rule says
