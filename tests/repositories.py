"""Small git repositories for tests: a registry with a past."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cards import OTHER, UID, card_text, write_card
from mindhub.check import Selection, check
from mindhub.model import Finding, Report

SECOND = "mindhub/2.3/lenet_cifar10"
#: Keys that make a second card of the same version one that no rule over the registry complains about.
OTHERWISE = f"""\
model-name: lenet10
train-dataset: cifar10
asset:
  - file-format: ckpt
    asset-link: https://download.mindspore.cn/models/r2.3/ten.ckpt
    asset-sha256: {OTHER}
    asset-size: 1
"""
#: Whatever the machine's own git settings are, those of a test are these.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}


@dataclass(frozen=True)
class Scratch:
    """A repository whose registry lies in `registry/`."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "registry"

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def card(self, patch: str = "", uid: str = UID, *, body: str = "") -> Path:
        return write_card(self.root, card_text(patch, body=body, uid=uid), uid)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def commit(self, message: str = "a step") -> str:
        self.git("add", "-A")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()


def scratch(folder: Path) -> Scratch:
    """Make an empty repository with a branch `main`."""
    (folder / "registry").mkdir(parents=True)
    made = Scratch(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


def waiver(rule: str = "FD003", uid: str = UID, expires: str = "2999-12-31", reason: str = "Asked the authors") -> str:
    """Return an entry of waivers.yaml."""
    return f'- rule: {rule}\n  uid: "{uid}"\n  reason: {reason}\n  owner: mindhub\n  expires: "{expires}"\n'


def judged(repository: Scratch, base: str | None = None, **selection: tuple[str, ...]) -> Report:
    """Check the registry, which must be possible."""
    report = check([repository.root], base=base, selection=Selection(**selection))
    assert report.failures == ()
    return report


def counting(report: Report) -> list[Finding]:
    """Return the findings that nothing excuses."""
    return [f for f in report.findings if f.waiver is None and not f.older]


def codes(report: Report) -> list[str]:
    return [finding.code for finding in counting(report)]


def waived(report: Report) -> list[tuple[str, str | None, str | None]]:
    return [(f.code, f.uid, f.waiver) for f in report.findings if f.waiver is not None]


def older(report: Report) -> list[str]:
    return [finding.code for finding in report.findings if finding.older]
