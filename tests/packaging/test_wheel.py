"""The built wheel does its work outside the tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cards import UID, card_text, write_card

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it into a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # -P keeps the working directory off the path; PYTHONPATH comes before what the environment has installed.
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    environment.pop("MINDHUB_REGISTRY", None)
    return subprocess.run(
        [sys.executable, "-P", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_is_what_is_imported(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-c", "import mindhub; print(mindhub.__file__)")

    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_the_wheel_checks_a_registry(installed: Path, tmp_path: Path) -> None:
    write_card(tmp_path / "registry", card_text("license: Apache2.0\n"))

    done = run(installed, tmp_path, "-m", "mindhub", "check", "--format", "json")

    assert done.returncode == 0, done.stderr
    assert [finding["code"] for finding in json.loads(done.stdout)["findings"]] == ["FD003"]


def test_the_wheel_builds_a_site(installed: Path, tmp_path: Path) -> None:
    write_card(tmp_path / "registry", card_text())

    done = run(installed, tmp_path, "-m", "mindhub", "site", "build", "--out", "public")

    assert done.returncode == 0, done.stderr
    assert "lenet" in (tmp_path / "public" / UID / "index.html").read_text(encoding="utf-8")


def test_the_wheel_holds_schemas_templates_and_the_licence(installed: Path) -> None:
    data = installed / "mindhub" / "_data"
    (info,) = installed.glob("mindhub-*.dist-info")

    assert (data / "schema" / "card.schema.json").is_file()
    assert (data / "schema" / "vocabulary" / "metrics.yaml").is_file()
    assert list((data / "site" / "templates").glob("*.html"))
    assert list(info.rglob("LICENSE"))


def test_the_wheel_holds_the_search_of_the_site_where_make_has_fetched_it(installed: Path) -> None:
    fetched = ROOT / ".venv" / "opt" / "site" / "minisearch.js"
    carried = installed / "mindhub" / "_data" / "vendor" / "minisearch.js"

    assert carried.is_file() == fetched.is_file()
    assert not carried.is_file() or carried.read_bytes() == fetched.read_bytes()
