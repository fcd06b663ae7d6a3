"""Cards x rules -> findings: every fault of every card, in one run."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mindhub.card import read_card
from mindhub.facts import Embedded, Facts, load_facts
from mindhub.model import Card, Edit, Failure, Finding, Fix, Problem, RelatedPlace, Repair, Report, Severity
from mindhub.rules import ALL_RULES
from mindhub.source import Registry, SourceError, collect
from mindhub.text import Locator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mindhub.model import FieldPath, Uid
    from mindhub.rules.base import Rule

#: An embedded asset is small; a larger file is refused before it is read.
MAX_EMBEDDED = 64 << 20


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
) -> Report:
    """Check the cards that files and folders mean; what cannot be read is a failure, never an exception."""
    started = time.perf_counter()
    facts = facts or load_facts()
    cards: list[Card] = []
    failures: list[Failure] = []
    for file in collect(paths, root):
        try:
            if isinstance(file, SourceError):
                raise file
            cards.append(read_card(replace(file, uid=as_uid, misplaced="") if as_uid else file, facts.vocabulary))
        except SourceError as error:
            failures.append(Failure(str(error.path), error.reason))
    facts = replace(facts, embedded={key: found for card in cards for key, found in _embedded(card, root)})
    findings, crashes = judge(cards, facts, (selection or Selection()).rules())
    return Report(tuple(cards), findings, (*failures, *crashes), time.perf_counter() - started)


def judge(
    cards: Sequence[Card], facts: Facts, rules: Sequence[Rule] = ALL_RULES
) -> tuple[tuple[Finding, ...], tuple[Failure, ...]]:
    """Apply rules to cards; a crash of a rule is our failure, never the author's fault."""
    findings: list[Finding] = []
    failures: list[Failure] = []
    placers = {id(card): _Placer(card) for card in cards}
    for rule in rules:
        if rule.registry_wide:
            try:
                findings += [
                    placers[id(card)].finding(rule, problem, placers) for card, problem in rule.check(cards, facts)
                ]
            except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
                failures.append(_crash("the registry", rule, error))
            continue
        for card in cards:
            try:
                findings += [placers[id(card)].finding(rule, problem, placers) for problem in rule.check(card, facts)]
            except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
                failures.append(_crash(card.file, rule, error))
    findings.sort(key=lambda f: (f.file, f.span.start if f.span else -1, f.code, f.message))
    return tuple(findings), tuple(failures)


def _crash(file: str, rule: Rule, error: Exception) -> Failure:
    return Failure(file, f"the rule {rule.code} crashed ({type(error).__name__}: {error}); this is a fault of MindHub")


class _Placer:
    """Gives problems of one card their place."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._locator = Locator(card.text, 3 if card.data.startswith(b"\xef\xbb\xbf") else 0)

    def finding(self, rule: Rule, problem: Problem, placers: dict[int, _Placer]) -> Finding:
        chars = problem.chars or self._chars(problem.path, key=problem.key)
        span = self._locator.span(*chars)
        card = self._card
        return Finding(
            code=rule.code,
            slug=rule.slug,
            severity=rule.severity,
            file=card.file,
            message=problem.message,
            uid=str(card.uid) if card.uid else None,
            span=span,
            path=problem.path,
            fix=self._fix(problem),
            related=tuple(
                placers[id(r.card)].related(r.path, r.message, key=r.key)
                for r in problem.related
                if id(r.card) in placers
            ),
            excerpt=self._locator.line_text(span.line),
        )

    def _fix(self, problem: Problem) -> Fix | None:
        """Return the repair in bytes."""
        repair = problem.fix
        if isinstance(repair, str):
            if problem.path not in self._card.places:
                return None
            start, end = self._card.places[problem.path]
            quote = self._card.text[start]
            text = f"{quote}{repair}{quote}" if quote in "'\"" and not repair.startswith(quote) else repair
            repair = Repair(f"write {repair}", ((start, end, text),))
        if repair is None:
            return None
        byte = self._locator.byte
        return Fix(repair.title, tuple(Edit(byte(s), byte(e), text) for s, e, text in repair.edits), repair.safe)

    def related(self, path: FieldPath, message: str, *, key: bool) -> RelatedPlace:
        return RelatedPlace(self._card.file, self._locator.span(*self._chars(path, key=key)), message)

    def _chars(self, path: FieldPath, *, key: bool) -> tuple[int, int]:
        """Return the characters a path means, or those of the nearest thing around it that exists."""
        card = self._card
        if path[:1] == ("body",):
            return card.body.place(path) or (0, 0)
        if key and path in card.keys:
            return card.keys[path]
        for length in range(len(path), 0, -1):
            part = path[:length]
            if part in card.places:
                start, end = card.places[part]
                # A list or a mapping runs over many lines: its key is what people look at.
                return card.keys.get(part, (start, start + 1)) if "\n" in card.text[start:end] else (start, end)
        fence = card.text.find("---")
        at = max(fence, 0)
        return (at, at + 3) if path and fence >= 0 else (0, 0)


def _embedded(card: Card, root: Path | None) -> Iterator[tuple[tuple[str, str], Embedded]]:
    """Look at the files that lie beside a card: whether they are there, their size and sha256."""
    from mindhub.source import find_root

    base = root or find_root(card.path)
    for asset in card.assets:
        if not asset.embedded or asset.link is None:
            continue
        path = Registry(base or card.path.parent).asset_path(card.path, asset.link)
        key = (card.file, asset.link)
        if path is None:
            yield key, Embedded("is no regular file inside the registry")
        elif path.stat().st_size > MAX_EMBEDDED:
            yield key, Embedded(f"has {path.stat().st_size:,} bytes; a file beside a card may have {MAX_EMBEDDED:,}")
        else:
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            yield key, Embedded("", path.stat().st_size, sha256)


def worst(report: Report) -> Severity | None:
    """Return the highest severity among the findings that nothing excuses."""
    return max((f.severity for f in report.findings if f.waiver is None and not f.older), default=None)
