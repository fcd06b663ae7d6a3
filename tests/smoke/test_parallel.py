from __future__ import annotations

import threading
import time

import pytest

from mindhub.smoke import cgroup, parallel
from mindhub.smoke.parallel import Budget, processors, reserve, run_ordered


def test_results_come_in_the_order_of_the_items_whoever_is_done_first():
    def slow_first(number):
        time.sleep(0.1 if number == 0 else 0)
        return number

    assert list(run_ordered(slow_first, range(8), 4)) == list(range(8))


def test_as_many_run_at_a_time_as_asked_for():
    together = threading.Barrier(3, timeout=120)

    # Each waits until three are there: two at a time would never get on.
    assert list(run_ordered(lambda _: together.wait() >= 0, range(6), 3)) == [True] * 6


def test_one_at_a_time_takes_an_item_only_when_it_is_wanted():
    taken = []

    def items():
        for number in range(3):
            taken.append(number)
            yield number

    first = next(run_ordered(lambda number: number, items(), 1))

    assert (first, taken) == (0, [0])


def test_an_exception_of_one_is_raised_in_its_place():
    def unlucky(number):
        if number == 2:
            raise KeyError(number)
        return number

    found = run_ordered(unlucky, range(5), 2)

    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(KeyError):
        next(found)


def test_memory_that_is_taken_is_waited_for():
    budget = Budget(100)
    order = []

    def second():
        with budget.take(60):
            order.append("second")

    with budget.take(60):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.05)
        order.append("first")
    waiting.join(120)

    assert order == ["first", "second"]


def test_what_fits_beside_runs_beside():
    budget = Budget(100)

    with budget.take(60), budget.take(40):
        assert budget.total == 100


def test_more_than_there_is_is_refused_at_once():
    with pytest.raises(ValueError, match="101 bytes are more than the 100 there are"), Budget(100).take(101):
        pass


@pytest.mark.parametrize(
    ("peak", "held"), [(0, 2_000_000_000), (300_000_000, 439_000_000), (1_900_000_000, 2_000_000_000)]
)
def test_a_run_holds_what_it_took_before_and_never_more_than_its_limit(peak, held):
    assert reserve(2_000_000_000, peak) == held


@pytest.mark.parametrize(("share", "wanted"), [(None, 8), (2.0, 2), (0.5, 1), (64.0, 8)])
def test_a_containers_share_of_the_processors_counts(monkeypatch, share, wanted):
    monkeypatch.setattr(parallel.os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(parallel, "cpu_share", lambda: share)

    assert processors() == wanted


@pytest.mark.parametrize(
    ("version", "files", "share"),
    [
        (2, {"cpu.max": "150000 100000\n"}, 1.5),
        (2, {"cpu.max": "max 100000\n"}, None),
        (1, {"cpu.cfs_quota_us": "200000\n", "cpu.cfs_period_us": "100000\n"}, 2.0),
        (1, {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}, None),
        (2, {}, None),
    ],
)
def test_the_share_is_read_from_the_control_group(tmp_path, monkeypatch, version, files, share):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(cgroup, "_own_places", lambda _: iter([(version, tmp_path)]))

    assert cgroup.cpu_share() == share
