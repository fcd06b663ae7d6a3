"""Aliases: the names that cards had once, in `registry/aliases.yaml`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mindhub.documents import Document, parse_yaml
from mindhub.frozen import dataclass, field
from mindhub.model import Problem, Uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NAME = "aliases.yaml"


@dataclass(frozen=True, slots=True)
class Aliases:
    """Old names of cards, each with the uid of the card that took its place."""

    document: Document | None = None
    targets: Mapping[str, str] = field(default_factory=dict)  #: old uid -> new uid, as the file has them

    def resolve(self, uid: str) -> str:
        """Return the name that counts today; a name without an alias is itself."""
        return self.targets.get(uid, uid)


def parse_aliases(data: bytes, path: Path) -> Aliases:
    """Read the file; entries that are none are left out, and the document's problems say why."""
    document = parse_yaml(data, path, "aliases")
    entries: dict[str, Any] = document.value if isinstance(document.value, dict) else {}
    wrong = tuple(_not_uids(entries))
    bad = {problem.path[0] for problem in wrong}
    targets = {old: new for old, new in entries.items() if isinstance(new, str) and old not in bad}
    return Aliases(replace(document, problems=(*document.problems, *wrong)), targets)


def _not_uids(entries: Mapping[str, Any]) -> Iterator[Problem]:
    for old, new in entries.items():
        for text, is_key in ((old, True), (new, False)):
            try:
                Uid.parse(text if isinstance(text, str) else "a/0/b")  # what is no text the schema has named
            except ValueError as error:
                yield Problem((old,), error.args[0], key=is_key)
