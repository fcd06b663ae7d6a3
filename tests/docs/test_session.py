"""The terminal session of the README is what the commands print today."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "session.svg"


@pytest.fixture(scope="module")
def terminal():
    spec = importlib.util.spec_from_file_location("terminal", ROOT / "tools" / "terminal.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_picture_is_drawn_from_what_happens(terminal, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    session = yaml.safe_load((ROOT / "docs" / "session.yaml").read_text(encoding="utf-8"))

    drawn = terminal.draw(terminal.record(session, tmp_path), session["title"])

    if pytestconfig.getoption("--update"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert drawn == PICTURE.read_text(encoding="utf-8")


def test_the_picture_can_be_read_and_fits_its_frame(terminal) -> None:
    root = ET.parse(PICTURE).getroot()
    space = "{http://www.w3.org/2000/svg}"
    rows = [("".join(row.itertext()), float(row.attrib["y"])) for row in root.iter(f"{space}text")]

    assert len(rows) > 10
    assert max(len(text) for text, _ in rows) <= terminal.COLUMNS
    assert max(y for _, y in rows) < float(root.attrib["height"])
    assert root.findtext(f"{space}title")


def test_a_command_that_ends_otherwise_is_an_error(terminal, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        terminal.record({"steps": [{"run": "exit 3"}]}, tmp_path)


def test_colours_become_spans_and_text_is_escaped(terminal) -> None:
    drawn = terminal.draw(["\x1b[31merror\x1b[0m <b> & done"], "t")

    assert '<tspan fill="#ff7b72">error</tspan> &lt;b&gt; &amp; done' in drawn
