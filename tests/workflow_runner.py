"""Runs workflows of GitHub Actions here: every `run:` is executed by bash; actions are stood in for by what they do.

Known are the expressions, contexts and actions that this project's workflows use; anything else is an error, so that
a workflow cannot come to use what is not tried. So is `sudo`: the machine of the tests is not a workflow's to change,
hence what would be done as root is written down in place of being done.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from fake_github import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||==|!=|!|\(|\)|,|[A-Za-z_][\w.-]*|\d+)")
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_INSTALLED: set[tuple[str, str, str]] = set()  #: (environment, command, tree) that pip has installed already
#: Commands of workflows that were executed here and ended with 0. A test holds them against those that there are.
EXECUTED: set[str] = set()
_SUDO = '#!/bin/sh\nprintf "%s\\n" "$*" >> "{record}"\n'


class Expression:
    """An expression of GitHub Actions, evaluated over contexts."""

    def __init__(self, text: str, contexts: dict[str, Any]) -> None:
        self._tokens = _TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r"\s", "", text) or "'" in text, f"unknown syntax: {text}"
        self._contexts, self._at = contexts, 0

    def value(self) -> Any:
        found = self._either()
        assert self._at == len(self._tokens), f"left over: {self._tokens[self._at :]}"
        return found

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self) -> Any:
        left = self._both()
        while self._peek() == "||":
            self._take()
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._equal()
        while self._peek() == "&&":
            self._take()
            right = self._equal()
            left = right if left else left
        return left

    def _equal(self) -> Any:
        left = self._one()
        while self._peek() in ("==", "!="):
            same = self._take() == "=="
            left = (left == self._one()) is same
        return left

    def _one(self) -> Any:
        token = self._take()
        if token == "!":
            return not self._one()
        if token == "(":
            found = self._either()
            assert self._take() == ")"
            return found
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdigit():
            return int(token)
        if self._peek() == "(":
            self._take()
            arguments = []
            while self._peek() != ")":
                arguments.append(self._either())
                if self._peek() == ",":
                    self._take()
            self._take()
            functions = {"fromJSON": json.loads, **self._contexts["functions"]}
            return functions[token](*arguments)
        found: Any = self._contexts
        for name in token.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return "" if found is None else found


def filled(value: Any, contexts: dict[str, Any]) -> Any:
    """Return a value of a workflow with its expressions evaluated."""
    if isinstance(value, dict):
        return {key: filled(item, contexts) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, contexts) for item in value]
    if not isinstance(value, str):
        return value
    whole = _WHOLE.fullmatch(value.strip())
    if whole and "}}" not in whole[1]:
        return Expression(whole[1], contexts).value()
    return _WHOLE.sub(lambda found: str(Expression(found[1], contexts).value()), value)


@dataclass
class StepResult:
    name: str
    command: str
    code: int
    output: str


@dataclass
class JobResult:
    result: str  #: success, failure or skipped
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[StepResult] = field(default_factory=list)
    summary: str = ""

    def output(self) -> str:
        return "\n".join(step.output for step in self.steps)


@dataclass
class Runner:
    """One repository's host: its git, what jobs have handed over, and what actions were asked to do."""

    origin: Path  #: a bare repository
    folder: Path  #: for workspaces
    environment: Path  #: a virtual environment, whose `python` and `mindhub` the steps find
    variables: dict[str, str] = field(default_factory=dict)  #: of every step
    artefacts: dict[str, Path] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  #: actions that reach out
    interpreter: Callable[[Path], Path] | None = None  #: what setup-python leads to, of a job's workspace
    _count: Any = field(default_factory=lambda: itertools.count(1))

    def workflow(
        self,
        file: Path,
        event: dict[str, Any],
        *,
        ref: str = "main",
        jobs: tuple[str, ...] = (),
        name: str = "",
        rows: dict[str, str] | None = None,
    ) -> dict[str, list[JobResult]]:
        """Run a workflow's jobs in order, or some of them; return what came of each, of a matrix one for each entry.

        `rows` says of which values of a matrix alone: the others are of other machines.
        """
        said = yaml.safe_load(file.read_text("utf-8"))
        github = {
            "event": event,
            "event_name": name,
            "workflow": said["name"],
            "ref": ref,
            "token": TOKEN,
            "run_id": next(self._count),
            "run_attempt": 1,
        }
        done: dict[str, list[JobResult]] = {}
        for key, job in said["jobs"].items():
            if jobs and key not in jobs:
                done[key] = [JobResult("skipped")]
                continue
            done[key] = self._job(said, key, job, github, done, rows or {})
        return done

    def _job(
        self,
        said: dict[str, Any],
        key: str,
        job: dict[str, Any],
        github: dict[str, Any],
        done: dict[str, list[JobResult]],
        chosen: dict[str, str],
    ) -> list[JobResult]:
        names = job.get("needs", [])
        names = [names] if isinstance(names, str) else names
        needs = {name: {"result": _together(done[name]), "outputs": done[name][0].outputs} for name in names}
        well = all(need["result"] == "success" for need in needs.values())
        contexts: dict[str, Any] = {"github": github, "needs": needs, "vars": {}, "functions": _status(well)}
        condition = str(job.get("if", "success()"))
        wanted = Expression(condition.removeprefix("${{").removesuffix("}}"), contexts).value()
        if not wanted or (not well and "cancelled()" not in condition and "always()" not in condition):
            return [JobResult("skipped")]
        matrix = filled(job.get("strategy", {}).get("matrix", {}), contexts)
        rows = [dict(zip(matrix, row, strict=True)) for row in itertools.product(*matrix.values())]
        rows = [row for row in rows if all(row.get(key) == value for key, value in chosen.items())]
        assert rows, f"no row of {matrix} has {chosen}"
        results = []
        for index, row in enumerate(rows):
            contexts |= {"matrix": row, "strategy": {"job-index": index}}
            results.append(self._run(said, key, job, contexts))
        return results

    def shell(self, command: str, folder: Path) -> StepResult:
        """Run a command of a test's own as a step would be, in a folder."""
        return self._command({"run": command}, folder, {})[0]

    def script(self, lines: list[str], folder: Path) -> StepResult:
        """Run the lines of a job of GitLab or Gitee Go, up to the first that fails."""
        made = self.shell("\n".join(lines), folder)
        if made.code == 0:
            EXECUTED.update(lines)
        return made

    def as_root(self) -> list[str]:
        """Return what steps would have had done as root, in order."""
        record = self.folder / "sudo"
        return record.read_text("utf-8").splitlines() if record.exists() else []

    def composite(self, action: dict[str, Any], folder: Path, given: dict[str, Any]) -> JobResult:
        """Run the steps of a composite action in a checked-out folder, up to the first that fails."""
        result = JobResult("success")
        for step in action["runs"]["steps"]:
            contexts = {"inputs": given, "functions": {}}
            own = filled({key: value for key, value in step.items() if key != "run"}, contexts)
            made, _, summary = self._step({**own, "run": step["run"]}, folder, own.get("env", {}))
            result.steps.append(made)
            result.summary += summary
            if made.code:
                result.result = "failure"
                break
        return result

    def _run(self, said: dict[str, Any], key: str, job: dict[str, Any], contexts: dict[str, Any]) -> JobResult:
        workspace = self.folder / f"{key}-{next(self._count)}"
        workspace.mkdir(parents=True)
        result = JobResult("success")
        variables = {**filled(said.get("env", {}), contexts), **filled(job.get("env", {}), contexts)}
        steps: dict[str, Any] = {}
        for step in job["steps"]:
            well = result.result == "success"
            contexts |= {"steps": steps, "functions": _status(well)}
            condition = str(step.get("if", "success()"))
            wanted = Expression(condition.removeprefix("${{").removesuffix("}}"), contexts).value()
            if not wanted or (not well and "cancelled()" not in condition and "always()" not in condition):
                continue
            own = {**variables, **filled(step.get("env", {}), contexts)}
            if "uses" in step:
                outputs = self._action(
                    step["uses"], filled(step.get("with", {}), contexts), workspace, contexts["github"]
                )
                steps[step.get("id", "")] = {"outputs": outputs}
                continue
            made, outputs, summary = self._step(step, workspace, own)
            result.steps.append(made)
            result.summary += summary
            if step.get("id"):
                steps[step["id"]] = {"outputs": outputs}
            if made.code:
                result.result = "failure"
        contexts["steps"] = steps
        result.outputs = filled(job.get("outputs", {}), contexts)
        return result

    def _step(
        self, step: dict[str, Any], workspace: Path, variables: dict[str, Any]
    ) -> tuple[StepResult, dict[str, str], str]:
        """Run a step of a workflow, and remember that it was."""
        made = self._command(step, workspace, variables)
        if made[0].code == 0:
            EXECUTED.add(step["run"])
        return made

    def _command(
        self, step: dict[str, Any], workspace: Path, variables: dict[str, Any]
    ) -> tuple[StepResult, dict[str, str], str]:
        name = step.get("name", step["run"])
        files = {
            key: workspace.parent / f"{key}-{next(self._count)}" for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            file.touch()
        kept = {key: os.environ[key] for key in ("LANG", "TMPDIR", "LD_LIBRARY_PATH") if key in os.environ}
        environment = {
            **kept,
            "PATH": f"{self._stand_ins()}:{self.environment / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "CI": "true",
            # As good as the package index: what the tests run with is there already, and nothing else is fetched.
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            **{key: str(value) for key, value in {**self.variables, **variables}.items()},
            **{key: str(file) for key, file in files.items()},
        }
        folder = workspace / step.get("working-directory", ".")
        memo = self._installs(step["run"], workspace)
        if memo in _INSTALLED:
            return StepResult(name, step["run"], 0, "installed already"), {}, ""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if memo and done.returncode == 0:
            _INSTALLED.add(memo)
        lines = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        summary = files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        return StepResult(name, step["run"], done.returncode, done.stdout), outputs, summary

    def _stand_ins(self) -> Path:
        """Make the folder of commands that take the place of the machine's."""
        sudo = self.folder / "bin" / "sudo"
        if not sudo.exists():
            sudo.parent.mkdir(parents=True, exist_ok=True)
            sudo.write_text(_SUDO.format(record=self.folder / "sudo"), encoding="utf-8")
            sudo.chmod(0o755)
        return sudo.parent

    def _installs(self, command: str, workspace: Path) -> tuple[str, str, str] | None:
        """Return what a command installs: the same tree is installed once, as a second time does the same."""
        found = re.fullmatch(r"python -m pip install --quiet \"?\.(/base)?(\[run\])?\"?", command)
        if not found:
            return None
        tree = workspace / (found[1] or "").lstrip("/")
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD:validator"], cwd=tree, capture_output=True, text=True, check=True
        )
        return str(self.environment), command, commit.stdout

    def _action(self, action: str, given: dict[str, Any], workspace: Path, github: dict[str, Any]) -> dict[str, str]:
        name = action.partition("@")[0]
        match name:
            case "actions/checkout":
                self._checkout(given, workspace, github)
            case "actions/setup-python":
                python = self.interpreter(workspace) if self.interpreter else self.environment / "bin" / "python"
                return {"python-path": str(python)}
            case "actions/upload-artifact":
                source = workspace / given["path"]
                if source.exists():
                    target = self.folder / "artefacts" / given["name"]
                    shutil.copytree(source, target, dirs_exist_ok=True)
                    self.artefacts[given["name"]] = target
            case "actions/download-artifact":
                pattern = re.escape(given.get("pattern", given.get("name", ""))).replace(r"\*", ".*")
                for kept, source in self.artefacts.items():
                    if re.fullmatch(pattern, kept):
                        target = workspace / given["path"] / (kept if "pattern" in given else "")
                        shutil.copytree(source, target, dirs_exist_ok=True)
            case "actions/cache":
                kept = self.folder / "cache"
                kept.mkdir(exist_ok=True)
                (workspace / given["path"]).symlink_to(kept)  # what a job leaves, the next one finds
            case (
                "github/codeql-action/upload-sarif"
                | "actions/upload-pages-artifact"
                | "actions/attest-build-provenance"
                | "actions/deploy-pages"
            ):
                path = given.get("path") or given.get("sarif_file") or given.get("subject-path")
                assert path is None or list(workspace.glob(path)), f"{name}: nothing at {path}"
                self.calls.append((name, given))
            case _:
                raise AssertionError(f"no stand-in for {action}")
        return {}

    def _checkout(self, given: dict[str, Any], workspace: Path, github: dict[str, Any]) -> None:
        folder = workspace / given.get("path", ".")
        folder.mkdir(exist_ok=True)
        event = github["event"]
        number = event.get("number")
        ref = given.get("ref") or (f"refs/pull/{number}/merge" if number else "main")
        assert given.get("persist-credentials") is False
        whole = given.get("fetch-depth") == 0
        commands = [
            ["init", "--quiet"],
            ["remote", "add", "origin", f"file://{self.origin}"],
            ["fetch", "--quiet", *([] if whole else ["--depth=1"]), "origin", ref],
            ["checkout", "--quiet", "--detach", "FETCH_HEAD"],
        ]
        if whole:
            commands.insert(2, ["fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*"])
        for command in commands:
            subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


def _together(results: list[JobResult]) -> str:
    found = {result.result for result in results}
    return "failure" if "failure" in found else "skipped" if found == {"skipped"} else "success"


def _status(well: bool) -> dict[str, Any]:
    return {"success": lambda: well, "failure": lambda: not well, "always": lambda: True, "cancelled": lambda: False}
