"""What the records beside cards give away, for the rules: which no run wrote, which are outdated, which failed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.messages import say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mindhub.formats import TensorTable
    from mindhub.model import Card
    from mindhub.smoke.evidence import Evidence, Stage

PRESENT, PAST = ".evidence.json", ".evidence.jsonl"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is to be said about the records of one card."""

    faults: tuple[tuple[str, str], ...] = ()  #: name of the file, and what in it no run can have written
    date: str = ""  #: of the present record, where the registry itself made it
    outdated: str = ""  #: what of the card changed since, such as `claims, asset`
    failed: Stage | None = None  #: what failed in the registry's own run


def read_recorded(cards: Iterable[Card], root: Path | None, today: dt.date) -> Iterator[tuple[str, Recorded]]:
    """Yield, by card file, what the records that lie beside cards give away.

    The folders are listed once, so that cards without a record cost no look at the disk.
    """
    found: dict[Path, dict[str, bool]] = {}
    for card in cards:
        folder = card.path.parent
        if folder not in found:
            found[folder] = dict(_records(folder))
        stem = card.path.name.removesuffix(".md")
        names = [stem + ending for ending in (PRESENT, PAST) if stem + ending in found[folder]]
        if names:
            linked = [name for name in names if not found[folder][name]]
            data = {name: _bytes(folder / name) for name in names if name not in linked}
            seen = judge_records(card, root, today, data.get(stem + PRESENT), data.get(stem + PAST))
            links = [(name, say("it is no regular file")) for name in linked]
            yield card.file, Recorded((*links, *seen.faults), seen.date, seen.outdated, seen.failed)


def judge_records(
    card: Card, root: Path | None, today: dt.date, present: bytes | None, past: bytes | None = None
) -> Recorded:
    """Judge the bytes of a card's present record and of its history, None where there is none."""
    from mindhub.smoke.contract import network_digest
    from mindhub.smoke.evidence import EvidenceError, freshness, parse_evidence
    from mindhub.smoke.forgery import contradictions
    from mindhub.smoke.history import parse_history

    stem = card.path.with_name(card.path.name.removesuffix(".md"))
    faults: list[tuple[str, str]] = []
    records: list[tuple[str, Evidence]] = []
    now: Evidence | None = None
    try:
        if present is not None:
            now = parse_evidence(stem.with_name(stem.name + PRESENT), present)
            records.append((stem.name + PRESENT, now))
    except EvidenceError as error:
        faults.append((error.path.name, say("it cannot be read: {reason}", reason=error.reason)))
    try:
        lines = parse_history(stem.with_name(stem.name + PAST), past or b"")
        records += [(stem.name + PAST, record) for record in lines]
    except EvidenceError as error:
        faults.append((error.path.name, say("it cannot be read: {reason}", reason=error.reason)))
    table, sha256 = _table(card, root, now)
    for name, record in records:
        faults += [(name, fault) for fault in contradictions(record, today, table, sha256)]
        if card.uid is not None and record.uid != str(card.uid):
            faults.append((name, say("uid: it is the record of {uid}", uid=record.uid)))
    unique = tuple(dict.fromkeys(faults))
    if now is None or now.made_by != "hub":
        return Recorded(unique)
    kind, _, what = freshness(card, now, network_digest(root, (card.smoke or {}).get("network"))).partition(": ")
    outdated = what if kind == "outdated" else ""
    # What failed under an earlier card may have been mended since.
    return Recorded(unique, now.date, outdated, None if outdated else now.failed)


def _records(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield the names of records in a folder, and whether each is a regular file."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith((PRESENT, PAST)):
                    yield entry.name, entry.is_file(follow_symlinks=False)
    except OSError:
        return  # the reader of cards says so


def _bytes(path: Path) -> bytes:
    """Return a file's bytes, one more than a record may have where it is longer; none where it cannot be read."""
    from mindhub.smoke.evidence import MAX_BYTES

    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError:
        return b""


def _table(card: Card, root: Path | None, record: Evidence | None) -> tuple[TensorTable | None, str]:
    """Return the tensor table of the card's embedded file and its stated sha256, where the record is of that file."""
    from mindhub.formats import scan
    from mindhub.formats.errors import FormatError
    from mindhub.smoke.contract import loadable_asset
    from mindhub.source import Registry

    asset = loadable_asset(card)
    if asset is None or not asset.embedded or not asset.link or root is None or record is None or not record.table:
        return None, ""
    path = Registry(root).asset_path(card.path, asset.link)
    # Whether the bytes have this sha256 is another rule's matter.
    if path is None or asset.sha256 is None or record.digests.get("asset") != asset.sha256:
        return None, ""
    try:
        return scan(path, asset.file_format or "ckpt"), asset.sha256
    except (OSError, FormatError):
        return None, ""
