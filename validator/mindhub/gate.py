"""What of the findings counts: those that a change brought and that nothing excuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.baseline import more
from mindhub.books import NAMES, excuse, namer, read_books, surplus
from mindhub.check import judge, too_large
from mindhub.facts import Host
from mindhub.history import HistoryError
from mindhub.messages import say
from mindhub.model import Failure
from mindhub.rules import ALL_RULES
from mindhub.source import Registry, find_root, shown
from mindhub.waivers import shows_by_absence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mindhub.config import Config
    from mindhub.facts import Facts
    from mindhub.history import History
    from mindhub.judgements import Judgements
    from mindhub.model import Card, Finding
    from mindhub.rules import Rule
    from mindhub.waivers import Waiver

    Verdict = tuple[tuple[Finding, ...], tuple[Failure, ...]]

#: The rules about waivers and the baseline: they look at what the findings of all others made of those.
_ABOUT_WAIVERS = "WV"


def one_home(paths: Iterable[Path], root: Path | None, base: str | None) -> tuple[Path | None, list[Failure]]:
    """Return the root of the one registry that files and folders lie in, or None, and what that makes impossible.

    Raises HistoryError where a base is to be compared with and there is no such registry.
    """
    found = [root.absolute()] if root else [find_root(path) for path in paths if path.exists()]
    homes = list(dict.fromkeys(home for home in found if home))
    if len(homes) == 1:
        return homes[0], []
    if base is not None:
        raise HistoryError(f"a base needs the cards of one registry; these lie in {len(homes) or 'none'}")
    unread = [home / name for home in homes for name in NAMES if (home / name).exists()]
    why = say("was not read: the cards are of several registries")
    return None, [Failure(shown(path), why) for path in unread]


def with_registry(
    facts: Facts, home: Path, cards: Sequence[Card], files: Collection[Path], paths: Sequence[Path], base: str | None
) -> Facts:
    """Return the facts with the registry's own files and, where a base is named, what changed since.

    `files` are those of all cards, also of those that could not be read; `paths` are what was asked for.
    Raises SourceError for a file of the registry that cannot be read, and HistoryError for a base that cannot.
    """
    codes = [rule.code for rule in ALL_RULES]
    books = read_books(home, codes)
    at = home.resolve()
    whole = any(at.is_relative_to(path.resolve()) for path in paths)
    others: frozenset[str] = frozenset()
    if not whole and (base or any(card.replaced_by for card in cards)):
        own = {card.uid for card in cards}
        others = frozenset(str(file.uid) for file in Registry(home).files() if file.uid and file.uid not in own)
    shared = frozenset(path.stem for path in (home / "disclaimers").glob("*.md"))
    facts = replace(facts, books=replace(books, whole=whole, others=others), disclaimers=shared)
    if base is None:
        return configured(facts, books.config)
    from mindhub.history.changes import read_history

    history = read_history(
        base,
        home,
        cards,
        files=files,
        scope=paths,
        vocabulary=facts.vocabulary,
        codes=codes,
        translations=facts.translations,
        today=facts.today,
    )
    # What a change does to the registry's own rules counts once it is merged, as for the baseline.
    return configured(replace(facts, history=history), history.books.config)


def configured(facts: Facts, config: Config) -> Facts:
    """Return the facts with the hosts that a registry allows, and files larger than it allows marked."""
    hosts = {**{name: Host(name, (), "") for name in config.hosts}, **facts.hosts}
    limit = config.embedded
    if limit is None:
        return replace(facts, hosts=hosts)
    embedded = {
        key: replace(found, problem=too_large(found.size, limit)) if found.size > limit else found
        for key, found in facts.embedded.items()
    }
    return replace(facts, hosts=hosts, embedded=embedded)


def weigh(
    cards: Sequence[Card], facts: Facts, rules: Sequence[Rule], home: Path | None, known: Judgements | None = None
) -> Verdict:
    """Apply rules, and mark what the base had already (older) and what the registry lives with (waived).

    `known` holds what an earlier check, with the same rules and facts and without a base, found in single texts.
    """
    late = [rule for rule in rules if rule.code.startswith(_ABOUT_WAIVERS)]
    early = [rule for rule in rules if rule not in late]
    history = facts.history
    touched = cards if history is None else [card for card in cards if history.touched(card)]
    found, crashes = _new(cards, facts, early, touched, known)
    if home is None:
        return found, crashes
    books = facts.books
    config = books.config if history is None else history.books.config
    found = tuple(_by_config(found, config))
    held = books.baseline.counts if history is None else _renamed(history)
    marked = None if known is None else known.marked
    excused = excuse(found, books.waivers, held, root=home, today=facts.today, marked=marked)
    if not books.whole:
        return excused.findings, crashes
    codes = {rule.code for rule in early if shows_by_absence(rule.code)}
    baseline = books.baseline
    if history is None:
        baseline = replace(baseline, surplus=tuple(surplus(excused.left, codes)))
    else:  # what a change makes superfluous is removed after the merge
        baseline = replace(baseline, added=tuple(more(baseline.counts, held)))
    seen = _Seen(cards, facts, [rule for rule in early if rule.code in codes], home, touched)
    unused = frozenset(
        entry.index
        for entry in books.waivers.entries
        if entry.index not in excused.used and entry.expires >= facts.today and seen.unused(entry)
    )
    facts = replace(facts, books=replace(books, waivers=replace(books.waivers, unused=unused), baseline=baseline))
    about, more_crashes = _new(cards, facts, late, ())
    return _sorted((*excused.findings, *about)), (*crashes, *more_crashes)


def _new(
    cards: Sequence[Card],
    facts: Facts,
    rules: Sequence[Rule],
    touched: Sequence[Card],
    known: Judgements | None = None,
) -> Verdict:
    """Apply rules to the cards of today and, where there is a base, to its cards; mark what both show."""
    found, crashes = judge(cards, facts, rules, touched, known)
    history = facts.history
    if history is None:
        return found, crashes
    from mindhub.history.older import mark_older

    then = history.cards(cards)
    before = [card for card in history.before.values() if card]
    had, more_crashes = judge(then, _of_the_base(facts, history), rules, before)
    wide = {rule.code for rule in rules if rule.registry_wide}
    marked = tuple(mark_older(found, cards, had, history, wide))
    return marked, tuple(dict.fromkeys((*crashes, *more_crashes)))


def _of_the_base(facts: Facts, history: History) -> Facts:
    waivers = history.books.waivers
    # Which of the base's waivers matched nothing is not known, nor the change's fault: as if none had.
    every = replace(waivers, unused=frozenset(entry.index for entry in waivers.entries))
    books = replace(history.books, waivers=every, whole=facts.books.whole, others=facts.books.others)
    return replace(
        facts,
        embedded=history.embedded,
        recorded=history.recorded,
        books=books,
        translations=history.translations,
        history=None,
        disclaimers=None,  # a text that a change takes away is missed in all cards that name it
    )


def _renamed(history: History) -> Mapping[tuple[str, str], int]:
    counts = history.books.baseline.counts
    return {(rule, history.renamed.get(name, name)): number for (rule, name), number in counts.items()}


class _Seen:
    """Knows of which waivers it can be seen that they match nothing."""

    def __init__(
        self, cards: Sequence[Card], facts: Facts, rules: Sequence[Rule], home: Path, touched: Sequence[Card]
    ) -> None:
        self._cards, self._facts = cards, facts
        self._rules = {rule.code: rule for rule in rules}
        self._touched = {id(card) for card in touched}
        self._name_of = namer(home)
        known = facts.history.books.waivers.entries if facts.history else ()
        self._known = {(entry.rule, entry.uid, entry.expires) for entry in known}

    def unused(self, entry: Waiver) -> bool:
        """Say whether an entry that excused nothing so far has nothing to excuse."""
        rule = self._rules.get(entry.rule)
        if rule is None:
            return False
        if rule.registry_wide or self._facts.history is None:
            return True
        meant = [card for card in self._cards if id(card) not in self._touched and entry.matches(self._name_of(card))]
        if not meant:
            return True
        if (entry.rule, entry.uid, entry.expires) in self._known:
            return False  # the base has it, and whether it is of use is not this change's matter
        found, _ = judge(self._cards, self._facts, [rule], meant)
        return not found


def _by_config(findings: Iterable[Finding], config: Config) -> Iterator[Finding]:
    """Yield findings with the severities that the registry gives them, without those of rules it has switched off."""
    for finding in findings:
        severity = config.severities.get(finding.code, finding.severity)
        if severity is not None:
            yield finding if severity is finding.severity else replace(finding, severity=severity)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (f.file, f.span.start if f.span else -1, f.code, f.message)))
