"""The page of a card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.messages import translate
from mindhub.model import Severity
from mindhub.pages import panels, prose
from mindhub.pages.links import safe_url
from mindhub.pages.rows import badges_of, scores_of, summary_of, version_label
from mindhub.pages.views import CardPage, Fact, Link, Remark
from mindhub.pages.words import quantity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mindhub.model import Finding
    from mindhub.pages.entries import Entry
    from mindhub.pages.panels import File
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words

TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.ADVICE: "none"}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a card's page needs to know about the rest of the site."""

    group: tuple[Entry, ...]  #: the same model in all versions, this card among them
    names: Mapping[str, str]  #: uid -> name, of every card
    rules: Collection[str]  #: codes that have a page


def card_page(place: Place, entry: Entry, files: tuple[File, ...], near: Neighbours) -> tuple[str, CardPage]:
    """Return a card's page with its path."""
    words, card = place.words, entry.card
    path = f"{entry.uid}/index.html"
    home = place.home(path)
    back = place.root(path) + f"{entry.uid}/" if place.prefix else ""
    summary = summary_of(entry, words)
    scores = scores_of(entry, words)
    verified = panels.verified_panel(entry, back, words)
    replaced = card.replaced_by
    setting = prose.Setting(entry.uid, _Addresses(home, near.names), words("card.old-client"), words("card.raw-html"))
    return path, CardPage(
        frame=place.frame(path, entry.label(words.language), summary, "models"),
        name=entry.label(words.language),
        uid=entry.uid,
        crumbs=_crumbs(entry, home, words),
        summary=summary,
        badges=badges_of(entry, words),
        banner=_banner(entry, words),
        replacement=Link(replaced, f"{home}{replaced}/index.html" if replaced in near.names else None)
        if replaced
        else None,
        archived=words("card.archived", version=entry.version.en) if entry.archived else "",
        verified=verified,
        usage=panels.usage_panel(entry, files, place.options, words),
        scores=scores,
        measured=any(item.measured for item in scores),
        files=panels.file_rows(entry, files, back, place.options, words),
        ports=panels.ports(entry, words),
        tensors=panels.tensor_panel(entry, words),
        body=prose.render(card.body, setting),
        facts=_facts(entry, home, words),
        versions=tuple(
            Link(version_label(other), f"{home}{other.uid}/index.html", other is entry) for other in near.group
        ),
        remarks=tuple(_remark(finding, home, near.rules, words) for finding in _ordered(entry.findings)),
        remarks_counted=words.plural("card.remarks", len(entry.findings)),
        edit=_edit(entry, place),
    )


class _Addresses(dict[str, str]):
    """uid -> address from one page, made when asked for: there are thousands of uids and seldom a link."""

    def __init__(self, home: str, names: Mapping[str, str]) -> None:
        self._home, self._names = home, names

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return f"{self._home}{key}/index.html" if key in self._names else default


def _crumbs(entry: Entry, home: str, words: Words) -> tuple[Link, ...]:
    crumbs = [Link(words("list.all-models"), f"{home}index.html")]
    if entry.domain:
        crumbs.append(Link(entry.domain.label(words.language), f"{home}domain/{entry.domain.slug}/index.html"))
    return tuple(crumbs)


def _banner(entry: Entry, words: Words) -> str:
    if not entry.deprecated:
        return ""
    said = entry.card.deprecated or {}
    date, why = said.get("date"), said.get("reason")
    first = words("card.deprecated-since", date=date) if date else words("card.deprecated")
    return f"{first} {why}" if why else first


def _facts(entry: Entry, home: str, words: Words) -> tuple[Fact, ...]:
    card, language = entry.card, words.language

    def facet(kind: str) -> tuple[Link, ...]:
        named = {"domain": entry.domain, "dataset": entry.dataset, "version": entry.version}[kind]
        return (Link(named.label(language), f"{home}{kind}/{named.slug}/index.html"),) if named else ()

    def plain(*values: str | None) -> tuple[Link, ...]:
        return tuple(Link(value) for value in values if value)

    def linked(value: str | None) -> tuple[Link, ...]:
        return (Link(value.removeprefix("https://"), safe_url(value)),) if value else ()

    tunable = None if card.fine_tunable is None else words("card.yes" if card.fine_tunable else "card.no")
    written = (card.front or {}).get("evaluation")
    unread = written if isinstance(written, str) and not card.evaluation else None
    facts = {
        "task": plain(entry.task.label(language) if entry.task else None),
        "domain": facet("domain"),
        "dataset": facet("dataset"),
        "parameters": plain(quantity(entry.parameters) if entry.parameters else None),
        "mindspore": facet("version"),
        "devices": plain(*(words.term("devices", device) for device in card.devices)),
        "license": plain(card.license),
        "backbone": plain(card.backbone_name),
        "model-version": plain(card.model_version),
        "fine-tunable": plain(tunable),
        "used-for": plain(card.used_for),
        "author": plain(card.author),
        "publisher": plain(card.user_id),
        "updated": plain(card.update_time),
        "evaluation": plain(unread),
        "tags": plain(*card.tags),
        "paper": linked(card.paper),
        "source": linked(card.repo_link),
        "commit": plain(card.repo_commit),
    }
    return tuple(Fact(words(f"card.fact.{key}"), values, key == "commit") for key, values in facts.items() if values)


def _ordered(findings: tuple[Finding, ...]) -> list[Finding]:
    return sorted(findings, key=lambda f: (f.waiver is not None, -f.severity, f.code, f.span.line if f.span else 0))


def _remark(finding: Finding, home: str, rules: Collection[str], words: Words) -> Remark:
    return Remark(
        code=finding.code,
        href=f"{home}rules/{finding.code}/index.html" if finding.code in rules else None,
        severity=words(f"severity.{finding.severity.label}"),
        tone="none" if finding.waiver is not None else TONES[finding.severity],
        message=translate(finding.message, words.language),
        line=words("card.line", line=finding.span.line) if finding.span else "",
        accepted=words("card.accepted", reason=finding.waiver) if finding.waiver is not None else "",
    )


def _edit(entry: Entry, place: Place) -> str | None:
    if not place.options.edit_url:
        return None
    return safe_url(place.options.edit_url.replace("{file}", f"{entry.uid}.md"))
