"""`mindhub smoke --random-weights`: run the networks that cards name, with weights that mean nothing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from mindhub import __version__
from mindhub.cli.smoke import WARNING
from mindhub.cli.targets import chosen_cards
from mindhub.smoke.evidence import dump
from mindhub.source import SourceError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mindhub.smoke.random_runs import Result

FAULT, CANNOT = 1, 2


def random_weights(
    *,
    targets: Sequence[str] = (),
    registry: Path | None = None,
    record: bool = False,
    made_by: str = "reported",
    allow_not_run: bool = False,
    jobs: int = 0,
    unsandboxed: bool = False,
    mirrors: Sequence[str] = (),
    output: str = "text",
) -> int:
    """Run the networks of cards with random weights and print what came of it; return the exit code as `smoke` does."""
    from mindhub.smoke.random_runs import Options, run_networks
    from mindhub.smoke.runner import exit_code
    from mindhub.smoke.sources.mirrors import repositories_of

    try:
        home, cards, troubles = chosen_cards(targets, registry)
        repositories = repositories_of(mirrors, home.root)
    except (SourceError, ValueError) as error:
        return _cannot(str(error))
    for trouble in troubles:
        _cannot(trouble)
    if not cards and not troubles:
        return _cannot(f"no card in {shown(home.root)}")
    if unsandboxed:
        print(WARNING, file=sys.stderr)
    start = time.monotonic()
    results = []
    options = Options(record, made_by, jobs, unsandboxed, repositories)
    for result in run_networks(cards, home, options):
        results.append(result)
        if output == "text":
            print("\n".join(_lines(result)), flush=True)
    if output == "json":
        sys.stdout.write(_json(results, troubles, time.monotonic() - start))
    code = exit_code([*(result.code for result in results), *(CANNOT for _ in troubles)])
    return 0 if allow_not_run and code == CANNOT and not troubles else code


def _lines(result: Result) -> Iterator[str]:
    run = result.run
    stopped = next((stage for stage in run.stages if stage.verdict != "passed"), None)
    if stopped is None:
        seconds, memory = sum(stage.seconds for stage in run.stages), max(stage.memory for stage in run.stages)
        size = f"{run.parameters:,} parameters, {run.checkpoint_bytes / 1e6:,.1f} MB saved and loaded strictly"
        yield f"{run.uid}  network runs with random weights  {seconds:.1f} s  {memory / 1e6:,.0f} MB"
        yield f"  {size}; " + ", ".join(f"{dtype} {list(shape)}" for shape, dtype in run.outputs)
    else:
        first, *rest = stopped.reason.split("\n")
        verdict = f"failed at {stopped.name}" if result.code == FAULT else f"not run ({stopped.kind})"
        yield f"{run.uid}  {verdict}"
        yield f"  {stopped.name}  {first}"
        yield from (f"      {line}" for line in rest)
    if result.recorded:
        yield f"  recorded in {shown(result.recorded)}"


def _json(results: Sequence[Result], troubles: Sequence[str], seconds: float) -> str:
    codes = [result.code for result in results]
    counts = {"cards": len(results), "passed": codes.count(0), "failed": codes.count(1), "not-run": codes.count(2)}
    return dump(
        {
            "version": 1,
            "tool": {"name": "mindhub", "version": __version__},
            "summary": {**counts, "seconds": round(seconds, 3)},
            "failures": list(troubles),
            "results": [
                {
                    "file": result.card.file,
                    "code": result.code,
                    "recorded": shown(result.recorded) if result.recorded else None,
                    "network": result.run.to_json(),
                }
                for result in results
            ],
        }
    )


def _cannot(message: str) -> int:
    print(f"mindhub smoke: {message}", file=sys.stderr)
    return CANNOT
