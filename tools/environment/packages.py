"""The virtual environment: made, filled by pip, and trusted only once it is complete."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from environment import console, machine
from environment.console import Check, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: What pip says, and what a person can do about it. The first match counts.
REMEDIES = (
    (r"No space left on device", "the disk is full: make room and run make again"),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "the index's certificate is not trusted here: set PIP_CERT to your organisation's CA bundle",
    ),
    (r"407 Proxy|ProxyError", "the proxy refused: check HTTPS_PROXY"),
    (r"\b40[13] (Client )?Error", "the index refused access: check `pip config list`"),
    (
        r"name resolution|Name or service not known|NewConnectionError|unreachable|ConnectTimeout|Max retries",
        "no package index can be reached: check the network, HTTPS_PROXY, or a mirror in PIP_INDEX_URL",
    ),
    (
        r"[Rr]ead timed out|IncompleteRead|ConnectionResetError|Connection broken",
        "the download broke off: run make again",
    ),
    (
        r"No matching distribution|Could not find a version|ResolutionImpossible",
        "the index has no fitting version for this Python and system: see `pip config list` and pyproject.toml",
    ),
    (
        r"externally-managed-environment",
        "pip did not run inside .venv: remove it (`make distclean`) and run make again",
    ),
)


class InstallError(Exception):
    """A step of the installation failed."""

    def __init__(self, step: str, output: str, log: Path) -> None:
        super().__init__(step, output, log)
        self.step = step
        self.output = output
        self.log = log

    def __str__(self) -> str:
        remedy = next((advice for pattern, advice in REMEDIES if re.search(pattern, self.output)), None)
        quoted = [f"    {line}" for line in telling_lines(self.output)]
        return "\n".join(
            [f"{self.step} failed", *quoted, *([f"  {remedy}"] if remedy else []), f"  all of it: {self.log}"]
        )


def telling_lines(output: str) -> list[str]:
    """Pick the lines of an output that name an error, else its last ones; pip's log dates each line."""
    lines = [re.sub(r"^\d{4}-\d\d-\d\dT[\d:,.]+ ", "", line).strip() for line in output.splitlines()]
    # "[present-rich]" marks what pip says about its own screen.
    errors = [line for line in lines if re.match(r"(ERROR|[\w.]*(Error|Exception)): (?!\[present-rich\])", line)]
    return list(dict.fromkeys(errors or filter(None, lines)))[-5:]


@dataclass(frozen=True)
class Paths:
    """The places the environment uses, all inside the project."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter inside the environment."""
        return self.venv / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Tells what is installed; written last."""
        return self.venv / "mindhub.json"

    @property
    def unfinished(self) -> Path:
        """Exists while pip works: an environment that has it was left half-done."""
        return self.venv / "unfinished"

    @property
    def scratch(self) -> Path:
        """Where downloads go: /tmp may be a small memory disk."""
        return self.root / "build" / "tmp"

    @property
    def log(self) -> Path:
        """Everything pip said, for when it fails."""
        return self.root / "build" / "bootstrap.log"


def environ(paths: Paths) -> dict[str, str]:
    """Make the variables for pip: the person's own, without what would let it look outside the environment."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET")}
    return {
        **env,
        "PIP_USER": "0",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "TMPDIR": str(paths.scratch),
    }


def fingerprint(paths: Paths) -> str:
    """Hash what decides which packages are installed; settings of linters and tests do not."""
    import tomllib

    document = tomllib.loads((paths.root / "pyproject.toml").read_text(encoding="utf-8"))
    tables = {
        "build": document.get("build-system"),
        "project": document["project"],
        "hatch": document.get("tool", {}).get("hatch"),
    }
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def read_stamp(paths: Paths) -> dict[str, Any] | None:
    """Read what is installed, or nothing where the environment is absent, half-finished, moved or broken."""
    if paths.unfinished.exists():
        return None
    try:
        stamp: dict[str, Any] = json.loads(paths.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    wanted = ".".join(map(str, sys.version_info[:2]))
    if stamp.get("root") != str(paths.root) or (os.environ.get("PYTHON") and stamp.get("python") != wanted):
        return None
    # The interpreter under an environment can be uninstalled; asking it costs 30 ms. The package is looked for,
    # not imported: a syntax error in a file that is being edited is no reason to install 3 GB again.
    probe = "import sys, importlib.util as u; print('%d.%d' % sys.version_info[:2] if u.find_spec('mindhub') else '')"
    try:
        answer = subprocess.run([str(paths.python), "-I", "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return stamp if answer.returncode == 0 and answer.stdout.strip() == stamp.get("python") else None


def is_ready(paths: Paths, extras: Sequence[str]) -> bool:
    """Tell whether the environment is complete for these extras and for today's pyproject.toml."""
    stamp = read_stamp(paths)
    if stamp is None or stamp["packages"] != fingerprint(paths) or not set(extras) <= set(stamp["extras"]):
        return False
    return "run" not in extras or machine.loads("libgomp.so.1") or gomp_link(paths).exists()


def pip_source(python: str = sys.executable) -> list[str] | None:
    """Find what can put pip into a new environment: a command's first words, empty for ensurepip, None for nothing."""
    if chosen := os.environ.get("MINDHUB_PIP"):
        return [python, chosen]
    if importlib.util.find_spec("ensurepip"):
        return []
    answer = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"pip (\d+)\.(\d+)", answer.stdout)
    # `pip --python` came with 22.3.
    return [python, "-m", "pip"] if found and (int(found[1]), int(found[2])) >= (22, 3) else None


def pip_check() -> Check:
    """Check that a new environment can get its pip (Debian splits ensurepip off into python3-venv)."""
    source = pip_source()
    if source is None:
        version = ".".join(map(str, sys.version_info[:2]))
        return Check(
            State.MISSING,
            "pip",
            "this Python has neither ensurepip nor pip 22.3",
            (
                f"with root:     apt install python{version}-venv",
                "without root:  MINDHUB_PIP=/path/to/pip.pyz make hub   (pip's zipapp, see pip's installation page)",
                "               or any other Python 3.11 or 3.12: make hub PYTHON=/path/to/python3",
            ),
        )
    return Check(State.OK, "pip", " ".join(source) if source else "ensurepip")


def create(paths: Paths) -> None:
    """Make an empty environment with pip in it, in place of whatever was there.

    Raises InstallError where pip cannot be put into it.
    """
    if paths.venv.exists():
        console.say("           removing the environment that is outdated, moved or half-finished")
        shutil.rmtree(paths.venv)
    source = pip_source()
    command: list[str | Path] = [sys.executable, "-m", "venv", *(["--without-pip"] if source else []), paths.venv]
    steps = [command]
    if source:
        steps.append([*source, "--python", paths.python, "install", "--quiet", "pip"])
    for step in steps:
        answer = subprocess.run(step, env=environ(paths), capture_output=True, text=True, check=False)
        if answer.returncode:
            raise InstallError("making .venv", answer.stdout + answer.stderr, paths.log)
    paths.unfinished.touch()


def pip_install(paths: Paths, step: str, *arguments: str | Path) -> None:
    """Run pip inside the environment, with its own progress bars on a terminal.

    Raises InstallError with pip's own words and what to do about them.
    """
    quiet = [] if console.is_terminal() else ["--progress-bar", "off"]
    outcome = console.run(
        [paths.python, "-m", "pip", "install", "--log", paths.log, *quiet, *arguments],
        env=environ(paths),
        cwd=paths.root,
        log=paths.log.with_suffix(".out"),
        progress=lambda: f"{console.megabytes(paths.venv, paths.scratch):,} MB so far",
    )
    if outcome.code:
        # The log has what the screen leaves out, such as the words of a build backend.
        raise InstallError(step, paths.log.read_text(encoding="utf-8", errors="replace"), paths.log)


def install(paths: Paths, extras: Sequence[str]) -> None:
    """Install the project with these extras, besides those that are already there.

    Raises InstallError; a new environment then stays marked as unfinished.
    """
    stamp = read_stamp(paths)
    if stamp is None:
        create(paths)
    names = sorted({*extras, *(stamp["extras"] if stamp else ())})
    paths.unfinished.touch()
    try:
        pip_install(paths, "installing the packages", "--editable", f".[{','.join(names)}]" if names else ".")
    except InstallError:
        # pip gave up by itself and rolls back what it began: an environment that was whole before still is, and
        # someone without network keeps it.
        if stamp:
            paths.unfinished.unlink()
        raise
    if "run" in names:
        verify_mindspore(paths)
    written = {
        "root": str(paths.root),
        "python": ".".join(map(str, sys.version_info[:2])) if stamp is None else stamp["python"],
        "packages": fingerprint(paths),
        "extras": names,
    }
    paths.stamp.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    paths.unfinished.unlink()


def gomp_link(paths: Paths) -> Path:
    """Name the place where MindSpore's libraries look for libgomp before the system does (their RUNPATH, $ORIGIN)."""
    site = next(paths.venv.glob("lib/python3.*/site-packages"), paths.venv)
    return site / "mindspore" / "lib" / "libgomp.so.1"


def lend_libgomp(link: Path) -> None:
    """Give MindSpore the libgomp that scikit-learn's wheel brings, by a link beside MindSpore's own libraries.

    Every Python that imports this MindSpore finds it, with no variable to set. As both names lead to one file,
    the process has one OpenMP runtime. Raises FileNotFoundError where scikit-learn brings none.
    """
    bundled = sorted(link.parents[2].glob("scikit_learn.libs/libgomp*.so*"))
    if not bundled:
        raise FileNotFoundError("scikit_learn.libs/libgomp*.so*")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(bundled[0], link.parent))


def verify_mindspore(paths: Paths) -> None:
    """Import MindSpore once, and lend it a libgomp where the system has none.

    Raises InstallError with the import's last lines where it does not start.
    """
    command: list[str | Path] = [paths.python, "-c", "import mindspore"]
    # Its notes about absent accelerators come as log lines; only the exit code counts.
    first = subprocess.run(command, cwd=paths.venv, capture_output=True, text=True, check=False)
    if first.returncode and "libgomp.so.1" in first.stderr:
        try:
            lend_libgomp(gomp_link(paths))
        except FileNotFoundError as error:
            raise InstallError(
                "starting MindSpore", f"{first.stderr}\nERROR: {error} is not there", paths.log
            ) from error
        first = subprocess.run(command, cwd=paths.venv, capture_output=True, text=True, check=False)
    if first.returncode:
        raise InstallError("starting MindSpore", first.stderr, paths.log)
