"""Registries of other people: what `mindhub init` writes for each host, and the action."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from fake_github import REPOSITORY, Fake
from fake_gitlab import PROJECT, TOKEN
from fake_gitlab import Fake as Gitlab
from workflow_runner import Runner
from workflows.changes import ROOT, Change, add_card, git, results

pytestmark = pytest.mark.slow
MINE = "mindhub/2.10/mlp_wine"  #: the card of the change


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
    judged = own.runner.workflow(file, event, name="pull_request", jobs=("ready",))
    merged = own.runner.workflow(file, {}, name="push")

    assert results(judged)["ready"] == "success", judged["ready"][0].output()
    assert "a part waits for a maintainer" in judged["ready"][0].summary  # it brings networks as well
    assert [key for key, result in results(merged).items() if result == "success"] == ["site", "deploy"]
    assert [name for name, _ in own.runner.calls] == ["actions/upload-pages-artifact", "actions/deploy-pages"]


@pytest.mark.mindspore
def test_a_registry_that_init_began_runs_models_and_looks_after_them(installed: Change, github: Fake) -> None:
    own = begin(installed, "github")
    own.runner.variables = {"GITHUB_API_URL": github.api, "GITHUB_REPOSITORY": REPOSITORY}
    file = own.work / ".github/workflows/registry.yml"

    event = own.event("mallory")
    waiting = own.runner.workflow(file, event, name="pull_request", jobs=("models",))
    labelled = {**event, "action": "labeled", "label": {"name": "run-models"}}
    approved = own.runner.workflow(file, labelled, name="pull_request", jobs=("models",))
    other = own.runner.workflow(file, {**labelled, "label": {"name": "later"}}, name="pull_request")
    scheduled = own.runner.workflow(file, {}, name="schedule")

    assert "1 card run" not in waiting["models"][0].summary
    assert results(approved)["models"] == "success", approved["models"][0].output()
    assert "1 card run" in approved["models"][0].summary
    assert [json.loads(kept.read_bytes())["uid"] for kept in own.runner.artefacts["records"].glob("*.json")] == [MINE]
    assert set(results(other).values()) == {"skipped"}
    assert [key for key, result in results(scheduled).items() if result == "success"] == ["look"]
    kept = {kept.name for kept in (own.runner.folder / "cache").iterdir()}
    assert {"seen.json", "smoke.json", "ledger.sqlite"} <= kept


def on_gitlab(own: Change, author: str) -> dict[str, list[str]]:
    """Send the change and give the jobs what GitLab would; return their scripts."""
    event = own.event(author)["pull_request"]
    own.runner.variables = {
        "CI_COMMIT_SHA": event["head"]["sha"],
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": event["base"]["sha"],
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_USER_LOGIN": author,
        "PYTHONSAFEPATH": "1",
    }
    said = yaml.safe_load((own.work / ".gitlab-ci.yml").read_text("utf-8"))
    return {name: job["script"] for name, job in said.items() if name not in ("default", "variables")}


def test_on_gitlab_a_change_is_judged_and_the_site_built(installed: Change) -> None:
    own = begin(installed, "gitlab")
    jobs = on_gitlab(own, "ann")

    done = {name: own.runner.script(jobs[name], own.work) for name in ("ready", "note", "preview", "pages", "due")}

    assert [name for name, made in done.items() if made.code] == [], "".join(made.output for made in done.values())
    assert (own.work / "state/ledger.sqlite").is_file()
    assert "mindhub/2.10/mlp_wine  new" in done["ready"].output
    assert (own.work / "out/junit.xml").is_file()
    assert json.loads((own.work / "out/quality.json").read_bytes()) == []
    assert "MINDHUB_NOTE_TOKEN is not set" in done["note"].output
    assert (own.work / "preview/index.html").is_file()
    assert (own.work / "public/index.html").is_file()


def test_on_gitlab_a_fault_fails_the_job_and_stands_in_the_note_at_its_line(installed: Change, gitlab: Gitlab) -> None:
    own = begin(installed, "gitlab")
    own.edit("registry/mindhub/2.10/mlp_wine.md", "license: ", "licence: ")
    jobs = on_gitlab(own, "ann")
    gitlab.state.request(7, own.runner.variables["CI_COMMIT_SHA"])
    own.runner.variables |= {"CI_API_V4_URL": gitlab.api, "CI_PROJECT_ID": PROJECT, "MINDHUB_NOTE_TOKEN": TOKEN}

    ready = own.runner.script(jobs["ready"], own.work)
    note = own.runner.script(jobs["note"], own.work)

    assert (ready.code, note.code) == (1, 0), note.output
    issues = json.loads((own.work / "out/quality.json").read_bytes())
    assert {issue["location"]["path"] for issue in issues} == {"registry/mindhub/2.10/mlp_wine.md"}
    (said,) = gitlab.state.notes[7]
    assert "❌ MindHub: there is something to mend" in said["body"]
    assert f"`{issues[0]['location']['path']}:{issues[0]['location']['lines']['begin']}:" in said["body"]
    assert "the job of smoke ended without a result" in said["body"]  # none was run here


@pytest.mark.mindspore
def test_on_gitlab_models_run_in_parts_and_by_schedule(installed: Change, gitlab: Gitlab) -> None:
    own = begin(installed, "gitlab")
    jobs = on_gitlab(own, "ann")
    gitlab.state.request(7, own.runner.variables["CI_COMMIT_SHA"])
    own.runner.variables |= {"CI_API_V4_URL": gitlab.api, "CI_PROJECT_ID": PROJECT, "MINDHUB_NOTE_TOKEN": TOKEN}

    done = [own.runner.script(jobs["ready"], own.work)]
    for part in ("1", "2"):
        own.runner.variables |= {"CI_NODE_INDEX": part, "CI_NODE_TOTAL": "2"}
        done.append(own.runner.script(jobs["models"], own.work))
    done += [own.runner.script(jobs[name], own.work) for name in ("note", "due-models")]

    assert [made.code for made in done] == [0] * 5, "".join(made.output for made in done)
    assert ["1 card run" in made.output for made in done[1:3]] == [True, False]
    assert [json.loads(kept.read_bytes())["uid"] for kept in (own.work / "out/records").glob("*.json")] == [MINE]
    (said,) = gitlab.state.notes[7]
    assert f"| `{MINE}` | passed |" in said["body"]
    assert list((own.work / "state/smoke").glob("*.json"))


def on_gitee(own: Change) -> tuple[Path, list[list[str]]]:
    """Send the change; return a clone of the change alone, as deep as its last commit, and the stages' commands."""
    own.event("ann")
    stages = yaml.safe_load((own.work / ".workflow/registry.yml").read_text("utf-8"))["stages"]
    clone = own.runner.folder / "clone"
    git(own.work, "clone", "--quiet", "--depth=1", "--branch=main", f"file://{own.runner.origin}", str(clone))
    git(clone, "fetch", "--quiet", "--depth=1", "origin", "refs/pull/7/merge")
    git(clone, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    return clone, [step["commands"] for stage in stages for step in stage["steps"]]


def test_on_gitee_a_change_is_judged(installed: Change) -> None:
    own = begin(installed, "gitee")
    clone, (judge, _) = on_gitee(own)

    ready = own.runner.script(judge, clone)

    assert ready.code == 0, ready.output
    assert "mindhub/2.10/mlp_wine  new" in ready.output


@pytest.mark.mindspore
def test_on_gitee_models_run_when_somebody_starts_them(installed: Change) -> None:
    own = begin(installed, "gitee")
    clone, (_, run) = on_gitee(own)
    said = yaml.safe_load((own.work / ".workflow/registry.yml").read_text("utf-8"))

    models = own.runner.script(run, clone)

    assert [stage["trigger"] for stage in said["stages"]] == ["auto", "manual"]
    assert models.code == 0, models.output
    assert "1 card run" in models.output
    assert [json.loads(kept.read_bytes())["uid"] for kept in (clone / "records").glob("*.json")] == [MINE]


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
