"""The index in small pieces: by publisher and version, and by the sha256 of a file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from mindhub.pages.api import VERSION, before_cards, encode, with_cards
from mindhub.pages.usage import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mindhub.pages.entries import Entry


Folder = tuple[str, str]  #: publisher and version of MindSpore


def folders(found: Sequence[Entry]) -> dict[Folder, list[Entry]]:
    """Return the cards of each folder, in order."""
    folders: dict[Folder, list[Entry]] = defaultdict(list)
    for entry in found:
        folders[entry.publisher, entry.version.en].append(entry)
    return dict(sorted(folders.items()))


def path_of(folder: Folder) -> str:
    """Return where a folder's shard lies."""
    publisher, version = folder
    return f"index/{publisher}/{version}.json"


def shard(folder: Folder, summaries: Iterable[bytes]) -> tuple[str, bytes]:
    """Return `index/<publisher>/<version>.json`; `summaries` are its cards as listings hold them, as JSON."""
    publisher, version = folder
    head = {"version": VERSION, "kind": "shard", "publisher": publisher, "mindspore_version": version}
    return path_of(folder), with_cards(before_cards(head), summaries)


def index(found: Mapping[Folder, Sequence[Entry]]) -> tuple[str, bytes]:
    """Return the list of all shards."""
    listed = [
        {"publisher": folder[0], "mindspore_version": folder[1], "cards": len(these), "url": path_of(folder)}
        for folder, these in found.items()
    ]
    return "index/index.json", encode({"version": VERSION, "kind": "shards", "shards": listed})


def naming(found: Sequence[Entry]) -> dict[str, list[tuple[Entry, int]]]:
    """Return the cards that name a file, by its sha256 in order, each with the file's place in the card."""
    naming: dict[str, list[tuple[Entry, int]]] = defaultdict(list)
    for entry in found:
        for asset in entry.card.assets:
            if sha256 := digest(asset):
                naming[sha256].append((entry, asset.index))
    return dict(sorted(naming.items()))


def by_sha256(sha256: str, places: Sequence[tuple[Entry, int]]) -> tuple[str, bytes]:
    """Return `by-sha256/<hash>.json`: which cards name a file, given the hash of what one has at hand."""
    cards = [
        {"uid": entry.uid, "url": f"{entry.uid}/index.json", "file": index, "step": entry.state.step}
        for entry, index in places
    ]
    return f"by-sha256/{sha256}.json", encode({"version": VERSION, "kind": "file", "sha256": sha256, "cards": cards})
