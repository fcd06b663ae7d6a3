"""What runs networks here: the version of MindSpore, and the digest of the code that judges."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

from mindhub.smoke.evidence import digest

#: Modules of the smoke run that read records or look for networks: no verdict depends on them.
_ASIDE = frozenset(
    {"causes", "doors", "environments", "forgery", "history", "many", "matrix", "propose", "records", "reviewed"}
    | {"section", "shards", "at_hand"}
)


def mindspore_version() -> str:
    """Return the version of the installed MindSpore, empty where there is none; it is not imported."""
    from importlib.metadata import PackageNotFoundError, version

    if importlib.util.find_spec("mindspore") is None:
        return ""
    try:
        return version("mindspore")
    except PackageNotFoundError:
        return "unknown"


@cache
def code_digest() -> str:
    """Return the sha256 over the code that takes part in a run, readers of files included: another one, another result.

    Modules that only read records or look for networks are left out, so that records are not due for their sake.
    """
    package = Path(__file__).resolve().parents[1]
    found = [*package.glob("smoke/**/*.py"), *package.glob("formats/*.py"), *package.glob("assets/*.py")]
    files = sorted(file for file in found if file.parent.name != "smoke" or file.stem not in _ASIDE)
    return digest(
        {file.relative_to(package).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    )
