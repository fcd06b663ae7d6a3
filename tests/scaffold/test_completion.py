"""Completion offers what the parser takes, in the shells that are at hand."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from mindhub.cli import VERBS, main, parser
from mindhub.cli.completion import words


def completed(script: Path, *line: str) -> set[str]:
    """Return what bash would offer for the last word of a line."""
    typed = " ".join(f"'{word}'" for word in line)
    asked = f"COMP_WORDS=({typed}); COMP_CWORD={len(line) - 1}"
    code = f"source '{script}'; {asked}; _mindhub; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    said = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, cwd=script.parent)
    return set(said.stdout.split())


BEGIN = "unsetopt zle_bracketed_paste; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; echo BE''GUN\n"


def pressed_tab(line: str, folder: Path) -> str:
    """Return what a line has become in an interactive zsh in a folder, Tab pressed at its end."""
    terminal, other = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=other, stdout=other, stderr=other, cwd=folder, start_new_session=True,
        env={**os.environ, "HOME": str(folder), "TERM": "dumb"},
    )  # fmt: skip
    os.close(other)

    def until(pattern: bytes) -> bytes:
        said, end = b"", time.monotonic() + 600
        while not re.search(pattern, said) and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                said += os.read(terminal, 65_536)
        return said

    os.write(terminal, BEGIN.encode())
    until(rb"\nBEGUN")
    # Before and behind what zsh made of the line come the words of a command that says it.
    os.write(terminal, line.encode() + b"\t\x01echo 'LINE=\x05='\n")
    found = re.search(rb"\nLINE=([^=]*)=", until(rb"\nLINE=[^=]*="))
    shell.kill()
    shell.wait()
    os.close(terminal)
    assert found
    return found[1].decode().strip()


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


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish here")
@pytest.mark.parametrize(
    ("line", "word"), [("mindhub che", "check"), ("mindhub check --fo", "--format"), ("mindhub check ca", "card.md")]
)
def test_fish_completes_verbs_options_and_files(line: str, word: str, tmp_path: Path, capsys) -> None:
    main(["completion", "fish"])
    (tmp_path / "mindhub.fish").write_text(capsys.readouterr().out)
    (tmp_path / "card.md").touch()

    ask = ["fish", "--no-config", "-c", f"source mindhub.fish; complete -C'{line}'"]
    done = subprocess.run(
        ask, capture_output=True, text=True, check=True, cwd=tmp_path, env=os.environ | {"HOME": str(tmp_path)}
    )

    assert [offer.split("\t")[0] for offer in done.stdout.splitlines()] == [word]


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")
@pytest.mark.parametrize(
    ("line", "word"), [("mindhub che", "check"), ("mindhub check --fo", "--format"), ("mindhub check ca", "card.md")]
)
def test_zsh_completes_verbs_options_and_files(line: str, word: str, tmp_path: Path, capsys) -> None:
    main(["completion", "zsh"])
    (tmp_path / "_mindhub").write_text(capsys.readouterr().out)
    (tmp_path / "card.md").touch()

    assert pressed_tab(line, tmp_path).split()[-1] == word


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_scripts_name_every_verb(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", shell])

    out = capsys.readouterr().out
    assert [verb for verb, _ in words(parser())[""] if verb not in out] == []
    if shutil.which(shell):
        (tmp_path / "script").write_text(out)
        assert subprocess.run([shell, "-n", str(tmp_path / "script")], check=False).returncode == 0
