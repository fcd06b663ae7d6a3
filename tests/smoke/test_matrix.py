from __future__ import annotations

from mindhub.smoke.evidence import FAILED
from mindhub.smoke.matrix import Column, matrix
from smoke.records import record


def test_columns_are_versions_in_their_order_and_devices():
    records = [record(mindspore=version) for version in ("2.10.0", "2.9.0", "2.7.1")]
    ascend = record(environment={"mindspore": "2.9.0", "device": "Ascend"})

    found = matrix([*records, ascend])

    assert found.columns == (
        Column((2, 7), "CPU"),
        Column((2, 9), "Ascend"),
        Column((2, 9), "CPU"),
        Column((2, 10), "CPU"),
    )
    assert [column.mindspore for column in found.columns] == ["2.7", "2.9", "2.9", "2.10"]


def test_a_row_has_a_cell_for_each_column_and_none_where_nothing_is_known():
    found = matrix([record("a/2.10/x", "2.9.0"), record("a/2.10/y", "2.10.0", upto="shape")])

    x, y = found.rows

    assert (x.uid, y.uid) == ("a/2.10/x", "a/2.10/y")
    assert (x.cells[0].step, x.cells[1]) == ("loads", None)
    assert (y.cells[0], y.cells[1].step) == (None, "runs")
    assert found.cell("a/2.10/y", "2.10.3") is y.cells[1]
    assert found.cell("a/2.10/y", "2.8") is None
    assert found.cell("a/2.10/z", "2.10") is None


def test_a_failure_is_shown_with_its_stage():
    cell = matrix([record(upto="load", ending=FAILED, kind="exception")]).rows[0].cells[0]

    assert cell.failed
    assert (cell.stage.name, cell.stage.kind) == ("run", "exception")


def test_a_run_that_started_no_network_belongs_to_no_version():
    found = matrix([record(environment={"python": "3.11"}), record(mindspore="unknown")])

    assert (found.columns, found.rows) == ((), ())


def test_of_several_records_the_registrys_own_wins_then_the_newest():
    reported = record(made_by="reported", date="2026-11-09")
    old, new = record(date="2026-10-01"), record(date="2026-11-02", upto="shape")

    cell = matrix([new, reported, old]).rows[0].cells[0]

    assert cell.record is new
    assert cell.earlier == 2


def test_a_run_that_could_not_be_done_does_not_hide_one_that_was():
    blocked = record(date="2026-11-20", upto="scan", kind="machine")

    cell = matrix([blocked, record()]).rows[0].cells[0]

    assert cell.step == "loads"


def test_records_of_an_earlier_model_are_marked_and_give_way():
    digests = {"asset": "e" * 64, "network": "b" * 64, "contract": "c" * 64}
    earlier = record(digests=digests, date="2026-01-01")
    elsewhere = record(mindspore="2.9.0", digests=digests, date="2026-01-01")

    row = matrix([earlier, elsewhere, record()]).rows[0]

    assert [cell.outdated for cell in row.cells] == [True, False]
    assert row.cells[1].record.date == "2026-11-01"


def test_of_records_of_one_day_the_last_says_what_the_model_is_today():
    changed = {"asset": "e" * 64, "network": "b" * 64, "contract": "c" * 64}
    morning = record(mindspore="2.9.0")
    evening = [record(mindspore="2.8.0", digests=changed), record(digests=changed)]

    row = matrix([morning, *evening]).rows[0]

    assert [cell.outdated for cell in row.cells] == [False, True, False]
