"""The compatibility matrix: which card did what under which MindSpore on which device, computed from evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mindhub.smoke.evidence import Evidence, Stage

#: What has to be equal for two records to speak about the same model.
_MODEL = ("asset", "network", "contract")


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A MindSpore and a device."""

    version: tuple[int, ...]  #: (2, 10), for sorting
    device: str  #: such as `CPU`

    @property
    def mindspore(self) -> str:
        """Return the version as people write it, such as `2.10`."""
        return ".".join(map(str, self.version))


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known about a card in a column: its best record there."""

    record: Evidence
    outdated: bool  #: the card's asset, network or contract is another one in its newest record
    earlier: int  #: how many other records of this card there are in the column

    @property
    def step(self) -> str:
        """Return the step of the ladder that was reached, such as `runs` (schema/vocabulary/status.yaml)."""
        return self.record.status

    @property
    def stage(self) -> Stage | None:
        """Return what a reader is told a reason for: the stage that failed, else the first that did not run."""
        from mindhub.smoke.evidence import NOT_RUN

        skipped = (stage for stage in self.record.stages if stage.verdict == NOT_RUN and stage.kind != "no-reference")
        return self.record.failed or next(skipped, None)

    @property
    def failed(self) -> bool:
        """Say whether a stage failed."""
        return self.record.failed is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A card's line: one cell for each of the matrix' columns, None where nothing is known."""

    uid: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Cards by MindSpore versions and devices."""

    columns: tuple[Column, ...]  #: oldest MindSpore first, devices by name within it
    rows: tuple[Row, ...]  #: by uid

    def cell(self, uid: str, mindspore: str, device: str = "CPU") -> Cell | None:
        """Return the cell of a card for a version such as `2.10` or `2.10.0`, None where nothing is known."""
        column = Column(_minor(mindspore), device)
        row = next((row for row in self.rows if row.uid == uid), None)
        return row.cells[self.columns.index(column)] if row and column in self.columns else None


def matrix(records: Iterable[Evidence]) -> Matrix:
    """Compute the matrix from records of any number of cards, those of one card in the order of `records_of`.

    Records of runs that never came to start a network say nothing about a version and are left out. Of several in
    one cell, one about the card's present model goes before one about an earlier, `hub` before `reported`, one in
    which the network was built before one in which it was not, a newer before an older.
    """
    cards: dict[str, list[Evidence]] = {}
    for record in records:
        if column_of(record) is not None:
            cards.setdefault(record.uid, []).append(record)
    columns = tuple(sorted({column for group in cards.values() for one in group if (column := column_of(one))}))
    return Matrix(columns, tuple(Row(uid, _cells(group, columns)) for uid, group in sorted(cards.items())))


def column_of(record: Evidence) -> Column | None:
    """Return the column that a record belongs to; None where its run did not start a network."""
    version, device = record.environment.get("mindspore", ""), record.environment.get("device", "")
    minor = _minor(version)
    return Column(minor, device) if minor and device else None


def same_model(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Say whether the digests of two records are of the same asset, network and contract."""
    return all(one.get(name) == other.get(name) for name in _MODEL)


def _cells(group: list[Evidence], columns: tuple[Column, ...]) -> tuple[Cell | None, ...]:
    # By date, `hub` last on the same day, and of several the last given: that one says what the card is today.
    newest = max(enumerate(group), key=lambda item: (item[1].date, item[1].made_by == "hub", item[0]))[1].digests
    found = []
    for column in columns:
        here = [record for record in group if column_of(record) == column]
        best = max(here, key=lambda record: _rank(record, newest), default=None)
        found.append(Cell(best, not same_model(best.digests, newest), len(here) - 1) if best else None)
    return tuple(found)


def _rank(record: Evidence, newest: Mapping[str, str]) -> tuple[bool, bool, bool, str]:
    from mindhub.smoke.evidence import PASSED

    built = record.stage("build")
    started = record.failed is not None or (built is not None and built.verdict == PASSED)
    return same_model(record.digests, newest), record.made_by == "hub", started, record.date


def _minor(version: str) -> tuple[int, ...]:
    parts = version.split(".")[:2]
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
