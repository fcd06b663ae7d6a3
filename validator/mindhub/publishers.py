"""Publishers: who answers for a folder of cards, in `registry/<publisher>/publisher.yaml`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.documents import Document, load, parse_yaml
from mindhub.frozen import dataclass, field
from mindhub.messages import say
from mindhub.model import Problem
from mindhub.source import RESERVED, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

NAME = "publisher.yaml"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the cards of a folder."""

    name: str  #: of the folder
    title: str  #: as readers know it
    owners: tuple[str, ...] = ()  #: accounts on the registry's host that may change the folder
    contact: str = ""  #: a mail address or an https address
    url: str = ""  #: of the publisher's own page; empty where there is none


@dataclass(frozen=True, slots=True)
class Publishers:
    """All publishers of a registry that say who they are."""

    documents: tuple[Document, ...] = ()  #: their files, the faulty ones too
    entries: Mapping[str, Publisher] = field(default_factory=dict)  #: by name of the folder; none for a faulty file


def read_publishers(root: Path) -> Mapping[str, Publisher]:
    """Return a registry's publishers by the names of their folders.

    A file that cannot be read, or is not what schema/publisher.schema.json says, is left out; RG007 says why.
    """
    return parse_publishers(_readable(publisher_files(root))).entries


def publisher_files(root: Path) -> list[Path]:
    """Return where the publishers of a registry say who they are, by name."""
    return [path for path in sorted(root.glob(f"*/{NAME}")) if is_publisher(path.parent.name)]


def is_publisher(folder: str) -> bool:
    """Say whether a folder of a registry's root may be a publisher's."""
    return folder not in RESERVED and not folder.startswith(".")


def parse_publishers(files: Iterable[tuple[Path, bytes]]) -> Publishers:
    """Read the publishers' files, each a path `<publisher>/publisher.yaml` and its bytes."""
    documents: list[Document] = []
    entries: dict[str, Publisher] = {}
    for path, data in files:
        document = parse_yaml(data, path, "publisher")
        if document.value is None and not document.problems:
            nothing = Problem((), say("the file says nothing; write who publishes here"))
            document = replace(document, problems=(nothing,))
        documents.append(document)
        if not document.problems:
            said = document.value
            entries[path.parent.name] = Publisher(
                path.parent.name, said["title"], tuple(said["owners"]), said["contact"], said.get("url", "")
            )
    return Publishers(tuple(documents), entries)


def _readable(paths: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    for path in paths:
        try:
            data = load(path)
        except SourceError:
            continue
        if data is not None:
            yield path, data
