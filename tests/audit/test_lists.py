"""Lists of exceptions have nothing in them that excepts nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from cards import UID, card_text, write_card
from mindhub.check import check

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WAIVER = "- {rule: FD003, uid: mindhub/2.3/lenet_mnist, reason: Asked, owner: me, expires: 2999-01-31}\n"


@pytest.fixture(scope="module")
def excepted() -> list[tuple[str, str]]:
    """Return (code, file) of everything that ruff would say without any exception."""
    lint = PROJECT["tool"]["ruff"]["lint"]
    codes = {*lint["ignore"]}.union(*lint["per-file-ignores"].values())
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", ",".join(sorted(codes))]
    line = f"line-length={PROJECT['tool']['ruff']['line-length']}"
    options = ["--config", line, "--config", 'target-version="py311"', "--output-format", "json", "--exit-zero"]
    said = subprocess.run([*command, *options, "."], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(said.stdout)
    return [(entry["code"], Path(entry["filename"]).relative_to(ROOT).as_posix()) for entry in found if entry["code"]]


def test_every_lint_rule_that_is_left_out_for_some_files_would_speak_there(excepted: list[tuple[str, str]]) -> None:
    ignores = PROJECT["tool"]["ruff"]["lint"]["per-file-ignores"]

    idle = [
        (glob, code)
        for glob, codes in ignores.items()
        for code in codes
        if not any(found.startswith(code) and fnmatch(file, glob) for found, file in excepted)
    ]
    assert len(excepted) > 100
    assert idle == []


def test_every_lint_rule_that_is_left_out_everywhere_would_speak(excepted: list[tuple[str, str]]) -> None:
    #: Rules that ruff's formatter makes superfluous or that contradict another: left out so that nobody turns them on.
    settled = {"COM812", "ISC001", "D203", "D213", "CPY001", "TD", "FIX"}
    ignores = set(PROJECT["tool"]["ruff"]["lint"]["ignore"])

    assert settled <= ignores
    assert [c for c in sorted(ignores - settled) if not any(code.startswith(c) for code, _ in excepted)] == []


def test_every_marker_of_the_tests_is_used() -> None:
    markers = [line.partition(":")[0] for line in PROJECT["tool"]["pytest"]["ini_options"]["markers"]]
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))

    assert len(markers) > 2
    assert [name for name in markers if not re.search(rf"mark\.{name}\b|add_marker\(.*{name}", text)] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("owner: me, ", ""), "RG007"),
        (("owner: me", "owner: ''"), "RG007"),
        (("reason: Asked, ", ""), "RG007"),
        ((", expires: 2999-01-31", ""), "RG007"),
        (("FD003", "FD999"), "RG007"),
        (("2999-01-31", "2020-01-31"), "WV001"),
        (("lenet_mnist", "nobody"), "WV002"),
    ],
)
def test_a_waiver_without_owner_reason_or_end_and_one_that_matches_nothing_block(
    tmp_path: Path, change: tuple[str, str], code: str
) -> None:
    root = tmp_path / "registry"
    write_card(root, card_text("license: Apache2.0\n"), UID)
    (root / "waivers.yaml").write_text(WAIVER)
    assert [f.code for f in check([root]).findings if f.waiver is None] == []

    (root / "waivers.yaml").write_text(WAIVER.replace(*change))

    found = [f for f in check([root]).findings if f.waiver is None]
    assert (code, "error") in {(f.code, f.severity.label) for f in found}
    assert [f.span.line for f in found if f.code == code and f.span] == [1]
