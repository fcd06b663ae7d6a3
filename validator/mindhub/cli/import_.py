"""`mindhub import`: bring the old hub's tree over into a registry, in one command that may be given again."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mindhub.facts import load_facts
from mindhub.localise import locale_language, localise_rule
from mindhub.messages import many, say, translate
from mindhub.migration.decisions import ARCHIVE, LOWER, Answers, DecisionError, decisions, read_answers, render
from mindhub.migration.disclaimers import FOLDER, disclaimer_of, named
from mindhub.migration.plan import plan
from mindhub.migration.transform import transform
from mindhub.migration.translations import translation
from mindhub.model import Uid
from mindhub.source import CONFIG_NAME, CardFile, shown
from mindhub.text import text_of
from mindhub.writing import write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mindhub.facts import Facts
    from mindhub.messages import Message
    from mindhub.migration.decisions import Decision
    from mindhub.migration.plan import Left, Move
    from mindhub.model import Card, Finding, Report

FAULT, CANNOT = 1, 2
DECISIONS = "import-decisions.yaml"
_SHOWN = 8  #: decisions in the summary
#: What a process that was killed leaves behind of a file that it was writing.
_UNFINISHED = re.compile(r"\..+\.(?:md|yaml|json|toml)\.[a-z0-9_]{8}")


@dataclass(slots=True)
class _Done:
    """What became of the files."""

    written: int = 0
    same: int = 0
    kept: list[Move] = field(default_factory=list)  #: edited since, and not ours to replace


def run(
    *,
    source: Path,
    target: Path,
    decide: Path | None = None,
    overwrite: bool = False,
    as_is: bool = False,
    language: str | None = None,
) -> int:
    """Bring all cards over, say what was done and what is to be decided, and return the exit code.

    A file that is there as this import would write it is left alone, one that somebody edited is kept unless
    `overwrite`; so an interrupted import is simply run again. Answers come from `decide`, else from the registry's own
    file of decisions. With `as_is` the bytes stay as they are.
    """
    spoken = language or locale_language(os.environ)

    def tell(message: Message) -> None:
        print(translate(message, spoken))

    found = list(_files(source)) if source.is_dir() else []
    if not found:
        reason = say("no card below {folder}; name the folder that holds the publishers", folder=str(source))
        print(f"mindhub import: {translate(reason, spoken)}", file=sys.stderr)
        return CANNOT
    try:
        facts = load_facts()
        stored = _answers(target / DECISIONS, facts)
        answers = stored if decide is None else Answers({**stored.given, **_answers(decide, facts, needed=True).given})
        job = _Import(target, facts, stored, answers, overwrite=overwrite, as_is=as_is)
        moves, left = plan(found, lower=bool(answers.of(LOWER)))
        done = job.copy(moves)
        renamed = job.aliases(moves, found)
        job.archive()
        for move in done.kept:
            tell(say("kept {file}: it was edited since; --overwrite replaces it", file=shown(target / move.target)))
        for item in left:
            tell(say("left {file}: {reason}", file=str(item.source), reason=item.reason))
        _sum_up(moves, left, done, target, tell)
        if not as_is:
            made = job.report(spoken)
            job.baseline(renamed)
            _say_decisions(made, target, tell)
    except DecisionError as error:
        print(f"mindhub import: {translate(error.name, spoken)}: {translate(error.message, spoken)}", file=sys.stderr)
        return CANNOT
    except OSError as error:
        print(f"mindhub import: {error.filename}: {error.strerror}; what was written stays", file=sys.stderr)
        return CANNOT
    tell(say("next: {command}", command=f"mindhub check {shown(target)}"))
    return FAULT if done.kept or left else 0


def _files(source: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    for folder, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".md") and not name.startswith((".", "README")) and not path.is_symlink():
                yield path, PurePosixPath(path.relative_to(source).as_posix())


def _answers(path: Path, facts: Facts, *, needed: bool = False) -> Answers:
    if not needed and not path.exists():
        return Answers()
    return read_answers(path.read_bytes(), facts.vocabulary)


@dataclass(frozen=True, slots=True)
class _Import:
    """One run."""

    target: Path
    facts: Facts
    stored: Answers  #: those of the last run: what it wrote is this import's to replace
    answers: Answers
    overwrite: bool
    as_is: bool

    def copy(self, moves: Sequence[Move]) -> _Done:
        """Write every file that is not there yet, and replace those that only this import wrote."""
        self._clear()
        names, of_move = self._disclaimers(moves)
        # A translation leaves out what its card refers to.
        cards = {target.removesuffix(".md"): text for target, text in of_move.items() if not target.endswith(".zh.md")}
        done = _Done()
        for move in moves:
            data = move.source.read_bytes()
            path = self.target / move.target
            there = path.read_bytes() if path.is_file() else None
            text = cards.get(move.target.removesuffix(".zh.md"), of_move.get(move.target, ""))
            new = self._made(data, move, text, names, self.answers)
            if there == new:
                done.same += 1
            elif there is None or self.overwrite or there in self._ours(data, move, text, names):
                write_bytes(path, new)
                done.written += 1
            else:
                done.kept.append(move)
        return done

    def _ours(self, data: bytes, move: Move, text: str, names: Mapping[str, str]) -> Iterator[bytes]:
        """Yield what earlier runs may have written."""
        for answers in (self.stored, Answers()):
            yield self._made(data, move, text, names, answers)

    def _made(self, data: bytes, move: Move, text: str, names: Mapping[str, str], answers: Answers) -> bytes:
        if self.as_is:
            return data
        if move.target.endswith(".zh.md"):
            return translation(data, text)
        file = CardFile((self.target / move.target).absolute(), None, Uid.parse(move.target.removesuffix(".md")))
        return transform(data, file, self.facts, answers, names.get(text, ""))

    def _clear(self) -> None:
        """Remove what a killed run left unfinished."""
        for folder, _, files in os.walk(self.target):
            for name in files:
                if _UNFINISHED.fullmatch(name):
                    Path(folder, name).unlink(missing_ok=True)

    def _disclaimers(self, moves: Sequence[Move]) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Write each text that is not there yet; return text -> name, and the text of each card's target."""
        if self.as_is:
            return {}, {}
        folder = self.target / FOLDER
        known = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.md"))}
        of_move = {move.target: _disclaimer(text_of(move.source.read_bytes())) for move in moves}
        count = Counter((target.partition("/")[0].lower(), text) for target, text in of_move.items() if text)
        # Most frequent first: a text that publishers share has the name of the one that uses it most.
        names = named([pair for pair, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))], known)
        for text, name in names.items():
            if name not in known and not (folder / f"{name}.md").exists():
                write_text(folder / f"{name}.md", f"{text}\n")
        return names, of_move

    def aliases(self, moves: Sequence[Move], found: Sequence[tuple[Path, PurePosixPath]]) -> dict[str, str]:
        """Add the names that changed to `aliases.yaml`; return what the last run called cards that are now renamed."""
        path = self.target / "aliases.yaml"
        head = "# Old names of cards, each with the card's name today.\n"
        text = path.read_text(encoding="utf-8") if path.exists() else head
        wanted = dict(move.alias for move in moves if move.alias)
        renamed: dict[str, str] = {}
        if bool(self.stored.of(LOWER)) != bool(self.answers.of(LOWER)):
            now = {move.source: move.target for move in moves}
            for move in plan(found, lower=bool(self.stored.of(LOWER)))[0]:
                if now[move.source] != move.target and self._retire(move.target):
                    renamed[move.target.removesuffix(".md")] = now[move.source].removesuffix(".md")
            wanted |= {old: new for old, new in renamed.items() if not old.endswith(".zh")}
            for old, new in renamed.items():  # an alias leads to a card in one step
                text = re.sub(rf"^(\S+): {re.escape(old)}$", rf"\1: {new}", text, flags=re.MULTILINE)
        known = {line.partition(":")[0].strip("\"' ") for line in text.splitlines()}
        lines = [f"{old}: {new}\n" for old, new in wanted.items() if old not in known]
        if lines or not path.exists() or renamed:
            write_text(path, text + "".join(lines))
        return renamed

    def _retire(self, name: str) -> bool:
        """Remove a file that now has another name; on a file system that folds case it is the new one."""
        path = self.target / name
        listed = path.name in os.listdir(path.parent) if path.parent.is_dir() else False  # noqa: PTH208 - spelling counts
        if listed:
            path.unlink()
        return listed

    def archive(self) -> None:
        """Make the registry's own file, and archive the versions that the answers name."""
        path = self.target / CONFIG_NAME
        text = path.read_text(encoding="utf-8") if path.exists() else "archived = []\n"
        versions = self.answers.of(ARCHIVE)
        if versions:
            import tomllib

            every = sorted({*tomllib.loads(text).get("archived", ()), *versions})
            line = f"archived = {json.dumps(every)}"
            text, count = re.subn(r"^archived\s*=\s*\[[^\]]*\]", line, text, count=1, flags=re.MULTILINE)
            text = text if count else f"{line}\n{text}"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)

    def report(self, language: str) -> tuple[Decision, ...]:
        """Check what came over, write the file of decisions, and return them."""
        from mindhub.check import check
        from mindhub.rules import ALL_RULES

        report = check([self.target], root=self.target)
        titles = {rule.code: localise_rule(rule, language).title for rule in ALL_RULES}
        made = decisions(_decidable(report), _versions(report, self.answers), self.answers, titles)
        text = render(made, language)
        path = self.target / DECISIONS
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)
        return made

    def baseline(self, renamed: Mapping[str, str]) -> None:
        """Write down what is found as known, or drop what answers mended; renamed cards keep their part."""
        from mindhub.baseline import NAME, parse_baseline
        from mindhub.baseline import render as rendered
        from mindhub.cli import baseline

        path = self.target / NAME
        if path.exists() and renamed:
            held = parse_baseline(path.read_bytes(), path)
            moved = Counter({(rule, renamed.get(name, name)): number for (rule, name), number in held.counts.items()})
            write_text(path, rendered(moved, held.grown))
        baseline.run(registry=self.target, shrink=path.exists())


def _disclaimer(text: str) -> str:
    """Return the disclaimer of a card that can refer to one; a text without front matter keeps its own."""
    return disclaimer_of(text) if len(re.findall(r"^---[ \t]*\r?$", text, re.MULTILINE)) > 1 else ""


def _decidable(report: Report) -> Iterator[tuple[Finding, Card]]:
    cards = {card.file: card for card in report.cards}
    for finding in report.findings:
        if finding.file in cards and finding.code[:2] not in ("WV", "HS", "ON"):
            yield finding, cards[finding.file]


def _versions(report: Report, answers: Answers) -> dict[str, list[str]]:
    """Return the uids of each version that nobody has decided about."""
    found: dict[str, list[str]] = {}
    for card in report.cards:
        if card.uid and answers.given.get(ARCHIVE) is None:
            found.setdefault(card.uid.version, []).append(str(card.uid))
    return found


def _sum_up(
    moves: Sequence[Move], left: Sequence[Left], done: _Done, target: Path, tell: Callable[[Message], None]
) -> None:
    translations = sum(move.target.endswith(".zh.md") for move in moves)
    tell(
        say(
            "{folder}: {cards:,} cards and {translations:,} translations; {written:,} files written, "
            "{same:,} unchanged, {kept:,} kept, {left:,} left; {renamed:,} have a new name, see aliases.yaml",
            folder=shown(target),
            cards=len(moves) - translations,
            translations=translations,
            written=done.written,
            same=done.same,
            kept=len(done.kept),
            left=len(left),
            renamed=sum(move.alias is not None for move in moves),
        )
    )


def _say_decisions(made: Sequence[Decision], target: Path, tell: Callable[[Message], None]) -> None:
    open_ = [one for one in made if one.answer is None and one.bulk]
    file = shown(target / DECISIONS)
    tell(
        many(
            len(open_),
            "{count:,} decision is open; write the answer into {file}, and --decide {file} applies it:",
            "{count:,} decisions are open; write answers into {file}, and --decide {file} applies them:",
            file=file,
        )
    )
    for one in open_[:_SHOWN]:
        tell(say("{cards:>7,}  {question}", cards=len(one.cards), question=one.question))
    if len(open_) > _SHOWN:
        tell(say("and {more:,} more", more=len(open_) - _SHOWN))
