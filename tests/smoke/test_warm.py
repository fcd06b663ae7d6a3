"""The process that forks for each card: it must have imported MindSpore and done nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("mindspore")

from mindhub.smoke.child import HarnessError, Nursery
from mindhub.smoke.contract import Limits
from smoke.registries import place

pytestmark = pytest.mark.mindspore

#: A warm process in which an operator runs: at once when MindSpore is imported, or after the first look at its threads.
SPOILT = """\
import sys
from mindhub.smoke import warm
import mindspore
counted = warm.threads
def operator():
    assert float((mindspore.Tensor([1.0]) + 1).asnumpy()[0]) == 2
def threads():
    found = counted()
    if "later" in sys.argv:
        sys.argv.remove("later")
        operator()
    return found
warm.threads = threads
if "at once" in sys.argv:
    operator()
warm.main(int(sys.argv[1]))
"""


@pytest.fixture
def python(tmp_path, request):
    """A program that stands for the interpreter of the warm process, called with -s -P -m MODULE DESCRIPTOR."""
    script = tmp_path / "spoilt.py"
    script.write_text(SPOILT)
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -s -P "{script}" "$5" "{request.param}"\n')
    program.chmod(0o755)
    return program


def run(home, python):
    job = {
        "registry": str(home.root),
        "network": {"source": "file", "name": "odd_networks:Fine"},
        "table": None,
        "ignore-extra": [],
        "modes": [],
        "inputs": 0,
    }
    with Nursery(python=python) as nursery:
        return nursery.run(job, [], None, Limits(300, 1_000_000_000))


@pytest.mark.parametrize("python", ["at once", "later"], indirect=True)
def test_a_parent_in_which_an_operator_was_run_refuses_to_fork(tmp_path, python):
    home = place(tmp_path)

    with pytest.raises(HarnessError, match=r"[0-9]+ threads instead of 1: an operator was run in it") as caught:
        run(home, python)

    assert caught.value.kind == "harness"


@pytest.mark.parametrize("python", ["not at all"], indirect=True)
def test_the_same_parent_forks_where_none_was_run(tmp_path, python):
    outcome = run(place(tmp_path), python)

    assert outcome.ending == "done", outcome
    assert outcome.of("loaded")


def test_the_parent_has_one_thread_after_the_import(tmp_path):
    home = place(tmp_path)
    card = home.add("fine")

    with Nursery() as nursery:
        from mindhub.smoke.runner import Options, run_card

        assert run_card(card, home.registry, Options(), nursery).code == 0
        assert nursery.versions["threads"] == 1
        # And still: the forks have run operators, it has not.
        below = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
        warm = [path for path in below if b"mindhub.smoke.warm" in _command(path) and _parent(path) == os.getpid()]
        assert [len(list((path / "task").iterdir())) for path in warm] == [1]


def _command(path):
    try:
        return (path / "cmdline").read_bytes()
    except OSError:
        return b""


def _parent(path):
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
