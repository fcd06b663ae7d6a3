"""The project's own files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import mindhub
from mindhub.resources import read_own, schema_dir, site_dir

FILES = [
    path
    for folder in (schema_dir(), site_dir(), Path(mindhub.__file__).parent / "locale")
    for path in sorted(folder.rglob("*.yaml"))
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_of_the_project_holds_only_what_the_quick_reader_reads(path):
    assert read_own(path) == yaml.safe_load(path.read_bytes())


@pytest.mark.parametrize("text", ["a: &x [b]\nc: *x\n", ""])
def test_what_it_does_not_read_it_refuses(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_text(text)

    with pytest.raises(ValueError, match="no value begins with"):
        read_own(path)
