"""What tests of the host's API share: a server on loopback that answers like GitHub, named by the environment."""

from __future__ import annotations

import pytest

from fake_github import REPOSITORY, TOKEN, serving


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    with serving() as server:
        monkeypatch.setenv("GITHUB_API_URL", server.api)
        yield server
