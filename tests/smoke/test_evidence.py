from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from cards import card_text, write_card
from mindhub.card import read_card
from mindhub.formats import Tensor, TensorTable
from mindhub.model import Uid
from mindhub.resources import schema
from mindhub.smoke.evidence import (
    FAILED,
    NOT_RUN,
    PASSED,
    STAGES,
    Evidence,
    EvidenceError,
    Measured,
    Output,
    Stage,
    claims_digest,
    contract_digest,
    evidence_path,
    freshness,
    read_evidence,
    write_evidence,
)
from mindhub.smoke.records import merged
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary

TABLE = TensorTable("ckpt", 90, (Tensor("fc.weight", (2, 3), "float32", 24, 20), Tensor("fc.bias", (), "int32", 4, 60)))


def passed(*, without=()):
    return tuple(Stage(name, NOT_RUN if name in without else PASSED, seconds=0.25, memory=7) for name in STAGES)


def record(**changes):
    evidence = Evidence(
        uid="mindhub/2.3/lenet_mnist",
        made_by="hub",
        date="2026-01-31",
        digests={"claims": "1" * 64, "asset": "2" * 64},
        environment={"mindspore": "2.10.0", "sandbox": "none"},
        stages=passed(),
        table=TABLE,
        training_state=("global_step",),
        network_parameters=7,
        outputs=(Output((1, 2), "float32", (0.5, -1.0), "3" * 64),),
        measured=(Measured("accuracy", 97.5, 97.52, 0.1, "sklearn:digits", "test", 359, "4" * 64),),
        notes=("纸",),
    )
    return replace(evidence, **changes)


def test_a_record_survives_being_written_and_read(tmp_path):
    path = tmp_path / "x.evidence.json"

    write_evidence(path, record(more={"later": [1]}))

    assert read_evidence(path) == record(more={"later": [1]})
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_record_follows_the_published_schema():
    jsonschema.Draft202012Validator.check_schema(schema("evidence"))

    jsonschema.validate(json.loads(json.dumps(record().to_json())), schema("evidence"))


def test_a_record_has_one_line_per_stage_and_tensor(tmp_path):
    path = tmp_path / "x.evidence.json"
    write_evidence(path, record())

    lines = path.read_text(encoding="utf-8").splitlines()

    assert '  {"name": "scan", "verdict": "passed", "seconds": 0.25, "memory": 7},' in lines
    assert sum('"name": "fc.' in line for line in lines) == 2


def test_no_record_is_none(tmp_path):
    assert read_evidence(tmp_path / "x.evidence.json") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "loads"}, "status: 'loads' is not what the stages say: 'score-re-measured'"),
        ({"made-by": "me"}, "made-by: "),
        ({"stages": [{"name": "scan", "verdict": "fine"}]}, "stages.0.verdict: "),
        (
            {"stages": [{"name": "hash", "verdict": "passed"}, {"name": "fetch", "verdict": "passed"}]},
            "not in the order",
        ),
        ({"digests": {"asset": "abc"}}, "digests.asset: "),
        ({"format": 2}, "format 2 is newer"),
        ({"table": {**TABLE.to_json(), "digest": "5" * 64}}, "does not match its digest"),
    ],
)
def test_an_edited_record_is_refused_with_its_place(tmp_path, change, words):
    path = tmp_path / "x.evidence.json"
    path.write_text(json.dumps({**record().to_json(), **change}))

    with pytest.raises(EvidenceError) as caught:
        read_evidence(path)

    assert words in str(caught.value)
    assert "mindhub smoke --record" in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_record_is_refused(tmp_path, data):
    path = tmp_path / "x.evidence.json"
    path.write_bytes(data)

    with pytest.raises(EvidenceError):
        read_evidence(path)


@pytest.mark.parametrize(
    ("without", "status"),
    [
        ((), "score-re-measured"),
        (("reproduce",), "score-re-measured"),
        (("evaluate",), "same-output"),
        (("reproduce", "evaluate"), "runs"),
        (("run", "evaluate"), "loads"),
        (("load",), "file-checked"),
        (("scan",), "not-checked"),
    ],
)
def test_the_status_is_the_highest_step_without_a_gap(without, status):
    assert record(stages=passed(without=without)).status == status


@pytest.fixture
def card(tmp_path):
    def make(patch="", body=""):
        write_card(tmp_path, card_text(patch, body=body))
        return read_card(Registry(tmp_path).card_file(Uid.parse("mindhub/2.3/lenet_mnist")), load_vocabulary())

    return make


def test_prose_leaves_a_record_current_and_claims_do_not(card):
    plain = card()
    digests = {
        "claims": claims_digest(plain),
        "asset": plain.assets[0].sha256,
        "network": "6" * 64,
        "contract": contract_digest(plain),
    }
    known = record(digests=digests)

    assert freshness(card(body="More prose."), known, "6" * 64) == "current"
    assert freshness(card("evaluation: acc98\n"), known, "6" * 64) == "outdated: claims"
    assert freshness(plain, known, "7" * 64) == "outdated: network"
    assert freshness(plain, known, "") == "current"
    assert freshness(plain, known, "6" * 64, "2.10.3") == "current"
    assert freshness(plain, known, "6" * 64, "2.11.0") == "due: made with MindSpore 2.10.0"
    assert freshness(card("evaluation: acc98\n"), known, "6" * 64, "2.11.0") == "outdated: claims"


def test_another_harness_makes_a_record_due_and_not_wrong(card):
    plain = card()
    known = record(digests={"claims": claims_digest(plain)}, environment={"mindspore": "2.10.0", "harness": "1" * 64})

    assert freshness(plain, known, "", "2.10.1", "1" * 64) == "current"
    assert freshness(plain, known, "", "", "2" * 64) == "due: made with an earlier version of the checks"
    assert freshness(plain, known, "", "2.11.0", "2" * 64).count("made with") == 2


def test_a_failure_leaves_the_reference_of_the_same_model():
    old = record(digests={"claims": "1" * 64, "asset": "2" * 64})
    crashed = replace(old, outputs=(), stages=passed(without=STAGES[5:]))
    other_model = replace(crashed, digests={"claims": "1" * 64, "asset": "9" * 64})

    assert merged(old, crashed, blocked=False).outputs == old.outputs
    assert merged(old, other_model, blocked=False).outputs == ()
    assert merged(replace(old, made_by="reported"), crashed, blocked=False).outputs == ()


def test_a_run_by_another_harness_that_found_the_same_is_written_once():
    old = record(environment={"mindspore": "2.10.0", "harness": "1" * 64})
    new = replace(old, date="2026-03-01", environment={"mindspore": "2.10.0", "harness": "2" * 64})

    assert merged(old, new, blocked=False) == new
    assert merged(new, replace(new, date="2026-04-01"), blocked=False) is None
    assert merged(old, replace(new, made_by="reported"), blocked=False) is None


def test_a_contract_that_changed_makes_a_record_outdated(card):
    plain = card()
    known = record(digests={"contract": contract_digest(plain)})

    changed = card('smoke: {network: {source: file, name: "lenet:LeNet"}, modes: [graph]}\n')

    assert freshness(changed, known, "") == "outdated: contract"


def test_the_record_lies_beside_the_card(card):
    assert evidence_path(card().path).name == "lenet_mnist.evidence.json"


def test_a_run_that_found_nothing_new_leaves_the_record():
    later = record(date="2026-02-28", stages=tuple(replace(stage, seconds=9.0) for stage in passed()))

    assert merged(record(), later, blocked=False) is None


@pytest.mark.parametrize(
    "change",
    [
        {"stages": passed(without=("evaluate",))},
        {"digests": {"claims": "1" * 64, "asset": "9" * 64}},
        {"environment": {"mindspore": "2.11.0"}},
        {"measured": (replace(record().measured[0], measured=90.0),)},
        {"training_state": ()},
    ],
)
def test_a_run_that_found_something_else_replaces_the_record(change):
    assert merged(record(), record(**change), blocked=False) is not None


def test_a_reproduced_output_keeps_the_first_reference():
    new = record(outputs=(Output((1, 2), "float32", (0.5001, -1.0), "8" * 64),), training_state=())

    assert merged(record(), new, blocked=False).outputs == record().outputs


def test_a_run_that_could_not_be_done_replaces_nothing_better():
    poor = record(stages=tuple(Stage(name, NOT_RUN) for name in STAGES), digests={"claims": "1" * 64})

    assert merged(record(), poor, blocked=True) is None
    assert merged(None, poor, blocked=True) == poor


def test_an_authors_report_does_not_replace_the_registrys_record_of_the_same_things():
    reported = record(made_by="reported", training_state=())

    assert merged(record(), reported, blocked=False) is None
    assert merged(record(), replace(reported, digests={}), blocked=False) is not None


def test_a_failure_is_recorded():
    failed = record(stages=(*passed()[:4], Stage("load", FAILED, "no", kind="mismatch")))

    assert merged(record(), failed, blocked=False).failed.kind == "mismatch"
