from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from dataclasses import replace

import pytest

mindspore = pytest.importorskip("mindspore")
np = pytest.importorskip("numpy")

from mindhub.smoke import child  # noqa: E402
from mindhub.smoke.evidence import FAILED, NOT_RUN, PASSED, evidence_path, read_evidence, write_evidence  # noqa: E402
from mindhub.smoke.processes import descendants  # noqa: E402
from mindhub.smoke.runner import Options, run_cards  # noqa: E402
from smoke.processes import command_lines, unhurried  # noqa: E402
from smoke.registries import WEIGHTS, claimed, place  # noqa: E402

pytestmark = pytest.mark.mindspore

NAP = f"86399.{os.getpid()}25"  #: seconds that what is left behind would sleep, of no other process
#: Cards that go wrong in the network: name of the card -> stage, kind, words of the reason.
FAULTS = {
    "Broken": ("build", "network", ["RuntimeError: no such layer", "odd_networks.py:"]),
    "Raises": ("run", "exception", ["ValueError: the third feature is missing", "odd_networks.py:", "in construct"]),
    "Sleeps": ("run", "timeout", ["not done after 5 s", "smoke.limits.seconds"]),
    "Hoards": ("run", "out-of-memory", ["out of memory", "700 MB allowed"]),
    "Asks": ("run", "out-of-memory", ["out of memory", "MemoryError"]),
    "Crashes": ("run", "crash", ["SIGSEGV", "odd_networks.py"]),
    "Aborts": ("run", "crash", ["SIGABRT"]),
    "Exits": ("run", "exit", ["without a result (exit code 0)", "so long"]),
    "Quits": ("run", "exception", ["SystemExit"]),
    "Forks": ("run", "processes", ["starts processes"]),
    "Scribbles": ("run", "garbled", ["something wrote into the harness's pipe"]),
    "Forges": ("run", "forged", ["did not write"]),
    "Hurries": ("build", "forged", ["messages that no run gives", "done"]),
    "Wide": ("shape", "wrong-shape", ["output 0 has the shape [2, 1], promised [1, 2]"]),
    "Pair": ("shape", "wrong-shape", ["2 outputs, 1 promised"]),
    "Whole": ("shape", "wrong-dtype", ["output 0 is int32, promised float32"]),
    "NotANumber": ("shape", "not-finite", ["2 of 2 values of output 0 are not finite"]),
    "Text": ("run", "exception", ["returned str, not a tensor"]),
    "Missing": ("build", "network", ["has no 'Missing'"]),
}
LIMITS = {"Sleeps": {"seconds": 5, "memory": "1GB"}, "Hoards": {"seconds": 300, "memory": "700MB"}}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Run a card for each fault, a good one before, between and after them."""
    home = place(tmp_path_factory.mktemp("faulty"))
    names = ["first", *FAULTS, "Prints", "Leaves", "last"]
    good = {"first": "Fine", "last": "Fine"}
    limits = {name: LIMITS.get(name, {"seconds": 300, "memory": "1GB"}) for name in names}
    cards = [home.add(name, good.get(name, name), limits=limits[name]) for name in names]

    (home.root / "networks" / "nap").write_text(NAP)
    with unhurried():
        return {result.card.uid.name: result for result in run_cards(cards, home.registry)}


def stages(result):
    return {stage.name: stage for stage in result.evidence.stages}


def run_one(home, card, **options):
    return next(iter(run_cards([card], home.registry, Options(**options))))


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_a_network_is_told_apart(faulty, name):
    stage, kind, words = FAULTS[name]

    failed = faulty[name].evidence.failed

    assert (failed.name, failed.kind) == (stage, kind)
    assert [word for word in words if word not in failed.reason] == []
    assert faulty[name].code == 1


@pytest.mark.parametrize("name", ["first", "last", "Prints", "Leaves"])
def test_the_other_cards_go_on(faulty, name):
    assert faulty[name].code == 0
    assert faulty[name].evidence.status == "runs"


def test_a_fault_leaves_the_later_stages_not_run(faulty):
    found = stages(faulty["Raises"])

    assert [found[name].verdict for name in ("build", "load", "run")] == [PASSED, PASSED, FAILED]
    assert [(found[name].verdict, found[name].reason) for name in ("shape", "evaluate")] == [
        (NOT_RUN, "run failed"),
        (NOT_RUN, "run failed"),
    ]


def test_a_process_that_left_the_session_ends_with_the_run(faulty):
    commands = command_lines().values()

    assert commands
    assert faulty["Leaves"].code == 0
    assert not [command for command in commands if NAP.encode() in command]


def test_time_and_peak_memory_are_recorded(faulty):
    found = stages(faulty["first"])

    assert 0 < found["run"].seconds < 300
    assert 50e6 < found["run"].memory < 1e9


def test_output_and_table_are_recorded(faulty):
    evidence = faulty["first"].evidence

    assert evidence.outputs[0].values == (1.5, 1.625)
    assert [tensor.name for tensor in evidence.table.tensors] == list(WEIGHTS)
    assert evidence.network_parameters == 8
    assert evidence.environment["mindspore"] == mindspore.__version__
    assert "limits on memory" in evidence.environment["sandbox"]


def test_both_modes_run_and_agree(tmp_path):
    home = place(tmp_path)
    card = home.add("both", modes=["pynative", "graph"])

    result = run_one(home, card)

    assert result.evidence.status == "runs"
    assert "pynative" in stages(result)["run"].reason
    assert "graph" in stages(result)["run"].reason


def test_training_state_is_listed_and_passes(tmp_path):
    home = place(tmp_path)
    state = {"moments.fc.weight": np.zeros((2, 3), np.float32), "global_step": np.array([7], np.int32)}
    card = home.add("trained", weights={**WEIGHTS, **state})

    result = run_one(home, card)

    assert stages(result)["load"].verdict == PASSED
    assert result.evidence.training_state == ("moments.fc.weight", "global_step")


@pytest.mark.parametrize(
    ("weights", "kind", "words"),
    [
        ({**WEIGHTS, "head.weight": np.zeros((1, 2), np.float32)}, "mismatch", "unexpected head.weight"),
        ({"fc.weight": WEIGHTS["fc.weight"]}, "mismatch", "missing fc.bias"),
        ({**WEIGHTS, "fc.bias": np.zeros(5, np.float32)}, "mismatch", "fc.bias is [2] in the network, [5]"),
        ({**WEIGHTS, "fc.bias": np.array([np.nan, 0], np.float32)}, "nan-weights", "first fc.bias (1 of 2 values)"),
    ],
    ids=["extra", "missing", "shape", "nan"],
)
def test_a_checkpoint_that_does_not_fit_fails_at_load(tmp_path, weights, kind, words):
    home = place(tmp_path)
    card = home.add("other", weights=weights)

    failed = run_one(home, card).evidence.failed

    assert (failed.name, failed.kind) == ("load", kind)
    assert words in " ".join(failed.reason.split())


def test_an_extra_that_the_contract_ignores_passes(tmp_path):
    home = place(tmp_path)
    weights = {**WEIGHTS, "head.weight": np.zeros((1, 2), np.float32)}
    card = home.add("other", weights=weights, **{"ignore-extra": ["^head"]})

    assert run_one(home, card).code == 0


def wine(home, claim, name="wine"):
    weights = {"fc.weight": np.zeros((3, 13), np.float32), "fc.bias": np.array([0, 1, 0], np.float32)}
    return home.add(
        name,
        "Wine",
        weights=weights,
        evaluation=claim,
        inputs=[{"shape": [1, 13], "dtype": "float32"}],
        outputs=[{"shape": [1, 3], "dtype": "float32"}],
        evaluate={"dataset": "sklearn:wine", "split": "test", "metric": "accuracy", "tolerance": 0.1},
    )


def test_a_score_is_measured_and_compared(tmp_path):
    home = place(tmp_path)
    cards = [wine(home, "acc38.9", "true"), wine(home, "acc88", "invented"), wine(home, "f1score50", "silent")]

    right, wrong, silent = run_cards(cards, home.registry)

    # 14 of the 36 test wines are of the class that this network always names.
    assert right.evidence.measured[0].measured == pytest.approx(100 * 14 / 36)
    assert (right.evidence.status, right.code) == ("score-re-measured", 0)
    assert (wrong.evidence.failed.name, wrong.evidence.failed.kind) == ("evaluate", "wrong-metric")
    assert "claimed 88, measured 38.8889" in wrong.evidence.failed.reason
    assert silent.evidence.failed.kind == "no-claim"


def test_recorded_output_is_compared_and_a_rerun_changes_nothing(tmp_path):
    home = place(tmp_path)
    card = home.add("good")
    first = run_one(home, card, record=True, made_by="hub")
    second = run_one(home, card, record=True, made_by="hub")
    before = evidence_path(card.path).read_bytes()

    third = run_one(home, card, record=True, made_by="hub")

    assert stages(first)["reproduce"].reason == "no recorded output yet"
    assert (second.recorded, second.evidence.status) == (evidence_path(card.path), "same-output")
    assert third.recorded is None
    assert evidence_path(card.path).read_bytes() == before


def test_another_output_than_the_recorded_one_fails(tmp_path):
    home = place(tmp_path)
    card = home.add("good")
    run_one(home, card, record=True, made_by="hub")
    path = evidence_path(card.path)
    known = read_evidence(path)
    other = replace(known.outputs[0], values=(1.5, 1.7), digest="0" * 64)
    write_evidence(path, replace(known, outputs=(other,)))

    failed = run_one(home, card, record=True, made_by="hub").evidence.failed
    again = run_one(home, card, record=True, made_by="hub").evidence

    assert (failed.name, failed.kind) == ("reproduce", "not-reproducible")
    assert "1.625 instead of 1.7" in failed.reason
    assert again.failed.kind == "not-reproducible"
    assert (again.compared[0].elements, again.compared[0].differing) == (2, 1)
    assert read_evidence(path).outputs == (other,)
    assert read_evidence(path).compared == again.compared


def test_unchanged_cards_are_not_run_again(tmp_path):
    home = place(tmp_path)
    card = home.add("good")
    state = tmp_path / "state"
    run_one(home, card, state=state)

    again = run_one(home, card, state=state)
    network = home.root / "networks" / "odd_networks.py"
    network.write_text(network.read_text() + "# another\n")
    changed = run_one(home, card, state=state)

    assert (again.cached, again.code, again.evidence.status) == (True, 0, "runs")
    assert changed.cached is False


def test_what_is_not_there_is_said_and_has_its_exit_code(tmp_path, monkeypatch):
    home = place(tmp_path)
    card = home.add("good")
    foreign = home.add("foreign", network={"source": "hub-conf"})
    monkeypatch.setattr("mindhub.smoke.runner.mindspore_version", lambda: "")

    without, other = run_cards([card, foreign], home.registry)
    required = run_one(home, card, require=frozenset({"load"}))

    assert without.code == 2
    assert "pip install 'mindhub[run]'" in stages(without)["build"].reason
    assert other.code == 2
    assert required.code == 1


def test_a_wrong_claim_about_the_file_fails_before_mindspore_sees_it(tmp_path):
    home = place(tmp_path)
    truncated = home.add("truncated")
    path = truncated.path.with_suffix(".ckpt")
    path.write_bytes(path.read_bytes()[:-3])
    cards = [
        home.add("hash", asset={"asset-sha256": "0" * 64}),
        home.add("size", asset={"asset-size": 7}),
        home.add("absent", asset={"asset-link": "nowhere.ckpt"}),
        home.add("outside", asset={"asset-link": "../../../../etc/passwd"}),
        home.card("truncated"),
    ]

    kinds = [(r.evidence.failed.name, r.evidence.failed.kind, r.code) for r in run_cards(cards, home.registry)]

    assert kinds == [
        ("hash", "wrong-hash", 1),
        ("hash", "wrong-size", 1),
        ("fetch", "no-file", 1),
        ("fetch", "no-file", 1),
        ("hash", "wrong-size", 1),
    ]


def test_a_file_that_is_cut_off_is_found_by_the_scan(tmp_path):
    home = place(tmp_path)
    path = home.add("cut").path.with_suffix(".ckpt")
    path.write_bytes(path.read_bytes()[:-3])
    text = home.card("cut").text
    card = home.card("cut")
    fresh = claimed(path)
    old = card.assets[0]
    text = text.replace(str(old.sha256), fresh["asset-sha256"]).replace(str(old.size), str(fresh["asset-size"]))
    card.path.write_text(text)

    failed = run_one(home, home.card("cut")).evidence.failed

    assert (failed.name, failed.kind) == ("scan", "format-truncated")
    assert failed.reason.startswith("cut.ckpt: ")


@pytest.fixture(scope="module")
def shut_in(tmp_path_factory):
    """Run networks that reach for what lies outside."""
    home = place(tmp_path_factory.mktemp("shut_in"))
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.MonkeyPatch.context() as patch:
        (home.root / "networks" / "port").write_text(str(server.getsockname()[1]))
        patch.setenv("A_SECRET", "42")
        cards = [home.add(name, name) for name in ("Writes", "Calls", "Looks")]
        return home, {result.card.uid.name: result for result in run_cards(cards, home.registry)}


def test_a_network_cannot_write_into_the_registry(shut_in):
    home, results = shut_in
    if "Landlock" not in results["Writes"].evidence.environment["sandbox"]:
        pytest.skip("this kernel has no Landlock")

    assert "PermissionError" in results["Writes"].evidence.failed.reason
    assert not (home.root / "networks" / "planted.py").exists()


def test_a_network_cannot_reach_the_network(shut_in):
    _, results = shut_in
    if "network" not in results["Calls"].evidence.environment["sandbox"]:
        pytest.skip("this kernel grants no network namespace")

    reason = results["Calls"].evidence.failed.reason
    assert any(word in reason for word in ("Network is unreachable", "Address family not supported"))


def test_a_network_sees_nothing_of_the_callers_surroundings(shut_in):
    _, results = shut_in

    assert "secrets [], folder [], home True" in results["Looks"].evidence.failed.reason


def test_a_mindspore_that_cannot_be_imported_is_no_fault_of_the_card(tmp_path, monkeypatch):
    home = place(tmp_path)
    card = home.add("good")
    broken = tmp_path / "site" / "mindspore"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libgomp.so.1: cannot open shared object file')\n")
    clean = child.environment(str(tmp_path))
    path = f"{broken.parent}:{clean['PYTHONPATH']}"
    monkeypatch.setattr(child, "environment", lambda folder: {**clean, "HOME": folder, "PYTHONPATH": path})

    result = run_one(home, card)

    build = stages(result)["build"]
    assert (build.verdict, build.kind, result.code) == (NOT_RUN, "no-mindspore", 2)
    assert "MindSpore cannot be imported: ImportError: libgomp.so.1" in build.reason


def test_a_warm_process_that_was_killed_is_started_again(tmp_path):
    home = place(tmp_path)
    first, second = home.add("first"), home.add("second")

    def harness():
        # The browser of other tests may be running below this process too.
        said = command_lines()
        return [pid for pid in descendants(os.getpid()) if b"mindhub.smoke" in said.get(pid, b"")]

    def cards():
        yield first
        assert harness()
        for pid in harness():
            with suppress(ProcessLookupError):  # the end of the first is that of those below it
                os.kill(pid, signal.SIGKILL)
        yield second

    assert [result.code for result in run_cards(cards(), home.registry, Options(jobs=1))] == [0, 0]
    assert harness() == []
