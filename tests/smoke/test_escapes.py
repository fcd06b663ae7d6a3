from __future__ import annotations

import os
import shutil
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

mindspore = pytest.importorskip("mindspore")
np = pytest.importorskip("numpy")

from mindhub.formats import scan  # noqa: E402
from mindhub.smoke import bubblewrap  # noqa: E402
from mindhub.smoke.child import HarnessError, Nursery  # noqa: E402
from mindhub.smoke.contract import Limits  # noqa: E402
from smoke.processes import command_lines, unhurried  # noqa: E402
from smoke.registries import WEIGHTS, save  # noqa: E402

pytestmark = [pytest.mark.mindspore, pytest.mark.slow]

NAP = f"86399.{os.getpid()}"  #: seconds that what is left behind would sleep
MISSING = bubblewrap.available()
FULL = pytest.param(True, id="full", marks=pytest.mark.skipif(MISSING is not None, reason=str(MISSING)))
BOTH = pytest.mark.parametrize("full", [FULL, pytest.param(False, id="limited")])
#: What a network may not do in either sandbox.
ATTEMPTS = [
    "internet", "datagram", "netlink", "raw packets", "abstract socket", "socket file",
    "reading outside", "reading passwords", "reading a home", "reading the harness",
    "writing outside", "writing the network", "writing a library", "writing beside a library",
    "writing to the system", "making a folder at the top", "making a folder in /dev", "tuning the kernel",
    "signalling the harness", "signalling the parent", "tracing the harness", "reading memory of the parent",
    "a user namespace", "a clone with namespaces", "mounting", "loading a filter program", "keys", "io_uring",
    "page faults", "performance counters", "memory without a process", "shared memory", "becoming root",
    "changing the clock", "changing the host's name", "filling the disk", "filling the shared folder",
]  # fmt: skip
#: Networks that do not come back: class -> how the harness has to see their end, limits. Seconds are for those that
#: would stay for ever; the others are ended for something else, which takes a busy machine a while.
ENDS = {
    "ForkBomb": ({"processes", "out-of-memory"}, Limits(300, 1_500_000_000)),
    "MemoryBomb": ({"out-of-memory", "exit", "done"}, Limits(300, 800_000_000)),
    "ForkedMemory": ({"out-of-memory"}, Limits(300, 800_000_000)),
    "Forges": ({"forged"}, Limits(300, 1_500_000_000)),
    "Claims": ({"garbled"}, Limits(300, 1_500_000_000)),
    "Floods": ({"garbled"}, Limits(300, 1_500_000_000)),
    "Drips": ({"timeout"}, Limits(2, 1_500_000_000)),
    "Stays": ({"timeout"}, Limits(2, 1_500_000_000)),
    "Kills": ({"signal"}, Limits(300, 1_500_000_000)),
    "KillsAll": ({"signal", "done", "harness"}, Limits(300, 1_500_000_000)),
    "Leaves": ({"exit"}, Limits(300, 1_500_000_000)),
}


class Yard:
    """A registry with the networks, a file outside of it, and a harness to run them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.registry = folder / "registry"
        (self.registry / "networks").mkdir(parents=True)
        shutil.copy(Path(__file__).with_name("escaping_networks.py"), self.registry / "networks")
        self.outside = folder / "outside"
        self.outside.mkdir(mode=0o777)
        (self.outside / "secret").write_text("not for networks")
        for path in (folder, *folder.parents[:2]):
            path.chmod(0o755)
        self.home = folder / "home"
        self.home.mkdir()
        self.checkpoint = folder / "model.ckpt"
        save(self.checkpoint, WEIGHTS)
        self.nursery = stack.enter_context(Nursery())

    def run(self, name, limits, *, full, **given):
        job = {
            "registry": str(self.registry),
            "network": {"source": "file", "name": f"escaping_networks:{name}", "kwargs": given},
            "table": scan(self.checkpoint, "ckpt").to_json(),
            "ignore-extra": [],
            "modes": ["pynative"],
            "inputs": 1,
        }
        rows = [np.ones((1, 3), np.float32)]
        readonly = [self.registry] if full else []
        return self.nursery.run(job, rows, self.checkpoint, limits, foreign=full, readonly=readonly)


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    with ExitStack() as stack:
        stack.enter_context(unhurried())
        yield Yard(tmp_path_factory.mktemp("yard"), stack)


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def tried(yard, monkeypatch_module):
    """Let a network try everything in each sandbox that there is; return what it printed, by sandbox."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as named,
    ):
        # Names of this process alone: another one may be at the same test.
        abstract.bind(f"\0mindhub-escape-{os.getpid()}")
        abstract.listen()
        place = str(yard.outside / "socket")
        named.bind(place)
        os.chmod(place, 0o777)  # noqa: PTH101 - a socket
        named.listen()
        given = {
            "port": server.getsockname()[1],
            "abstract": f"mindhub-escape-{os.getpid()}",
            "socket": place,
            "secret": str(yard.outside / "secret"),
            "outside": str(yard.outside),
            "home": str(yard.home),
            "harness": os.getpid(),
            "nap": NAP,
        }
        heard = []
        before = signal.signal(signal.SIGUSR1, lambda *_: heard.append("signal"))
        limits = Limits(300, 1_500_000_000)
        found = {
            full: yard.run("Tries", limits, full=full, **given) for full in (True, False) if not (full and MISSING)
        }
        signal.signal(signal.SIGUSR1, before)
    assert heard == []
    return found


def lines(outcome):
    return dict(line.split(": ", 1) for line in outcome.output.splitlines() if ": " in line)


@BOTH
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_network_does_not_get_out(tried, full, attempt):
    said = lines(tried[full])

    assert said[attempt].startswith("held: ")


@BOTH
def test_trying_does_not_hurt_the_result(tried, full):
    assert tried[full].ending == "done"
    assert [item.message.kind for item in tried[full].received] == ["started", "built", "loaded", "ran", "done"]


@BOTH
def test_what_a_network_leaves_behind_ends_with_it(tried, full):
    running = command_lines().values()

    assert int(lines(tried[full])["left behind"]) > 0
    assert running
    assert not [command for command in running if NAP.encode() in command]


@BOTH
def test_a_network_has_two_descriptors_and_no_variable_of_the_user(tried, full):
    said = lines(tried[full])

    # The job's, the result's, and the one that listing the folder takes.
    assert int(said["descriptors"]) <= 3
    assert "MINDHUB_TEST_SECRET" not in said["environment"].split()
    assert not any("TOKEN" in name or "KEY" in name for name in said["environment"].split())


@BOTH
def test_the_record_says_what_was_applied(tried, full):
    said = tried[full].of("started")[0].message.values["sandbox"]

    assert ("bubblewrap" in said) == full
    assert "seccomp" in said


@BOTH
@pytest.mark.parametrize("name", ENDS)
def test_a_network_that_does_not_come_back_is_ended_and_told_apart(yard, full, name):
    endings, limits = ENDS[name]

    outcome = yard.run(name, limits, full=full)

    assert outcome.ending in endings
    assert outcome.of("ran") == []


@BOTH
def test_the_next_network_runs_after_all_that(yard, full):
    outcome = yard.run("Fine", Limits(300, 1_500_000_000), full=full)

    assert outcome.ending == "done"
    assert outcome.of("ran")[0].message.arrays[0].shape == (1, 2)


def test_unreviewed_code_is_refused_where_there_is_no_full_sandbox(yard, monkeypatch):
    missing = bubblewrap.Missing("bubblewrap (bwrap) is not installed", "install it")
    monkeypatch.setattr(bubblewrap, "available", lambda: missing)

    with pytest.raises(HarnessError, match=r"unreviewed code needs the full sandbox: bubblewrap .* is not installed; "):
        yard.run("Fine", Limits(), full=True)


def test_unreviewed_code_that_was_let_run_without_the_full_sandbox_says_so_in_its_record(yard):
    with Nursery(unsandboxed=True) as nursery:
        yard.nursery, held = nursery, yard.nursery
        outcome = yard.run("Fine", Limits(300, 1_500_000_000), full=True)
        yard.nursery = held

    said = outcome.of("started")[0].message.values["sandbox"]
    assert outcome.ending == "done"
    assert said.startswith("NOT the full sandbox, by --unsandboxed; namespaces")
