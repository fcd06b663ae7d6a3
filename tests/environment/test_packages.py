"""environment.packages: what is trusted, what is redone, and what a failure says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from environment.console import State

from environment import packages

PYPROJECT = """\
[build-system]
requires = []
[project]
name = "thing"
version = "1"
[tool.ruff]
line-length = 100
"""


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return packages.Paths(tmp_path)


def test_the_settings_of_a_linter_do_not_reinstall_anything(paths):
    before = packages.fingerprint(paths)

    (paths.root / "pyproject.toml").write_text(PYPROJECT.replace("100", "120"), encoding="utf-8")

    assert packages.fingerprint(paths) == before


def test_a_new_dependency_does(paths):
    before = packages.fingerprint(paths)

    (paths.root / "pyproject.toml").write_text(
        PYPROJECT.replace("[tool", "dependencies = ['x']\n[tool"), encoding="utf-8"
    )

    assert packages.fingerprint(paths) != before


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "no package index can be reached"),
        ("SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "PIP_CERT"),
        ("ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "run make again"),
        ("ERROR: No matching distribution found for mindspore<2.11,>=2.10", "no fitting version"),
        ("ERROR: 403 Client Error: Forbidden for url", "refused access"),
    ],
)
def test_a_failure_of_pip_comes_with_what_to_do(said, advice):
    error = packages.InstallError("installing the packages", said, Path("build/bootstrap.log"))

    assert advice in str(error)
    assert said in str(error)


def test_only_the_lines_that_tell_something_are_quoted_and_without_pips_dates():
    output = (
        "2026-01-02T03:04:05,678 Collecting mindspore\n"
        "2026-01-02T03:04:05,678 ERROR: [present-rich] metadata generation failed\n"
        "2026-01-02T03:04:05,679   FileNotFoundError: Forced include not found: site\n"
    )

    assert packages.telling_lines(output) == ["FileNotFoundError: Forced include not found: site"]


def test_an_output_without_an_error_line_is_quoted_from_its_end():
    assert packages.telling_lines("one\ntwo\n\n") == ["one", "two"]


def test_debians_python_without_venv_is_told_which_package_to_install(monkeypatch):
    monkeypatch.delenv("MINDHUB_PIP", raising=False)
    monkeypatch.setattr(packages, "pip_source", lambda: None)

    check = packages.pip_check()

    assert check.state is State.MISSING
    assert check.remedy[0].endswith(f"apt install python3.{sys.version_info.minor}-venv")


def test_a_python_without_ensurepip_uses_its_own_pip(monkeypatch):
    monkeypatch.delenv("MINDHUB_PIP", raising=False)
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda _: None)

    assert packages.pip_source() == [sys.executable, "-m", "pip"]


def test_libgomp_is_lent_by_a_link_to_the_one_file_that_scikit_learn_brings(tmp_path):
    library = tmp_path / "scikit_learn.libs" / "libgomp-0123abcd.so.1.0.0"
    library.parent.mkdir()
    library.write_bytes(b"library")
    link = tmp_path / "mindspore" / "lib" / "libgomp.so.1"
    link.parent.mkdir(parents=True)

    packages.lend_libgomp(link)
    packages.lend_libgomp(link)

    assert link.resolve() == library
    assert not link.readlink().is_absolute()


def test_lending_says_what_is_absent_where_scikit_learn_brings_no_libgomp(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"scikit_learn\.libs"):
        packages.lend_libgomp(tmp_path / "mindspore" / "lib" / "libgomp.so.1")
