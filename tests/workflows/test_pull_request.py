"""The workflows of this repository over a scratch repository with real commits: every `run:` is executed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_github import REPOSITORY, Fake, serving
from repositories import ENVIRONMENT
from workflow_runner import JobResult, Runner

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
QUICK = ("check", "verdict")  #: the jobs that judge, without the network, models and the site
PUBLISHER = "title: MindHub\nowners: [ann]\ncontact: cards@example.org\n"
CARD = Path("registry/mindhub/2.10/lenet_digits.md")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that also sees what the tests run with, so that pip has nothing to fetch."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with this validator and a small registry on its main branch."""
    work = tmp_path_factory.mktemp("seed") / "work"
    work.mkdir()
    git(work, "init", "--quiet", "--initial-branch=main")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("validator", "schema", "site", "tools"):
        shutil.copytree(ROOT / name, work / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, work / name)
    shutil.copytree(ROOT / "registry" / "networks", work / "registry" / "networks", ignore=ignore)
    add_card(work, "lenet_digits")
    (work / "registry/mindhub/publisher.yaml").write_text(PUBLISHER, encoding="utf-8")
    (work / "registry/mindhub.toml").write_text('title = "Scratch"\n', encoding="utf-8")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "a registry")
    origin = work.parent / "origin"
    git(work, "clone", "--quiet", "--bare", str(work), str(origin))
    return origin


def add_card(work: Path, name: str) -> None:
    """Copy a card of this registry with its model files; the record comes of a run, not of a copy."""
    target = work / "registry/mindhub/2.10"
    target.mkdir(parents=True, exist_ok=True)
    for file in (ROOT / "registry/mindhub/2.10").glob(f"{name}.*"):
        if file.suffix not in (".json", ".jsonl", ".svg") and not file.name.endswith(".zh.md"):
            shutil.copy(file, target)


@dataclass
class Change:
    """A pull request: a clone to work in, and the host that has it."""

    work: Path
    runner: Runner
    number: int = 7

    def edit(self, path: str | Path, old: str, new: str) -> None:
        file = self.work / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def event(self, author: str, **more: Any) -> dict[str, Any]:
        """Commit, put the commit and its merge where GitHub has them, and return the event of it."""
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "-m", "a change")
        head = git(self.work, "rev-parse", "HEAD")
        base = git(self.runner.origin, "rev-parse", "main")
        git(self.work, "push", "--quiet", str(self.runner.origin), f"HEAD:refs/pull/{self.number}/head")
        git(self.work, "checkout", "--quiet", "--detach", base)
        git(self.work, "merge", "--quiet", "--no-ff", "-m", "merge", head)
        git(self.work, "push", "--quiet", str(self.runner.origin), f"HEAD:refs/pull/{self.number}/merge")
        pull = {"number": self.number, "user": {"login": author}, "base": {"sha": base}, "head": {"sha": head}}
        return {"action": "opened", "number": self.number, "pull_request": pull, **more}

    def run(self, author: str = "ann", jobs: tuple[str, ...] = QUICK, **more: Any) -> dict[str, list[JobResult]]:
        """Run the pull request's workflow."""
        event = self.event(author, **more)
        return self.runner.workflow(WORKFLOWS / "pull-request.yml", event, jobs=jobs, name="pull_request")

    def verdict(self) -> dict[str, Any]:
        said = json.loads((self.runner.artefacts["verdict"] / "verdict.json").read_text("utf-8"))
        assert said["number"] == self.number
        return said["ready"]

    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.verdict()["findings"] if finding["severity"] == "error"]


@pytest.fixture
def change(seed: Path, environment: Path, tmp_path: Path) -> Change:
    origin = tmp_path / "origin"
    shutil.copytree(seed, origin)
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    work = tmp_path / "fork"
    git(tmp_path, "clone", "--quiet", str(origin), str(work))
    git(work, "switch", "--quiet", "-c", "mine")
    return Change(work, Runner(origin, tmp_path / "runner", environment))


def results(done: dict[str, list[JobResult]]) -> dict[str, str]:
    return {key: "+".join(one.result for one in of_job) for key, of_job in done.items()}


def test_a_good_card_is_ready_with_every_report(change: Change) -> None:
    add_card(change.work, "mlp_wine")

    done = change.run()

    assert results(done)["check"] == "success", done["check"][0].output()
    assert results(done)["verdict"] == "success", done["verdict"][0].output()
    assert change.verdict()["verdict"] == "ready"
    assert done["check"][0].outputs["shards"] == '["1/1"]'
    assert "MindHub: ready" in done["check"][0].summary
    assert "MindHub: ready" in done["verdict"][0].summary
    part = change.runner.artefacts["part-check"]
    assert sorted(file.name for file in part.iterdir()) == ["junit.xml", "ready.json", "report.sarif"]
    assert (change.runner.artefacts["verdict"] / "report.sarif").read_bytes() == (part / "report.sarif").read_bytes()


def test_a_bad_card_fails_with_annotations_at_its_lines(change: Change) -> None:
    add_card(change.work, "mlp_wine")
    change.edit("registry/mindhub/2.10/mlp_wine.md", "asset-sha256: ", "asset-sha256: zz")

    done = change.run()

    assert results(done)["check"] == results(done)["verdict"] == "failure"
    assert "AS001" in change.codes()
    assert "::error file=registry/mindhub/2.10/mlp_wine.md,line=" in done["check"][0].output()


def test_a_changed_sha256_fails(change: Change) -> None:
    text = (change.work / CARD).read_text("utf-8")
    old = text.split("asset-sha256: ")[1][:64]
    change.edit(CARD, old, old[::-1])

    done = change.run()

    assert results(done)["verdict"] == "failure"
    assert "HS001" in change.codes()


def test_a_deleted_card_fails(change: Change) -> None:
    (change.work / CARD).unlink()

    done = change.run()

    assert results(done)["verdict"] == "failure"
    assert change.codes() == ["HS003"]
    assert change.verdict()["cards"] == [{"file": str(CARD), "uid": "mindhub/2.10/lenet_digits", "what": "removed"}]


def test_a_renamed_card_fails_and_is_told_how_its_old_name_lives_on(change: Change) -> None:
    git(change.work, "mv", str(CARD), str(CARD.with_name("lenet_digits_small.md")))
    change.edit(CARD.with_name("lenet_digits_small.md"), "mindhub/2.10/lenet_digits", "mindhub/2.10/lenet_digits_small")

    done = change.run()

    assert results(done)["verdict"] == "failure"
    assert change.codes() == ["HS003"]
    assert "aliases.yaml keeps its name alive" in change.verdict()["findings"][0]["message"]


def test_another_publishers_card_waits_for_a_maintainer_and_runs_no_model(change: Change) -> None:
    change.edit(CARD, "summary: ", "summary: Better. ")

    done = change.run(author="mallory")

    assert results(done)["verdict"] == "success"
    verdict = change.verdict()
    assert verdict["verdict"] == "waits"
    assert [ruling["area"] for ruling in verdict["policy"]["maintainers"]] == ["other-publisher"]
    assert done["check"][0].outputs["shards"] == "[]"


def test_a_label_lets_the_models_of_one_commit_run(change: Change) -> None:
    change.edit(CARD, "summary: ", "summary: Better. ")

    done = change.run(author="mallory", action="labeled", label={"name": "run-models"})
    other = change.runner.workflow(
        WORKFLOWS / "pull-request.yml",
        {**change.event("mallory"), "action": "labeled", "label": {"name": "question"}},
        name="pull_request",
    )

    assert done["check"][0].outputs["shards"] == '["1/1"]'
    assert set(results(other).values()) == {"skipped"}


def test_a_change_to_the_validator_is_judged_by_the_bases(change: Change) -> None:
    change.edit(CARD, "license: ", "licence: ")
    (change.work / "validator/mindhub/__init__.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (change.work / "mindhub.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (change.work / "json.py").write_text("raise SystemExit(0)\n", encoding="utf-8")

    done = change.run()

    assert results(done)["verdict"] == "failure"
    assert {"SC002", "SC003"} <= set(change.codes())
    areas = {ruling["path"]: ruling["area"] for ruling in change.verdict()["policy"]["maintainers"]}
    assert areas["validator/mindhub/__init__.py"] == "validator"
    assert areas["mindhub.py"] == "other"


def test_a_first_card_from_a_fork_brings_its_publisher_and_its_models_wait(change: Change) -> None:
    add_card(change.work, "mlp_wine")
    folder = change.work / "registry/fresh/2.10"
    folder.mkdir(parents=True)
    for ending in (".md", ".ckpt"):
        (change.work / f"registry/mindhub/2.10/mlp_wine{ending}").rename(folder / f"mlp_wine{ending}")
    change.edit("registry/fresh/2.10/mlp_wine.md", "mindhub/2.10/mlp_wine", "fresh/2.10/mlp_wine")
    (folder.parent / "publisher.yaml").write_text(PUBLISHER.replace("ann", "dan"), encoding="utf-8")

    done = change.run(author="dan")

    assert results(done)["verdict"] == "success", done["check"][0].output()
    verdict = change.verdict()
    assert (verdict["verdict"], verdict["policy"]["maintainers"]) == ("waits", [])
    assert "new here" in verdict["policy"]["waiting"]["reason"]


def test_a_check_that_breaks_down_is_no_verdict_that_all_is_well(change: Change) -> None:
    event = change.event("ann")
    event["pull_request"]["base"] = {"sha": git(change.runner.origin, "rev-parse", "main~0")}
    change.runner.variables = {"BASE": "x"}
    file = WORKFLOWS / "pull-request.yml"
    broken = change.runner.folder.parent / "broken.yml"
    broken.write_text(file.read_text("utf-8").replace('--base "$BASE" --author', "--base nowhere --author"), "utf-8")

    done = change.runner.workflow(broken, event, jobs=QUICK, name="pull_request")

    assert results(done)["check"] == results(done)["verdict"] == "failure"
    assert "the job that checks has failed" in done["verdict"][0].output()


@pytest.fixture
def github():
    with serving() as server:
        yield server


def commented(change: Change, github: Fake, event: dict[str, Any]) -> dict[str, list[JobResult]]:
    """Run the workflow that comments, as GitHub starts it when the run of the pull request has ended."""
    head = event["pull_request"]["head"]["sha"]
    members = {file.name: file.read_bytes() for file in change.runner.artefacts["verdict"].iterdir()}
    github.state.run(5, head, members)
    github.state.pull(change.number, head)
    change.runner.variables = {"GITHUB_API_URL": github.api, "GITHUB_REPOSITORY": REPOSITORY}
    run = {
        "id": 5,
        "event": "pull_request",
        "conclusion": "failure",
        "head_branch": "mine",
        "head_repository": {"id": 1},
    }
    started = {"workflow_run": run, "repository": {"default_branch": "main"}}
    return change.runner.workflow(WORKFLOWS / "comment.yml", started, name="workflow_run")


def test_what_a_run_has_found_is_commented_and_shown_at_its_lines(change: Change, github: Fake) -> None:
    change.edit(CARD, "license: ", "licence: ")
    event = change.event("ann")
    change.runner.workflow(WORKFLOWS / "pull-request.yml", event, jobs=QUICK, name="pull_request")

    done = commented(change, github, event)

    assert results(done) == {"comment": "success"}, done["comment"][0].output()
    (said,) = github.state.comments[change.number]
    assert "there is something to mend" in said["body"]
    ((action, given),) = change.runner.calls
    assert (action, given["ref"]) == ("github/codeql-action/upload-sarif", f"refs/pull/{change.number}/head")
    assert given["sha"] == event["pull_request"]["head"]["sha"]


@pytest.mark.mindspore
def test_the_whole_of_it_runs_the_models_and_builds_a_preview(change: Change) -> None:
    add_card(change.work, "mlp_wine")

    done = change.run(jobs=("check", "verify", "smoke", "preview", "verdict"))

    assert results(done) == {
        "check": "success",
        "verify": "success",
        "smoke": "success",
        "preview": "success",
        "verdict": "success",
    }, "\n".join(job.output() for of_job in done.values() for job in of_job)
    verdict = change.verdict()
    assert [(run["name"], run["verdict"]) for run in verdict["runs"]] == [("mindhub/2.10/mlp_wine", "passed")]
    assert [step["name"] for step in verdict["steps"] if step["verdict"] == "passed"][-1] == "smoke"
    assert (change.runner.artefacts["preview"] / "mindhub/2.10/mlp_wine/index.html").is_file()


@pytest.mark.mindspore
def test_what_is_merged_is_built_attested_and_published(change: Change) -> None:
    done = change.runner.workflow(WORKFLOWS / "publish.yml", {}, name="push")

    assert results(done) == {"build": "success", "attest": "success", "deploy": "success"}, done["build"][0].output()
    assert [name for name, _ in change.runner.calls] == [
        "actions/upload-pages-artifact",
        "actions/attest-build-provenance",
        "actions/deploy-pages",
    ]
    names = sorted(file.name for file in change.runner.artefacts["dist"].iterdir())
    assert names[-1] == "site.tar"
    assert names[0].endswith("-py3-none-any.whl")


@pytest.mark.mindspore
def test_a_scheduled_run_looks_after_the_registry(change: Change, github: Fake) -> None:
    change.runner.variables = {"GITHUB_API_URL": github.api, "GITHUB_REPOSITORY": REPOSITORY}

    done = change.runner.workflow(WORKFLOWS / "scheduled.yml", {}, name="schedule")

    assert results(done) == {"look": "success"}, done["look"][0].output()
    kept = sorted(file.name for file in (change.runner.folder / "cache").iterdir())
    assert {"seen.json", "smoke.json", "ledger.sqlite"} <= set(kept)
    assert github.state.issues == {}


@pytest.fixture
def installed(change: Change) -> Change:
    """The environment with the validator of the main branch in it, as a release would be."""
    copy = change.runner.folder / "release"
    git(change.work, "clone", "--quiet", str(change.runner.origin), str(copy))
    done = change.runner.shell("python -m pip install --quiet .", copy)
    assert done.code == 0, done.output
    return change


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

    ready = own.runner.shell("\n".join(jobs["ready"]["script"]), own.work)
    pages = own.runner.shell("\n".join(jobs["pages"]["script"]), own.work)

    assert (ready.code, pages.code) == (0, 0), ready.output + pages.output
    assert "mindhub/2.10/mlp_wine  new" in ready.output
    assert (own.work / "out/junit.xml").is_file()
    assert (own.work / "public/index.html").is_file()


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


def test_what_an_author_does_on_windows_and_macos_works_here_as_well(change: Change) -> None:
    job = yaml.safe_load((WORKFLOWS / "light.yml").read_text("utf-8"))["jobs"]["light"]
    install, author, test = [step["run"] for step in job["steps"] if "run" in step]

    done = [change.runner.shell(command, change.work) for command in (install, author)]

    assert [step.code for step in done] == [0, 0], "".join(step.output for step in done)
    assert all((ROOT / word).is_dir() for word in test.split() if word.startswith("tests/"))


def test_every_step_with_a_command_is_run_by_some_test() -> None:
    covered = {"pull-request.yml", "comment.yml", "publish.yml", "scheduled.yml"}
    others = {"ci.yml": "make is what these tests are run by", "light.yml": "its tests are these"}

    files = {file.name for file in WORKFLOWS.glob("*.yml")}
    assert files == covered | set(others)
    jobs = {name: set(yaml.safe_load((WORKFLOWS / name).read_text("utf-8"))["jobs"]) for name in covered}
    assert jobs == {
        "pull-request.yml": {"check", "verify", "smoke", "preview", "verdict"},
        "comment.yml": {"comment"},
        "publish.yml": {"build", "attest", "deploy"},
        "scheduled.yml": {"look"},
    }
