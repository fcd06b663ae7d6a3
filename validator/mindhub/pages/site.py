"""All pages of a site, as bytes by path. Pure: the same input gives the same bytes."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass, field
from mindhub.pages import (
    api,
    api_page,
    atlas,
    badges,
    citation,
    facets,
    feeds,
    guard,
    ladder,
    listing,
    machine,
    others,
    seen,
    shards,
)
from mindhub.pages.card_page import Neighbours, card_page
from mindhub.pages.entries import Entry, entries, models, newest_first
from mindhub.pages.inputs import SiteError
from mindhub.pages.panels import File, files_of
from mindhub.pages.place import Place, folder
from mindhub.pages.prose import Bodies
from mindhub.pages.templates import Renderer
from mindhub.pages.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.pages.facets import Value
    from mindhub.pages.inputs import SiteInput
    from mindhub.pages.kept import Kept

Page = tuple[str, bytes]
#: Searches names and labels; a static file, where the build found it.
MINISEARCH = "minisearch.js"
#: Searches texts; made after the pages, where Pagefind is installed.
READER = "pagefind/pagefind.js"


def build_site(site: SiteInput, kept: Kept | None = None) -> dict[str, bytes]:
    """Return every file of the site: its path below the output folder, with `/`, and its bytes.

    Raises SiteError where two files would have one path, or a language lacks its strings.
    """
    return dict(site_files(site, kept))


def site_files(site: SiteInput, kept: Kept | None = None) -> Iterator[Page]:
    """Yield what `build_site` returns, one file after the other: a large site need not be in memory as a whole.

    With what the build before kept, pages that show what they showed then are not made again; the bytes are the same.
    """
    spellings: dict[str, str] = {}
    for path, content in _files(_digest(site, kept)):
        # Hosts and laptops whose file systems fold case would keep only one of two such files.
        folded = path.casefold()
        if folded in spellings:
            raise SiteError(f"two pages are called {path!r} and {spellings[folded]!r}; rename one of the cards")
        spellings[folded] = path
        yield path, content
    yield from machine.crawling(spellings.values(), site.options)


@dataclass(frozen=True, slots=True)
class _Digested:
    """What all languages and the JSON share."""

    site: SiteInput
    found: tuple[Entry, ...]
    groups: tuple[tuple[Entry, ...], ...]
    by_identity: Mapping[tuple[str, str], tuple[Entry, ...]]
    files: Mapping[str, tuple[File, ...]]
    summaries: Mapping[str, dict[str, Any]]
    values: Mapping[str, tuple[Value, ...]]
    single: Mapping[str, tuple[Value, ...]]  #: the same with every card counted by itself
    sub: tuple[_Sub, ...]
    by_rule: Mapping[str, Sequence[str]]
    atlas: atlas.Atlas
    kept: Kept | None = None
    bodies: Bodies = field(default_factory=Bodies)
    names: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, frozenset[str]] = field(default_factory=dict)  #: names of a card's pictures, by uid


@dataclass(frozen=True, slots=True)
class _Sub:
    """The models that share one value of a filter."""

    value: Value
    found: tuple[Entry, ...]
    groups: tuple[tuple[Entry, ...], ...]
    values: Mapping[str, tuple[Value, ...]]


def _digest(site: SiteInput, kept: Kept | None) -> _Digested:
    guard.check(site.theme.schemas)
    found = entries(site)
    twice = [uid for uid, count in Counter(entry.uid for entry in found).items() if count > 1]
    if twice:
        raise SiteError(f"two cards are called {twice[0]!r}; give every card once")
    groups = models(found)
    embedded: dict[str, dict[int, bytes]] = defaultdict(dict)
    for (uid, index), content in site.embedded.items():
        embedded[uid][index] = content
    files = {entry.uid: files_of(entry, embedded[entry.uid], site.reached) for entry in found}
    known = facets.table(found)
    values = {kind: facets.values(groups, kind, site.vocabulary, known) for kind in facets.KINDS}
    return _Digested(
        site=site,
        found=found,
        groups=groups,
        by_identity={group[0].identity: group for group in map(newest_first, groups)},
        files=files,
        summaries={entry.uid: api.summary(entry, files[entry.uid], site.options) for entry in found},
        values=values,
        single={
            kind: facets.values([(entry,) for entry in found], kind, site.vocabulary, known) for kind in facets.KINDS
        },
        sub=tuple(_subs(site, found, values, known)),
        by_rule=others.cards_by_rule(site.findings),
        atlas=atlas.survey(site, found, groups),
        names={entry.uid: entry.name for entry in found},
        figures=_figures(site),
        kept=kept,
        bodies=Bodies(kept),
    )


def _figures(site: SiteInput) -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for uid, name in site.figures:
        names[uid].add(name)
    return {uid: frozenset(found) for uid, found in names.items()}


def _subs(
    site: SiteInput, found: Sequence[Entry], values: Mapping[str, Sequence[Value]], known: facets.Table
) -> Iterator[_Sub]:
    for kind, items in values.items():
        having: dict[str, list[Entry]] = defaultdict(list)
        for entry in found:
            for named in known[entry.uid][kind]:
                having[named.slug].append(entry)
        for value in items:
            these = tuple(having[value.named.slug])
            groups = models(these)
            others_ = {
                other: facets.values(groups, other, site.vocabulary, known) for other in facets.KINDS if other != kind
            }
            yield _Sub(value, these, groups, others_)


def _files(made: _Digested) -> Iterator[Page]:
    site = made.site
    for name, content in site.theme.static.items():
        yield f"static/{name}", content
    yield "static/filters.css", facets.style_sheet(value for found in made.single.values() for value in found)
    for name, content in site.theme.schemas.items():
        yield f"schema/{name}", content
    for entry in made.found:
        yield from ((f"{entry.uid}/files/{file.name}", file.content) for file in made.files[entry.uid] if file.content)
        if entry.record:
            yield f"{entry.uid}/record.json", entry.record.data
        for name in made.figures.get(entry.uid, ()):
            # Beside the page of each language: texts are rendered once, with addresses relative to their page.
            for language in site.options.languages:
                yield f"{folder(language, site.options)}{entry.uid}/files/{name}", site.figures[entry.uid, name]
        for name, content in citation.files(entry, site.options):
            yield f"{entry.uid}/{name}", content
    yield from _twins(made)
    names = {language: _words(site, language)("language.name") for language in site.options.languages}
    places = [
        Place(_words(site, language), folder(language, site.options), site.options, names)
        for language in site.options.languages
    ]
    yield from _cards(made, places)
    for place in places:
        yield from _pages(made, place)


def _words(site: SiteInput, language: str) -> Words:
    if language not in site.theme.strings:
        raise SiteError(f"no strings for the language {language!r}; there are {', '.join(sorted(site.theme.strings))}")
    return Words(language, site.theme.strings[language], site.vocabulary)


def _twins(made: _Digested) -> Iterator[Page]:
    site = made.site
    title = site.options.title
    schemas = sorted(site.theme.schemas)
    fragments = {uid: api.fragment(summary) for uid, summary in made.summaries.items()}
    yield "index.json", api.listing(title, list(fragments.values()), made.values)
    for sub in made.sub:
        summaries = [fragments[entry.uid] for entry in sub.found]
        path = f"{sub.value.kind}/{sub.value.named.slug}/index.json"
        yield path, api.listing(f"{title}: {sub.value.named.en}", summaries, sub.values, sub.value)
    languages = [_words(site, language) for language in site.options.languages]
    for entry in made.found:
        group = made.by_identity[entry.identity]
        more = atlas.about(made.atlas, entry, languages)
        yield f"{entry.uid}/index.json", api.card(entry, made.files[entry.uid], group, site.options, more)
    yield "rules/index.json", api.rules(site.rules, made.by_rule)
    for rule in site.rules:
        yield f"rules/{rule.code}/index.json", api.rule(rule, made.by_rule.get(rule.code, ()))
    yield "status/index.json", api.ladder(made.values["status"], site.vocabulary)
    yield from shards.shards(made.found, fragments)
    yield from shards.by_sha256(made.found)
    first = _words(site, site.options.languages[0])
    for entry in made.found:
        yield f"{entry.uid}/badge.svg", badges.badge(entry, first)
    yield "browse/index.json", api.browse(made.values)
    yield "api/index.json", api.api(schemas)
    yield from atlas.twins(made.atlas)


def _samples(made: _Digested, place: Place) -> api_page.Samples | None:
    """Return examples for the page about the JSON: those of a card with a file, made as the files themselves are."""
    entry = next((entry for entry in made.found if entry.weights), next(iter(made.found), None))
    if entry is None:
        return None
    summary = made.summaries[entry.uid]
    shard = next(path for path, _ in shards.shards((entry,), {entry.uid: api.fragment(summary)}))
    files = dict(shards.by_sha256((entry,)))
    named = next(iter(files), "")
    feed = next(content for _, content in feeds.feeds((entry,), (), place))
    sha256 = named.removeprefix("by-sha256/").removesuffix(".json")
    return api_page.Samples(entry.uid, summary, shard, sha256, files.get(named, b""), feed)


def _listings(made: _Digested) -> Iterator[listing.Listed]:
    yield listing.Listed(made.groups, made.values)
    yield listing.Listed(tuple((entry,) for entry in made.found), made.single, every=True)
    for sub in made.sub:
        yield listing.Listed(sub.groups, sub.values, sub.value)


class _Asked(Mapping[str, str]):
    """The names of cards, with a list of those that were asked for and whether they are there."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self.heard: dict[str, bool] = {}

    def __getitem__(self, uid: str) -> str:
        self.heard[uid] = uid in self._names
        return self._names[uid]

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a page asks for cards by their uid")

    __len__ = __iter__  # type: ignore[assignment]


def _cards(made: _Digested, places: Sequence[Place]) -> Iterator[Page]:
    """Yield the pages of all cards, each in all languages before the next one's: a text is rendered for all of them."""
    site = made.site
    renderers = [Renderer(site.theme, place.words) for place in places]
    shared = [seen.common(site, place) if made.kept else b"" for place in places]
    codes = frozenset(rule.code for rule in site.rules)
    licences = frozenset(value.named.slug for value in made.values["license"])
    for entry in made.found:
        files, asked = made.files[entry.uid], _Asked(made.names)
        near = Neighbours(
            group=made.by_identity[entry.identity],
            names=asked,
            rules=codes,
            atlas=atlas.around(made.atlas, entry),
            lists={"license": licences & {entry.license.slug}} if entry.license else {},
            bodies=made.bodies,
            figures=made.figures.get(entry.uid, frozenset()),
        )
        mine = seen.own(entry, files, near) if made.kept else b""
        for place, renderer, of_all in zip(places, renderers, shared, strict=True):
            path = f"{place.prefix}{entry.uid}/index.html"
            key = seen.key(of_all, mine, near, place) if made.kept else b""
            content = _as_before(made, key)
            if content is None:
                _, view = card_page(place, entry, files, near)
                content = renderer.render("card.html", view)
                if made.kept:
                    made.kept.put(key, json.dumps(asked.heard).encode() + b"\n" + content)
            yield path, content


def _as_before(made: _Digested, key: bytes) -> bytes | None:
    """Return the page that is kept under a key, where the cards that it links are there as they were."""
    found = made.kept.get(key) if made.kept else None
    if found is None:
        return None
    asked, _, content = found.partition(b"\n")
    return content if all((uid in made.names) is there for uid, there in json.loads(asked).items()) else None


def _pages(made: _Digested, place: Place) -> Iterator[Page]:
    site = made.site
    renderer = Renderer(site.theme, place.words)

    def page(template: str, made_page: tuple[str, object]) -> Page:
        path, view = made_page
        return place.prefix + path, renderer.render(template, view)

    engines = listing.Engines(
        f"static/{MINISEARCH}" if MINISEARCH in site.theme.static else "", READER if site.fulltext else ""
    )
    book = listing.RowBook(place, renderer.piece("_row.html"))
    for listed in _listings(made):
        for each in listing.listing_pages(place, book, listed, engines):
            yield page("listing.html", each)
    lists = {kind: frozenset(value.named.slug for value in found) for kind, found in made.values.items()}
    yield from feeds.feeds(made.found, ((sub.value, sub.found) for sub in made.sub), place)
    yield page("rules.html", others.rule_index(place, site.rules, made.by_rule))
    for rule_page in others.rule_pages(place, site.rules, made.by_rule):
        yield page("rule.html", rule_page)
    yield page("status.html", ladder.ladder_page(place, made.values["status"], made.found))
    yield page("browse.html", listing.browse_page(place, made.values))
    yield page("api.html", api_page.api_page(place, sorted(site.theme.schemas), _samples(made, place)))
    for template, made_page in atlas.pages(place, made.atlas, lists):
        yield page(template, made_page)
    if not place.prefix:
        # A host shows one page for what it does not find, whatever the language.
        yield page("404.html", others.missing_page(place, [_words(site, name) for name in site.options.languages[1:]]))
