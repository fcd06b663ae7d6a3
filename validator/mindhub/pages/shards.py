"""The index in small pieces: by publisher and version, and by the sha256 of a file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from mindhub.pages.api import VERSION, encode, fragment
from mindhub.pages.usage import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mindhub.pages.entries import Entry


def shards(found: Sequence[Entry], summaries: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield `index/<publisher>/<version>.json`, each with the cards of one folder, and the list of these.

    `summaries` are the cards as listings hold them, as JSON.
    """
    folders: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in found:
        folders[entry.publisher, entry.version.en].append(entry)
    listed: list[dict[str, Any]] = []
    for (publisher, version), these in sorted(folders.items()):
        path = f"index/{publisher}/{version}.json"
        head = fragment({"version": VERSION, "kind": "shard", "publisher": publisher, "mindspore_version": version})
        cards = ",".join(summaries[entry.uid] for entry in these)
        yield path, f'{head[:-1]},"cards":[{cards}]}}\n'.encode("utf-8", "replace")
        listed.append({"publisher": publisher, "mindspore_version": version, "cards": len(these), "url": path})
    yield "index/index.json", encode({"version": VERSION, "kind": "shards", "shards": listed})


def by_sha256(found: Sequence[Entry]) -> Iterator[tuple[str, bytes]]:
    """Yield `by-sha256/<hash>.json`: which cards name a file, given the hash of what one has at hand."""
    naming: dict[str, list[tuple[Entry, int]]] = defaultdict(list)
    for entry in found:
        for asset in entry.card.assets:
            if sha256 := digest(asset):
                naming[sha256].append((entry, asset.index))
    for sha256, places in sorted(naming.items()):
        cards = [
            {"uid": entry.uid, "url": f"{entry.uid}/index.json", "file": index, "step": entry.state.step}
            for entry, index in places
        ]
        yield (
            f"by-sha256/{sha256}.json",
            encode({"version": VERSION, "kind": "file", "sha256": sha256, "cards": cards}),
        )
