from __future__ import annotations

import pytest

from mindhub.smoke.causes import difference
from mindhub.smoke.evidence import FAILED, Measured, Output
from smoke.records import record

DIGESTS = {"asset": "a" * 64, "network": "b" * 64, "contract": "c" * 64, "claims": "d" * 64}


def output(*values, digest="0"):
    return Output((len(values),), "float32", values, digest * 64)


def score(value):
    return Measured("accuracy", 97.0, value, 1.0, "sklearn:digits", "test", 359, "e" * 64)


@pytest.mark.parametrize("name", ["asset", "network", "contract"])
def test_another_file_network_or_contract_is_another_model(name):
    found = difference(record(), record(digests={**DIGESTS, name: "0" * 64}))

    assert found.verdict == "the model changed"
    assert len(found.model) == 1


def test_another_mindspore_or_harness_is_another_tool():
    found = difference(record(mindspore="2.8.0"), record(mindspore="2.10.0"))

    assert found.verdict == "the tools changed"
    assert [str(change) for change in found.tools] == ["MindSpore: 2.8.0 -> 2.10.0"]


def test_both_may_change():
    found = difference(record(mindspore="2.8.0"), record(digests={**DIGESTS, "asset": "0" * 64}))

    assert found.verdict == "the model and the tools changed"


def test_what_an_older_harness_did_not_write_down_has_not_changed():
    newer = record(environment={"mindspore": "2.10.0", "device": "CPU", "harness": "f" * 64})

    assert difference(record(), newer).verdict == "nothing that is known changed"


def test_results_that_differ_for_no_known_reason_are_said_so():
    found = difference(record(outputs=(output(1.0, 2.0),)), record(outputs=(output(1.0, 2.5, digest="1"),)))

    assert found.verdict == "nothing that is known changed, and yet the results differ"
    assert found.outputs == ("output 0 differs: 0.5 at most in the first 2 values",)


def test_verdicts_and_scores_are_set_side_by_side():
    old = record(upto="evaluate", measured=(score(97.0),))
    new = record(upto="load", ending=FAILED, kind="exception", measured=(score(96.5),))

    found = difference(old, new)

    assert str(found.verdicts[0]) == "run: passed -> failed"
    assert [str(change) for change in found.scores] == ["accuracy on sklearn:digits: 97 -> 96.5"]


def test_other_claims_are_no_other_model():
    found = difference(record(), record(digests={**DIGESTS, "claims": "0" * 64}))

    assert (found.model, found.claims) == ((), True)


def test_records_of_two_cards_are_not_compared():
    with pytest.raises(ValueError, match="compare two of one card"):
        difference(record("a/2.10/x"), record("a/2.10/y"))
