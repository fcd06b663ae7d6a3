"""The page of a card."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from mindhub.frozen import dataclass
from mindhub.messages import translate
from mindhub.model import Severity
from mindhub.pages import citation, panels, prose, usage
from mindhub.pages.entries import slug
from mindhub.pages.leaderboards import dataset_of
from mindhub.pages.links import safe_url
from mindhub.pages.machine import structured
from mindhub.pages.markup import Setting
from mindhub.pages.particulars import particulars
from mindhub.pages.rows import badges_of, scores_of, status_of, summary_in, summary_of, version_label
from mindhub.pages.versions import path_of
from mindhub.pages.views import CardPage, Cite, Fact, Like, Link, Remark, Score, Terms
from mindhub.pages.words import quantity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mindhub.model import Finding
    from mindhub.pages.atlas import Around
    from mindhub.pages.entries import Entry, Named
    from mindhub.pages.panels import File
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words

TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.ADVICE: "none"}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a card's page needs to know about the rest of the site, and no more: `seen` makes a digest of all of it."""

    group: tuple[Entry, ...]  #: the same model in all versions, this card among them
    names: Mapping[str, str]  #: uid -> name, of every card
    rules: Collection[str]  #: codes that have a page
    atlas: Around
    lists: Mapping[str, Collection[str]]  #: of the card's values those that have a listing, by kind
    bodies: prose.Bodies
    figures: frozenset[str] = frozenset()  #: names of the card's pictures


def card_page(place: Place, entry: Entry, files: tuple[File, ...], near: Neighbours) -> tuple[str, CardPage]:
    """Return a card's page with its path."""
    words, card = place.words, entry.card
    path = f"{entry.uid}/index.html"
    home = place.home(path)
    back = place.root(path) + f"{entry.uid}/" if place.prefix else ""
    summary = summary_of(entry, words)
    scores = _ranked(entry, home, near, words)
    said = entry.said.get(words.language)
    verified = panels.verified_panel(entry, back, words)
    replaced = card.replaced_by
    setting = Setting(entry.uid, _Addresses(home, near.names), words("card.old-client"), figures=near.figures)
    body = near.bodies.render(said.body if said else card.body, setting)
    return path, CardPage(
        frame=replace(
            place.frame(path, entry.label(words.language), summary, "models"),
            structured=structured(entry, files, place.options, summary, words.language),
        ),
        name=entry.label(words.language),
        uid=entry.uid,
        crumbs=_crumbs(entry, home, words),
        summary=summary,
        summary_language=summary_in(entry, words),
        badges=badges_of(entry, words),
        banner=_banner(entry, words),
        replacement=Link(replaced, f"{home}{replaced}/index.html" if replaced in near.names else None)
        if replaced
        else None,
        archived=words("card.archived", version=entry.version.en) if entry.archived else "",
        verified=verified,
        particulars=particulars(entry, words),
        usage=panels.usage_panel(entry, files, place.options, words),
        scores=scores,
        measured=any(item.measured for item in scores),
        ranked=any(item.board for item in scores),
        files=panels.file_rows(
            entry, files, panels.Ways(back, place.root(path), home, near.atlas.sharing), place.options, words
        ),
        ports=panels.ports(entry, words),
        tensors=panels.tensor_panel(entry, words),
        body=body,
        body_language="" if said else words.foreign(card.body.text),
        cite=_cite(entry, back, place, near),
        terms=_terms(entry, body, home, near, words),
        likes=_likes(entry, home, near, words),
        facts=_facts(entry, home, words),
        versions=tuple(
            Link(version_label(other), f"{home}{other.uid}/index.html", other is entry) for other in near.group
        ),
        differences=Link(words("card.differences"), f"{home}{path_of(entry)}index.html")
        if path_of(entry) in near.atlas.compared
        else None,
        history=_history(entry, place, near, words),
        compare=Link(words("card.compare"), f"{home}compare/index.html"),
        compare_query=f"?m={entry.uid}",
        remarks=tuple(_remark(finding, home, near, words) for finding in _ordered(entry.findings)),
        remarks_counted=words.plural("card.remarks", len(entry.findings)),
        edit=_edit(entry, place),
    )


def _ranked(entry: Entry, home: str, near: Neighbours, words: Words) -> tuple[Score, ...]:
    """Return the card's scores, the claimed ones with their rank."""
    made = list(scores_of(entry, words))
    ranks = near.atlas.ranks.get(entry.uid, {})
    for at, metric in enumerate(entry.card.evaluation):
        where = dataset_of(entry, metric.dataset or entry.card.train_dataset, words.vocabulary)
        key = (where.slug, slug(metric.name)) if where else ("", "")
        if key in ranks:
            rank, count = ranks[key]
            href = f"{home}leaderboard/{key[0]}/{key[1]}/index.html"
            made[at] = replace(made[at], board=Link(words("card.rank", rank=rank, count=f"{count:,}"), href))
    return tuple(made)


def _cite(entry: Entry, back: str, place: Place, near: Neighbours) -> Cite:
    words, options = place.words, place.options
    work, bibtex, cff = near.bodies.alike(
        entry,
        lambda entry: (
            citation.work_of(entry),
            panels.snippet("BibTeX", citation.bibtex(entry, options), ""),
            panels.snippet("CITATION.cff", citation.cff(entry, options), ""),
        ),
    )
    reference, link = "", None
    if work:
        parts = (", ".join(work.authors), work.title, work.venue, work.year)
        reference = words("card.cite.join").join(part for part in parts if part)
        doi = f"https://doi.org/{work.doi}" if work.doi else ""
        arxiv = f"https://arxiv.org/abs/{work.arxiv}" if work.arxiv else ""
        url = safe_url(work.url or doi or arxiv)
        link = Link(url.removeprefix("https://"), url) if url else None
    files = tuple(Link(name, f"{back}{name}") for name in citation.FILES) if work else ()
    return Cite(reference, words.foreign(reference), link, bibtex, cff, files)


#: Facts that stand on the page as the card's author wrote them.
_WRITTEN = frozenset(("backbone", "used-for", "author", "evaluation", "tags"))
#: Headings of a body, as their anchors, whose text restricts the use.
_RESTRICTIONS = ("d-disclaimer", "d-免责声明", "d-license", "d-licence", "d-许可证")


def _terms(entry: Entry, body: Markup, home: str, near: Neighbours, words: Words) -> Terms | None:
    """Return the licence with what restricts the use: a text that cards share, or a part of the card's own."""
    named = (entry.card.front or {}).get("disclaimer")
    shared = near.atlas.disclaimers.get(named) if isinstance(named, str) else None
    section = next((anchor for anchor in _RESTRICTIONS if f'id="{anchor}"' in body), "")
    label = entry.license.label(words.language) if entry.license else entry.card.license or ""
    if not label and not shared and not section:
        return None
    name = entry.license.slug if entry.license else ""
    return Terms(
        label or words("card.no-licence"),
        Link(label, f"{home}license/{name}/index.html") if name in near.lists.get("license", ()) else None,
        words("card.disclaimer") if shared else "",
        shared or Markup(),
        words.foreign(_text_of(shared)) if shared else "",
        Link(words("card.restriction"), f"#{section}") if section and not shared else None,
    )


@lru_cache(maxsize=64)
def _text_of(shared: Markup) -> str:
    return shared.striptags()


def _likes(entry: Entry, home: str, near: Neighbours, words: Words) -> tuple[Like, ...]:
    return tuple(
        Like(
            Link(other.label(words.language), f"{home}{other.uid}/index.html"),
            words(f"like.{why}"),
            status_of(other, words),
        )
        for other, why in near.atlas.likes.get(entry.identity, ())
    )


def _history(entry: Entry, place: Place, near: Neighbours, words: Words) -> tuple[Fact, ...]:
    """Return where the card comes from: source code at its commit, the card's own file and its past, former names."""
    source = usage.source_of(entry)
    options = place.options
    facts = []
    if source:
        facts.append(Fact(words("card.source"), (Link(source.address.removeprefix("https://"), source.address),)))
    elif entry.card.repo_link:
        link = Link(entry.card.repo_link.removeprefix("https://"), safe_url(entry.card.repo_link))
        facts.append(Fact(words("card.source"), (link,)))
    if entry.card.repo_commit:
        facts.append(Fact(words("card.fact.commit"), (Link(entry.card.repo_commit),), code=True))
    if entry.card.paper:
        facts.append(
            Fact(
                words("card.fact.paper"), (Link(entry.card.paper.removeprefix("https://"), safe_url(entry.card.paper)),)
            )
        )
    for key, address in (("card.history", options.history_url), ("card.file-itself", options.source_url)):
        url = safe_url(address.replace("{file}", f"{entry.uid}.md")) if address else None
        if url:
            facts.append(Fact(words(key), (Link(f"{entry.uid}.md", url),)))
    former = near.atlas.former.get(entry.uid, ())
    if former:
        facts.append(Fact(words("card.former"), tuple(Link(name) for name in former), code=True))
    return tuple(facts)


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

    def facet(kind: str, named: Named | None) -> tuple[Link, ...]:
        return (Link(named.label(language), f"{home}{kind}/{named.slug}/index.html"),) if named else ()

    tunable = None if card.fine_tunable is None else words("card.yes" if card.fine_tunable else "card.no")
    written = (card.front or {}).get("evaluation")
    unread = written if isinstance(written, str) and not card.evaluation else None
    facts: tuple[tuple[str, str | tuple[Link, ...] | None], ...] = (
        ("task", entry.task.label(language) if entry.task else None),
        ("domain", facet("domain", entry.domain)),
        ("dataset", facet("dataset", entry.dataset)),
        ("parameters", quantity(entry.parameters) if entry.parameters else None),
        ("mindspore", facet("version", entry.version)),
        ("devices", tuple(Link(words.term("devices", device)) for device in card.devices if device)),
        ("backbone", card.backbone_name),
        ("model-version", card.model_version),
        ("fine-tunable", tunable),
        ("used-for", card.used_for),
        ("author", card.author),
        ("publisher", card.user_id),
        ("updated", card.update_time),
        ("evaluation", unread),
        ("tags", tuple(Link(tag) for tag in card.tags if tag)),
    )
    return tuple(
        _fact(key, (Link(value),) if isinstance(value, str) else value, words) for key, value in facts if value
    )


def _fact(key: str, values: tuple[Link, ...], words: Words) -> Fact:
    language = words.foreign(" ".join(value.text for value in values)) if key in _WRITTEN else ""
    return Fact(words(f"card.fact.{key}"), values, language=language)


def _ordered(findings: tuple[Finding, ...]) -> list[Finding]:
    return sorted(findings, key=lambda f: (f.waiver is not None, -f.severity, f.code, f.span.line if f.span else 0))


def _remark(finding: Finding, home: str, near: Neighbours, words: Words) -> Remark:
    item = near.atlas.accepted.get(finding.waiver or "")
    why = item.why(words.language) if item else finding.waiver or ""
    return Remark(
        code=finding.code,
        href=f"{home}rules/{finding.code}/index.html" if finding.code in near.rules else None,
        severity=words(f"severity.{finding.severity.label}"),
        tone="none" if finding.waiver is not None else TONES[finding.severity],
        message=translate(finding.message, words.language),
        line=words("card.line", line=finding.span.line) if finding.span else "",
        accepted=words("card.accepted", reason=why) if why else "",
        accepted_language=words.foreign(why),
    )


def _edit(entry: Entry, place: Place) -> str | None:
    if not place.options.edit_url:
        return None
    return safe_url(place.options.edit_url.replace("{file}", f"{entry.uid}.md"))
