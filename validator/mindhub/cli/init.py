"""`mindhub init`: begin a registry of one's own with five files."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub import __version__
from mindhub.publishers import NAME, is_publisher, parse_publishers
from mindhub.source import CONFIG_NAME, shown
from mindhub.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping

CANNOT = 2
_STARTER = Path(__file__).resolve().parents[1] / "starter"
#: Where each host looks for what it runs.
CI = {
    "github": ".github/workflows/registry.yml",
    "gitlab": ".gitlab-ci.yml",
    "gitee": ".workflow/registry.yml",
}
#: What that file says of itself in the README.
_DOES = {
    "github": "judges each change, publishes the site of what is merged, and looks after addresses and models daily",
    "gitlab": "judges each change and publishes the site of what is merged; a pipeline schedule looks after the rest",
    "gitee": "judges each change; its models run when somebody starts that stage",
}
_NAME = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*")
_TITLE = re.compile(r'[^"\\\x00-\x1f\x7f]{1,100}')


def run(*, folder: Path, publisher: str, owner: str, contact: str, title: str = "", host: str = "github") -> int:
    """Write a registry's first files into a folder, which is made if absent; return the exit code.

    Nothing that exists is written over: where any of the files does, none is written.
    """
    title = title or publisher
    try:
        files = starter(publisher=publisher, owner=owner, contact=contact, title=title, host=host)
    except ValueError as error:
        return _cannot(str(error))
    there = [name for name in files if (folder / name).exists()]
    if there:
        return _cannot(f"{shown(folder / there[0])} exists already; nothing was written")
    try:
        for name, text in files.items():
            write_text(folder / name, text)
    except OSError as error:
        return _cannot(f"{shown(folder)}: cannot be written: {error.strerror}")
    for name in files:
        print(shown(folder / name))
    where = f"cd {shown(folder)} && " if folder.resolve() != Path.cwd() else ""
    print(f"\n  {where}git init --initial-branch=main && git add --all && git commit -m 'A registry'")
    print(f"  mindhub new {publisher}/2.10/NAME   # the first card")
    return 0


def starter(*, publisher: str, owner: str, contact: str, title: str, host: str) -> Mapping[str, str]:
    """Return the files of a new registry by path; raises ValueError for a value that none of them could hold."""
    if not _NAME.fullmatch(publisher) or not is_publisher(publisher):
        raise ValueError(f"{publisher!r} is no name of a publisher; it is a folder's: letters, digits and . _ + -")
    if not _TITLE.fullmatch(title):
        raise ValueError(f"{title!r} is no title; one line without quotes and backslashes is")
    words = {
        "@TITLE@": title,
        "@QUOTED_TITLE@": json.dumps(title, ensure_ascii=False),
        "@PUBLISHER@": publisher,
        "@OWNER@": owner,
        "@CONTACT@": contact,
        "@VERSION@": __version__,
        "@CI@": CI[host],
        "@DOES@": _DOES[host],
    }
    sources = {
        f"registry/{CONFIG_NAME}": "mindhub.toml",
        f"registry/{publisher}/{NAME}": "publisher.yaml",
        "README.md": "README.md",
        CI[host]: f"{host}.yml",
        ".gitignore": "gitignore",
    }
    files = {}
    for name, source in sources.items():
        text = (_STARTER / source).read_text(encoding="utf-8")
        for word, said in words.items():
            text = text.replace(word, said)
        files[name] = text
    path = Path("registry", publisher, NAME)
    (document,) = parse_publishers([(path, files[path.as_posix()].encode())]).documents
    if document.problems:
        raise ValueError(str(document.problems[0].message))
    return files


def _cannot(message: str) -> int:
    print(f"mindhub init: {message}", file=sys.stderr)
    return CANNOT
