"""`mindhub evidence`: the records of cards, what lies between two, which card works where, which are invented."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.cli.targets import chosen_cards
from mindhub.smoke.evidence import EvidenceError, read_evidence
from mindhub.smoke.history import records_of
from mindhub.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.model import Card
    from mindhub.smoke.evidence import Evidence
    from mindhub.smoke.matrix import Cell
    from mindhub.smoke.network_runs import NetworkRun

FAULT, CANNOT = 1, 2
_PAIR = 2


def show(*, targets: Sequence[str] = (), registry: Path | None = None, output: str = "text") -> int:
    """Print the records of cards, oldest first, and whether the last still holds; 2 where a record cannot be read."""
    try:
        home, cards, troubles = chosen_cards(targets, registry)
    except SourceError as error:
        return _cannot(str(error))
    found = []
    for card in cards:
        uid = str(card.uid or card.file)
        try:
            records = records_of(card.path)
        except EvidenceError as error:
            troubles = [*troubles, str(error)]
            continue
        state = _freshness(card, records[-1], home.root) if records else ""
        found.append({"uid": uid, "freshness": state, "records": [record.to_json() for record in records]})
        if output == "text":
            print("\n".join([uid, *_shown(records, state)]))
    if output == "json":
        _print_json({"version": 1, "cards": found})
    for trouble in troubles:
        _cannot(trouble)
    return CANNOT if troubles else 0


def _shown(records: Sequence[Evidence], state: str) -> Iterator[str]:
    for number, record in enumerate(records, 1):
        where = f"{record.environment.get('mindspore', '-'):<8} {record.environment.get('device', '-'):<7}"
        said = record.failed.name + " failed" if record.failed else record.status
        yield f"  {number:>3}  {record.date}  {record.made_by:<8} {where} {said}"
    if not records:
        yield "  no record: mindhub smoke --record makes one"
    elif state != "current":
        yield f"       {state}"


def _freshness(card: Card, record: Evidence, root: Path) -> str:
    """Say whether a record still holds, by the MindSpore that is installed here and the code of this MindHub."""
    from mindhub.smoke.contract import source_digest
    from mindhub.smoke.evidence import freshness
    from mindhub.smoke.harness import code_digest, mindspore_version

    return freshness(card, record, source_digest(card, root), mindspore_version(), code_digest())


def matrix(*, targets: Sequence[str] = (), registry: Path | None = None, output: str = "text") -> int:
    """Print how far each card came under each MindSpore on each device; 2 where a record cannot be read."""
    from mindhub.smoke.matrix import matrix as computed

    try:
        _, cards, troubles = chosen_cards(targets, registry)
        found = computed(record for card in cards for record in records_of(card.path))
    except (SourceError, EvidenceError) as error:
        return _cannot(str(error))
    for trouble in troubles:
        _cannot(trouble)
    columns = [f"{column.mindspore} {column.device}" for column in found.columns]
    if output == "json":
        rows = [{"uid": row.uid, "cells": [_cell(cell) if cell else None for cell in row.cells]} for row in found.rows]
        _print_json({"version": 1, "columns": [asdict(column) for column in found.columns], "rows": rows})
        return CANNOT if troubles else 0
    width = max((len(row.uid) for row in found.rows), default=0)
    if not found.rows:
        print("no record of a network that ran; mindhub smoke --record makes one")
    else:
        print(" " * width, *(name.rjust(18) for name in columns))
    for row in found.rows:
        print(row.uid.ljust(width), *(_words(cell).rjust(18) for cell in row.cells))
    return CANNOT if troubles else 0


def compare(*, card: str, records: Sequence[str] = (), registry: Path | None = None, output: str = "text") -> int:
    """Print whether the model or the tools changed between two records of a card, and what came of it.

    1 where the results differ and nothing that is known changed; 2 where there are no two records.
    """
    from mindhub.smoke.causes import difference

    try:
        _, cards, troubles = chosen_cards([card], registry)
        if troubles or not cards:
            return _cannot(troubles[0] if troubles else f"no card {card!r}")
        old, new = _two(records, records_of(cards[0].path), card)
        found = difference(old, new)
    except (SourceError, EvidenceError, ValueError) as error:
        return _cannot(str(error))
    code = FAULT if found.effect and not (found.model or found.tools) else 0
    if output == "json":
        _print_json({"version": 1, "uid": new.uid, "verdict": found.verdict, "code": code, **asdict(found)})
        return code
    print(f"{new.uid}  {old.date} -> {new.date}: {found.verdict}")
    lines = [("model", found.model), ("tools", found.tools), ("verdict", found.verdicts), ("score", found.scores)]
    for word, changes in lines:
        for change in changes:
            print(f"  {word:<8} {change}")
    for sentence in found.outputs:
        print(f"  {'output':<8} {sentence}")
    if found.claims:
        print("  claims   the card claims something else about its files or scores")
    if not found.effect:
        print("  the results are the same")
    return code


def verify(*, targets: Sequence[str] = (), registry: Path | None = None, output: str = "text") -> int:
    """Find records that no run can have written; 1 if there are any, 2 where a card could not be looked at."""
    today = dt.datetime.now(dt.UTC).date()
    try:
        home, cards, troubles = chosen_cards(targets, registry)
    except SourceError as error:
        return _cannot(str(error))
    faults: list[dict[str, str]] = []
    counted = 0
    for card in cards:
        uid = str(card.uid or card.file)
        try:
            for record, said in _examined(card, home.root, today):
                counted += 1
                if card.uid is not None and record.uid != uid:
                    said.append(f"uid: it is the record of {record.uid}")
                faults += [{"uid": uid, "date": record.date, "fault": fault} for fault in said]
        except EvidenceError as error:
            faults.append({"uid": uid, "fault": str(error)})
    if output == "json":
        _print_json({"version": 1, "records": counted, "faults": faults})
    else:
        for fault in faults:
            print(f"{fault['uid']}  {fault.get('date', '')}  {fault['fault']}")
        print(f"{counted} records of {len(cards)} cards, {len(faults)} contradictions")
    for trouble in troubles:
        _cannot(trouble)
    return FAULT if faults else CANNOT if troubles else 0


def _examined(card: Card, root: Path, today: dt.date) -> Iterator[tuple[Evidence | NetworkRun, list[str]]]:
    """Yield each record of a card, its run with random weights too, with what it cannot hold; raises EvidenceError."""
    from mindhub.smoke.forgery import contradictions, invented
    from mindhub.smoke.network_runs import network_run_path, read_network_run

    run = read_network_run(network_run_path(card.path))
    if run is not None:
        yield run, [*invented(run, today)]
    table, sha256 = _file_of(card, root)
    for record in records_of(card.path):
        yield record, [*contradictions(record, today, table, sha256)]


def _file_of(card: Card, root: Path) -> tuple[Any, str]:
    """Return the tensor table and sha256 of a card's embedded file, nothing where it has none that can be read."""
    from mindhub.assets.store import hash_file
    from mindhub.formats import scan
    from mindhub.formats.errors import FormatError
    from mindhub.smoke.contract import loadable_asset

    asset = loadable_asset(card)
    if asset is None or not asset.embedded or not asset.link:
        return None, ""
    path = card.path.with_name(asset.link)
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return None, ""
        return scan(path, asset.file_format or "ckpt"), hash_file(path)[0]
    except (OSError, FormatError):
        return None, ""  # smoke says what is wrong with the file


def _two(wanted: Sequence[str], records: Sequence[Evidence], card: str) -> tuple[Evidence, Evidence]:
    if not wanted:
        if len(records) < _PAIR:
            raise ValueError(f"{card} has {len(records)} records; two are compared")
        return records[-2], records[-1]
    if len(wanted) != _PAIR:
        raise ValueError("name two records, or none for the last two")
    old, new = (_one(name, records) for name in wanted)
    return old, new


def _one(name: str, records: Sequence[Evidence]) -> Evidence:
    if name.isdigit():
        if not 1 <= int(name) <= len(records):
            raise ValueError(f"there is no record {name}; there are 1 to {len(records)}")
        return records[int(name) - 1]
    found = read_evidence(Path(name))
    if found is None:
        raise ValueError(f"{name} is neither a number of `mindhub evidence show` nor a file")
    return found


def _cell(cell: Cell) -> dict[str, Any]:
    stage = cell.stage
    return {
        "step": cell.step,
        "failed": cell.failed,
        "stage": stage.name if stage else None,
        "kind": stage.kind if stage else None,
        "date": cell.record.date,
        "made-by": cell.record.made_by,
        "outdated": cell.outdated,
        "earlier": cell.earlier,
    }


def _words(cell: Cell | None) -> str:
    if cell is None:
        return "."
    said = f"{cell.stage.name} failed" if cell.failed and cell.stage else cell.step
    return said + (" (old)" if cell.outdated else "")


def _print_json(data: Any) -> None:
    json.dump(data, sys.stdout, indent=1, ensure_ascii=False)
    print()


def _cannot(message: str) -> int:
    print(f"mindhub evidence: {message}", file=sys.stderr)
    return CANNOT
