"""Measure the networks of an old hub's source repository on the branches that cards name beside the newest.

    python benchmarks/branches.py measure --cards CARDS --mirror https://gitee.com/mindspore/models=CLONE --out RESULTS
    python benchmarks/branches.py table --out RESULTS   # the table of docs/networks-branches.md

benchmarks/networks.py tries the newest branch of each folder. Of the others many have the same code: branches of a
folder whose scripts and configurations are the same bytes are one job, and those with the newest branch's code none.
Every job builds, saves and strictly reloads; nothing is run. Results are lines of JSON, and a second run does what is
left (`--again REASON` repeats what was stopped by that).
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from networks import BRANCHES, SECONDS, URL, best_of, brief, population, reached, read, source

from mindhub.smoke.child import HarnessError, Nursery
from mindhub.smoke.sources.repositories import Repositories, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODE = frozenset({".py", ".yaml", ".yml", ".json", ".toml", ".cfg", ".ini"})


def jobs(cards: Path, repositories: Repositories) -> Iterator[dict[str, Any]]:
    """Yield what is to be measured, newest branches first: folder, branch, the other branches with the same code.

    A branch with the code of the folder's newest one is yielded too, with that one's name under `as`.
    """
    found = []
    for folder, (branches, names) in population(cards).items():
        same: dict[str, list[str]] = {}
        for branch in branches:
            commit = repositories.resolve(URL, branch)
            same.setdefault(digest(repositories.folder(URL, commit, folder).path), []).append(branch)
        newest, *others = same.values()
        found += [{"folder": folder, "branch": branch, "as": newest[0]} for branch in newest[1:]]
        found += [{"folder": folder, "branch": first, "same": rest, "names": names} for first, *rest in others]
    yield from sorted(found, key=lambda job: (BRANCHES.index(job["branch"]), job["folder"]))


def digest(folder: Path) -> str:
    """Return a digest of the scripts and configurations in a folder: their places and bytes."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in _CODE)
    parts = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def measure(options: argparse.Namespace) -> None:
    """Try every job that the results lack, and append what came of it."""
    repositories = Repositories(options.cache, dict(pair.split("=", 1) for pair in options.mirror))
    rows = read(options.out)
    done = {(row["folder"], row["branch"]) for row in rows if not repeated(row, options.again)}
    todo = [job for job in jobs(options.cards, repositories) if (job["folder"], job["branch"]) not in done]
    print(f"{len(todo)} to do", flush=True)
    with Nursery(unsandboxed=options.unsandboxed) as nursery:
        for job in todo:
            row = {"stage": "", "reason": "", **job}
            if "as" not in job:
                try:
                    commit = repositories.resolve(URL, job["branch"])
                    files = repositories.folder(URL, commit, job["folder"]).path
                    row |= best_of(nursery, files, row.pop("names"), options.seconds)
                except (RepositoryError, HarnessError) as error:
                    row["reason"] = str(error)
            with options.out.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            print(row["folder"], row["branch"], row["stage"], row["reason"][:150].replace("\n", " "), flush=True)


def repeated(row: dict[str, Any], again: str | None) -> bool:
    """Say whether a job that did not come to the end is to be done anew, by what stopped it."""
    return again is not None and "as" not in row and not counts(row) and re.search(again, row["reason"]) is not None


def counts(row: dict[str, Any]) -> bool:
    """Say whether a network was built, saved and reloaded, and nothing of it guessed."""
    return row["stage"] == "reloaded" and not row["guessed"]


def table(options: argparse.Namespace) -> None:
    """Print the tables of the results, in Markdown: totals of each branch, and a row for each job."""
    rows = read(options.out)
    heads = ("branch", "folders named", "same code as a newer branch", "measured", "built, saved and strictly reloaded")
    print("| " + " | ".join([*heads, "of these with inputs", "guessed", "not built"]) + " |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    total: collections.Counter[str] = collections.Counter()
    for branch in BRANCHES:
        found = totals(rows, branch)
        if found["named"]:
            print("| " + " | ".join([branch, *(str(found[key]) for key in _TOTALS)]) + " |")
        total += found
    print("| all | " + " | ".join(str(total[key]) for key in _TOTALS) + " |\n")
    good = [row for row in rows if counts(row)]
    pairs = sum(1 + len(row["same"]) for row in good)
    print(f"The {len(good)} networks that were reloaded stand for {pairs} pairs of folder and branch.\n")
    shims = collections.Counter(shim for row in good for shim in row["shims"])
    said = ", ".join(f"{name} {count}" for name, count in shims.most_common())
    print(f"Shims, with the number of networks: {said}.\n")
    print("| folder | branch | source | shims | reached | build s | MB | reason |\n|---|---|---|---|---|---:|---:|---|")
    for row in sorted(rows, key=lambda row: (row["folder"], BRANCHES.index(row["branch"]))):
        if "as" in row:
            continue
        reason = "; ".join(row["guessed"]) if row.get("guessed") else brief(row["reason"])
        memory = f"{row['memory'] / 1e6:.0f}" if row.get("memory") else ""
        build = f"{row['seconds']:.1f}" if "seconds" in row else ""
        branches = ", ".join([row["branch"], *row["same"]])
        cells = (
            row["folder"],
            branches,
            source(row),
            ", ".join(row.get("shims", [])),
            reached(row).removesuffix("; not attempted to run"),
        )
        print("| " + " | ".join([*cells, build, memory, reason]) + " |")


_TOTALS = ("named", "same", "measured", "reloaded", "inputs", "guessed", "failed")


def totals(rows: list[dict[str, Any]], branch: str) -> collections.Counter[str]:
    """Count what became of a branch."""
    own = [row for row in rows if row["branch"] == branch and "as" not in row]
    good = [row for row in own if counts(row)]
    same = sum((row["branch"] == branch and "as" in row) or branch in row.get("same", ()) for row in rows)
    found = {"named": len(own) + same, "same": same, "measured": len(own), "reloaded": len(good)}
    found["inputs"] = sum(bool(row["traced"]) for row in good)
    found["guessed"] = sum(bool(row.get("guessed")) for row in own)
    found["failed"] = len(own) - len(good) - found["guessed"]
    return collections.Counter(found)


def main() -> None:
    """Measure, or print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("measure")
    verb.add_argument("--cards", type=Path, required=True)
    verb.add_argument("--mirror", action="append", default=[])
    verb.add_argument("--cache", type=Path, default=Path("build/networks"))
    verb.add_argument("--out", type=Path, required=True)
    verb.add_argument("--seconds", type=float, default=SECONDS)
    verb.add_argument("--again", nargs="?", const="", metavar="REASON")
    verb.add_argument("--unsandboxed", action="store_true")
    verb = verbs.add_parser("table")
    verb.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    {"measure": measure, "table": table}[options.verb](options)


if __name__ == "__main__":
    main()
