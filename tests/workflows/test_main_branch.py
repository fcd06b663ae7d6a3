"""The workflows of the main branch: what is merged is published, and what is there is looked after."""

from __future__ import annotations

import pytest

from fake_github import REPOSITORY, Fake
from workflows.changes import WORKFLOWS, Change, results

pytestmark = [pytest.mark.slow, pytest.mark.mindspore]


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


def test_a_scheduled_run_looks_after_the_registry(change: Change, github: Fake) -> None:
    change.runner.variables = {"GITHUB_API_URL": github.api, "GITHUB_REPOSITORY": REPOSITORY}

    done = change.runner.workflow(WORKFLOWS / "scheduled.yml", {}, name="schedule")

    assert results(done) == {"look": "success"}, done["look"][0].output()
    kept = sorted(file.name for file in (change.runner.folder / "cache").iterdir())
    assert {"seen.json", "smoke.json", "ledger.sqlite"} <= set(kept)
    assert github.state.issues == {}
