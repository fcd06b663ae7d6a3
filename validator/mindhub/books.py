"""What a registry keeps beside its cards: aliases, waivers, the baseline, publishers and its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub import aliases as aliases_file
from mindhub import baseline as baseline_file
from mindhub import waivers as waivers_file
from mindhub.aliases import Aliases, parse_aliases
from mindhub.baseline import REASON, Baseline, parse_baseline
from mindhub.config import Config, read_config
from mindhub.documents import load
from mindhub.frozen import dataclass, field
from mindhub.publishers import Publishers, parse_publishers, publisher_files
from mindhub.source import shown
from mindhub.waivers import Waivers, may_be_waived, parse_waivers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from mindhub.documents import Document
    from mindhub.model import Card, Finding

    #: Findings by identity, each with itself as it is marked.
    Marked = dict[int, tuple[Finding, Finding]]

NAMES = (aliases_file.NAME, waivers_file.NAME, baseline_file.NAME)


@dataclass(frozen=True, slots=True)
class Books:
    """What a registry keeps beside its cards; all empty outside a registry."""

    aliases: Aliases = field(default_factory=Aliases)
    waivers: Waivers = field(default_factory=Waivers)
    baseline: Baseline = field(default_factory=Baseline)
    publishers: Publishers = field(default_factory=Publishers)
    config: Config = field(default_factory=Config)
    whole: bool = False  #: all cards of the registry are being checked, so these files are judged as well
    others: frozenset[str] = frozenset()  #: uids of the registry's cards that are not being checked

    @property
    def documents(self) -> tuple[Document, ...]:
        """The files there are."""
        found = (self.aliases.document, self.waivers.document, self.baseline.document, self.config.document)
        return (*(document for document in found if document is not None), *self.publishers.documents)


def read_books(
    root: Path,
    codes: Collection[str],
    read: Callable[[Path], bytes | None] = load,
    publishers: Collection[Path] | None = None,
) -> Books:
    """Read a registry's own files; `read` gives bytes or None, and may raise SourceError.

    `codes` are those of all rules: a waiver names one of them. `publishers` are the files of publishers, those of the
    folder where absent.
    """
    paths = [root / name for name in NAMES]
    aliases, waivers, baseline = (read(path) for path in paths)
    named = publisher_files(root) if publishers is None else publishers
    return Books(
        Aliases() if aliases is None else parse_aliases(aliases, paths[0]),
        Waivers() if waivers is None else parse_waivers(waivers, paths[1], codes),
        Baseline() if baseline is None else parse_baseline(baseline, paths[2]),
        parse_publishers((path, data) for path in named if (data := read(path)) is not None),
        read_config(root, codes, read),
    )


@dataclass(frozen=True, slots=True)
class Excused:
    """Findings, those with a waiver marked, and which entries served for that."""

    findings: tuple[Finding, ...]
    used: frozenset[int]  #: places of the waivers that excused something
    left: Mapping[tuple[str, str], int]  #: what the baseline would have excused beyond


def excuse(
    findings: Sequence[Finding],
    waivers: Waivers,
    counts: Mapping[tuple[str, str], int],
    *,
    root: Path,
    today: dt.date,
    marked: Marked | None = None,
) -> Excused:
    """Mark the findings that a waiver or the baseline excuses; a waiver comes first.

    Of several findings of one rule about one card the baseline excuses the first ones, up to its number. `marked` has
    findings that were marked before, by their identity; it is brought up to date.
    """
    left = dict(counts)
    used: set[int] = set()
    name_of = namer(root)

    def reason(finding: Finding) -> str | None:
        if not may_be_waived(finding.code):
            return None
        name = name_of(finding)
        found = list(waivers.of(finding.code, name, today)) if waivers.entries else ()
        if found:
            used.update(entry.index for entry in found)
            return found[0].reason
        entry = (finding.code, name)
        if (more := left.get(entry, 0)) > 0:
            left[entry] = more - 1
            return REASON
        return None

    found: list[Finding] = []
    made: Marked = {}
    for finding in findings:
        if (why := reason(finding)) is None:
            found.append(finding)
            continue
        before = marked.get(id(finding)) if marked else None
        if before is None or before[0] is not finding or before[1].waiver != why:
            before = finding, finding.waived(why)
        found.append(before[1])
        if marked is not None:
            made[id(finding)] = before
    if marked is not None:
        marked.clear()
        marked.update(made)
    return Excused(tuple(found), frozenset(used), {entry: number for entry, number in left.items() if number > 0})


def namer(root: Path) -> Callable[[Finding | Card], str]:
    """Return what gives a card, or what a finding is about, the name that waivers call it by.

    That is a uid, else the path inside the registry.
    """
    prefix = shown(root)
    prefix = "" if prefix == "." else f"{prefix}/"
    return lambda thing: str(thing.uid) if thing.uid else thing.file.removeprefix(prefix)


def surplus(left: Mapping[tuple[str, str], int], codes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield one baseline entry of each rule that was applied and needs it no more."""
    seen: set[str] = set()
    for rule, name in sorted(left):
        if rule in codes and rule not in seen:
            seen.add(rule)
            yield rule, name
