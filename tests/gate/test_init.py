"""A registry of one's own: five files that work, an action and hooks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cards import card_text, write_card
from mindhub import __version__
from mindhub.check import check
from mindhub.cli import main
from mindhub.publishers import read_publishers
from repositories import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent
GIVEN = ("--publisher", "ours", "--owner", "ann", "--contact", "cards@example.org", "--title", "Our Models: 模型")


def begun(folder: Path, *more: str) -> list[str]:
    assert main(["init", str(folder), *GIVEN, *more]) == 0
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def tool(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("host", "ci"),
    [("github", ".github/workflows/registry.yml"), ("gitlab", ".gitlab-ci.yml"), ("gitee", ".workflow/registry.yml")],
)
def test_five_files_make_a_registry(tmp_path: Path, host: str, ci: str) -> None:
    files = begun(tmp_path / "hub", "--host", host)

    assert files == sorted([".gitignore", "README.md", ci, "registry/mindhub.toml", "registry/ours/publisher.yaml"])
    text = "".join((tmp_path / "hub" / name).read_text("utf-8") for name in files)
    assert re.findall("@[A-Z_]+@", text) == []
    assert f"mindhub=={__version__}" in (tmp_path / "hub" / ci).read_text("utf-8")
    assert yaml.safe_load((tmp_path / "hub" / ci).read_text("utf-8"))


def test_a_first_card_is_judged_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    begun(tmp_path)
    for command in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, env=ENVIRONMENT, check=True)
    uid = "ours/2.3/lenet_mnist"
    write_card(tmp_path / "registry", card_text(uid=uid), uid)
    monkeypatch.chdir(tmp_path)

    codes = [
        main(["ready", "--skip", "verify", "--skip", "smoke", "--author", author]) for author in ("ann", "mallory")
    ]
    said = capsys.readouterr().out

    assert codes == [0, 0]
    assert read_publishers(tmp_path / "registry")["ours"].title == "Our Models: 模型"
    assert [str(finding) for finding in check([tmp_path / "registry"]).findings] == []
    assert said.count("a maintainer decides about") == 1
    assert "'ours' is kept by ann, and mallory is not among them" in said


def test_its_site_can_be_built_before_the_first_card(tmp_path: Path) -> None:
    begun(tmp_path)

    assert main(["site", "build", "--registry", str(tmp_path / "registry"), "--out", str(tmp_path / "site")]) == 0
    assert (tmp_path / "site" / "index.html").is_file()


def test_the_run_of_every_night_has_nothing_to_say_before_the_first_card(tmp_path: Path, capsys) -> None:
    begun(tmp_path)
    given = ("--registry", str(tmp_path / "registry"))
    verify = ("verify", *given, "--due", "--ledger", str(tmp_path / "ledger.sqlite"))
    smoke = ("smoke", *given, "--format", "json")
    capsys.readouterr()

    asked = [main([*verify, *more]) for more in ((), ("--allow-not-run",))]
    ran = [main([*smoke, *more]) for more in ((), ("--allow-not-run",))]

    printed = capsys.readouterr()
    assert (asked, ran) == ([2, 0], [2, 0])
    assert json.loads(printed.out)["results"] == []
    assert printed.err.count("no card in") == 4


def test_what_is_there_already_is_not_written_over(tmp_path: Path, capsys) -> None:
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")

    assert main(["init", str(tmp_path), *GIVEN]) == 2
    assert "README.md exists already; nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--publisher", "../x", "is no name of a publisher"),
        ("--publisher", "networks", "is no name of a publisher"),
        ("--owner", "@ann", "is not YAML"),
        ("--owner", "an n", "an account name, without @"),
        ("--contact", "ask me", "a mail address or an https address"),
        ("--title", 'a "quoted" one', "is no title"),
    ],
)
def test_values_that_no_file_could_hold_are_refused(tmp_path: Path, capsys, option: str, value: str, said: str) -> None:
    given = dict(zip(GIVEN[::2], GIVEN[1::2], strict=True)) | {option: value}

    assert main(["init", str(tmp_path), *(part for pair in given.items() for part in pair)]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_what_is_begun_passes_the_linters(tmp_path: Path) -> None:
    begun(tmp_path / "github")
    begun(tmp_path / "gitlab", "--host", "gitlab")

    zizmor = tool(SCRIPTS / "zizmor", "--offline", "--pedantic", "--no-progress", tmp_path / "github")
    checked = [
        tool(SCRIPTS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", file)
        for schema, file in (
            ("github-workflows", tmp_path / "github/.github/workflows/registry.yml"),
            ("gitlab-ci", tmp_path / "gitlab/.gitlab-ci.yml"),
            ("github-actions", ROOT / "action.yml"),
        )
    ]

    assert zizmor.returncode == 0, zizmor.stdout + zizmor.stderr
    assert [one.returncode for one in checked] == [0, 0, 0], [one.stdout for one in checked]


@pytest.mark.slow
def test_zizmor_finds_nothing_in_the_action() -> None:
    answer = tool(SCRIPTS / "zizmor", "--offline", "--pedantic", "--no-progress", "action.yml")

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_hooks_check_and_mend_cards(tmp_path: Path, capsys) -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    path = write_card(tmp_path / "registry", card_text("update-time: 2026-1-31\nlicense: Apache2.0\n"))

    name = path.relative_to(tmp_path).as_posix()
    codes = {key: main([*hook["entry"].split()[1:], str(path)]) for key, hook in sorted(hooks.items(), reverse=True)}

    assert codes == {"mindhub-check": 0, "mindhub-fix": 0}
    assert "license: Apache-2.0" in path.read_text("utf-8")
    for hook in hooks.values():
        assert re.search(hook["files"], name)
        assert not re.search(hook["files"], "docs/a/b.md")
        assert not re.search(hook["files"], "registry/README.md")
