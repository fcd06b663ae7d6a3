"""`mindhub ready`: do what the pull request will do, and say what to do next."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.check import Selection, check
from mindhub.cli import ready_steps as steps_of
from mindhub.cli.targets import wants_colour
from mindhub.frozen import dataclass, field
from mindhub.history import HistoryError
from mindhub.history.base import changed_files, find_base, read_standing
from mindhub.history.git import open_repository
from mindhub.localise import locale_language
from mindhub.messages import many, say
from mindhub.model import Report, Severity, Uid
from mindhub.policy import Author, Policy, judge
from mindhub.publishers import read_publishers
from mindhub.ready import CHANGED, FAILED, NOT_RUN, PASSED, Ready, Step, Touched
from mindhub.source import Registry, SourceError, find_root, open_registry, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mindhub.history.git import Repository

CANNOT = 2
FORMATS = ("text", "json", "markdown", "github", "sarif", "junit", "codequality", "rdjson")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of one run."""

    targets: Sequence[str] = ()  #: uids, files or folders; everything that changed where absent
    registry: Path | None = None
    base: str | None = None
    author: Author = field(default_factory=Author)
    skip: frozenset[str] = frozenset()  #: of STEPS
    shard: tuple[int, int] = (1, 1)  #: of the cards, (number from 1, of how many)
    full: bool = False  #: download files and hash them
    ledger: Path | None = None
    store: Path | None = None
    state: Path | None = None
    allow_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a change stands: a registry, and its repository where it has one."""

    root: Path
    repository: Repository | None
    missing: str = ""  #: why there is no base to compare with


def run(
    asked: Asked,
    *,
    formats: Sequence[str] = ("text",),
    site: str = "",
    language: str | None = None,
    colour: bool | None = None,
) -> int:
    """Judge a change and print the verdict in each format, `NAME` or `NAME=FILE`; return the exit code."""
    try:
        ready = look(asked)
    except (ValueError, SourceError, HistoryError) as error:
        print(f"mindhub ready: {error}", file=sys.stderr)
        return CANNOT
    for output in formats:
        name, _, target = output.partition("=")
        spoken = language or (locale_language(os.environ) if name == "text" else "en")
        text = _rendered(name, ready, spoken, site, wants_colour(colour) and not target)
        if not target:
            sys.stdout.write(text)
            continue
        try:
            Path(target).write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"mindhub ready: {target} cannot be written: {error.strerror}", file=sys.stderr)
            return CANNOT
    return ready.code


def _rendered(name: str, ready: Ready, language: str, site: str, colour: bool) -> str:
    from mindhub.report import ready as report
    from mindhub.report.formats import Options, render

    if name == "text":
        return report.render_text(ready, colour=colour, language=language)
    if name == "json":
        return report.render_json(ready)
    if name == "markdown":
        from mindhub.report import comment

        return comment.render(report.to_data(ready), language=language, site=site, limit=comment.SUMMARY_LIMIT)
    if name == "github":
        from mindhub.report import github

        said = [f"{run.name}: {run.said}. {run.reason}" for run in ready.runs if run.verdict == FAILED]
        files = [run.file for run in ready.runs if run.verdict == FAILED]
        extra = [github.error(file, "smoke", text) for file, text in zip(files, said, strict=True)]
        return "".join(extra) + render("github", ready.report, Options(language=language))
    return render(name, ready.report, Options(site=site, language=language))


def look(asked: Asked) -> Ready:
    """Judge a change; raises ValueError, SourceError or HistoryError where that cannot be begun."""
    started = time.monotonic()
    place = _place(asked)
    if place.repository is None:
        return _alone(asked, place, started)
    repository, root = place.repository, place.root
    base = find_base(repository, asked.base)
    changes = changed_files(repository, base.commit)
    inside = root.resolve().relative_to(repository.root.resolve()).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    standing = read_standing(repository, base.commit, root)
    policy = judge(changes, asked.author, standing, registry=prefix.rstrip("/"), brought=read_publishers(root))
    report = check([root], root=root, base=base.commit) if "check" not in asked.skip else _read(root)
    wanted = _wanted(asked, Registry(root))
    touched = [
        card for card in steps_of.touched(changes, prefix, root, report) if wanted is None or card.file in wanted
    ]
    if wanted is not None:
        report = replace(report, findings=tuple(f for f in report.findings if f.file in wanted))
    by_file = {card.file: card for card in report.cards}
    number, shards = asked.shard
    concerned = [by_file[card.file] for card in touched if card.file in by_file][number - 1 :: shards]
    steps = [_checked(asked, report)]
    step, online, unanswered = steps_of.verify(asked, concerned, root, base.commit)
    steps.append(step)
    step, runs = steps_of.smoke(asked, concerned, Registry(root), policy)
    steps.append(step)
    findings = sorted((*report.findings, *online), key=lambda f: (f.file, f.span.start if f.span else -1, f.code))
    return Ready(
        base=base.revision,
        commit=base.commit,
        found=base.found,
        head=repository.resolve("HEAD") or "",
        uncommitted=bool(repository.uncommitted()),
        files=len(changes),
        cards=tuple(touched),
        policy=policy,
        report=replace(report, findings=tuple(findings)),
        steps=tuple(steps),
        runs=tuple(runs),
        unanswered=unanswered,
        seconds=time.monotonic() - started,
    )


def _place(asked: Asked) -> _Place:
    paths = [Path(target) for target in asked.targets if Path(target).exists()]
    root = find_root(paths[0]) if paths and asked.registry is None else open_registry(asked.registry).root
    if root is None:
        raise ValueError(
            f"{shown(paths[0])} lies in no registry; put it into a clone of one, at "
            "registry/PUBLISHER/MINDSPORE-VERSION/NAME.md, or judge it as it is: mindhub check"
        )
    try:
        return _Place(root, open_repository(root))
    except HistoryError as error:
        if asked.base is not None:
            raise
        return _Place(root, None, str(error))


def _alone(asked: Asked, place: _Place, started: float) -> Ready:
    """Judge a registry that is no git repository: all of it, or the cards named."""
    root = place.root
    files = _wanted(asked, Registry(root))
    report = check([root], root=root)
    if files is not None:
        report = replace(report, findings=tuple(f for f in report.findings if f.file in files))
    cards = [card for card in report.cards if files is None or card.file in files]
    touched = tuple(Touched(card.file, str(card.uid) if card.uid else None, CHANGED) for card in cards)
    step, online, unanswered = steps_of.verify(asked, cards, root, None)
    smoke, runs = steps_of.smoke(asked, cards, Registry(root), Policy())
    report = replace(report, findings=(*report.findings, *online))
    why = say("all of it: {reason}", reason=place.missing)
    checked = _checked(asked, report)
    steps = (replace(checked, reason=say("{what}; {why}", what=checked.reason, why=why)), step, smoke)
    return Ready(
        files=len(cards), cards=touched, report=report, steps=steps, runs=tuple(runs), unanswered=unanswered,
        seconds=time.monotonic() - started,
    )  # fmt: skip


def _read(root: Path) -> Report:
    """Return the cards alone, for a run that leaves the check to another."""
    return check([root], root=root, selection=Selection(("WV003",)))


def _wanted(asked: Asked, home: Registry) -> set[str] | None:
    """Return the files that are named, as reports call them; None where all are meant. Raises SourceError."""
    if not asked.targets:
        return None
    from mindhub.source import collect

    found: set[str] = set()
    for target in asked.targets:
        path = Path(target)
        if path.exists():
            found |= {shown(file.path) for file in collect([path], home.root) if not isinstance(file, SourceError)}
        else:
            try:
                uid = Uid.parse(target.removesuffix(".md"))
            except ValueError as error:
                raise ValueError(f"no such file, and {error}") from None
            found.add(shown(home.card_file(uid).path))
    return found


def _checked(asked: Asked, report: Report) -> Step:
    if "check" in asked.skip:
        return Step("check", NOT_RUN, say("left out"))
    errors, warnings, advice = (report.count(severity) for severity in sorted(Severity, reverse=True))
    said = say(
        "{errors}, {warnings}, {advice}",
        errors=many(errors, "{count:,} error", "{count:,} errors"),
        warnings=many(warnings, "{count:,} warning", "{count:,} warnings"),
        advice=say("{count:,} advice", count=advice),
    )
    return Step("check", FAILED if errors else PASSED, said, report.seconds)
