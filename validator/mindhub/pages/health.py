"""The registry's health: findings per rule, runs that are outdated or due, accepted faults, and addresses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.localise import localise_rule
from mindhub.model import Severity
from mindhub.pages.api import VERSION, encode
from mindhub.pages.others import inline
from mindhub.pages.views import Frame, Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from mindhub.model import Finding
    from mindhub.pages.entries import Entry
    from mindhub.pages.inputs import SiteInput
    from mindhub.pages.place import Place
    from mindhub.rules.base import Rule

#: Cards of one list that the page names; the JSON has them all.
_SHOWN = 30
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.ADVICE)
_TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.ADVICE: "none"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that stands for itself."""

    number: str
    label: str
    tone: str = "none"
    href: str = ""  #: of the part of the page that explains it


@dataclass(frozen=True, slots=True)
class RuleCount:
    """A rule with the findings it has now."""

    link: Link
    title: Markup
    severity: str
    tone: str
    count: str
    accepted: str
    share: str  #: width of its bar, in percent of the longest; empty where no rule has a finding


@dataclass(frozen=True, slots=True)
class Due:
    """A card whose record is outdated or due, and why."""

    link: Link
    date: str
    why: str
    language: str = ""  #: of the reason, where it is not the page's


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted fault with its owner and last day."""

    rule: Link
    card: Link
    reason: str
    reason_language: str  #: where it is not the page's
    owner: str
    expires: str
    expired: str  #: that the checker found it expired or without use, where it did


@dataclass(frozen=True, slots=True)
class HealthPage:
    """The registry's health."""

    frame: Frame
    heading: str
    lead: str
    tiles: tuple[Tile, ...]
    rules: tuple[RuleCount, ...]
    outdated: tuple[Due, ...]
    outdated_more: str
    due: tuple[Due, ...]
    due_more: str
    accepted: tuple[Accepted, ...]
    months: tuple[tuple[str, str, str], ...]  #: month, number of addresses that last answered in it, width of its bar
    oldest: tuple[Due, ...]
    never: str


@dataclass(frozen=True, slots=True)
class Health:
    """What the page and its JSON count, the same in every language."""

    cards: int
    counts: Mapping[str, int]  #: findings per rule that nothing excuses
    excused: Mapping[str, int]  #: accepted ones
    severities: Mapping[Severity, int]
    clean: int  #: cards without a finding of weight
    outdated: tuple[Entry, ...]
    due: tuple[Entry, ...]
    answered: tuple[tuple[str, str, str], ...]  #: day, uid and address of every file that was asked for, oldest first
    never: int  #: addresses of files that nobody has asked


def examine(site: SiteInput, found: Sequence[Entry]) -> Health:
    """Count everything that the page shows."""
    # Thousands of accepted faults are counted at the pace of the interpreter's own loops.
    excused = Counter([finding.code for finding in site.findings if finding.waiver is not None])
    weighing = [finding for finding in site.findings if finding.waiver is None]
    heavy = {finding.uid for finding in weighing if finding.severity > Severity.ADVICE}
    answered, never = [], 0
    for entry in found:
        for asset in entry.card.assets:
            if asset.embedded or not asset.link:
                continue
            day = site.reached.get(asset.link)
            if day:
                answered.append((day, entry.uid, asset.link))
            else:
                never += 1
    return Health(
        cards=len(found),
        counts=Counter(finding.code for finding in weighing),
        excused=excused,
        severities=Counter(finding.severity for finding in weighing),
        clean=sum(entry.uid not in heavy for entry in found),
        outdated=tuple(entry for entry in found if entry.record and entry.record.outdated),
        due=tuple(entry for entry in found if entry.record and entry.record.due),
        answered=tuple(sorted(answered)),
        never=never,
    )


def health_page(place: Place, site: SiteInput, health: Health) -> tuple[str, HealthPage]:
    """Return the page."""
    path, words = "health/index.html", place.words
    home = place.home(path)
    title, lead = words("health.title"), words("health.lead")
    outdated = sorted(health.outdated, key=lambda entry: (entry.state.date, entry.uid))
    due = sorted(health.due, key=lambda entry: (entry.state.date, entry.uid))
    months = Counter(day[:7] for day, _, _ in health.answered)
    longest = max(months.values(), default=1)

    def aged(entry: Entry, why: str) -> Due:
        return Due(Link(entry.uid, f"{home}{entry.uid}/index.html#verified"), entry.state.date, *words.recorded(why))

    return path, HealthPage(
        frame=place.frame(path, title, lead, "status"),
        heading=title,
        lead=lead,
        tiles=_tiles(place, health),
        rules=_rules(place, site.rules, health, home),
        outdated=tuple(aged(entry, entry.record.outdated) for entry in outdated[:_SHOWN] if entry.record),
        outdated_more=words("list.more", count=len(outdated) - _SHOWN) if len(outdated) > _SHOWN else "",
        due=tuple(aged(entry, entry.record.due) for entry in due[:_SHOWN] if entry.record),
        due_more=words("list.more", count=len(due) - _SHOWN) if len(due) > _SHOWN else "",
        accepted=_accepted(place, site, home),
        months=tuple(
            (month, f"{count:,}", f"{100 * count / longest:.4g}")
            for month, count in sorted(months.items(), reverse=True)
        ),
        oldest=tuple(
            Due(Link(uid, f"{home}{uid}/index.html#files"), day, address) for day, uid, address in health.answered[:10]
        ),
        never=words.plural("health.never", health.never) if health.never else "",
    )


def _tiles(place: Place, health: Health) -> tuple[Tile, ...]:
    def tile(key: str, count: int, tone: str = "none", href: str = "") -> Tile:
        label = place.words(f"health.{key}.{'one' if count == 1 else 'other'}")
        return Tile(f"{count:,}", label, tone if count else "none", href)

    return (
        tile("cards", health.cards),
        tile("clean", health.clean, "good"),
        *(tile(severity.label, health.severities.get(severity, 0), _TONES[severity], "#rules") for severity in _ORDER),
        tile("accepted", sum(health.excused.values()), href="#accepted"),
        tile("outdated", len(health.outdated), "warn", "#outdated"),
        tile("due", len(health.due), href="#due"),
    )


def _rules(place: Place, rules: Sequence[Rule], health: Health, home: str) -> tuple[RuleCount, ...]:
    words = place.words
    having = [rule for rule in rules if health.counts.get(rule.code) or health.excused.get(rule.code)]
    having.sort(key=lambda rule: (-rule.severity, -health.counts.get(rule.code, 0), rule.code))
    longest = max((health.counts.get(rule.code, 0) for rule in having), default=0)
    made = []
    for rule in (localise_rule(rule, words.language) for rule in having):
        count, excused = health.counts.get(rule.code, 0), health.excused.get(rule.code, 0)
        made.append(
            RuleCount(
                Link(rule.code, f"{home}rules/{rule.code}/index.html"), inline(rule.title),
                words(f"severity.{rule.severity.label}"), _TONES[rule.severity], f"{count:,}",
                f"{excused:,}" if excused else "", f"{100 * count / longest:.4g}" if longest else "",
            )
        )  # fmt: skip
    return tuple(made)


def _accepted(place: Place, site: SiteInput, home: str) -> tuple[Accepted, ...]:
    words = place.words
    codes = {rule.code for rule in site.rules}
    uids = {str(card.uid) for card in site.cards}
    said = _remarks_on_entries(site.findings)
    made = [
        Accepted(
            Link(item.rule, f"{home}rules/{item.rule}/index.html" if item.rule in codes else None),
            Link(item.uid, f"{home}{item.uid}/index.html#remarks" if item.uid in uids else None),
            item.why(words.language), words.foreign(item.why(words.language)), item.owner, item.expires.isoformat(),
            words(f"health.accepted.{said[item.index]}") if item.index in said else "",
        )
        for item in sorted(site.waivers, key=lambda item: (item.expires, item.rule, item.uid))
    ]  # fmt: skip
    return tuple(made)


def _remarks_on_entries(findings: Sequence[Finding]) -> dict[int, str]:
    """Return which entries the checker calls expired or unused, by their place in the file."""
    kinds = {"WV001": "expired", "WV002": "unused"}
    return {
        finding.path[0]: kinds[finding.code]
        for finding in findings
        if finding.code in kinds and finding.path and isinstance(finding.path[0], int)
    }


def health_twin(site: SiteInput, health: Health) -> tuple[str, bytes]:
    """Return the JSON of the page."""

    def aged(entry: Entry, why: str) -> dict[str, Any]:
        return {"uid": entry.uid, "date": entry.state.date or None, "why": why}

    made = {
        "version": VERSION,
        "kind": "health",
        "cards": health.cards,
        "without_errors_or_warnings": health.clean,
        "findings": {severity.label: health.severities.get(severity, 0) for severity in _ORDER},
        "rules": [
            {"code": code, "findings": health.counts.get(code, 0), "accepted": health.excused.get(code, 0)}
            for code in sorted({*health.counts, *health.excused})
        ],
        "outdated": [aged(entry, entry.record.outdated) for entry in health.outdated if entry.record],
        "due": [aged(entry, entry.record.due) for entry in health.due if entry.record],
        "accepted": [
            {"rule": item.rule, "uid": item.uid, "reason": item.reason, "reason_zh": item.reason_zh or None,
             "owner": item.owner, "expires": item.expires.isoformat()}
            for item in site.waivers
        ],
        "addresses": [{"uid": uid, "url": url, "reached": day} for day, uid, url in health.answered],
        "addresses_never_asked": health.never,
    }  # fmt: skip
    return "health/index.json", encode(made)
