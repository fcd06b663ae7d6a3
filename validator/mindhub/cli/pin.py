"""`mindhub pin`: fill in size, sha256 and commit of a card from the bytes and the repository."""

from __future__ import annotations

import datetime as dt
import platform
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.cli.targets import chosen_cards
from mindhub.source import SourceError, shown
from mindhub.writing import write_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mindhub.assets.guard import Guard
    from mindhub.formats import TensorTable
    from mindhub.model import Asset, Card
    from mindhub.source import Registry

FAULT, CANNOT = 1, 2
_SHA256 = re.compile("[0-9a-f]{64}")


class _Stop(Exception):  # noqa: N818 - ends the verb with a message and a code
    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def pin(
    *,
    target: str,
    registry: Path | None = None,
    file: Path | None = None,
    asset: int | None = None,
    repository: Path | None = None,
    commit: bool = True,
    replace_claims: bool = False,
    store: Path | None = None,
    allow_hosts: Sequence[str] = (),
    allow_private: bool = False,
) -> int:
    """Fill in a card from the bytes of its files and from its repository; return the exit code.

    The bytes of asset number `asset` (from 1; the only one where absent) are `file`, if given; else a file beside the
    card, else they are downloaded. `repository` is a folder with a clone to ask instead of the network; `commit` says
    whether repo-commit is filled in at all. A size or sha256 that the card claims and the bytes do not have is a fault,
    unless `replace_claims`.
    """
    from mindhub.assets.guard import Guard

    try:
        home, card = _one(target, registry)
        guard = Guard(frozenset(allow_hosts), allow_private=allow_private)
        chosen = _chosen(card, asset, file)
        found = [_bytes(card, item, home, file, store, guard) for item in chosen]
        if not replace_claims:
            _compare(card, chosen, [(sha256, size) for _, sha256, size in found])
        revision = _commit(card, guard, repository) if commit and card.repo_link else None
        return _write(card, chosen, found, revision)
    except SourceError as error:
        return _cannot(str(error))
    except _Stop as stop:
        print(f"mindhub pin: {stop.message}", file=sys.stderr)
        return stop.code


def _one(target: str, registry: Path | None) -> tuple[Registry, Card]:
    home, cards, troubles = chosen_cards([target], registry)
    if troubles or len(cards) != 1:
        raise _Stop(CANNOT, troubles[0] if troubles else f"{target} means {len(cards)} cards; name one")
    return home, cards[0]


def _chosen(card: Card, number: int | None, file: Path | None) -> list[Asset]:
    if card.front is None:
        raise _Stop(FAULT, f"{card.file}: the front matter cannot be read; 'mindhub check' says why")
    if number is not None:
        if not 1 <= number <= len(card.assets):
            raise _Stop(CANNOT, f"{card.file} has {len(card.assets)} assets; there is no number {number}")
        return [card.assets[number - 1]]
    if file is not None and len(card.assets) != 1:
        raise _Stop(CANNOT, f"{card.file} has {len(card.assets)} assets; say with --asset which of them {file} is")
    return [item for item in card.assets if item.link]


def _bytes(
    card: Card, asset: Asset, home: Registry, file: Path | None, store: Path | None, guard: Guard
) -> tuple[Path, str, int]:
    """Return a file, its sha256 and its size."""
    from mindhub.assets.fetch import FetchError, fetch, fetch_any
    from mindhub.assets.progress import Progress
    from mindhub.assets.store import Store, hash_file

    path = file
    if path is None and asset.embedded:
        path = home.asset_path(card.path, str(asset.link))
        if path is None:
            raise _Stop(FAULT, f"{asset.link!r} is no regular file beside {card.file} and inside the registry")
    if path is not None:
        try:
            return path, *hash_file(path)
        except OSError as error:
            raise _Stop(CANNOT, f"{path} cannot be read: {error.strerror}") from None
    try:
        with Progress(str(asset.link).rpartition("/")[2]) as progress:
            try:
                outcome = fetch(str(asset.link), store=Store(store), guard=guard, progress=progress)
            except FetchError as error:
                # A mirror is believed only by the hash that the card claims already.
                if error.fault or not asset.mirrors or not _SHA256.fullmatch(asset.sha256 or ""):
                    raise
                sha256 = str(asset.sha256)
                outcome = fetch_any(asset.mirrors, store=Store(store), guard=guard, sha256=sha256, progress=progress)
    except FetchError as error:
        raise _Stop(FAULT if error.fault else CANNOT, str(error)) from None
    return outcome.path, outcome.sha256, outcome.size


def _compare(card: Card, assets: Sequence[Asset], found: Sequence[tuple[str, int]]) -> None:
    """Hold what the card claims already against the bytes."""
    for asset, (sha256, size) in zip(assets, found, strict=True):
        for claimed, real, what in ((asset.sha256, sha256, "sha256"), (asset.size, size, "size")):
            # What is no sha256 at all claims nothing.
            well_formed = what == "size" or len(str(claimed)) == len(sha256)
            if claimed is not None and well_formed and str(claimed).lower() != str(real):
                message = f"{card.file}: {asset.link}: the card claims {what} {claimed}, the bytes have {real}"
                raise _Stop(FAULT, f"{message}; --replace-claims writes the new one, which makes it another model")


def _commit(card: Card, guard: Guard, repository: Path | None) -> str:
    from mindhub.assets.errors import FetchError
    from mindhub.assets.repository import find_commit

    try:
        return find_commit(str(card.repo_link), guard, repository).commit
    except FetchError as error:
        remedy = "name a clone with --repository, or leave it out with --no-commit"
        raise _Stop(FAULT if error.fault else CANNOT, f"{error}; {remedy}") from None


def _write(card: Card, assets: Sequence[Asset], found: Sequence[tuple[Path, str, int]], commit: str | None) -> int:
    from mindhub.pinning import PinError, needed, pinned
    from mindhub.vocabulary import load_vocabulary

    facts = [(asset.index, sha256, size) for asset, (_, sha256, size) in zip(assets, found, strict=True)]
    values = needed(card, facts, commit)
    # The structure is read before anything is written: what is no checkpoint is not pinned.
    tables = [_table(asset, path) for asset, (path, _, _) in zip(assets, found, strict=True)]
    try:
        data = pinned(card, values, load_vocabulary())
        write_bytes(card.path, data)
    except PinError as error:
        raise _Stop(FAULT, str(error)) from None
    except OSError as error:
        raise _Stop(CANNOT, f"{shown(card.path)} cannot be written: {error.strerror}") from None
    for path, value in values.items():
        print(f"{card.file}: {path[-1]}: {value}")
    if not values:
        print(f"{card.file}: says already what the bytes and the repository say")
    for table, (_, sha256, _) in zip(tables, found, strict=True):
        if table is not None:
            return _record(card, table, sha256)
    return 0


def _table(asset: Asset, path: Path) -> TensorTable | None:
    from mindhub.formats import READERS, FormatError, scan

    name = (asset.file_format or "").lower()
    if name not in READERS:
        return None
    try:
        return scan(path, name)
    except FormatError as error:
        raise _Stop(FAULT, str(error)) from None


def _record(card: Card, table: TensorTable, sha256: str) -> int:
    """Write the tensor table into the evidence beside the card, unless a record of these bytes has it already."""
    from mindhub import __version__
    from mindhub.card import read_card
    from mindhub.smoke.evidence import (
        NOT_RUN,
        PASSED,
        STAGES,
        Evidence,
        EvidenceError,
        Stage,
        claims_digest,
        evidence_path,
        read_evidence,
        write_evidence,
    )
    from mindhub.source import CardFile
    from mindhub.vocabulary import load_vocabulary

    if card.uid is None:
        print(f"{card.file} lies in no registry: its tensor table is not recorded")
        return 0
    place = evidence_path(card.path)
    try:
        old = read_evidence(place)
    except EvidenceError as error:
        return _cannot(str(error))
    if old is not None and old.digests.get("asset") == sha256 and old.table is not None:
        return 0
    now = read_card(CardFile(card.path, None, card.uid), load_vocabulary())
    if old is not None and old.digests.get("asset") == sha256:
        evidence = replace(old, table=table)
    else:
        stages = [Stage(name, PASSED, "by mindhub pin") for name in STAGES[:3]]
        stages += [Stage(name, NOT_RUN, "pinned, not run", kind="earlier") for name in STAGES[3:]]
        environment = {"mindhub": __version__, "python": platform.python_version()}
        today = dt.datetime.now(dt.UTC).date().isoformat()
        digests = {"claims": claims_digest(now), "asset": sha256}
        evidence = Evidence(str(card.uid), "reported", today, digests, environment, tuple(stages), table)
    try:
        write_evidence(place, evidence)
    except OSError as error:
        return _cannot(f"{shown(place)} cannot be written: {error.strerror}")
    print(f"{shown(place)}: {len(table.tensors)} tensors recorded")
    return 0


def _cannot(message: str) -> int:
    print(f"mindhub pin: {message}", file=sys.stderr)
    return CANNOT
