"""What `mindhub new` finds out by itself: about a file, the registry and who is writing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.scaffold.card import File

if TYPE_CHECKING:
    from pathlib import Path

    from mindhub.facts import Facts
    from mindhub.formats import TensorTable
    from mindhub.source import Registry

FAULT, CANNOT = 1, 2


class StopError(Exception):
    """Ends the verb with a message and an exit code."""

    def __init__(self, message: str, code: int = CANNOT) -> None:
        super().__init__(message)
        self.message, self.code = message, code


def looked_into(path: Path, name: str, facts: Facts) -> tuple[File, TensorTable | None]:
    """Return size and sha256 of a file, and its tensors where its format can be read."""
    from mindhub.assets.store import hash_file
    from mindhub.formats import FormatError, format_of, scan
    from mindhub.formats.reading import local

    sha256, size = hash_file(path)
    formats = facts.vocabulary.kind("formats")
    by_name = next((f for f, term in formats.items() if name.lower().endswith(tuple(term.more["endings"]))), "")
    if by_name in ("air", "ms"):  # which no reader here understands
        return File(by_name, size, sha256), None
    try:
        with local(path) as source:
            kind = format_of(source)
        tensors = scan(path, kind)
    except FormatError as error:
        raise StopError(str(error), FAULT) from None
    print(f"{name}: {kind}, {size:,} bytes, {len(tensors.tensors):,} tensors, {tensors.parameters:,} parameters")
    return File(kind, size, sha256), tensors


def fetched(link: str) -> Path:
    """Download a file into the store and return its path; raises StopError."""
    from mindhub.assets.fetch import FetchError, fetch
    from mindhub.assets.guard import Guard
    from mindhub.assets.progress import Progress
    from mindhub.assets.store import Store

    if "://" not in link:
        raise StopError(say("{link!r} is no address; name a file on this machine with --file", link=link))
    try:
        with Progress(link.rpartition("/")[2]) as progress:
            return fetch(link, store=Store(None), guard=Guard(frozenset()), progress=progress).path
    except FetchError as error:
        remedy = say("{reason}; name the same file on this machine with --file", reason=str(error))
        raise StopError(remedy, FAULT if error.fault else CANNOT) from None


def git_name(root: Path) -> str:
    """Return the name that git knows the user by; empty where it knows none."""
    import subprocess

    try:
        said = subprocess.run(  # noqa: S603 - a fixed command
            ["git", "-C", str(root), "config", "user.name"],  # noqa: S607 - the user's own git
            capture_output=True, text=True, check=False, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip()


def only_publisher(root: Path) -> str:
    """Return the one publisher whose folder is there, or the user's name."""
    from mindhub.source import RESERVED

    folders = [path.name for path in root.iterdir() if path.is_dir() and path.name not in RESERVED]
    return folders[0] if len(folders) == 1 else os.environ.get("USER", "").lower()


def newest(home: Registry) -> str:
    """Return the MindSpore version that is installed, else the newest that a card here has."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return ".".join(version("mindspore").split(".")[:2])
    except PackageNotFoundError:
        versions = {file.uid.version for file in home.files() if file.uid}
        return max(versions, key=lambda text: [int(part) for part in text.split(".") if part.isdigit()], default="")
