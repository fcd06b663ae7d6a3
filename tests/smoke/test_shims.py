"""Every shim is needed by a network that does not work without it, and acts in the child of a card alone."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

mindspore = pytest.importorskip("mindspore")
np = pytest.importorskip("numpy")

from mindhub.smoke.child import Nursery  # noqa: E402
from mindhub.smoke.compat import ALL_SHIMS  # noqa: E402
from mindhub.smoke.contract import Limits  # noqa: E402
from mindhub.smoke.propose import why  # noqa: E402
from smoke.shim_cases import CASES, NUMBERS, PLAIN  # noqa: E402

pytestmark = pytest.mark.mindspore
ROOT = Path(__file__).resolve().parents[2]
PATHS = os.pathsep.join([str(ROOT / "validator"), str(ROOT / "tests")])


@pytest.fixture(scope="module")
def nursery():
    with Nursery(unsandboxed=True) as nursery:
        yield nursery


def write(folder, case):
    """Write a case's repository into `code` of a folder."""
    for name, text in {"plain.py": PLAIN, "mindspore_hub_conf.py": case.conf, **case.files}.items():
        path = folder / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run(nursery, job, folder, rows=(), *, foreign=True):
    """Run a job in a child as the smoke run does any card's."""
    job = {"table": None, "ignore-extra": [], "modes": [], "inputs": len(rows), **job}
    return nursery.run(job, rows, None, Limits(600, 2_000_000_000), foreign=foreign, readonly=[folder])


@pytest.fixture(scope="module")
def outcomes(nursery, request, tmp_path_factory):
    """Run the repositories of the cases that were asked for, each without its shim and with all, two at a time."""
    items = [item for item in request.session.items if item.path == Path(__file__) and "name" in item.fixturenames]
    folders = {item.callspec.params["name"]: tmp_path_factory.mktemp("case") for item in items}
    # Before any run, since writing again would leave a file empty for a moment in which the other run may read it.
    for name, folder in folders.items():
        write(folder, CASES[name])
    with ThreadPoolExecutor(2) as pool:
        yield {
            name: [pool.submit(outcome, nursery, CASES[name], folder, withheld) for withheld in ([name], [])]
            for name, folder in folders.items()
        }
        pool.shutdown(cancel_futures=True)


def outcome(nursery, case, folder, withheld):
    """Run a case's repository that lies in a folder, but for the shims withheld."""
    rows = [] if case.rows is None else [np.array(case.rows, np.float32)]
    job = {"network": case.network, "withheld": withheld, "modes": case.modes if rows else []}
    job |= {"folder": str(folder / "code")} if case.conf else {"registry": str(folder)}
    return run(nursery, job, folder, rows, foreign=bool(case.conf))


def fault(case, outcome):
    """Say what is wrong with a run, empty where it gave what the case expects."""
    if outcome.ending != "done" or outcome.of("raised"):
        return why(outcome)[0]
    for item in outcome.of("ran"):
        (given,) = item.message.arrays
        wanted = case.expected(np.array(case.rows, np.float32))
        if given.shape != wanted.shape or not np.allclose(given, wanted, rtol=1e-5, atol=1e-5):
            return f"{NUMBERS} in {item.message.values['mode']} mode: {given} instead of {wanted}"
    return ""


@pytest.mark.parametrize("name", CASES)
def test_a_network_needs_the_shim_and_runs_rightly_with_it(name, outcomes):
    case = CASES[name]
    if name == "library-spelling":
        pytest.importorskip("mindcv", reason="mindcv is not installed (the extra `zoo`)")
    if name == "easydict" and importlib.util.find_spec("easydict"):
        pytest.skip("easydict is installed, so that its shim does nothing")

    without, applied = (waited.result() for waited in outcomes[name])

    assert re.search(case.error, fault(case, without))
    assert fault(case, applied) == ""
    assert [item.message.values["mode"] for item in applied.of("ran")] == list(case.modes if case.rows else ())
    told = [item.message.values["shims"] for item in (*applied.of("built"), *applied.of("ran"))]
    assert told[-1] == [name]
    assert applied.of("built")[0].message.values["stand-ins"] == []


def test_no_shim_is_without_such_a_network():
    assert ALL_SHIMS
    assert sorted(CASES) == sorted(shim.name for shim in ALL_SHIMS)


def test_a_network_of_the_registry_gets_no_shim(nursery, tmp_path):
    write(tmp_path, CASES["numpy-aliases"])
    (tmp_path / "code").rename(tmp_path / "networks")
    path = tmp_path / "networks" / "mindspore_hub_conf.py"
    path.write_text(path.read_text("utf-8").replace("from plain import *", PLAIN), encoding="utf-8")
    network = {"source": "file", "name": "mindspore_hub_conf:create_network"}

    outcome = run(nursery, {"network": network, "registry": str(tmp_path)}, tmp_path, foreign=False)

    assert "module 'numpy' has no attribute 'int'" in why(outcome)[0]


def test_no_shim_acts_outside_the_child(tmp_path):
    write(tmp_path, CASES["numpy-aliases"])
    arguments = [ROOT / "registry", "mindhub/2.10/mlp_wine", tmp_path / "code"]

    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("untouched.py"), *arguments],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": PATHS},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["shims in the child"] == ["numpy-aliases"]
    assert told["left"] == []
    assert [name for name, noticed in told["noticed"].items() if not noticed] == []
