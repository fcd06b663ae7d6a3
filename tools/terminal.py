"""Run a session of commands and draw what the terminal showed: `python tools/terminal.py [SESSION.yaml] [OUT.svg]`.

The output is real, colours included; only durations are written as 0.0 s, so that two runs draw the same.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
COLUMNS, FONT, ROW = 112, 13, 19
#: One cell of a monospaced font of 13 px is 0.6 em wide, in the fonts named below.
CELL = FONT * 0.6
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_TIME = re.compile(r"\b\d+\.\d s\b")
_COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff", "2": "#8b949e"}


def record(session: dict[str, Any], folder: Path) -> list[str]:
    """Run the steps in a folder and return the lines of the screen, with the terminal's colour codes.

    Raises RuntimeError for a command that ends otherwise than the session says.
    """
    lines: list[str] = []
    binary = folder / ".bin"
    binary.mkdir()
    shim = binary / "mindhub"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mindhub "$@"\n')
    shim.chmod(0o755)
    environment = {
        "PATH": f"{binary}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "validator"),
        "ROOT": str(ROOT),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "COLUMNS": str(COLUMNS),
    }
    for step in session["steps"]:
        if "note" in step:
            lines += ["", f"\x1b[2m# {step['note']}\x1b[0m"]
            continue
        command = step.get("run") or step["hidden"]
        code, output = _run(command, folder, environment)
        if code != step.get("exit", 0):
            raise RuntimeError(f"{command!r} ended with {code}:\n{output}")
        if "run" in step:
            shown = step.get("shown", command).rstrip("\n").split("\n")
            lines += ([""] if lines and lines[-1] and not lines[-1].startswith("\x1b[2m#") else []) + [
                f"\x1b[32m$\x1b[0m {shown[0]}",
                *shown[1:],
            ]
            lines += _TIME.sub("0.0 s", output).rstrip("\n").split("\n")
    return lines


def _run(command: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a command whose output is a terminal; return its exit code and what it wrote."""
    mine, its = os.openpty()
    with subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=its, stderr=its
    ) as process:
        os.close(its)
        written = bytearray()
        while True:
            try:
                piece = os.read(mine, 65536)
            except OSError:  # the terminal is closed when the last who wrote to it ends
                break
            if not piece:
                break
            written += piece
    os.close(mine)
    return process.returncode, written.decode("utf-8", "replace").replace("\r\n", "\n")


def draw(lines: list[str], title: str) -> str:
    """Return the screen as SVG."""
    height = (len(lines) + 1) * ROW + 40
    width = round(COLUMNS * CELL + 40)
    rows = "\n".join(
        f'<text x="20" y="{52 + at * ROW}" xml:space="preserve">{_spans(line)}</text>' for at, line in enumerate(lines)
    )
    dots = "".join(f'<circle cx="{22 + 18 * at}" cy="18" r="5" fill="#484f58"/>' for at in range(3))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>{escape(title)}</title>
<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>
{dots}
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="{FONT}" fill="#e6edf3">
{rows}
</g>
</svg>
"""


def _spans(line: str) -> str:
    """Return a line's text in pieces of one colour each."""
    parts = _SGR.split(line)
    made, style = escape(parts[0]), ""
    for code, text in zip(parts[1::2], parts[2::2], strict=True):
        codes = [one for one in code.split(";") if one not in ("", "0")]
        weight = ' font-weight="bold"' if "1" in codes else ""
        colour = next((f' fill="{_COLOURS[one]}"' for one in codes if one in _COLOURS), "")
        style = f"{colour}{weight}"
        if text:
            made += f"<tspan{style}>{escape(text)}</tspan>" if style else escape(text)
    return made


def main(session: Path = ROOT / "docs" / "session.yaml", out: Path | None = None) -> None:
    """Run a session and write its picture beside it, or to `out`."""
    told = yaml.safe_load(session.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        lines = record(told, Path(folder))
    target = out or session.with_suffix(".svg")
    target.write_text(draw(lines, told["title"]), encoding="utf-8")
    print(f"{target}: {len(lines)} lines")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
