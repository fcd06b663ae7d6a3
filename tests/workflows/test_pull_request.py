"""The workflows of a pull request over a scratch repository with real commits."""

from __future__ import annotations

from typing import Any

import pytest

from fake_github import REPOSITORY, Fake
from workflow_runner import JobResult
from workflows.changes import CARD, PUBLISHER, QUICK, WORKFLOWS, Change, add_card, git, results

pytestmark = pytest.mark.slow


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
    assert [card["what"] for card in change.verdict()["cards"]] == ["renamed"]
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
