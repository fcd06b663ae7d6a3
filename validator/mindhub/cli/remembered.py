"""What `mindhub check` said last time: where nothing has changed since, it is said again without checking.

Nothing changed means: the same command in the same folder, by the same code, on the same day, over files whose
paths, sizes, inodes and times of change are the same. A file that was changed just before the check is not
trusted to show a further change (its time could stay the same), so such a check is not remembered. This module
imports little: it decides whether the checker is needed at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

_KEPT = 16  #: answers; each may have some megabytes
_UNSURE = 2.0  #: seconds; file systems with coarse times are that coarse
_MISSING = ("", 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Question:
    """One command over the files as they are now."""

    key: str
    newest: float  #: when the last of the files changed, seconds since 1970

    @property
    def path(self) -> Path:
        """Where its answer would lie."""
        return _folder() / f"{self.key}.json"


def question_of(options: argparse.Namespace) -> Question | None:
    """Return what a `check` command asks; None where that cannot be told from files alone."""
    from mindhub.source import SourceError, find_root, open_registry

    if os.environ.get("GITHUB_STEP_SUMMARY"):
        return None  # a job's page is written as well
    try:
        paths = options.paths or [open_registry(options.registry).root]
        roots = {root for path in (*paths, options.registry) if path and (root := find_root(path))}
        surroundings = [os.environ.get(name) for name in ("NO_COLOR", "LANG", "LC_ALL", "LC_MESSAGES")]
        said = {name: value for name, value in vars(options).items() if name != "run"}
        return question([said, surroundings, sys.stdout.isatty()], sorted({*roots, *paths}, key=str))
    except (OSError, SourceError):
        return None


def question(arguments: Sequence[Any], paths: Iterable[Path]) -> Question:
    """Return what stands for a command and all files that its answer may depend on."""
    package = Path(__file__).resolve().parents[1]
    data = package.parents[1] / "schema" if (package.parents[1] / "pyproject.toml").is_file() else package / "_data"
    rows: list[tuple[str, int, int, int]] = []
    for path in (*paths, package, data):
        rows += _rows(path)
    said = json.dumps([list(arguments), Path.cwd(), time.strftime("%F", time.gmtime()), sys.version], default=str)
    key = hashlib.sha256(said.encode())
    key.update(repr(rows).encode())
    return Question(key.hexdigest(), max((row[2] for row in rows), default=0) / 1e9)


def recall(asked: Question) -> tuple[int, list[tuple[str, str]]] | None:
    """Return the exit code and the outputs (target, text) of the same command before; None where there are none."""
    try:
        found = json.loads(asked.path.read_bytes())
        os.utime(asked.path)
        return int(found["code"]), [(str(target), str(text)) for target, text in found["outputs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def say(code: int, outputs: Sequence[tuple[str, str]], *, anew: bool = False) -> int:
    """Give an answer, to the terminal and to files; return its exit code, or 2 where a file cannot be written."""
    for target, text in outputs:
        if not target:
            sys.stdout.write(text)
            continue
        try:
            Path(target).write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"mindhub check: {target} cannot be written: {error.strerror}", file=sys.stderr)
            return 2
    if not anew and sys.stderr.isatty():
        print("nothing changed since the last check; --no-cache checks anew", file=sys.stderr)
    return code


def keep(asked: Question, code: int, outputs: Sequence[tuple[str, str]]) -> None:
    """Keep an answer; where that is not possible the next run simply checks again."""
    if _now() - asked.newest < _UNSURE:
        return
    with contextlib.suppress(OSError):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{asked.key}.{os.getpid()}"
        partial.write_text(json.dumps({"code": code, "outputs": list(outputs)}), encoding="utf-8")
        partial.replace(asked.path)
        answers = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in answers[_KEPT:]:
            old.unlink(missing_ok=True)


def _now() -> float:
    return time.time()


def _folder() -> Path:
    cache = os.environ.get("MINDHUB_CACHE")  # as the store has it, whose locks not every system has
    return (Path(cache) if cache else Path.home() / ".cache" / "mindhub") / "check"


def _rows(path: Path) -> list[tuple[str, int, int, int]]:
    """Return path, size, time of change and inode of a file, or of everything below a folder."""
    try:
        status = path.stat()
    except OSError:
        return [_MISSING]
    if not path.is_dir():
        return [(str(path), status.st_size, max(status.st_mtime_ns, status.st_ctime_ns), status.st_ino)]
    rows: list[tuple[str, int, int, int]] = []
    folders = [str(path)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name == "__pycache__":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                    continue
                status = entry.stat(follow_symlinks=False)
                changed = max(status.st_mtime_ns, status.st_ctime_ns)
                rows.append((entry.path, status.st_size, changed, status.st_ino))
    rows.sort()
    return rows
