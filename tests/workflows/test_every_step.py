"""Every command of every workflow was executed: held against what the runner has really run, not against a list."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mindhub import __version__
from workflow_runner import EXECUTED
from workflows.changes import ROOT, WORKFLOWS

# Those that run models are part of what this counts.
pytestmark = [pytest.mark.slow, pytest.mark.mindspore]
STARTER = ROOT / "validator" / "mindhub" / "starter"


def commands() -> dict[str, list[str]]:
    """Return the commands of each workflow, read from the files themselves, in the words in which they are executed."""
    found: dict[str, list[str]] = {}
    for file in (*sorted(WORKFLOWS.iterdir()), ROOT / "action.yml", *sorted(STARTER.glob("*.yml"))):
        text = file.read_text("utf-8").replace("@VERSION@", __version__).replace("@QUOTED_TITLE@", "x")
        found[file.relative_to(ROOT).as_posix()] = commands_of(yaml.safe_load(text))
    return found


def commands_of(said: object) -> list[str]:
    """Return the commands that a document has anywhere: steps of GitHub, scripts of GitLab, commands of Gitee Go."""
    if isinstance(said, list):
        return [command for item in said for command in commands_of(item)]
    if not isinstance(said, dict):
        return []
    own = [said[key] for key in ("run", "before_script", "script", "after_script", "commands") if key in said]
    lines = [line for value in own for line in (value if isinstance(value, list) else [value])]
    return [line for line in lines if isinstance(line, str)] + [
        command for item in said.values() for command in commands_of(item)
    ]


def test_every_command_of_every_workflow_was_executed_by_some_test(
    request: pytest.FixtureRequest, left_out: list[str]
) -> None:
    files = {item.path.name for item in request.session.items if item.path.parent == Path(__file__).parent}
    missing = sorted({file.name for file in Path(__file__).parent.glob("test_*.py")} - files)
    if missing or left_out or any("::" in argument for argument in request.config.args):
        pytest.skip(f"not all tests of the workflows are chosen: {', '.join(missing or left_out) or 'one by name'}")

    found = commands()

    assert all(found.values()), "a file without a command is not understood"
    assert [f"{name}: {one}" for name, said in found.items() for one in said if one not in EXECUTED] == []


def test_a_new_step_is_noticed_whatever_it_is_called() -> None:
    github = {"jobs": {"a": {"defaults": {"run": {"shell": "bash"}}, "steps": [{"uses": "x"}, {"run": "make new"}]}}}
    gitlab = {"default": {"before_script": ["a"]}, "job": {"script": ["b", "c"], "after_script": "d"}}
    gitee = {"stages": [{"steps": [{"commands": ["e"]}]}]}

    assert [commands_of(said) for said in (github, gitlab, gitee)] == [["make new"], ["a", "b", "c", "d"], ["e"]]
