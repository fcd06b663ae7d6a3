from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from mindhub.smoke.evidence import PASSED, Measured, Stage, read_evidence
from mindhub.smoke.forgery import contradictions, invented
from mindhub.smoke.history import read_history
from mindhub.smoke.matching import Parameter
from mindhub.smoke.network_runs import read_network_run

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
TODAY = dt.date(2126, 1, 1)


@pytest.fixture
def honest():
    return read_evidence(REGISTRY / "mindhub" / "2.10" / "lenet_digits.evidence.json")


def test_the_registrys_own_records_do_not_contradict_themselves():
    present = [read_evidence(path) for path in REGISTRY.rglob("*.evidence.json")]
    past = [record for path in REGISTRY.rglob("*.evidence.jsonl") for record in read_history(path)]

    assert len(present) >= 6
    assert [fault for record in (*present, *past) for fault in contradictions(record, TODAY)] == []


def changed(evidence, name, **values):
    return replace(evidence, stages=tuple(replace(s, **values) if s.name == name else s for s in evidence.stages))


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda e: changed(e, "load", verdict="failed", kind="mismatch"), "run passed although load did not pass"),
        (lambda e: changed(e, "run", verdict="not run"), "run has no kind"),
        (lambda e: replace(e, outputs=(replace(e.outputs[0], values=(0.0,) * 10),)), "do not have its digest"),
        (lambda e: replace(e, outputs=(replace(e.outputs[0], values=(1e99,) * 10),)), "do not have its digest"),
        (lambda e: replace(e, outputs=()), "their shapes passed, and there are none"),
        (lambda e: replace(e, measured=()), "a score was measured, and there is none"),
        (lambda e: replace(e, measured=(replace(e.measured[0], measured=12.0),)), "is not within"),
        (lambda e: replace(e, environment={"device": "CPU"}), "mindspore is not named"),
        (lambda e: replace(e, digests={}), "no digest of asset"),
        (lambda e: replace(e, digests={k: v for k, v in e.digests.items() if k != "network"}), "no digest of network"),
        (lambda e: replace(e, network_parameters=0), "a network that has none"),
        (lambda e: replace(e, date="2199-01-01"), "has not come yet"),
        (lambda e: replace(e, date="2026-02-30"), "is no day"),
    ],
)
def test_what_cannot_be_is_found(honest, forge, said):
    found = contradictions(forge(honest), TODAY)

    assert any(said in fault for fault in found)


def test_a_table_that_is_not_the_files_is_found(honest):
    table = replace(honest.table, tensors=honest.table.tensors[:-1])

    assert contradictions(honest, TODAY, honest.table, honest.digests["asset"]) == []
    assert "tensors of the file" in contradictions(honest, TODAY, table, honest.digests["asset"])[0]


def test_the_table_of_another_file_is_not_compared(honest):
    table = replace(honest.table, tensors=())

    assert contradictions(honest, TODAY, table, "0" * 64) == []


def test_a_score_that_the_card_does_not_claim_cannot_have_passed(honest):
    score = Measured("accuracy", None, 98.0, 1.0, "sklearn:digits", "test", 359, "e" * 64)
    forged = replace(honest, measured=(score,))

    assert forged.stage("evaluate") == Stage(**{**_row(forged, "evaluate"), "verdict": PASSED})
    assert any("is not within" in fault for fault in contradictions(forged, TODAY))


def _row(evidence, name):
    stage = evidence.stage(name)
    return {key: getattr(stage, key) for key in Stage.__slots__}


@pytest.fixture
def made():
    return read_network_run(REGISTRY / "mindspore-lab" / "2.3" / "resnet50_imagenet2012.network.json")


def test_the_registrys_own_runs_with_random_weights_do_not_contradict_themselves():
    runs = [read_network_run(path) for path in REGISTRY.rglob("*.network.json")]

    assert len(runs) >= 20
    assert [fault for run in runs for fault in invented(run, TODAY)] == []


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda r: changed(r, "load", verdict="failed", kind="mismatch"), "run passed although load did not pass"),
        (lambda r: replace(r, environment={}), "mindspore is not named"),
        (lambda r: replace(r, digests={}), "no digest of network"),
        (lambda r: replace(r, parameters=0), "a network that has none"),
        (lambda r: replace(r, checkpoint_bytes=9), "9 bytes cannot hold"),
        (lambda r: replace(r, outputs=()), "their shapes passed, and there are none"),
        (lambda r: replace(r, table=(Parameter("w", (2, 3), "float32"),)), "its rows have 6 elements"),
        (lambda r: replace(r, date="2199-01-01"), "has not come yet"),
    ],
)
def test_what_cannot_be_in_a_run_with_random_weights_is_found(made, forge, said):
    assert any(said in fault for fault in invented(forge(made), TODAY))
