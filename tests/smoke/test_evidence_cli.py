"""The verbs of `mindhub evidence`, over records as runs leave them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cards import UID, card_text, write_card, write_network_run, write_record
from mindhub.cli import main
from mindhub.smoke.evidence import evidence_path, read_evidence, write_evidence
from mindhub.smoke.harness import code_digest
from mindhub.smoke.history import history_path, remember


@pytest.fixture
def root(tmp_path):
    return tmp_path / "registry"


@pytest.fixture
def path(root):
    path = write_card(root, card_text())
    write_record(path, root, {"environment": {"harness": code_digest(), "mindspore": ""}})
    return path


def rewritten(path, **changes):
    record = read_evidence(evidence_path(path))
    write_evidence(evidence_path(path), replace(record, **changes))
    return record


def said(capsys, *words):
    code = main(["evidence", *words])
    return code, capsys.readouterr().out


def test_show_says_whether_the_last_record_still_holds(root, path, capsys):
    fresh = said(capsys, "show", UID, "--registry", str(root))[1]
    old = rewritten(path, environment={"mindspore": "2.10.0", "device": "CPU", "harness": "0" * 64})
    due = said(capsys, "show", UID, "--registry", str(root))[1]
    rewritten(path, digests={**old.digests, "claims": "0" * 64})
    outdated = said(capsys, "show", UID, "--registry", str(root), "--format", "json")[1]

    assert "due" not in fresh
    assert "due: made with an earlier version of the checks" in due
    assert json.loads(outdated)["cards"][0]["freshness"] == "outdated: claims"


@pytest.mark.parametrize(
    ("digests", "environment", "words"),
    [
        ({"asset": "0" * 64}, {}, "the model changed"),
        ({}, {"harness": "1" * 64}, "the tools changed"),
        ({"network": "0" * 64}, {"device": "Ascend"}, "the model and the tools changed"),
    ],
)
def test_compare_says_whether_the_model_or_the_tools_changed(root, path, capsys, digests, environment, words):
    new = rewritten(path, environment={"mindspore": "2.10.0", "device": "CPU", "harness": "0" * 64})
    new = read_evidence(evidence_path(path))
    old = replace(
        new, date="2026-01-01", digests={**new.digests, **digests}, environment={**new.environment, **environment}
    )
    remember(history_path(path), old)

    code, out = said(capsys, "compare", UID, "--registry", str(root))

    assert code == 0
    assert f"2026-01-01 -> 2026-02-01: {words}\n" in out
    assert "the results are the same" in out


def test_verify_finds_inventions_in_records_and_in_runs_with_random_weights(root, path, capsys):
    write_network_run(path, root, {})
    honest = said(capsys, "verify", "--registry", str(root))
    write_network_run(path, root, {"network-parameters": 7})
    record = rewritten(path)
    rewritten(path, digests={key: value for key, value in record.digests.items() if key != "network"})
    invented = said(capsys, "verify", "--registry", str(root))

    assert honest == (0, "2 records of 1 cards, 0 contradictions\n")
    assert invented[0] == 1
    assert "its rows have 6 elements, the network 7" in invented[1]
    assert "there is no digest of network" in invented[1]
