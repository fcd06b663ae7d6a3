"""What the records beside cards give away, for the rules: which no run wrote, which are outdated, which failed."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.messages import say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mindhub.formats import TensorTable
    from mindhub.model import Card
    from mindhub.smoke.evidence import Evidence, Stage
    from mindhub.smoke.network_runs import NetworkRun

PRESENT, PAST = ".evidence.json", ".evidence.jsonl"
MADE = ".network.json"  #: of a run with random weights


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is to be said about the records of one card."""

    faults: tuple[tuple[str, str], ...] = ()  #: name of the file, and what in it no run can have written
    date: str = ""  #: of the present record, where the registry itself made it
    outdated: str = ""  #: what of the card changed since, such as `claims, asset`
    failed: Stage | None = None  #: what failed in the registry's own run
    misfit: str = ""  #: how the card's file differs from the network that was built with random weights, and why


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
        names = [stem + ending for ending in (PRESENT, PAST, MADE) if stem + ending in found[folder]]
        if names:
            linked = [name for name in names if not found[folder][name]]
            data = {name: _bytes(folder / name) for name in names if name not in linked}
            present, past, made = (data.get(stem + ending) for ending in (PRESENT, PAST, MADE))
            seen = judge_records(card, root, today, present, past, made)
            links = [(name, say("it is no regular file")) for name in linked]
            yield card.file, replace(seen, faults=(*links, *seen.faults))


def judge_records(
    card: Card,
    root: Path | None,
    today: dt.date,
    present: bytes | None,
    past: bytes | None = None,
    made: bytes | None = None,
) -> Recorded:
    """Judge the bytes of a card's record, of its history and of its run with random weights, None where absent."""
    from mindhub.smoke.contract import source_digest
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
    run = _made(card, stem, today, made, faults)
    unique = tuple(dict.fromkeys(faults))
    misfit = _misfit(card, root, now, run) if run else ""
    if now is None or now.made_by != "hub":
        return Recorded(unique, misfit=misfit)
    kind, _, what = freshness(card, now, source_digest(card, root)).partition(": ")
    outdated = what if kind == "outdated" else ""
    # What failed under an earlier card may have been mended since.
    return Recorded(unique, now.date, outdated, None if outdated else now.failed, misfit)


def _made(
    card: Card, stem: Path, today: dt.date, made: bytes | None, faults: list[tuple[str, str]]
) -> NetworkRun | None:
    """Read a run with random weights and add its faults."""
    from mindhub.smoke.evidence import EvidenceError
    from mindhub.smoke.forgery import invented
    from mindhub.smoke.network_runs import parse_network_run

    name = stem.name + MADE
    if made is None:
        return None
    try:
        run = parse_network_run(stem.with_name(name), made)
    except EvidenceError as error:
        faults.append((name, say("it cannot be read: {reason}", reason=error.reason)))
        return None
    faults += [(name, fault) for fault in invented(run, today)]
    if card.uid is not None and run.uid != str(card.uid):
        faults.append((name, say("uid: it is the record of {uid}", uid=run.uid)))
    return run


def _misfit(card: Card, root: Path | None, record: Evidence | None, run: NetworkRun) -> str:
    """Hold the tensors of the card's file against the network's parameters; empty where they fit or are not known."""
    from mindhub.smoke.contract import source_digest
    from mindhub.smoke.matching import match
    from mindhub.smoke.misfit import likely_causes
    from mindhub.smoke.network_runs import still_holds

    if not run.table or not still_holds(card, run, source_digest(card, root)):
        return ""
    known = {asset.sha256 for asset in card.assets if asset.sha256}
    table = record.table if record and record.digests.get("asset") in known else None
    table = table or _file_table(card, root)
    patterns = (card.smoke or {}).get("ignore-extra") or ()
    try:
        found = match(run.table, table.tensors, patterns, run.arguments) if table else None
    except ValueError:
        return ""  # a pattern that is none, which a rule says
    if found is None or found.ok:
        return ""
    first = found.explain().partition("\n")[0]
    return "; ".join([first, *(f"likely cause: {cause}" for cause in likely_causes(found))])


def _file_table(card: Card, root: Path | None) -> TensorTable | None:
    """Return the tensor table of the card's embedded file, if that has the sha256 that the card states."""
    from mindhub.assets.store import hash_file
    from mindhub.formats import scan
    from mindhub.formats.errors import FormatError
    from mindhub.smoke.contract import loadable_asset
    from mindhub.source import Registry

    asset = loadable_asset(card)
    if asset is None or not asset.embedded or not asset.link or root is None:
        return None
    path = Registry(root).asset_path(card.path, asset.link)
    try:
        if path is None or hash_file(path)[0] != asset.sha256:
            return None
        return scan(path, asset.file_format or "ckpt")
    except (OSError, FormatError):
        return None


def _records(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield the names of records in a folder, and whether each is a regular file."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith((PRESENT, PAST, MADE)):
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
