from __future__ import annotations

import datetime as dt

import pytest

pytest.importorskip("mindspore")

from mindhub.recorded import read_recorded
from mindhub.smoke import random_runs
from mindhub.smoke.contract import network_digest
from mindhub.smoke.evidence import contract_digest
from mindhub.smoke.network_runs import network_run_path, read_network_run, still_holds
from mindhub.smoke.random_runs import Options, run_networks
from smoke.registries import WEIGHTS, place

pytestmark = pytest.mark.mindspore


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = place(tmp_path_factory.mktemp("networks"))
    for cell in ("Fine", "Raises", "Wide", "Missing"):
        home.add(cell.lower(), cell)
    return home


@pytest.fixture(scope="module")
def results(home):
    cards = [home.card(name) for name in ("fine", "raises", "wide", "missing")]
    return {result.card.uid.name: result for result in run_networks(cards, home.registry, Options(record=True))}


def test_a_network_is_saved_reloaded_and_run(results):
    run = results["fine"].run

    assert run.runs
    assert (run.parameters, run.outputs) == (8, (((1, 2), "float32"),))
    assert run.checkpoint_bytes > 8 * 4


def test_faults_of_the_network_are_found_without_its_weights(results):
    failed = {name: (result.run.failed.name, result.code) for name, result in results.items() if result.run.failed}

    assert failed == {"raises": ("run", 1), "wide": ("shape", 1), "missing": ("build", 1)}


@pytest.mark.usefixtures("results")
def test_the_record_holds_until_the_contract_or_the_network_changes(home):
    card = home.card("fine")
    run = read_network_run(network_run_path(card.path))
    network = network_digest(home.root, card.smoke["network"])

    assert still_holds(card, run, network)
    assert not still_holds(card, run, "0" * 64)
    assert run.digests["contract"] == contract_digest(card)


def test_a_second_run_leaves_the_record_alone(home, results):
    again = next(run_networks([home.card("fine")], home.registry, Options(record=True)))

    assert results["fine"].recorded is not None
    assert again.recorded is None


@pytest.mark.usefixtures("results")
def test_no_evidence_is_written(home):
    assert list(home.root.rglob("*.evidence.json")) == []


def test_the_record_lists_the_networks_parameters(results):
    rows = {(row.name, row.shape, row.dtype) for row in results["fine"].run.table}

    assert rows == {("fc.weight", (2, 3), "float32"), ("fc.bias", (2,), "float32")}


def test_several_run_at_a_time_and_come_in_their_order(home):
    cards = [home.card(name) for name in ("fine", "missing", "wide", "fine")]

    found = [result.card.uid.name for result in run_networks(cards, home.registry, Options(jobs=4))]

    assert found == ["fine", "missing", "wide", "fine"]


@pytest.mark.usefixtures("results")
def test_a_file_that_does_not_fit_the_recorded_network_is_said_by_the_check(home):
    card = home.add("fine", weights={"other.weight": WEIGHTS["fc.weight"], "fc.bias": WEIGHTS["fc.bias"]})

    (recorded,) = [found for file, found in read_recorded([card], home.root, dt.date(2126, 1, 1)) if file == card.file]

    assert recorded.faults == ()
    assert recorded.misfit.startswith(
        "the checkpoint does not fit the network of 2 parameters: 1 missing, 1 unexpected"
    )


@pytest.mark.usefixtures("results")
def test_a_run_that_could_not_be_done_replaces_no_record(home, monkeypatch):
    path = network_run_path(home.card("wide").path)
    before = path.read_bytes()
    monkeypatch.setattr(random_runs, "mindspore_version", lambda: "")

    (result,) = run_networks([home.card("wide")], home.registry, Options(record=True))

    assert (result.code, result.recorded) == (2, None)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("results")
def test_a_report_replaces_no_record_of_the_registrys_own(home):
    card = home.card("wide")
    (own,) = run_networks([card], home.registry, Options(record=True, made_by="hub"))
    (report,) = run_networks([card], home.registry, Options(record=True))

    assert own.recorded == network_run_path(card.path)
    assert report.recorded is None
    assert read_network_run(own.recorded).made_by == "hub"
