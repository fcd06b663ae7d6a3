"""Cards x rules -> findings: every fault of every card, in one run."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mindhub.card import read_card
from mindhub.collection import without_collection
from mindhub.facts import MAX_EMBEDDED, Embedded, Facts, load_facts
from mindhub.frozen import dataclass
from mindhub.messages import say
from mindhub.model import Card, Edit, Failure, Finding, Fix, Problem, RelatedPlace, Repair, Report, Severity
from mindhub.recorded import read_recorded
from mindhub.rules import ALL_RULES, TEXT_RULES
from mindhub.source import Registry, SourceError, collect, shown
from mindhub.text import Locator
from mindhub.translation import collect as collect_translations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mindhub.documents import Document
    from mindhub.judgements import Judgements
    from mindhub.messages import Message
    from mindhub.model import FieldPath, Uid
    from mindhub.rules.base import Rule
    from mindhub.translation import TranslationFile

    Judged = tuple[list[Finding], list[Failure]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules count: codes or families (`AS`, `AS001`)."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def rules(self) -> tuple[Rule, ...]:
        """Return the chosen rules; raises ValueError for a code that no rule has."""
        for code in (*self.select, *self.ignore):
            if not any(rule.code.startswith(code) for rule in ALL_RULES):
                raise ValueError(f"no rule has the code {code!r}; 'mindhub rules' lists them")
        return tuple(
            rule
            for rule in ALL_RULES
            if (not self.select or rule.code.startswith(self.select))
            and not rule.code.startswith(self.ignore or ("-",))
        )


def check(
    paths: Iterable[Path],
    *,
    root: Path | None = None,
    as_uid: Uid | None = None,
    selection: Selection | None = None,
    facts: Facts | None = None,
    base: str | None = None,
) -> Report:
    """Check the cards that files and folders mean; what cannot be read is a failure, never an exception.

    With a base, a git revision, only what changed since is judged, and what was wrong before is marked older;
    raises HistoryError where the base cannot be read.
    """
    with without_collection():
        return _check(tuple(paths), root, as_uid, selection or Selection(), facts or load_facts(), base)


def _check(
    paths: tuple[Path, ...],
    root: Path | None,
    as_uid: Uid | None,
    selection: Selection,
    facts: Facts,
    base: str | None,
) -> Report:
    from mindhub.gate import one_home, weigh, with_registry

    started = time.perf_counter()
    cards: list[Card] = []
    failures: list[Failure] = []
    files: list[Path] = []
    for file in collect(paths, root):
        files.append(file.path)
        try:
            if isinstance(file, SourceError):
                raise file
            cards.append(read_card(replace(file, uid=as_uid, misplaced="") if as_uid else file, facts.vocabulary))
        except SourceError as error:
            failures.append(Failure(str(error.path), error.reason))
    facts = replace(facts, embedded=embedded(cards, root))
    home, unread = one_home(paths, root, base)
    failures += unread
    if as_uid is None:  # a record beside a file that is checked as another card is not of that card
        facts = replace(facts, recorded=dict(read_recorded(cards, home, facts.today)))
    found, unread = read_translations(paths, home, cards)
    facts = replace(facts, translations=found)
    failures += unread
    try:
        facts = with_registry(facts, home, cards, files, paths, base) if home else facts
    except SourceError as error:
        failures.append(Failure(shown(error.path), error.reason))
    findings, crashes = weigh(cards, facts, selection.rules(), home)
    renamed = facts.history.renamed if facts.history else {}
    return Report(tuple(cards), findings, (*failures, *crashes), time.perf_counter() - started, renamed)


def read_translations(
    paths: tuple[Path, ...], root: Path | None, cards: Sequence[Card]
) -> tuple[tuple[TranslationFile, ...], list[Failure]]:
    """Read the translations of what is being checked, and why some of them cannot be read."""
    found: list[TranslationFile] = []
    failures: list[Failure] = []
    for there in collect_translations(paths, root, cards):
        if isinstance(there, SourceError):
            failures.append(Failure(str(there.path), there.reason))
        else:
            found.append(there)
    return tuple(found), failures


def judge(
    cards: Sequence[Card],
    facts: Facts,
    rules: Sequence[Rule] = ALL_RULES,
    only: Sequence[Card] | None = None,
    known: Judgements | None = None,
) -> tuple[tuple[Finding, ...], tuple[Failure, ...]]:
    """Apply rules to cards; a crash of a rule is our failure, never the author's fault.

    Rules over the whole registry see all cards; the others, where `only` is given, see just those. What is known of a
    text, by the same rules and facts, is not found out again.
    """
    findings: list[Finding] = []
    failures: list[Failure] = []
    if known:
        known.begin(cards, facts)
    placers = _Placers(cards, facts, None if known is None else known.placers)
    wide = tuple(rule for rule in rules if rule.registry_wide)
    narrow = tuple(rule for rule in rules if not rule.registry_wide and rule.may_find(facts))
    for text, own in _texts(cards if only is None else only, facts, narrow):
        found, crashes = (
            known.of(text, partial(_judge_text, text, own, facts, placers))
            if known
            else _judge_text(text, own, facts, placers)
        )
        findings += found
        failures += crashes
    for rule in wide:
        try:
            findings += _look(rule, cards, facts, placers, known)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
            failures.append(_crash("the registry", rule, error))
    findings.sort(key=lambda f: (f.file, f.span.start if f.span else -1, f.code, f.message))
    return tuple(findings), tuple(failures)


def _look(
    rule: Rule, cards: Sequence[Card], facts: Facts, placers: _Placers, known: Judgements | None
) -> list[Finding]:
    def place(card: Card | Document, problem: Problem) -> Finding:
        return placers.of(card).finding(rule, problem, placers)

    if known:
        return known.wide(rule, partial(rule.check, cards, facts), place)
    return [place(card, problem) for card, problem in rule.check(cards, facts)]


def _texts(cards: Sequence[Card], facts: Facts, rules: tuple[Rule, ...]) -> Iterator[tuple[Card, tuple[Rule, ...]]]:
    """Yield cards and the pages of their translations, and of those that are of no card, with the rules for each."""
    if not rules:
        return
    readable = tuple(rule for rule in rules if rule.source != "faults")
    yield from ((card, rules if card.faults else readable) for card in cards)
    of_texts = tuple(rule for rule in rules if rule in TEXT_RULES)
    chosen = {id(card) for card in cards}
    for there in facts.translations:
        if there.original is None or id(there.original) in chosen:
            yield there.page, of_texts


def _judge_text(text: Card, rules: Iterable[Rule], facts: Facts, placers: _Placers) -> Judged:
    placer = placers.new(text)  # not kept: the lines of thousands of cards would fill the memory
    findings: list[Finding] = []
    failures: list[Failure] = []
    for rule in rules:
        try:
            if problems := [*rule.check(text, facts)]:
                findings += [placer.finding(rule, problem, placers) for problem in problems]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
            failures.append(_crash(text.file, rule, error))
    text.body.forget()
    return findings, failures


def _crash(file: str, rule: Rule, error: Exception) -> Failure:
    what = f"{type(error).__name__}: {error}"
    return Failure(file, say("the rule {code} crashed ({what}); this is a fault of MindHub", code=rule.code, what=what))


class _Placers:
    """Gives out what places the problems of a card, or of another file of the registry."""

    def __init__(self, cards: Sequence[Card], facts: Facts, made: dict[int, _Placer] | None = None) -> None:
        history = facts.history
        self._here = {id(card) for card in cards}
        self._new = {id(card) for card in cards if history is not None and history.named_anew(card)}
        self._gone = {id(gone) for gone in (*history.removed, *history.books.documents)} if history else set()
        self._made = {} if made is None else made

    def of(self, card: Card | Document) -> _Placer:
        """Return the placer of a card; what only the base has has no places any more."""
        if id(card) not in self._made:
            self._made[id(card)] = self.new(card)
        return self._made[id(card)]

    def new(self, card: Card | Document) -> _Placer:
        """Return a placer that is not kept."""
        return _Placer(card, new=id(card) in self._new, gone=id(card) in self._gone)

    def here(self, card: Card) -> bool:
        """Say whether a card is among those that are checked."""
        return id(card) in self._here


class _Placer:
    """Gives problems of one card their place."""

    def __init__(self, card: Card | Document, *, new: bool, gone: bool) -> None:
        self._card = card
        self._new = new  #: its name is, against the base
        self._gone = gone
        self._text = card.text
        self._locator = Locator(self._text, card.data)
        self._uid = str(card.uid) if card.uid else None

    def finding(self, rule: Rule, problem: Problem, placers: _Placers) -> Finding:
        chars = problem.chars or self._chars(problem.path, key=problem.key)
        span = self._locator.span(*chars)
        card = self._card
        return Finding(
            code=rule.code,
            slug=rule.slug,
            severity=problem.severity or (rule.when_new if self._new and rule.when_new else rule.severity),
            file=card.file,
            message=problem.message,
            uid=self._uid,
            span=None if self._gone else span,
            path=problem.path,
            fix=None if self._gone or problem.fix is None else self._fix(problem),
            related=tuple(
                [
                    placers.of(r.card).related(r.path, r.message, key=r.key)
                    for r in problem.related
                    if placers.here(r.card)
                ]
            )
            if problem.related
            else (),
            excerpt="" if self._gone else self._locator.line_text(span.line),
        )

    def _fix(self, problem: Problem) -> Fix | None:
        """Return the repair in bytes."""
        repair = problem.fix
        if isinstance(repair, str):
            if problem.path not in self._card.places:
                return None
            start, end = self._card.places[problem.path]
            quote = self._text[start]
            text = f"{quote}{repair}{quote}" if quote in "'\"" and not repair.startswith(quote) else repair
            repair = Repair(say("write {text}", text=repair), ((start, end, text),))
        # Where bytes are not text, an edit would mix two encodings: that is to be mended first.
        if repair is None or not self._locator.exact:
            return None
        byte = self._locator.byte
        return Fix(repair.title, tuple(Edit(byte(s), byte(e), text) for s, e, text in repair.edits), repair.safe)

    def related(self, path: FieldPath, message: str, *, key: bool) -> RelatedPlace:
        return RelatedPlace(self._card.file, self._locator.span(*self._chars(path, key=key)), message)

    def _chars(self, path: FieldPath, *, key: bool) -> tuple[int, int]:
        """Return the characters a path means, or those of the nearest thing around it that exists."""
        card = self._card
        if path[:1] == ("body",) and isinstance(card, Card):
            return card.body.place(path) or (0, 0)
        if key and path in card.keys:
            return card.keys[path]
        part = path
        while part:
            if (place := card.places.get(part)) is not None:
                start, end = place
                # A list or a mapping runs over many lines: its key is what people look at.
                return card.keys.get(part, (start, start + 1)) if "\n" in self._text[start:end] else place
            part = part[:-1]
        fence = self._text.find("---")
        at = max(fence, 0)
        return (at, at + 3) if path and fence >= 0 else (0, 0)


def embedded(cards: Iterable[Card], root: Path | None) -> dict[tuple[str, str], Embedded]:
    """Look at the files that lie beside cards: whether they are there, their size and sha256."""
    return {key: found for card in cards for key, found in _embedded(card, root)}


def _embedded(card: Card, root: Path | None) -> Iterator[tuple[tuple[str, str], Embedded]]:
    from mindhub.source import find_root

    for asset in card.assets:
        if not asset.embedded or asset.link is None:
            continue
        path = Registry(root or find_root(card.path) or card.path.parent).asset_path(card.path, asset.link)
        key = (card.file, asset.link)
        if path is None:
            yield key, Embedded(say("is no regular file inside the registry"))
        elif path.stat().st_size > MAX_EMBEDDED:
            yield key, Embedded(too_large(path.stat().st_size, MAX_EMBEDDED))
        else:
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            yield key, Embedded("", path.stat().st_size, sha256)


def too_large(size: int, limit: int) -> Message:
    """Return why a file does not lie beside a card."""
    return say("has {size:,} bytes; a file beside a card may have {limit:,}", size=size, limit=limit)


def worst(report: Report) -> Severity | None:
    """Return the highest severity among the findings that nothing excuses."""
    return max((f.severity for f in report.findings if f.waiver is None and not f.older), default=None)
