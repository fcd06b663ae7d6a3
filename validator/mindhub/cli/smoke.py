"""`mindhub smoke`: load the checkpoints of cards into their networks, run them, and say what came of it."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from mindhub.cli.targets import chosen_cards, wants_colour
from mindhub.smoke.evidence import FAILED, NOT_RUN, PASSED, STAGES, dump
from mindhub.source import SourceError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mindhub.model import Card
    from mindhub.smoke.environments import Environment
    from mindhub.smoke.evidence import Stage
    from mindhub.smoke.runner import Options, Result
    from mindhub.source import Registry

FAULT, CANNOT = 1, 2
WARNING = """\
mindhub smoke: WARNING: --unsandboxed: code of other people's repositories, which nobody has reviewed, runs here without
the full sandbox; every record of this run says so"""
_MARKS = {PASSED: "ok", FAILED: "FAIL", NOT_RUN: "-"}
_COLOURS = {PASSED: "32", FAILED: "31;1", NOT_RUN: "2"}


def smoke(
    *,
    targets: Sequence[str] = (),
    registry: Path | None = None,
    record: bool = False,
    made_by: str = "reported",
    state: Path | None = None,
    store: Path | None = None,
    allow_hosts: Sequence[str] = (),
    require: Sequence[str] = (),
    allow_not_run: bool = False,
    shard: str | None = None,
    executor: str | None = None,
    resource: str | None = None,
    jobs: int = 0,
    mindspore: str | None = None,
    device: str = "CPU",
    unsandboxed: bool = False,
    mirrors: Sequence[str] = (),
    output: str = "text",
    colour: bool | None = None,
) -> int:
    """Run cards named by uid, file or folder (all of the registry where none is named); return the exit code.

    0 nothing failed, 1 a fault of a card or its files, 2 something could not be done here; of several cards 1 wins
    over 2. `allow_not_run` turns such a 2 into 0; a stage in `require` that did not run counts as failed. `shard`, such
    as `2/5`, takes a part of the cards; `executor` runs them elsewhere (mindhub.executors), on workers that have the
    `resource`. `jobs` cards run at a time, as far as they fit (0: one for each processor); `mindspore`, such as `2.8`,
    runs them under another version, in an environment of its own; `device` is such as `Ascend:1`.
    """
    from mindhub.executors import ExecutorError
    from mindhub.smoke.devices import parse_device
    from mindhub.smoke.environments import EnvironmentUnavailable
    from mindhub.smoke.runner import Options, exit_code
    from mindhub.smoke.sources.mirrors import repositories_of

    try:
        unknown = [stage for stage in require if stage not in STAGES]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no stage; the stages are {', '.join(STAGES)}")  # noqa: TRY301
        home, cards, troubles = chosen_cards(targets, registry)
        chosen, other = parse_device(device), _other(mindspore, unsandboxed=unsandboxed)
        repositories = repositories_of(mirrors, home.root)
    except (SourceError, ValueError, EnvironmentUnavailable) as error:
        return _cannot(str(error))
    screen = _Screen(wants_colour(colour), live=output == "text" and sys.stderr.isatty())
    options = Options(
        record=record,
        made_by=made_by,
        state=state,
        store=store,
        allow_hosts=frozenset(allow_hosts),
        require=frozenset(require),
        jobs=jobs,
        environment=other,
        device=chosen,
        unsandboxed=unsandboxed,
        repositories=repositories,
        progress=screen.download if screen.live else None,
        notice=screen.begin if screen.live else None,
    )
    missing = troubles or ([] if cards else [f"no card in {shown(home.root)}"])
    for trouble in missing:
        _cannot(trouble)
    if missing and not troubles and not allow_not_run:
        return CANNOT
    start = time.monotonic()
    results = []
    try:
        cards = _part(cards, shard)
        with _running(cards, home, options, executor, resource) as found:
            for result in found:
                results.append(result)
                screen.clear()
                if output == "text":
                    print("\n".join(screen.card(result, whole=len(cards) == 1)), flush=True)
    except (ExecutorError, ValueError) as error:
        return _cannot(str(error))
    seconds = time.monotonic() - start
    # An executor gives them as they are done.
    places = {card.path: place for place, card in enumerate(cards)}
    results.sort(key=lambda result: places[result.card.path])
    if output == "json":
        sys.stdout.write(_json(results, troubles, seconds))
    elif len(results) > 1:
        print("\n".join(["", *screen.table(results), "", summary(results, seconds)]))
    code = exit_code([*(result.code for result in results), *(CANNOT for _ in troubles)])
    return 0 if allow_not_run and code == CANNOT and not troubles else code


def _part(cards: list[Card], shard: str | None) -> list[Card]:
    """Return the cards of a shard; raises ValueError for what is none."""
    if shard is None:
        return cards
    from mindhub.smoke.shards import parse_shard, shard_of

    return shard_of(cards, *parse_shard(shard))


@contextlib.contextmanager
def _running(
    cards: list[Card], home: Registry, options: Options, executor: str | None, resource: str | None
) -> Iterator[Iterator[Result]]:
    """Give the results of cards as they come, of this process or of an executor's workers; raises ExecutorError."""
    if executor is None:
        from mindhub.smoke.runner import run_cards

        yield run_cards(cards, home, options)
        return
    from mindhub.executors import open_executor
    from mindhub.smoke.many import run_elsewhere

    with open_executor(executor, resource) as opened:
        yield run_elsewhere(cards, home, options, opened)


def _other(wanted: str | None, *, unsandboxed: bool) -> Environment | None:
    """Return the environment with another MindSpore; None where none is wanted, or the one here is it. Warn, loudly."""
    from mindhub.smoke.environments import environment
    from mindhub.smoke.runner import mindspore_version

    if unsandboxed:
        print(WARNING, file=sys.stderr)
    here = mindspore_version()
    if wanted is None or wanted == here or here.startswith(f"{wanted}."):
        return None
    return environment(wanted, lambda text: print(text, file=sys.stderr, flush=True))


def summary(results: Sequence[Result], seconds: float) -> str:
    """Count in one line: `7 cards: 6 passed, 1 not run; 5 unchanged; 9.3 s`."""
    failed = sum(result.code == FAULT for result in results)
    blocked = sum(result.code == CANNOT for result in results)
    counts = [(len(results) - failed - blocked, "passed"), (failed, "failed"), (blocked, "not run")]
    words = ", ".join(f"{count} {word}" for count, word in counts if count)
    unchanged = sum(result.cached for result in results)
    kept = f"; {unchanged} unchanged since an earlier run" if unchanged else ""
    return f"{len(results)} {'card' if len(results) == 1 else 'cards'}: {words}{kept}; {seconds:.1f} s"


def headline(result: Result) -> str:
    """Say in a few words how far a card came: `score re-measured`, `failed at load`, `not run (unreachable)`."""
    from mindhub.vocabulary import load_vocabulary

    failed = result.evidence.failed
    if failed is not None:
        return f"failed at {failed.name}"
    blocking = result.blocking
    if blocking is not None:
        return f"not run ({blocking.kind})"
    return load_vocabulary().kind("status")[result.evidence.status].en


class _Screen:
    """What people see."""

    def __init__(self, colour: bool, *, live: bool) -> None:
        self._colour = colour
        self.live = live
        self._width = 0

    def begin(self, card: Card, stage: str) -> None:
        """Show which stage of which card is under way."""
        text = f"{_name(card)}  {stage} …"
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0

    def download(self, card: Card) -> Callable[[int, int | None], None]:
        """Return what shows the progress of a card's download."""
        from mindhub.assets.progress import Progress

        return Progress(_name(card))

    def card(self, result: Result, *, whole: bool) -> Iterator[str]:
        """Yield a card's line and what went wrong; with `whole` every stage."""
        evidence = result.evidence
        code = {0: PASSED, FAULT: FAILED}.get(result.code, NOT_RUN)
        seconds = sum(stage.seconds for stage in evidence.stages)
        figures = f"  {seconds:.1f} s  {max(stage.memory for stage in evidence.stages) / 1e6:,.0f} MB"
        ending = "  unchanged" if result.cached else figures if result.code == 0 else ""
        yield f"{_name(result.card)}  {self._paint(headline(result), code)}{ending}"
        for stage in evidence.stages:
            if whole or stage.verdict == FAILED or stage is result.blocking:
                yield from self._stage(stage, whole=whole)
        if result.note:
            yield f"  {result.note}"
        if result.recorded:
            yield f"  recorded in {shown(result.recorded)}"

    def _stage(self, stage: Stage, *, whole: bool) -> Iterator[str]:
        first, *rest = stage.reason.split("\n")
        verdict = self._paint(stage.verdict.ljust(7 if whole else 0), stage.verdict)
        seconds = f"{stage.seconds:7.2f} s" if stage.seconds else " " * 9
        memory = f"{stage.memory / 1e6:7,.0f} MB" if stage.memory else " " * 10
        figures = f"{seconds}{memory}  " if whole else ""
        yield f"  {stage.name.ljust(9 if whole else 0)}  {verdict}  {figures}{first}".rstrip()
        for line in rest:
            yield f"      {line}"

    def table(self, results: Sequence[Result]) -> Iterator[str]:
        """Yield all cards with a mark for each stage."""
        width = max(len(_name(result.card)) for result in results)
        yield " ".join(["".ljust(width), *(stage.rjust(len(stage) + 1) for stage in STAGES)])
        for result in results:
            stages = {stage.name: stage.verdict for stage in result.evidence.stages}
            marks = (self._mark(stages.get(name, NOT_RUN), len(name) + 1) for name in STAGES)
            yield " ".join([_name(result.card).ljust(width), *marks])

    def _mark(self, verdict: str, width: int) -> str:
        return self._paint(_MARKS[verdict].rjust(width), verdict)

    def _paint(self, text: str, verdict: str) -> str:
        return f"\x1b[{_COLOURS[verdict]}m{text}\x1b[0m" if self._colour else text


def _json(results: Sequence[Result], troubles: Sequence[str], seconds: float) -> str:
    from mindhub import __version__

    codes = [result.code for result in results]
    return dump(
        {
            "version": 1,
            "tool": {"name": "mindhub", "version": __version__},
            "summary": {
                "cards": len(results),
                "passed": codes.count(0),
                "failed": codes.count(FAULT),
                "not-run": codes.count(CANNOT),
                "seconds": round(seconds, 3),
            },
            "failures": list(troubles),
            "results": [
                {
                    "file": result.card.file,
                    "code": result.code,
                    "cached": result.cached,
                    "recorded": shown(result.recorded) if result.recorded else None,
                    "evidence": result.evidence.to_json(),
                }
                for result in results
            ],
        }
    )


def _name(card: Card) -> str:
    return str(card.uid or card.file)


def _cannot(message: str) -> int:
    print(f"mindhub smoke: {message}", file=sys.stderr)
    return CANNOT
