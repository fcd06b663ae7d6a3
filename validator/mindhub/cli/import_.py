"""`mindhub import`: bring the old hub's tree over into a registry."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mindhub.migration import plan
from mindhub.source import CONFIG_NAME, shown
from mindhub.writing import write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.migration import Move

FAULT, CANNOT = 1, 2


def run(*, source: Path, target: Path, overwrite: bool = False, fix: bool = False) -> int:
    """Copy all cards, say what was done, and return the exit code.

    A file that is already there and the same is left alone, one that differs is kept unless `overwrite`;
    so an interrupted import is simply run again. With `fix` the cards are put into the canonical form.
    """
    if not source.is_dir():
        print(f"mindhub import: {source}: no such folder; name the one that holds the publishers", file=sys.stderr)
        return CANNOT
    found = list(_cards(source))
    if not found:
        print(f"mindhub import: no card below {source}", file=sys.stderr)
        return CANNOT
    moves, left = plan(found)
    try:
        copied, same, kept = _copy(moves, target, overwrite=overwrite)
        _aliases(moves, target)
        (target / CONFIG_NAME).touch()
    except OSError as error:
        print(f"mindhub import: {error.filename}: {error.strerror}; what was copied stays", file=sys.stderr)
        return CANNOT
    for move in kept:
        print(f"kept {shown(target / move.target)}: it differs from {move.source}; --overwrite replaces it")
    for item in left:
        print(f"left {item.source}: {item.reason}")
    translations = sum(move.target.endswith(".zh.md") for move in moves)
    renamed = sum(move.alias is not None for move in moves)
    print(
        f"{shown(target)}: {len(moves) - translations:,} cards and {translations:,} translations; "
        f"{copied:,} files written, "
        f"{same:,} unchanged, {len(kept):,} kept, {len(left):,} left; "
        f"{renamed:,} names lost their device, see aliases.yaml"
    )
    if fix:
        from mindhub.cli import check

        return check.run(paths=[target], registry=target, repairs=check.Repairs(write=True))
    print(f"next: mindhub check {shown(target)}")
    return FAULT if kept or left else 0


def _cards(source: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    for folder, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".md") and not name.startswith((".", "README")) and not path.is_symlink():
                yield path, PurePosixPath(path.relative_to(source).as_posix())


def _copy(moves: Sequence[Move], target: Path, *, overwrite: bool) -> tuple[int, int, list[Move]]:
    copied, same = 0, 0
    kept: list[Move] = []
    for move in moves:
        path = target / move.target
        data = move.source.read_bytes()
        if path.exists() and not overwrite:
            if path.read_bytes() == data:
                same += 1
            else:
                kept.append(move)
            continue
        write_bytes(path, data)
        copied += 1
    return copied, same, kept


def _aliases(moves: Sequence[Move], target: Path) -> None:
    """Add the names that changed to `aliases.yaml`; entries that stand there already stay as they are."""
    path = target / "aliases.yaml"
    head = "# Old names of cards, each with the card's name today.\n"
    text = path.read_text(encoding="utf-8") if path.exists() else head
    known = {line.partition(":")[0].strip("\"' ") for line in text.splitlines()}
    lines = [f"{old}: {new}\n" for old, new in (m.alias for m in moves if m.alias) if old not in known]
    if lines or not path.exists():
        write_text(path, text + "".join(lines))
