from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace

import pytest

from cards import card_text, write_card
from formats.ckpt_bytes import entry
from mindhub.card import read_card
from mindhub.smoke import runner
from mindhub.smoke.contract import Limits
from mindhub.smoke.devices import CPU, Device, capability, parse_device, probe, select
from mindhub.smoke.parallel import Budget
from mindhub.smoke.watch import Outcome
from mindhub.source import Registry, card_file
from mindhub.vocabulary import load_vocabulary


class Layer:
    """What MindSpore offers of devices, with two of one kind, under the names of its API (mindspore.hal)."""

    def __init__(self, kind="Ascend", count=2):
        self.kind, self.count = kind, count
        self.chosen = []
        self.hal = SimpleNamespace(
            is_available=lambda kind: kind == self.kind,
            device_count=lambda kind: self.count if kind == self.kind else 0,
            get_device_properties=lambda _, kind: SimpleNamespace(name=f"{kind}910B", total_memory=64 << 30),
        )

    def set_device(self, kind, number=None):
        self.chosen.append((kind, number))


@pytest.mark.parametrize(
    ("text", "device"), [("CPU", CPU), ("Ascend", Device("Ascend", 0)), ("Ascend:1", Device("Ascend", 1))]
)
def test_a_device_is_read_as_it_is_written(text, device):
    assert parse_device(text) == device


@pytest.mark.parametrize("text", ["ascend", "NPU", "Ascend:", "Ascend:-1", "CPU GPU", ""])
def test_what_is_no_device_is_named_with_those_there_are(text):
    with pytest.raises(ValueError, match="is no device; there are CPU, Ascend, GPU"):
        parse_device(text)


def test_the_same_call_selects_every_device():
    layer = Layer()

    for device in (CPU, Device("Ascend", 1), Device("GPU")):
        select(layer, device)

    assert layer.chosen == [("CPU", None), ("Ascend", 1), ("GPU", 0)]


def test_a_device_that_is_there_says_what_it_is():
    assert capability(Layer(), Device("Ascend", 1)) == {
        "available": True, "name": "Ascend910B", "memory": 64 << 30,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("device", "reason"),
    [(Device("GPU"), "this MindSpore finds no GPU"), (Device("Ascend", 2), "there are 2 of Ascend, counted from 0")],
)
def test_a_device_that_is_not_there_is_said_so(device, reason):
    assert capability(Layer(), device) == {"available": False, "reason": reason}


def test_a_driver_that_raises_is_a_device_that_cannot_be_used():
    layer = Layer()
    layer.hal.device_count = lambda _: 1 / 0

    assert capability(layer, Device("Ascend")) == {
        "available": False, "reason": "ZeroDivisionError: division by zero",
    }  # fmt: skip


def test_a_contracts_limits_are_the_cpus_and_others_get_more():
    limits = Limits(100, 2_000_000_000)

    assert CPU.limits(limits) == limits
    assert Device("Ascend").limits(limits) == Limits(500, 10_000_000_000)


def test_a_devices_libraries_keep_their_variables_and_no_other():
    environment = {"ASCEND_OPP_PATH": "/usr/local/Ascend/opp", "AWS_SECRET": "x", "HOME": "/home/x"}

    assert Device("Ascend").variables(environment) == {"ASCEND_OPP_PATH": "/usr/local/Ascend/opp"}
    assert CPU.variables(environment) == {}


def test_only_what_is_there_of_a_device_is_opened():
    assert CPU.nodes == ()
    assert Device("Ascend", 97).nodes == ()


def test_the_cpu_is_not_asked_for():
    assert probe(CPU, "/nowhere/python") == ""


def test_a_python_that_does_not_answer_is_a_reason():
    assert probe(Device("Ascend"), "/nowhere/python").startswith("Ascend:0 could not be asked for: ")


@pytest.mark.mindspore
def test_the_mindspore_here_says_that_it_has_no_such_device():
    pytest.importorskip("mindspore")

    assert probe(Device("Ascend")).startswith("Ascend:0 cannot be used: ")


class NoNursery:
    """Takes the place of the nursery: keeps what it was asked for."""

    def run(self, *asked, **_):
        self.job, _, _, self.limits, _ = asked
        return Outcome((), "exit", "0", versions={"mindspore": "2.10.0", "numpy": "1.26.4"})


@pytest.mark.parametrize(
    ("device", "limits"),
    [
        (CPU, Limits(30, 1_000_000_000)),
        (Device("Ascend", 1), Limits(150, 9_000_000_000)),
        (Device("GPU"), Limits(60, 5_000_000_000)),
    ],
)
def test_a_card_is_run_on_a_device_with_its_limits_and_its_record_says_so(tmp_path, monkeypatch, device, limits):
    monkeypatch.setattr(runner, "_probed", lambda *_: "")
    monkeypatch.setattr(runner, "mindspore_version", lambda: "2.10.0")
    smoke = "  network: {source: file, name: 'lenet:LeNet'}\n  limits: {seconds: 30, memory: 1GB}\n"
    (tmp_path / "x.ckpt").write_bytes(entry("fc.weight", [2, 3], "Float32", bytes(24)))
    claims = {"file-format": "ckpt", "asset-link": "x.ckpt", **_claimed(tmp_path / "x.ckpt")}
    path = write_card(tmp_path / "registry", card_text(f"asset: [{json.dumps(claims)}]\nsmoke:\n{smoke}"))
    (tmp_path / "x.ckpt").rename(path.with_name("x.ckpt"))
    card = read_card(card_file(path, tmp_path / "registry"), load_vocabulary())
    nursery = NoNursery()

    result = runner.run_card(
        card, Registry(tmp_path / "registry"), runner.Options(device=device), nursery, Budget(1 << 40)
    )

    assert nursery.job["device"] == str(device)
    assert nursery.limits == limits
    assert result.evidence.environment["device"] == device.kind


def _claimed(path):
    data = path.read_bytes()
    return {"asset-sha256": hashlib.sha256(data).hexdigest(), "asset-size": len(data)}
