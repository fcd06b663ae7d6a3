from __future__ import annotations

import pytest

from mindhub.formats.table import Tensor, TensorTable
from mindhub.smoke.evidence import EvidenceError, Output, evidence_path, write_evidence
from mindhub.smoke.history import history_path, read_history, records_of, remember
from smoke.records import record


@pytest.fixture
def card(tmp_path):
    return tmp_path / "lenet.md"


def test_a_history_is_read_as_it_was_written(card):
    first, second = record(), record(mindspore="2.9.0")

    added = [remember(history_path(card), item) for item in (first, second)]

    assert added == [True, True]
    assert read_history(history_path(card)) == (first, second)
    assert len(history_path(card).read_text().splitlines()) == 2


def test_tables_are_left_out_and_outputs_are_cut(card):
    table = TensorTable("ckpt", 8, (Tensor("w", (1,), "float32", 4, 0),))
    output = Output((1, 300), "float32", tuple(map(float, range(256))), "f" * 64)

    remember(history_path(card), record(table=table, outputs=(output,)))
    kept = read_history(history_path(card))[0]

    assert kept.table is None
    assert kept.outputs[0].values == tuple(map(float, range(16)))
    assert (kept.outputs[0].shape, kept.outputs[0].digest) == ((1, 300), "f" * 64)


def test_a_run_that_says_nothing_new_is_not_added(card):
    remember(history_path(card), record())

    again = remember(history_path(card), record(date="2026-12-24"))

    assert not again
    assert [item.date for item in read_history(history_path(card))] == ["2026-11-01"]


@pytest.mark.parametrize(
    "change",
    [
        {"upto": "shape"},
        {"mindspore": "2.9.0"},
        {"environment": {"mindspore": "2.10.0", "device": "Ascend"}},
        {"digests": {"asset": "0" * 64}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_new_is_added(card, change):
    remember(history_path(card), record())

    assert remember(history_path(card), record(**change))


def test_a_report_is_added_unless_the_registry_itself_has_found_it_out(card):
    path = history_path(card)

    assert remember(path, record(made_by="reported"))
    assert remember(path, record())
    assert not remember(path, record(made_by="reported", upto="shape"))
    assert remember(path, record(made_by="reported", mindspore="2.9.0"))


def test_a_run_that_started_no_network_is_not_history(card):
    assert not remember(history_path(card), record(environment={"python": "3.11"}))
    assert not history_path(card).exists()


def test_the_records_of_a_card_are_its_history_and_its_present_one_once(card):
    old, present = record(mindspore="2.9.0"), record()
    for item in (old, present):
        remember(history_path(card), item)
    write_evidence(evidence_path(card), present)

    assert records_of(card) == (old, present)


def test_a_card_without_records_has_none(card):
    assert records_of(card) == ()


def test_a_broken_line_is_named(card):
    remember(history_path(card), record())
    path = history_path(card)
    path.write_text(path.read_text() + '{"format": 1}\n')

    with pytest.raises(EvidenceError, match=r"line 2 is no record of a smoke run: .*required"):
        read_history(path)


def test_a_status_that_the_stages_contradict_is_refused(card):
    remember(history_path(card), record())
    path = history_path(card)
    path.write_text(path.read_text().replace('"status": "loads"', '"status": "runs"'))

    with pytest.raises(EvidenceError, match="'runs' is not what the stages say: 'loads'"):
        read_history(path)
