"""The history of a card's runs: `<name>.evidence.jsonl` beside it, one record a line, oldest first.

`<name>.evidence.json` says what the card is today. Here stands what was found before, and under other versions of
MindSpore and on other devices: what the compatibility matrix is computed from. A line is a record without its tensor
table, which the sha256 of the asset stands for, and with the first few values of each output.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.smoke.evidence import MAX_BYTES, Evidence, EvidenceError, evidence_path, read_evidence
from mindhub.smoke.matrix import column_of, same_model
from mindhub.smoke.records import same_in_substance
from mindhub.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Of each output: enough to say how far two runs are apart.
MAX_VALUES = 16


def history_path(card_path: Path) -> Path:
    """Return where the history of a card lies: `<name>.evidence.jsonl` beside it."""
    return card_path.with_name(card_path.name.removesuffix(".md") + ".evidence.jsonl")


def read_history(path: Path) -> tuple[Evidence, ...]:
    """Read a history, oldest first; empty where there is none, EvidenceError that names the line where it is broken."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise EvidenceError(path, f"cannot be read: {error.strerror or error}") from None
    return parse_history(path, text)


def parse_history(path: Path, data: bytes) -> tuple[Evidence, ...]:
    """Read the bytes of a history; raises EvidenceError that names `path` and the line that is no record."""
    if len(data) > MAX_BYTES:
        raise EvidenceError(path, f"longer than {MAX_BYTES >> 20} MiB, which no history is")
    found = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            found.append(Evidence.from_json(json.loads(line)))
        except (ValueError, RecursionError) as error:
            raise EvidenceError(path, f"line {number} is no record of a smoke run: {error}") from None
    return tuple(found)


def records_of(card_path: Path) -> tuple[Evidence, ...]:
    """Return all records of a card, its present one last; raises EvidenceError for a file that cannot be read."""
    past, present = read_history(history_path(card_path)), read_evidence(evidence_path(card_path))
    return past if present is None else (*(item for item in past if item != shortened(present)), present)


def remember(path: Path, evidence: Evidence) -> bool:
    """Add a record to a history unless it says what the last one of its kind says; says whether it was added.

    Of its kind are those of the same model, MindSpore, device and maker. A run that started no network is not history,
    nor is a report of what the registry itself has found out.
    """
    if column_of(evidence) is None:
        return False
    past, new = read_history(path), shortened(evidence)
    reported = new.made_by != "hub"
    if reported and any(
        _kind(old) == (*_kind(new)[:2], "hub") and same_model(old.digests, new.digests) for old in past
    ):
        return False
    alike = [old for old in past if _kind(old) == _kind(new) and same_model(old.digests, new.digests)]
    if alike and alike[-1].digests == new.digests and same_in_substance(alike[-1], new):
        return False
    write_text(path, _text([*past, new]))
    return True


def shortened(evidence: Evidence) -> Evidence:
    """Return a record as the history keeps it."""
    outputs = tuple(replace(output, values=output.values[:MAX_VALUES]) for output in evidence.outputs)
    return replace(evidence, table=None, outputs=outputs)


def _kind(evidence: Evidence) -> tuple[str, str, str]:
    return evidence.environment.get("mindspore", ""), evidence.environment.get("device", ""), evidence.made_by


def _text(records: Iterable[Evidence]) -> str:
    rows = (json.dumps(record.to_json(), ensure_ascii=False, allow_nan=False) for record in records)
    return "".join(f"{row}\n" for row in rows)
