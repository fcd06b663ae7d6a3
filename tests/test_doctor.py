from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from mindhub import doctor
from mindhub.cli import main
from mindhub.doctor import ABILITIES, LIMITED, MISSING, OK, Check, examine, verdict
from mindhub.smoke import bubblewrap


def state(name, **given):
    return next(check for check in examine(**given) if check.name == name)


def test_whatever_is_not_as_it_should_be_has_a_remedy():
    checks = examine()

    assert len(checks) > 12
    assert [check.name for check in checks if check.state == MISSING and not check.remedy] == []
    assert {check.ability for check in checks} == set(ABILITIES)


@pytest.mark.parametrize(
    ("ability", "able"),
    [
        ("cards", {"cards": False, "networks": False, "foreign": False, "tests": True}),
        ("networks", {"cards": True, "networks": False, "foreign": False, "tests": True}),
        ("foreign", {"cards": True, "networks": True, "foreign": False, "tests": True}),
        ("tests", {"cards": True, "networks": True, "foreign": True, "tests": False}),
    ],
)
def test_what_is_missing_takes_away_what_builds_on_it(ability, able):
    checks = [Check(name, name, MISSING if name == ability else OK, "") for name in ABILITIES]

    assert verdict(checks) == able


def test_less_is_enough():
    assert verdict([Check("Landlock", "networks", LIMITED, "none")]) == {"networks": True}


def test_an_absent_sandbox_is_said_with_its_remedy(monkeypatch):
    monkeypatch.setattr(bubblewrap, "available", lambda: bubblewrap.Missing("bubblewrap is 0.4", "install a newer one"))

    found = state("full sandbox")

    assert (found.state, found.found, found.remedy) == (MISSING, "bubblewrap is 0.4", "install a newer one")


def test_a_numpy_that_mindspore_does_not_bear_is_missing(monkeypatch):
    monkeypatch.setattr(doctor, "version", {"mindspore": "2.10.0", "numpy": "2.1.0", "scikit-learn": "1.5"}.get)

    found = state("numpy")

    assert (found.state, found.found) == (MISSING, "2.1.0")
    assert "numpy<2" in found.remedy


def test_a_python_that_is_too_old_is_missing(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1, "final", 0))

    assert state("Python").state == MISSING


def test_tools_that_are_not_there_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MINDHUB_CHROMIUM", raising=False)

    assert {name: state(name).state for name in ("git", "Chromium", "Node")} == {
        "git": MISSING, "Chromium": MISSING, "Node": LIMITED,
    }  # fmt: skip


def test_a_cache_is_looked_for_where_it_would_be_made(tmp_path):
    found = state("cache", cache=tmp_path / "not" / "yet")

    assert found.state in (OK, LIMITED)
    assert not (tmp_path / "not").exists()


def test_a_cache_that_cannot_be_written_is_missing(tmp_path):
    if not os.path.isdir("/proc/self"):  # noqa: PTH112 - the one folder that nobody can write into
        pytest.skip("there is no /proc here")

    assert state("cache", cache=doctor.Path("/proc/self/cache")).state == MISSING


def test_the_exit_code_is_that_of_what_was_asked_for(monkeypatch, capsys):
    monkeypatch.setattr(bubblewrap, "available", lambda: bubblewrap.Missing("no bubblewrap", "install it"))

    cards, foreign = main(["doctor", "--for", "cards"]), main(["doctor", "--for", "foreign", "--format", "json"])
    printed = capsys.readouterr().out
    data = json.loads(printed[printed.index("{") :])

    assert (cards, foreign, data["code"], data["able"]["foreign"]) == (0, 2, 2, False)
    assert "-> install it" not in printed


def test_libraries_of_other_peoples_networks_are_looked_for_one_by_one(monkeypatch):
    def version(name):
        if name == "yacs":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)

    absent, present = state("yacs"), state("fvcore")

    assert (absent.state, absent.found, present.state) == (LIMITED, "not installed", OK)
    assert "pip install 'mindhub[networks]'" in absent.remedy


def test_the_extra_has_the_libraries_that_are_looked_for():
    extras = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]

    named = {re.split("[<>=]", text)[0] for text in extras["optional-dependencies"]["networks"]}

    assert named == set(doctor.THIRD)
