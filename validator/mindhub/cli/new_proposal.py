"""What `mindhub new` proposes as a card's smoke section, found the way `mindhub smoke --propose` finds it."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mindhub.facts import Facts
    from mindhub.formats import TensorTable
    from mindhub.scaffold.card import Draft
    from mindhub.source import Registry


@dataclass(frozen=True, slots=True)
class Found:
    """A section for a person to review."""

    smoke: Mapping[str, Any] = field(default_factory=dict)  #: empty where nothing was found
    commit: str = ""  #: of the repository whose code it names
    notes: tuple[str, ...] = ()  #: what it was held against; why nothing was found

    @property
    def name(self) -> str:
        """Return the network as `--smoke` takes it: lenet:LeNet, package:mindcv.models:resnet18, mindir."""
        network = self.smoke.get("network", {})
        source, name = network.get("source", ""), network.get("name", "")
        return name if source == "file" else f"{source}:{name}" if name else source


def of_file(
    path: Path | None, table: TensorTable | None, names: tuple[str, ...], home: Registry, facts: Facts
) -> Found:
    """Find the network that a model's file fits, among those of the registry and of installed libraries.

    A card here whose record has the same tensors says it all. Else candidates are built and the file is loaded into
    them, where MindSpore is installed. Nothing is found without a file: names alone are for a person to judge.
    """
    from mindhub.smoke import doors

    if path is None or table is None or table.format == "mindir":
        return Found()  # a graph names its network and inputs itself
    sought = doors.Sought(names, table=table, path=path.resolve())
    same = next((one for one in doors.files(sought, home, facts.vocabulary) if one.same_tensors), None)
    if same is not None:
        smoke: dict[str, Any] = {"network": same.network, "inputs": list(same.inputs)}
        smoke |= {"outputs": list(same.outputs)} if same.outputs else {}
        return Found(smoke, notes=(f"the file has the tensors of {same.like}",))
    if not _can_run():
        return Found()
    from mindhub.smoke.child import HarnessError, Nursery
    from mindhub.smoke.propose import Means, propose_reviewed

    try:
        with Nursery() as nursery:
            found = propose_reviewed(sought, Means(home, nursery))
    except HarnessError as error:
        return Found(notes=(str(error),))
    return Found(found.smoke, notes=found.notes)


def of_repository(draft: Draft, path: Path, table: TensorTable | None, home: Registry, facts: Facts) -> Found:
    """Trace the repository that a draft names, in the full sandbox; what keeps it from that is in the notes."""
    if not _can_run() or not draft.values.get("repo-link"):
        return Found()
    from mindhub.card import parse_card
    from mindhub.scaffold.card import render
    from mindhub.smoke import bubblewrap
    from mindhub.smoke.child import HarnessError, Nursery
    from mindhub.smoke.doors import sought_for
    from mindhub.smoke.propose import Means, propose_traced
    from mindhub.smoke.sources.mirrors import repositories_of
    from mindhub.smoke.sources.repositories import RepositoryError
    from mindhub.source import CardFile

    if (missing := bubblewrap.available()) is not None:
        return Found(notes=(f"the repository was not tried: {missing}",))
    card = parse_card(render(draft), CardFile(path, home.root, draft.uid), facts.vocabulary)
    try:
        repositories = repositories_of((), home.root)
        with Nursery() as nursery:
            found = propose_traced(
                card, Means(home, nursery, repositories), repositories, sought_for(card, table, None)
            )
    except (HarnessError, RepositoryError, ValueError) as error:
        return Found(notes=(f"the repository was not tried: {error}",))
    guessed = [f"GUESSED, replace it: {argument}" for argument in found.guessed]
    return Found(found.smoke, found.commit, (*guessed, *found.notes) if found.smoke else found.tried)


def _can_run() -> bool:
    return sys.platform == "linux" and importlib.util.find_spec("mindspore") is not None
