"""Jobs on other processes, and on a Dask cluster whose workers die."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from assets.servers import deaf
from mindhub.executors import ExecutorError, open_executor, run_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from distributed import LocalCluster

pytestmark = [
    pytest.mark.slow,  # starts processes
    # Dask's word about a slow disk.
    pytest.mark.filterwarnings("ignore:Creating scratch directories is taking a surprisingly long time:UserWarning"),
]


def square(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number * number


def die_once(job: tuple[str, int]) -> int:
    """Note the process, and have number 3 end it at its first try."""
    folder, number = job
    mark = os.path.join(folder, f"{number}-{os.getpid()}")  # noqa: PTH118 - runs on a worker, kept small
    with open(mark, "x"):  # noqa: PTH123
        pass
    if number == 3 and sum(name.startswith("3-") for name in os.listdir(folder)) == 1:  # noqa: PTH208
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return number


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Three worker processes, of which each offers one RUNNER, and a scheduler on loopback."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, resources={"RUNNER": 1}
    ) as started:
        yield started


def place(cluster: LocalCluster) -> str:
    return "dask://" + cluster.scheduler_address.removeprefix("tcp://")


def test_every_job_comes_back_once_with_its_result_or_its_error():
    with open_executor("processes:2") as executor:
        found = dict(run_jobs(executor, square, [1, 2, -3]))

    assert (found[1], found[2]) == (1, 4)
    assert str(found[-3]) == "-3 is negative"


def test_on_a_cluster_they_do_too(cluster):
    with open_executor(place(cluster), "RUNNER") as executor:
        found = dict(run_jobs(executor, square, range(-1, 9)))

    assert isinstance(found.pop(-1), ValueError)
    assert found == {number: number * number for number in range(9)}


def test_a_job_whose_worker_was_killed_is_done_by_another(cluster, tmp_path: Path):
    with open_executor(place(cluster)) as executor:
        found = list(run_jobs(executor, die_once, [(str(tmp_path), number) for number in range(8)]))

    assert sorted(result for _, result in found) == list(range(8))
    assert len(list(tmp_path.glob("3-*"))) == 2


def test_a_resource_that_no_worker_has_is_an_error_and_no_wait(cluster):
    with pytest.raises(ExecutorError, match=r"no worker of .* offers 'ASCEND'; start one with 'dask worker"):
        open_executor(place(cluster), "ASCEND").__enter__()


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("mindhub.executors._PATIENCE", 0.5)
    with deaf() as place, pytest.raises(ExecutorError, match=rf"no Dask scheduler answers at tcp://{place}"):
        open_executor(f"dask://{place}").__enter__()


@pytest.mark.parametrize(
    "spec", ["", "processes", "processes:0", "dask://", "dask://host", "http://a:1", "dask://a b:1"]
)
def test_what_is_no_executor_is_refused_with_the_forms_that_are(spec):
    with pytest.raises(ExecutorError, match=r"there are 'processes:N', or 'dask://HOST:PORT'"):
        open_executor(spec).__enter__()
