"""Where a card's network may come from without code of strangers: its own graph, a library, the registry's files.

Candidates only, best first, found by names and tensor tables; propose.py builds them and holds them against the file.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mindhub.smoke.evidence import EvidenceError, evidence_path, read_evidence
from mindhub.smoke.libraries import factories, libraries
from mindhub.smoke.matching import match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mindhub.formats.table import TensorTable
    from mindhub.model import Card
    from mindhub.smoke.libraries import Factory
    from mindhub.source import Registry
    from mindhub.vocabulary import Vocabulary

#: Candidates of one kind that are worth building.
MOST = 4
#: Letters and digits that a name must have to be looked for inside a longer one.
_TELLING = 4


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of the model whose network is looked for."""

    names: tuple[str, ...] = ()  #: it goes by, the surest first
    places: str = ""  #: addresses of its code and files, in one text
    table: TensorTable | None = None  #: of its file; None where the file is not at hand
    path: Path | None = None  #: of its file
    except_for: Path | None = None  #: its own card, which is no example for itself


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network that may be the one."""

    network: Mapping[str, Any]  #: as `smoke.network` has it
    inputs: tuple[Mapping[str, Any], ...] = ()  #: as `smoke.inputs` has them; empty where they are not known
    outputs: tuple[Mapping[str, Any], ...] = ()  #: as `smoke.outputs` has them
    like: str = ""  #: uid of the card that these are taken from
    same_tensors: bool = False  #: that card's record has the tensors of the file


def sought_for(card: Card, table: TensorTable | None, path: Path | None) -> Sought:
    """Return what a card says of its model."""
    stems = [(asset.link or "").rpartition("/")[2].partition(".")[0] for asset in card.assets]
    folder = (card.repo_link or "").rstrip("/").rpartition("/")[2]
    uid = card.uid.name if card.uid else ""
    names = [card.model_name, *stems, uid, card.backbone_name, folder]
    places = " ".join([card.repo_link or "", *(asset.link or "" for asset in card.assets), card.model_name or ""])
    return Sought(tuple(dict.fromkeys(name for name in names if name)), places.lower(), table, path, card.path)


def graph(sought: Sought) -> Iterator[Candidate]:
    """Yield the graph in the model's file, where that is one."""
    from mindhub.scaffold.contract import section

    if sought.table is not None and sought.table.format == "mindir":
        rows = (section(None, [], sought.table) or {}).get("inputs", [])
        yield Candidate({"source": "mindir"}, tuple(rows))


def packages(sought: Sought) -> Iterator[Candidate]:
    """Yield factories of installed libraries whose name is one of the model's.

    Where its file is not at hand to tell, only those of a library that the card's addresses or name mention: many
    networks of other people are called resnet50 too.
    """
    for library in libraries():
        if sought.table is None and library not in sought.places:
            continue
        ranked = sorted(factories(library), key=lambda one: _likeness(one.plain, sought.names), reverse=True)
        for factory in [one for one in ranked if _likeness(one.plain, sought.names)[0]][:MOST]:
            yield _of_library(factory)


def files(sought: Sought, registry: Registry, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Yield reviewed networks of the registry: first as cards run them that have the same tensors or name."""
    known = list(_cards(sought, registry, vocabulary))
    yield from sorted(known, key=lambda one: not one.same_tensors)[:MOST]
    taken = {one.network.get("name") for one in known}
    classes = [name for name in _classes(registry) if name not in taken]
    ranked = sorted(classes, key=lambda name: _likeness(_of_class(name), sought.names), reverse=True)
    # A class is called Classifier or Net: what only lies inside a name of the model says nothing.
    for name in [name for name in ranked if _likeness(_of_class(name), sought.names)[0] > 1][:MOST]:
        yield Candidate({"source": "file", "name": name})


def _cards(sought: Sought, registry: Registry, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Yield the networks of cards whose record has the same tensors or, without any to compare, the same name."""
    from mindhub.card import read_card
    from mindhub.source import SourceError

    seen = set()
    wanted = {_plain(name) for name in sought.names}
    for file in registry.files():
        try:
            if file.path == sought.except_for or b"\nsmoke:" not in file.path.read_bytes():
                continue
            card = read_card(file, vocabulary)
        except (OSError, SourceError):
            continue  # the check says so
        smoke = card.smoke or {}
        network, rows = smoke.get("network"), smoke.get("inputs")
        if not isinstance(network, dict) or network.get("source") not in ("file", "package") or not rows:
            continue
        fits = _same_tensors(card, sought.table)
        if not (fits or (fits is None and _plain(card.model_name or "") in wanted)):
            continue
        key = json.dumps([network, rows], sort_keys=True)
        if key not in seen:
            seen.add(key)
            outputs = tuple(
                {key: row[key] for key in ("name", "shape", "dtype") if key in row} for row in _outputs(smoke)
            )
            yield Candidate(network, tuple(rows), outputs, str(card.uid or card.file), fits is True)


def _outputs(smoke: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = smoke.get("outputs") or []
    return found


def _same_tensors(card: Card, table: TensorTable | None) -> bool | None:
    """Say whether a card's record is of the same tensors, training state aside; None where nothing can be compared."""
    if table is None:
        return None
    try:
        record = read_evidence(evidence_path(card.path))
    except EvidenceError:
        return None
    if record is None or record.table is None or record.failed is not None:
        return None
    rows = [row for row in record.table.tensors if row.name not in record.training_state]
    return match(rows, table.tensors).ok


def _classes(registry: Registry) -> Iterator[str]:
    """Yield `file:Class` for the classes below networks/ that have a `construct`, without importing a file."""
    for path in sorted((registry.root / "networks").glob("*.py")):
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (OSError, ValueError, SyntaxError):
            continue
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                methods = [item.name for item in node.body if isinstance(item, ast.FunctionDef)]
                if "construct" in methods:
                    yield f"{path.stem}:{node.name}"


def _of_class(name: str) -> str:
    return name.partition(":")[2]


def _of_library(factory: Factory) -> Candidate:
    fill = {"random": [-2, 2], "seed": 0}
    row = {"name": "images", "shape": [1, 3, factory.side, factory.side], "dtype": "float32", "fill": fill}
    return Candidate({"source": "package", "name": factory.name}, (row,))


def _likeness(name: str, wanted: tuple[str, ...]) -> tuple[int, int]:
    """Rank a name among those a model goes by: 3 the same, 2 a beginning of one, 1 inside of one; then by length."""
    plain = _plain(name)
    ranks = [0]
    for other in map(_plain, wanted):
        if other == plain:
            ranks.append(3)
        elif len(plain) >= _TELLING and plain in other:
            ranks.append(2 if other.startswith(plain) else 1)
    return max(ranks), len(plain)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold().replace("&", "and"))
