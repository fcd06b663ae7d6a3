"""Measure how many networks of an old hub's source repository build, reload and run on today's MindSpore.

    python benchmarks/networks.py measure --cards CARDS --mirror https://gitee.com/mindspore/models=CLONE --out RESULTS
    python benchmarks/networks.py measure … --run      # and run those that were built and whose inputs are known
    python benchmarks/networks.py table --out RESULTS   # the table of docs/networks.md

`CARDS` is a folder of cards whose `repo-link` names branch and folder; of each folder the newest branch counts. Every
attempt runs in the full sandbox, with a limit of time and memory, in a process of its own; results are lines of JSON,
and a second run does what the first left open (`--again KIND` repeats the failed ones).
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "validator"))

from mindhub.smoke.child import HarnessError, Nursery
from mindhub.smoke.contract import Limits
from mindhub.smoke.propose import attempts, configured
from mindhub.smoke.sources.repositories import Repositories, RepositoryError, place_of

URL = "https://gitee.com/mindspore/models"
#: Newest first.
BRANCHES = ("master", "r2.0", "r1.10", "r1.9", "r1.8", "r1.7", "r1.6", "r1.5", "r1.4", "r1.3")
SECONDS, MEMORY = 120.0, 6_000_000_000
WALL = 300.0  # seconds after which an attempt is ended: more, since a machine may have others to serve
MOST = 10  # attempts for a folder
_LINK = re.compile(r"^repo-link:\s*<?(\S+?)>?\s*$", re.MULTILINE)
_NAME = re.compile(r"^(?:model-name|backbone-name):\s*(\S+)", re.MULTILINE)
_SKIPPED = re.compile(r"310|onnx|modelarts|preprocess|postprocess", re.IGNORECASE)


def population(cards: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Return the folders that cards name: their branches, newest first, and the names of their models."""
    branches: dict[str, set[str]] = collections.defaultdict(set)
    names: dict[str, dict[str, None]] = collections.defaultdict(dict)
    for path in sorted(cards.rglob("*.md")):
        text = path.read_text("utf-8", errors="replace")
        link = _LINK.search(text)
        if link is None or not link[1].startswith(
            ("https://gitee.com/mindspore/models", "https://github.com/mindspore/models")
        ):
            continue
        place = place_of(link[1])
        if place.folder:
            branches[place.folder].add(place.revision)
            names[place.folder].update(dict.fromkeys(_NAME.findall(text)))
    return {
        folder: (sorted(found, key=BRANCHES.index), list(names[folder])) for folder, found in sorted(branches.items())
    }


def run_one(nursery: Nursery, files: Path, network: dict[str, Any], *, run: bool, seconds: float) -> dict[str, Any]:
    """Try one source and say how far it came."""
    job = {"network": network, "table": None, "ignore-extra": [], "modes": [], "inputs": 0, "trace": run}
    limits = Limits(seconds, MEMORY)
    start = time.monotonic()
    outcome = nursery.run(
        {**job, "folder": str(files)}, [], None, limits, scratch_bytes=MEMORY, foreign=True, readonly=[files]
    )
    row: dict[str, Any] = {**network, "stage": "", "reason": "", "seconds": round(time.monotonic() - start, 1)}
    row |= {"memory": outcome.memory, "shims": [], "guessed": [], "stand-ins": []}
    kinds = {"built": "built", "saved": "saved", "loaded": "reloaded", "traced": "ran"}
    for item in outcome.received:
        values = item.message.values
        row["stage"] = kinds.get(item.message.kind, row["stage"])
        for key in ("shims", "guessed", "stand-ins", "ended"):
            if key in values:
                row[key] = values[key]
        if item.message.kind == "built":
            row["parameters"], row["traced"] = len(values["rows"]), values["traced"]
        if item.message.kind == "saved":
            row["bytes"] = values["bytes"]
        if item.message.kind == "traced":
            row["run seconds"], row["run cpu"] = round(values["seconds"], 1), round(values["cpu"], 1)
            row["wall"], row["cpu"] = round(item.seconds, 1), round(values["cpu since job"], 1)
            row["finite"] = all(finite for _, _, finite in values["outputs"])
        if item.message.kind == "raised":
            frames = [str(frame) for frame in values["frames"]]
            row["reason"] = f"{values['type']}: {values['message']}"[:1500]
            row["frames"], row["notes"] = frames, values["notes"]
    if outcome.ending != "done":
        row["reason"] = f"{outcome.ending}: {outcome.detail}"
        row["output"] = outcome.output[-1500:]
    return row


def best_of(nursery: Nursery, files: Path, names: list[str], seconds: float, *, run: bool = False) -> dict[str, Any]:
    """Try the sources that a folder has, until one is built, saved and reloaded without a guess; return the best.

    With `run` each that comes so far is run too.
    """
    tries: list[dict[str, Any]] = []
    queue = list(attempts(files, names))
    while queue and len(tries) < MOST:
        tries.append(run_one(nursery, files, queue.pop(0), run=run, seconds=seconds))
        if tries[-1]["stage"] in ("reloaded", "ran") and not tries[-1]["guessed"]:
            break
        if len(tries) == 1:
            failed = {key: tries[-1][key] for key in ("source", "name")}
            queue = [*configured(files, failed, tries[-1].get("notes", []), names), *queue]
    if not tries:
        return {"reason": "no export script, hub configuration or evaluation script"}
    order = ("", "built", "saved", "reloaded", "ran")
    best = max(tries, key=lambda one: (order.index(one["stage"]), not one["guessed"]))
    others = [{key: one.get(key, "") for key in ("name", "stage", "reason")} for one in tries if one is not best]
    return {**best, "tried": run and bool(best.get("traced")), "others": others}


def measure(options: argparse.Namespace) -> None:
    """Try every folder and append what came of it to the results."""
    mirrors = dict(pair.split("=", 1) for pair in options.mirror)
    repositories = Repositories(options.cache, mirrors)
    folders = population(options.cards)
    done = {row["folder"]: row for row in read(options.out)}
    if options.run:
        todo = [f for f, r in done.items() if r["stage"] == "reloaded" and r.get("traced") and not r.get("tried")]
        todo = [*sorted(todo, key=lambda f: cost(done[f])), *(f for f in folders if f not in done)]
    else:
        todo = [
            f
            for f in folders
            if f not in done
            or (options.again and (done[f]["stage"] not in ("reloaded", "ran") or done[f].get("guessed")))
        ]
    if options.only:
        todo = [folder for folder in todo if re.search(options.only, folder)]
    print(f"{len(folders)} folders, {len(todo)} to do", flush=True)
    with Nursery(unsandboxed=options.unsandboxed) as nursery, ThreadPoolExecutor(options.jobs) as pool:

        def one(folder: str) -> dict[str, Any]:
            (branch, *_), names = folders[folder]
            row: dict[str, Any] = {"folder": folder, "branch": branch, "stage": "", "reason": ""}
            try:
                commit = repositories.resolve(URL, branch)
                files = repositories.folder(URL, commit, folder).path
                if folder in done and options.run:
                    last = done[folder]
                    network: dict[str, Any] = {key: last[key] for key in ("source", "name", "args") if key in last}
                    made = run_one(nursery, files, network, run=True, seconds=options.seconds)
                    return {
                        **last,
                        **made,
                        "tried": True,
                        # Its file was loaded strictly before: a run that ended early takes nothing of that back.
                        "stage": made["stage"] if made["stage"] == "ran" else last["stage"],
                    }
                found = best_of(nursery, files, names, options.seconds, run=options.run)
            except (RepositoryError, HarnessError) as error:
                return {**row, "reason": str(error)}
            return {**row, **found}

        for row in pool.map(one, todo):
            with options.out.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            print(row["folder"], row.get("name", ""), row["stage"], row["reason"][:150].replace("\n", " "), flush=True)


def cost(row: dict[str, Any]) -> float:
    """Estimate what one sample costs, to begin with the cheap: weights times the size of the largest input."""
    sizes = [math.prod(item["shape"][1:]) for item in row["traced"] if "shape" in item]
    return float(row.get("bytes", 0) * max([1, *sizes]))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the last result of each folder and branch."""
    if not path.is_file():
        return []
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return list({(row["folder"], row["branch"]): row for row in rows}.values())


def table(options: argparse.Namespace) -> None:
    """Print the table of the results, in Markdown."""
    rows = read(options.out)
    good = [row for row in rows if row["stage"] in ("reloaded", "ran") and not row.get("guessed")]
    attempted = [row for row in good if row.get("tried") or row["stage"] == "ran"]
    ran = sum(row["stage"] == "ran" and within(row) for row in good)
    late = sum(row["stage"] == "ran" or row["reason"].startswith("timeout") for row in attempted) - ran
    known = sum(bool(row.get("traced")) for row in good)
    heads = ("folders", "built, saved and strictly reloaded", "of these with inputs", "attempted to run", "ran")
    print("| " + " | ".join([*heads, f"ended, or over {SECONDS:g} s", "failed"]) + " |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    counts = (len(rows), len(good), known, len(attempted), ran, late, len(attempted) - ran - late)
    print("| " + " | ".join(map(str, counts)) + " |\n")
    wild = [row["folder"] for row in good if row["stage"] == "ran" and row.get("finite") is False]
    print(f"Of those that ran, {len(wild)} gave numbers that are not finite, on random weights: {', '.join(wild)}.\n")
    alone = sum(row["stage"] == "ran" and within(row) and row.get("wall", row["seconds"]) > SECONDS for row in good)
    print(f"By the seconds of their threads alone {alone} count as run within {SECONDS:g} s.\n")
    shims = collections.Counter(shim for row in good for shim in row["shims"])
    print(
        "Shims, with the number of folders: "
        + ", ".join(f"{name} {count}" for name, count in shims.most_common())
        + ".\n"
    )
    print("| folder | branch | source | shims | reached | call s (CPU s) | all s (CPU s) | MB | reason |")
    print("|---|---|---|---|---|---:|---:|---:|---|")
    for row in sorted(rows, key=lambda row: row["folder"]):
        call, whole = times(row, "run seconds", "run cpu"), times(row, "wall", "cpu")
        reason = "; ".join(row["guessed"]) if row.get("guessed") else brief(row["reason"])
        cells = (row["folder"], row["branch"], source(row), ", ".join(row.get("shims", [])), reached(row))
        memory = f"{row['memory'] / 1e6:.0f}" if row.get("memory") else ""
        print("| " + " | ".join([*cells, call, whole or times(row, "seconds", ""), memory, reason]) + " |")


def within(row: dict[str, Any]) -> bool:
    """Say whether building, saving, reloading and running took at most SECONDS.

    The seconds of all threads together are what a machine with nothing else to do needs at the most, so that they
    count too where others made it wait.
    """
    return bool(min(row.get("wall", row["seconds"]), row.get("cpu", math.inf)) <= SECONDS)


def times(row: dict[str, Any], wall: str, processor: str) -> str:
    """Return wall clock and, in brackets, seconds of all threads, as far as they are known."""
    known = f"{row[wall]:.1f}" if wall in row else ""
    return f"{known} ({row[processor]:.1f})" if processor in row else known


def source(row: dict[str, Any]) -> str:
    """Return what built a network, on one line."""
    return " ".join([row.get("source", ""), row.get("name", ""), *row.get("args", [])]).strip()


def reached(row: dict[str, Any]) -> str:
    """Return how far a network came, in words."""
    if row.get("guessed"):
        return "guessed, does not count"
    if row["stage"] == "ran":
        return "ran" if within(row) else f"ran, over {SECONDS:g} s"
    if row["stage"] == "reloaded":
        known = "not attempted to run" if row.get("traced") else "inputs unknown"
        return f"reloaded; {'did not run' if row.get('tried') else known}"
    return row["stage"] or "not built"


def brief(reason: str) -> str:
    """Return a reason on one line, without places of this machine and without what would end a cell."""
    places = r"/tmp/\S*?/code/|/\S*site-packages/|/tmp/\S*?/scratch/"  # noqa: S108 - what is taken out
    line = re.sub(places, "", reason.partition("\n")[0])
    return line.replace("|", "/").replace("<", "‹").replace(">", "›")[:160]


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("measure")
    verb.add_argument("--cards", type=Path, required=True)
    verb.add_argument("--mirror", action="append", default=[])
    verb.add_argument("--cache", type=Path, default=Path("build/networks"))
    verb.add_argument("--out", type=Path, required=True)
    verb.add_argument("--jobs", type=int, default=1)
    verb.add_argument("--seconds", type=float, default=WALL)
    verb.add_argument("--again", action="store_true")
    verb.add_argument("--run", action="store_true")
    verb.add_argument("--unsandboxed", action="store_true")
    verb.add_argument("--only")
    verb = verbs.add_parser("table")
    verb.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    {"measure": measure, "table": table}[options.verb](options)


if __name__ == "__main__":
    main()
