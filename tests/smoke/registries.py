"""Small registries for the smoke run: a card, its network and its checkpoint, told only what differs."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cards import card_text, write_card
from mindhub.assets.store import hash_file
from mindhub.card import read_card
from mindhub.model import Uid
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary

#: The parameters of odd_networks.Fine.
WEIGHTS = {
    "fc.weight": np.array([[1, 2, 3], [4, 5, 6]], np.float32) / 8,
    "fc.bias": np.array([0.5, -0.5], np.float32),
}


@dataclass(frozen=True)
class Place:
    """A registry in a temporary folder."""

    root: Path

    @property
    def registry(self) -> Registry:
        return Registry(self.root)

    def card(self, name):
        return read_card(self.registry.card_file(Uid.parse(f"mindhub/2.10/{name}")), load_vocabulary())

    def add(self, name, cell="Fine", *, weights=None, asset=None, evaluation="acc97.5", **smoke: Any):
        """Write a card `mindhub/2.10/<name>` for a class of odd_networks and the checkpoint beside it."""
        folder = self.root / "mindhub" / "2.10"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.ckpt"
        save(path, WEIGHTS if weights is None else weights)
        claims = {"file-format": "ckpt", "asset-link": path.name, **claimed(path), **(asset or {})}
        contract = {
            "network": {"source": "file", "name": f"odd_networks:{cell}"},
            "inputs": [{"shape": [1, 3], "dtype": "float32", "fill": {"range": True}}],
            "outputs": [{"shape": [1, 2], "dtype": "float32"}],
            "limits": {"seconds": 300, "memory": "1GB"},
            **smoke,
        }
        lines = [f"asset: [{json.dumps(claims)}]", f"evaluation: {evaluation}", 'mindspore-version: "2.10"']
        lines += [f"smoke: {json.dumps(contract)}"] if smoke.get("network", True) else ["# no smoke"]
        write_card(self.root, card_text("\n".join(lines) + "\n"), f"mindhub/2.10/{name}")
        return self.card(name)


def place(folder: Path) -> Place:
    """Make an empty registry that has the odd networks."""
    root = folder / "registry"
    (root / "networks").mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("odd_networks.py"), root / "networks")
    return Place(root)


def save(path: Path, weights: dict[str, Any]) -> None:
    """Write a checkpoint with MindSpore."""
    import mindspore

    entries = [{"name": name, "data": mindspore.Tensor.from_numpy(array.copy())} for name, array in weights.items()]
    mindspore.save_checkpoint(entries, str(path))
    path.chmod(0o644)


def claimed(path: Path) -> dict[str, Any]:
    """Return size and sha256 of a file as a card claims them."""
    sha256, size = hash_file(path)
    return {"asset-sha256": sha256, "asset-size": size}
