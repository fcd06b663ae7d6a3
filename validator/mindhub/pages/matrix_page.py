"""The compatibility matrix: what each card did under which MindSpore, on which device, as far as somebody ran it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.pages.api import VERSION, encode
from mindhub.pages.verified import STEPS, failed_step, reached_steps
from mindhub.pages.views import Frame, Link, Status

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words
    from mindhub.smoke.matrix import Cell, Matrix


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What a card did in a column."""

    status: Status
    note: str  #: that it is outdated, or that an author sent it
    said: str  #: why no further


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A card."""

    link: Link
    uid: str
    claimed: str  #: the MindSpore it was made with
    cells: tuple[MatrixCell | None, ...]


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """The matrix."""

    frame: Frame
    heading: str
    lead: str
    columns: tuple[tuple[str, str], ...]  #: MindSpore and device
    rows: tuple[MatrixRow, ...]
    counted: str
    without: str  #: how many cards have no run


def matrix_page(place: Place, matrix: Matrix, found: Sequence[Entry]) -> tuple[str, MatrixPage]:
    """Return the page; `found` are all cards, and only those that were run have a row."""
    path, words = "matrix/index.html", place.words
    home = place.home(path)
    by_uid = {entry.uid: entry for entry in found}
    rows = [row for row in matrix.rows if row.uid in by_uid]
    title, lead = words("matrix.title"), words("matrix.lead")
    return path, MatrixPage(
        frame=place.frame(path, title, lead, "status"),
        heading=title,
        lead=lead,
        columns=tuple((column.mindspore, words.term("devices", column.device)) for column in matrix.columns),
        rows=tuple(
            MatrixRow(
                Link(by_uid[row.uid].label(words.language), f"{home}{row.uid}/index.html#verified"),
                row.uid,
                by_uid[row.uid].version.en,
                tuple(_cell(cell, words) if cell else None for cell in row.cells),
            )
            for row in rows
        ),
        counted=words.plural("matrix.counted", len(rows)),
        without=words.plural("matrix.without", len(found) - len(rows)) if len(found) > len(rows) else "",
    )


def _cell(cell: Cell, words: Words) -> MatrixCell:
    record = cell.record
    reached, broken = reached_steps(record), failed_step(record)
    pips = tuple("failed" if step == broken else "reached" if step in reached else "open" for step in STEPS)
    stage = cell.stage
    if cell.failed and stage:
        word, tone = words("status.failed-at", stage=words(f"stage.{stage.name}")), "bad"
    else:
        word, tone = words.term("status", cell.step), "good" if reached else "none"
    note = words("status.outdated") if cell.outdated else ""
    if record.made_by != "hub":
        note = words("status.reported")
    # What no longer holds, or nobody here saw, is not coloured.
    tone = "none" if note else tone
    return MatrixCell(Status(word, tone, pips, "", record.date), note, words.recorded(stage.reason)[0] if stage else "")


def matrix_twin(matrix: Matrix, uids: Container[str]) -> tuple[str, bytes]:
    """Return the JSON of the matrix; `uids` are the cards of the site."""
    columns = [{"mindspore": column.mindspore, "device": column.device} for column in matrix.columns]
    rows = [
        {"uid": row.uid, "cells": [_item(cell) if cell else None for cell in row.cells]}
        for row in matrix.rows
        if row.uid in uids
    ]
    return "matrix/index.json", encode({"version": VERSION, "kind": "matrix", "columns": columns, "rows": rows})


def _item(cell: Cell) -> dict[str, Any]:
    stage = cell.stage
    return {
        "step": cell.step,
        "failed": stage.name if cell.failed and stage else None,
        "reason": stage.reason if stage else None,
        "date": cell.record.date,
        "made_by": cell.record.made_by,
        "mindspore": cell.record.environment.get("mindspore"),
        "outdated": cell.outdated,
        "earlier_runs": cell.earlier,
    }
