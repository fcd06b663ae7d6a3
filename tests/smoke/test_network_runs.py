from __future__ import annotations

import json

import jsonschema
import pytest

from mindhub.cli.random_weights import random_weights
from mindhub.resources import schema
from mindhub.smoke.evidence import EvidenceError, Stage
from mindhub.smoke.matching import Parameter
from mindhub.smoke.network_runs import NetworkRun, read_network_run
from smoke.test_cli import FOREIGN, add

UID = "mindhub/2.10/fine"


def made(**changes):
    stages = tuple(Stage(name, "passed") for name in ("build", "load", "run", "shape"))
    values = {"uid": UID, "made_by": "hub", "date": "2026-02-03", "digests": {"contract": "a" * 64}, "stages": stages}
    return NetworkRun(**{**values, "environment": {"mindspore": "2.10.0"}, **changes})


def test_a_record_is_read_back_as_it_was_written():
    table = (Parameter("w", (2, 4), "float32"),)
    run = made(
        parameters=8, checkpoint_bytes=99, outputs=(((1, 2), "float32"),), table=table, arguments={"w": ("n", 1)}
    )

    data = json.loads(json.dumps(run.to_json()))

    jsonschema.validate(data, schema("network-run"))
    assert NetworkRun.from_json(data) == run


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("weights", "published", "weights"),
        ("stages", [], "stages"),
        ("status", "runs", "status"),
        ("format", 2, "format"),
    ],
)
def test_a_record_that_says_something_else_is_refused(tmp_path, key, value, words):
    path = tmp_path / "fine.network.json"
    path.write_text(json.dumps({**made().to_json(), key: value}), encoding="utf-8")

    with pytest.raises(EvidenceError, match=words):
        read_network_run(path)


@pytest.mark.mindspore  # without it, that is what is said of code from elsewhere
def test_unpinned_code_graphs_and_cards_without_a_contract_are_not_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "registry"
    add(home, uid="mindhub/2.3/foreign", smoke=FOREIGN)
    add(home, uid="mindhub/2.3/graph", smoke="smoke: {network: {source: mindir}}\n")
    add(home, uid="mindhub/2.3/plain")

    codes = [random_weights(targets=[f"mindhub/2.3/{name}"], registry=home) for name in ("foreign", "graph", "plain")]

    out = capsys.readouterr().out
    assert codes == [2, 0, 0]
    assert "not run (no-commit)" in out
    assert "a graph brings its own weights along" in out
    assert "nothing says which network it is" in out
