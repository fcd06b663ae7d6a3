"""Completion offers what the parser takes, in the shells that are at hand."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mindhub.cli import VERBS, main, parser
from mindhub.cli.completion import words


def completed(script: Path, *line: str) -> set[str]:
    """Return what bash would offer for the last word of a line."""
    typed = " ".join(f"'{word}'" for word in line)
    asked = f"COMP_WORDS=({typed}); COMP_CWORD={len(line) - 1}"
    code = f"source {script}; {asked}; _mindhub; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    said = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, cwd=script.parent)
    return set(said.stdout.split())


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    main(["completion", "bash"])
    path = tmp_path / "mindhub.bash"
    path.write_text(capsys.readouterr().out)
    return path


def test_every_verb_and_option_of_the_parser_is_offered() -> None:
    found = words(parser())

    assert {"new", "check", "fix", "ready", "preview"} <= {word for word, _ in found[""]} <= set(VERBS)
    assert {"--file", "--where", "--network"} <= {word for word, _ in found["new"]}
    assert {"build", "serve", "--out"} <= {word for word, _ in found["site"]}


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")
def test_bash_completes_verbs_options_and_files(script: Path) -> None:
    (script.parent / "card.md").touch()

    assert completed(script, "mindhub", "che") == {"check"}
    assert completed(script, "mindhub", "check", "--fo") == {"--format"}
    assert completed(script, "mindhub", "completion", "z") == {"zsh"}
    assert completed(script, "mindhub", "check", "ca") == {"card.md"}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_scripts_name_every_verb(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", shell])

    out = capsys.readouterr().out
    assert [verb for verb, _ in words(parser())[""] if verb not in out] == []
    if shutil.which(shell):
        (tmp_path / "script").write_text(out)
        assert subprocess.run([shell, "-n", str(tmp_path / "script")], check=False).returncode == 0
