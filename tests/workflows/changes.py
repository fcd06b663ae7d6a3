"""Pull requests for the tests of workflows: a repository with a registry, its host, and changes to it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repositories import ENVIRONMENT
from workflow_runner import JobResult, Runner

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
QUICK = ("check", "verdict")  #: the jobs that judge, without the network, models and the site
PUBLISHER = "title: MindHub\nowners: [ann]\ncontact: cards@example.org\n"
CARD = Path("registry/mindhub/2.10/lenet_digits.md")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


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


def results(done: dict[str, list[JobResult]]) -> dict[str, str]:
    return {key: "+".join(one.result for one in of_job) for key, of_job in done.items()}
