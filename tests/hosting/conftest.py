"""What tests of the hosts' APIs share: servers on loopback, named by the environment, and a verdict to speak about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import fake_gitlab
from fake_github import REPOSITORY, TOKEN, serving
from mindhub.cli import main
from repositories import OTHERWISE, SECOND, Scratch, scratch


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    with serving() as server:
        monkeypatch.setenv("GITHUB_API_URL", server.api)
        yield server


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MINDHUB_NOTE_TOKEN", fake_gitlab.TOKEN)
    monkeypatch.setenv("CI_PROJECT_ID", fake_gitlab.PROJECT)
    with fake_gitlab.serving() as server:
        monkeypatch.setenv("CI_API_V4_URL", server.api)
        yield server


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> dict[str, Any]:
    """The verdict about a change with a fault that can be mended and one that cannot."""
    repository: Scratch = scratch(tmp_path / "repository")
    repository.card()
    repository.commit()
    repository.git("switch", "--quiet", "-c", "mine")
    repository.card(OTHERWISE + 'license: Apache2.0\nevaluation: "top1acc69.7 | top1acc89.4"\n', SECOND)
    repository.commit()
    monkeypatch.chdir(repository.folder)
    main(["ready", "--skip", "verify", "--skip", "smoke", "--author", "mallory", "--format", "json"])
    return json.loads(capsys.readouterr().out)
