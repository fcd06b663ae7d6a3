"""Registries of other people: what `mindhub init` writes for each host, and the action."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from workflow_runner import Runner
from workflows.changes import ROOT, Change, add_card, git, results

pytestmark = pytest.mark.slow


def begin(change: Change, host: str) -> Change:
    """Make the repository one that `mindhub init` has begun, with a card of its own on a branch."""
    origin, work = change.runner.folder.parent / "own", change.runner.folder.parent / "own-work"
    given = f"--publisher mindhub --owner ann --contact cards@example.org --host {host}"
    made = change.runner.shell(f"mindhub init {work} {given}", change.runner.folder)
    assert made.code == 0, made.output
    git(work, "init", "--quiet", "--initial-branch=main")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "a registry")
    git(work, "clone", "--quiet", "--bare", str(work), str(origin))
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(work, "switch", "--quiet", "-c", "mine")
    add_card(work, "mlp_wine")
    shutil.copytree(ROOT / "registry" / "networks", work / "registry" / "networks")
    return Change(work, Runner(origin, change.runner.folder / "own", change.runner.environment))


def test_a_registry_that_init_began_judges_changes_and_publishes_its_site(installed: Change) -> None:
    own = begin(installed, "github")
    file = own.work / ".github/workflows/registry.yml"

    event = own.event("ann")
    judged = own.runner.workflow(file, event, name="pull_request")
    merged = own.runner.workflow(file, {}, name="push")

    assert results(judged) == {"ready": "success", "site": "skipped", "deploy": "skipped"}, judged["ready"][0].output()
    assert "a part waits for a maintainer" in judged["ready"][0].summary  # it brings networks as well
    assert results(merged) == {"ready": "skipped", "site": "success", "deploy": "success"}, merged["site"][0].output()
    assert [name for name, _ in own.runner.calls] == ["actions/upload-pages-artifact", "actions/deploy-pages"]


def test_on_gitlab_the_same_is_said(installed: Change) -> None:
    own = begin(installed, "gitlab")
    event = own.event("ann")["pull_request"]
    jobs = yaml.safe_load((own.work / ".gitlab-ci.yml").read_text("utf-8"))
    own.runner.variables = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": event["base"]["sha"],
        "GITLAB_USER_LOGIN": "ann",
        "PYTHONSAFEPATH": "1",
    }

    ready = own.runner.script(jobs["ready"]["script"], own.work)
    pages = own.runner.script(jobs["pages"]["script"], own.work)
    due = own.runner.script(jobs["due"]["script"], own.work)

    assert (ready.code, pages.code, due.code) == (0, 0, 0), ready.output + pages.output + due.output
    assert (own.work / "state/ledger.sqlite").is_file()
    assert "mindhub/2.10/mlp_wine  new" in ready.output
    assert (own.work / "out/junit.xml").is_file()
    assert (own.work / "public/index.html").is_file()


def test_on_gitee_a_change_is_judged(installed: Change) -> None:
    own = begin(installed, "gitee")
    own.event("ann")
    (stage,) = yaml.safe_load((own.work / ".workflow/registry.yml").read_text("utf-8"))["stages"]
    (step,) = stage["steps"]
    clone = own.runner.folder / "clone"  # of the change alone, as deep as its last commit
    git(own.work, "clone", "--quiet", "--depth=1", "--branch=main", f"file://{own.runner.origin}", str(clone))
    git(clone, "fetch", "--quiet", "--depth=1", "origin", "refs/pull/7/merge")
    git(clone, "checkout", "--quiet", "--detach", "FETCH_HEAD")

    ready = own.runner.script(step["commands"], clone)

    assert ready.code == 0, ready.output
    assert "mindhub/2.10/mlp_wine  new" in ready.output


@pytest.mark.parametrize(("broken", "result"), [(False, "success"), (True, "failure")])
def test_the_action_judges_a_change_of_another_registry(installed: Change, broken: bool, result: str) -> None:
    own = begin(installed, "github")
    if broken:
        own.edit("registry/mindhub/2.10/mlp_wine.md", "license: ", "licence: ")
    pull = own.event("ann")["pull_request"]
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    given = {name: said["default"] for name, said in action["inputs"].items()}
    given |= {"base": pull["base"]["sha"], "author": "ann", "verify": "false"}
    release = installed.runner.folder / "release"
    own.runner.variables = {"GITHUB_ACTION_PATH": str(release), "RUNNER_TEMP": str(own.work.parent)}

    done = own.runner.composite(action, own.work, given)

    assert done.result == result, done.output()
    assert ("licence" in done.output()) is broken
    verdict = json.loads((own.work.parent / "mindhub/ready.json").read_text("utf-8"))
    assert verdict["verdict"] == ("mend" if broken else "waits")
