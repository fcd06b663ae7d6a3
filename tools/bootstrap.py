"""Prepare the environment behind `make`: look, install what is missing, and remember what is done.

    sh tools/python.sh tools/bootstrap.py [run] [site] [dev] [browser] [quality]

The light part (what `mindhub check` and the site need) is always installed; `run` adds MindSpore, `site` the search of
the site, `dev` the tools of the tests, `browser` a headless Chromium, `quality` an HTML validator and Lighthouse.
Everything goes into `.venv`. Needs the standard library only.
Exits with 0, or with 2 and a remedy where the machine lacks something or a step failed.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from environment.console import State
from environment.packages import InstallError, Paths

from environment import chromium, console, machine, npm, packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EXTRAS = ("run", "site", "dev")
PARTS = (*EXTRAS, "browser", "quality")
SIZES = {
    "light": "the validator and the site (a few MB)",
    "site": "the search over the texts of the site (Pagefind, a wheel of 53 MB)",
    "dev": "the tools of the tests (about 100 MB)",
    "run": "MindSpore 2.10 for CPU (a wheel of 803 MB, 2.4 GB unpacked)",
}


@contextmanager
def only_one(paths: Paths) -> Iterator[None]:
    """Hold the lock that keeps two makes from filling one environment."""
    paths.scratch.mkdir(parents=True, exist_ok=True)
    with (paths.root / "build" / "bootstrap.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.say("another make is preparing the environment; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def browser_required() -> bool:
    """Tell whether a missing browser is a failure: in CI, and where MINDHUB_REQUIRE_BROWSER says so."""
    return bool(os.environ.get("CI") or os.environ.get("MINDHUB_REQUIRE_BROWSER"))


def fetch_scripts(paths: Paths, parts: Sequence[str]) -> None:
    """Install what comes from npm and is not there yet."""
    for part in parts:
        if npm.is_ready(paths, part):
            continue
        console.say(f"  install  {part:<13}  {npm.PARTS[part]}")
        if lacking := npm.provide(paths, part):
            console.say(f"  {console.paint('missing', '31')}  {part:<13}  {lacking}")
            console.say("           everything else works without; run make again to try anew")


def without_browser(reason: str) -> bool:
    """Say why there is no browser; tell whether that is a failure."""
    console.say(f"  {console.paint('missing', '31')}  Chromium       {reason}")
    if browser_required():
        console.say("           CI or MINDHUB_REQUIRE_BROWSER is set, so this is a failure")
        return True
    console.say("           the browser tests will be reported as not run")
    return False


def prepare(paths: Paths, parts: Sequence[str]) -> int:
    """Bring the environment to what the parts need; return the exit code."""
    extras = [part for part in parts if part in EXTRAS]
    want_packages = not packages.is_ready(paths, extras)
    want_browser = "browser" in parts and (want_packages or not chromium.is_ready(paths))
    want_npm = [part for part in parts if part in npm.PARTS and (want_packages or not npm.is_ready(paths, part))]
    if not want_packages and not want_browser and not want_npm:
        return 0

    stamp = packages.read_stamp(paths)
    present = {"light", *stamp["extras"]} if stamp else set()
    if stamp and chromium.is_ready(paths):
        present.add("browser")
    missing = [part for part in ("light", *parts) if part not in present]
    purpose = ", ".join(missing) or "update: pyproject.toml has changed"
    console.say(console.paint(f"MindHub environment ({purpose})", "1"))
    # What a killed run was downloading would otherwise hold a gigabyte of the disk.
    shutil.rmtree(paths.scratch, ignore_errors=True)
    paths.scratch.mkdir(parents=True)
    reclaim = 0 if stamp else console.megabytes(paths.venv) / 1000
    checks = [*machine.inspect(missing, paths.root, reclaim), *([] if stamp else [packages.pip_check()])]
    console.show(checks)
    if any(check.state is State.MISSING for check in checks):
        console.say("Nothing was downloaded.")
        return 2

    started = time.monotonic()
    paths.log.unlink(missing_ok=True)
    if want_packages:
        for part in missing:
            if part in SIZES:
                console.say(f"  install  {part:<13}  {SIZES[part]}")
        packages.install(paths, extras)
    # Packages alone may have made a new .venv, and the browser lives in it.
    reason = ""
    if "browser" in parts and not chromium.is_ready(paths):
        console.say("  install  browser        a headless Chromium, unless one on PATH starts")
        reason = chromium.provide(paths)
    fetch_scripts(paths, want_npm)
    shutil.rmtree(paths.scratch, ignore_errors=True)
    if reason and without_browser(reason):
        return 2
    console.say(f"  {console.paint('ready  ', '32')}  .venv          after {time.monotonic() - started:.0f} s")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Parse the parts and prepare them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to add to the light part: {', '.join(PARTS)}")
    parts = parser.parse_args(arguments).parts
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"{unknown[0]!r} is no part; there are {', '.join(PARTS)}")
    paths = Paths(Path(__file__).resolve().parents[1])
    try:
        with only_one(paths):
            return prepare(paths, parts)
    except InstallError as error:
        console.say(f"{console.paint('failed', '31')}: {error}")
        return 2
    except KeyboardInterrupt:
        console.say("\nstopped; the next run starts this step again")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
