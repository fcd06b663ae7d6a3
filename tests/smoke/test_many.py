"""The smoke run on other processes: one of a cluster's workers is killed midway, and nothing is lost or done twice."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace

import pytest

from mindhub.cli.smoke import smoke
from mindhub.executors import open_executor
from mindhub.smoke.evidence import evidence_path, read_evidence
from mindhub.smoke.many import run_elsewhere
from mindhub.smoke.runner import Options
from smoke.registries import place

pytestmark = [
    pytest.mark.mindspore,
    pytest.mark.slow,
    # Dask's word about a slow disk.
    pytest.mark.filterwarnings("ignore:Creating scratch directories is taking a surprisingly long time:UserWarning"),
]
NAMES = [f"card{number}" for number in range(6)]


@pytest.fixture
def home(tmp_path):
    found = place(tmp_path)
    for name in NAMES:
        found.add(name)
    return found


def test_a_worker_that_is_killed_midway_loses_nothing_and_repeats_nothing(home):
    distributed = pytest.importorskip("distributed")
    cards = [home.card(name) for name in NAMES]
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        pids = [worker.process.process.pid for worker in cluster.workers.values()]
        with open_executor("dask://" + cluster.scheduler_address.removeprefix("tcp://")) as executor:
            results = []
            for result in run_elsewhere(cards, home.registry, Options(record=True), executor):
                if not results:
                    os.kill(pids[0], signal.SIGKILL)
                results.append(result)

    assert sorted(result.card.file for result in results) == sorted(card.file for card in cards)
    assert {result.code for result in results} == {0}
    assert [result.recorded for result in results] == [evidence_path(result.card.path) for result in results]
    for card in cards:
        evidence = read_evidence(evidence_path(card.path))
        assert evidence is not None
        assert (evidence.uid, evidence.status) == (str(card.uid), "runs")


def test_a_worker_with_another_version_of_a_card_says_so(home):
    card = replace(home.card("card0"), data=b"another")
    with open_executor("processes:1") as executor:
        (result,) = run_elsewhere([card], home.registry, Options(record=True), executor)

    assert (result.code, result.blocking.kind, result.recorded) == (2, "harness", None)
    assert "has another version of" in result.blocking.reason
    assert not evidence_path(card.path).exists()


def test_the_command_line_runs_a_shard_on_processes(home, capsys, monkeypatch):
    monkeypatch.chdir(home.root.parent)
    codes = [smoke(registry=home.root, executor="processes:1", shard=f"{index}/2") for index in (1, 2)]

    told = capsys.readouterr().out
    assert codes == [0, 0]
    assert all(told.count(f"mindhub/2.10/{name}  runs") == 1 for name in NAMES)


def test_what_cannot_be_followed_is_exit_code_2(home, capsys):
    assert smoke(registry=home.root, executor="nowhere") == 2
    assert smoke(registry=home.root, shard="3/2") == 2
    told = capsys.readouterr().err
    assert "'nowhere' is no executor" in told
    assert "'3/2' is no shard" in told
    shutil.rmtree(home.root)
