"""The workflows are sound, pin what they use, and run the commands that people run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # Under `make test` these tests are run by a make themselves, and a make inside it would say so.
    env = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing_in_its_strictest_mode():
    answer = run(SCRIPTS / "zizmor", "--offline", "--pedantic", "--no-progress", ".github")

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "completed" in answer.stderr


def test_the_workflows_and_dependabots_file_follow_their_schemas():
    assert WORKFLOWS
    workflows = run(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    dependabot = run(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml")

    assert workflows.returncode == 0, workflows.stdout
    assert dependabot.returncode == 0, dependabot.stdout


def test_every_action_is_pinned_to_a_commit_with_its_version_beside():
    lines = [line for file in WORKFLOWS for line in file.read_text("utf-8").splitlines() if "uses:" in line]

    assert lines
    assert [line for line in lines if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_ci_runs_both_commands_on_both_pythons():
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]["make"]

    assert job["strategy"]["matrix"] == {"command": ["hub", "test"], "python": ["3.11", "3.12"]}
    assert any(step.get("run", "").startswith('make "$COMMAND"') for step in job["steps"])


def test_the_browsers_lock_file_pins_digests_and_names_no_address():
    text = (ROOT / "tools" / "browser" / "package-lock.json").read_text("utf-8")

    assert text.count('"integrity": "sha512-') == text.count('"version":') > 0
    assert "resolved" not in text
    assert "://" not in text


@pytest.mark.parametrize(("recipe", "code"), [("exit 0", 0), ("exit 1", 2), ("exit 5", 2)])
def test_ci_run_ends_with_what_the_tests_end_with(tmp_path, recipe, code):
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(f"test:\n\t@echo CI=$$CI; cat; {recipe}\n", encoding="utf-8")

    answer = run("bash", tmp_path / ".ci" / "run", cwd=Path("/"))

    assert answer.returncode == code
    assert answer.stdout.startswith("CI=true\n")


def test_help_names_every_command_of_the_makefile():
    answer = run("make", "help")

    assert re.findall(r"^  make (\S+)", answer.stdout, re.MULTILINE) == [
        "help",
        "hub",
        "test",
        "quick",
        "lint",
        "format",
        "fuzz",
        "clean",
        "distclean",
    ]
