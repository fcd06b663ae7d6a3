"""docs/editors.md against real output: the problem matcher finds every finding, at its place."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cards import UID, card_text, write_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.resources import schema

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
TASKS = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
TASK: dict[str, Any] = TASKS["tasks"][0]
PATTERN: dict[str, Any] = TASK["problemMatcher"]["pattern"]


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.chdir(tmp_path)
    patch = "license: Apache2.0\nupdate-time: 2022-9-1\nauthor: '[x] : y'\nbad: 1\n"
    write_card(tmp_path / "registry", card_text(patch))
    arguments = [arg.replace("${relativeFile}", f"registry/{UID}.md") for arg in TASK["args"]]
    main(arguments)
    return capsys.readouterr().out.splitlines()


def test_every_line_is_a_finding_at_its_place(output: list[str]) -> None:
    found = [re.fullmatch(PATTERN["regexp"], line) for line in output]
    report = check([Path("registry")])

    assert len(output) >= 3
    assert all(found)
    keys = ("file", "line", "column", "message", "code")
    read = [tuple(m[PATTERN[key]] for key in keys) for m in found if m]
    known = [f for f in report.findings if f.span]
    assert read == [(f.file, str(f.span.line), str(f.span.column), f.message, f.code) for f in known if f.span]
    assert {m[PATTERN["severity"]] for m in found if m} == {"error", "warning"}


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js here")
def test_the_expression_means_the_same_to_the_engine_of_vs_code(output: list[str]) -> None:
    code = "const [p, lines] = JSON.parse(process.argv[1]); console.log(JSON.stringify(lines.map(l => p_(p).exec(l))));"
    code = "const p_ = p => new RegExp(p);" + code
    given = json.dumps([PATTERN["regexp"], output])

    said = subprocess.run(["node", "-e", code, given], capture_output=True, text=True, check=True)

    assert [found[0] for found in json.loads(said.stdout)] == output


def test_snippets_have_the_keys_and_descriptions_of_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "vscode"])

    made = json.loads(capsys.readouterr().out)
    properties = schema("card")["properties"]
    prefixes = {snippet["prefix"] for snippet in made.values()}
    assert set(schema("card")["required"]) <= prefixes <= set(properties)
    for snippet in made.values():
        assert snippet["description"] == properties[snippet["prefix"]]["description"]
        assert snippet["body"][0].startswith(f"{snippet['prefix']}:")
        # A comma parts choices, and a bar ends them.
        lists = re.findall(r"\|(.*?)\|", snippet["body"][0])
        assert all(choice.strip() for found in lists for choice in found.split(","))
