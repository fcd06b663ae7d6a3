"""environment.machine: what is said before anything is downloaded."""

from __future__ import annotations

import platform
import sys
from types import SimpleNamespace

import pytest
from environment.console import State

from environment import machine


def test_too_little_disk_is_missing_and_says_how_much_is_needed(monkeypatch, tmp_path):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=3_000_000_000))

    check = machine.disk(("light", "run"), tmp_path, reclaim=0)

    assert check.state is State.MISSING
    assert check.detail == "3.0 GB free, 4.5 GB needed"


def test_disk_that_a_half_finished_environment_holds_counts_as_free(monkeypatch, tmp_path):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=3_000_000_000))

    check = machine.disk(("light", "run"), tmp_path, reclaim=2)

    assert check.state is State.OK


def test_everything_together_fits_into_the_6_gb_that_the_readme_promises():
    assert sum(machine.DISK.values()) < 6


@pytest.mark.parametrize("library", machine.LIBRARIES)
def test_a_library_that_mindspore_needs_of_the_system_is_missing_with_its_package(monkeypatch, library):
    monkeypatch.setattr(machine, "loads", lambda name: name != library)

    checks = [check for check in machine.libraries() if check.state is State.MISSING]

    assert [check.remedy for check in checks] == [(f"apt install {machine.LIBRARIES[library]}",)]


def test_a_missing_libgomp_is_a_note_because_scikit_learn_brings_one(monkeypatch):
    monkeypatch.setattr(machine, "loads", lambda name: name != "libgomp.so.1")

    gomp = machine.libraries()[-1]

    assert gomp.state is State.NOTE
    assert "scikit-learn" in gomp.detail


def test_the_dynamic_linker_is_asked_for_real():
    assert machine.loads("libc.so.6")
    assert not machine.loads("libno-such-library.so.9")


def test_musl_is_missing_for_mindspore_but_fine_for_the_light_part(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))

    assert machine.system(("light", "run")).state is State.MISSING
    assert machine.system(("light", "dev")).state is State.OK


def test_an_old_glibc_is_missing_for_mindspore(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.17"))

    check = machine.system(("run",))

    assert check.state is State.MISSING
    assert check.remedy == ("the wheels need glibc 2.28 or newer (not musl)",)


def test_python_3_13_is_missing_and_told_how_to_choose_another(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 13, 0, "final", 0))

    assert machine.python().state is State.MISSING


def test_the_chosen_chromium_comes_alone_before_those_on_path(monkeypatch, tmp_path):
    (tmp_path / "chromium").write_text("")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MINDHUB_CHROMIUM", raising=False)

    assert machine.chromiums() == [str(tmp_path / "chromium")]

    monkeypatch.setenv("MINDHUB_CHROMIUM", "/opt/other/chrome")

    assert machine.chromiums() == ["/opt/other/chrome"]


def test_of_every_part_that_can_be_installed_the_room_it_needs_is_known():
    import bootstrap

    assert set(bootstrap.PARTS) <= set(machine.DISK)
