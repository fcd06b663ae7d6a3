"""The pages beside listings, cards and rules, put together: what they share is computed once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from mindhub.frozen import dataclass
from mindhub.pages import (
    board_pages,
    citation,
    compare,
    health,
    leaderboards,
    matrix_page,
    news,
    overviews,
    prose,
    redirects,
    schema_keys,
    versions,
)
from mindhub.pages.rows import scores_of, status_of, summary_in, summary_of
from mindhub.pages.similar import Likes, similar
from mindhub.pages.usage import digest
from mindhub.pages.words import TAGS
from mindhub.smoke.matrix import Matrix, matrix

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from markupsafe import Markup

    from mindhub.pages.entries import Entry
    from mindhub.pages.inputs import SiteInput
    from mindhub.pages.leaderboards import Board, Key
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words
    from mindhub.smoke.evidence import Evidence
    from mindhub.waivers import Waiver

_K = TypeVar("_K")
_V = TypeVar("_V")
Groups = tuple[tuple["Entry", ...], ...]
Made = tuple[str, object]  #: a page's path and view


@dataclass(frozen=True, slots=True)
class Atlas:
    """What these pages, and the pages of cards, need to know about the whole registry."""

    site: SiteInput
    found: tuple[Entry, ...]
    boards: tuple[Board, ...]
    ranks: Mapping[str, Mapping[Key, tuple[int, int]]]  #: uid -> board -> rank and number of files
    sharing: Mapping[str, tuple[str, ...]]  #: sha256 -> uids of the cards that name it, where there are several
    likes: Mapping[tuple[str, str], Likes]  #: identity of a model -> models like it
    versions: tuple[tuple[tuple[Entry, ...], versions.Difference], ...]  #: models with several cards, oldest first
    kinds: overviews.Gathered
    health: health.Health
    matrix: Matrix
    keys: tuple[schema_keys.Key, ...]
    moved: Mapping[str, str]  #: old name -> uid
    former: Mapping[str, tuple[str, ...]]  #: uid -> its old names
    uids: frozenset[str]
    compared: frozenset[str]  #: folders of the pages that compare versions
    disclaimers: Mapping[str, Markup]  #: texts that cards share, by name
    accepted: Mapping[str, Waiver]  #: accepted faults, by their reason


@dataclass(frozen=True, slots=True)
class Around:
    """What the page of one card says about the whole registry, in the words of `Atlas`."""

    ranks: Mapping[str, Mapping[Key, tuple[int, int]]]
    sharing: Mapping[str, tuple[str, ...]]
    compared: frozenset[str]
    disclaimers: Mapping[str, Markup]
    likes: Mapping[tuple[str, str], Likes]
    former: Mapping[str, tuple[str, ...]]
    accepted: Mapping[str, Waiver]


def around(atlas: Atlas, entry: Entry) -> Around:
    """Return the part of the atlas that a card's page may look at."""
    named = (entry.card.front or {}).get("disclaimer")
    return Around(
        ranks=_only(atlas.ranks, (entry.uid,)),
        sharing=_only(atlas.sharing, map(digest, entry.card.assets)),
        compared=atlas.compared & {versions.path_of(entry)},
        disclaimers=_only(atlas.disclaimers, (named,) if isinstance(named, str) else ()),
        likes=_only(atlas.likes, (entry.identity,)),
        former=_only(atlas.former, (entry.uid,)),
        accepted=_only(atlas.accepted, (finding.waiver or "" for finding in entry.findings)),
    )


def _only(found: Mapping[_K, _V], keys: Iterable[_K]) -> dict[_K, _V]:
    return {key: found[key] for key in keys if key in found}


def survey(site: SiteInput, found: tuple[Entry, ...], groups: Groups) -> Atlas:
    """Compute what these pages share; the cost grows with the number of cards alone."""
    boards = leaderboards.boards(found, site.vocabulary)
    naming: dict[str, list[str]] = defaultdict(list)
    for entry in found:
        for sha256 in dict.fromkeys(map(digest, entry.card.assets)):
            if sha256:
                naming[sha256].append(entry.uid)
    uids = frozenset(entry.uid for entry in found)
    moved = redirects.moved(site.aliases, uids)
    former: dict[str, list[str]] = defaultdict(list)
    for old, new in moved.items():
        former[new].append(old)
    several = tuple((tuple(group), versions.differences(group)) for group in versions.several(found))
    schema = site.theme.schemas.get(schema_keys.SCHEMA)
    return Atlas(
        site=site,
        found=found,
        boards=boards,
        ranks=leaderboards.ranks(boards),
        sharing={sha256: tuple(uids) for sha256, uids in naming.items() if len(uids) > 1},
        likes=similar(groups),
        versions=several,
        compared=frozenset(versions.path_of(group[-1]) for group, _ in several),
        disclaimers={name: prose.plain(text) for name, text in site.disclaimers.items()},
        accepted={item.reason: item for item in site.waivers},
        kinds=overviews.gather(groups),
        health=health.examine(site, found),
        matrix=matrix(_runs(site)),
        keys=schema_keys.gather(schema, found, site.rules) if schema else (),
        moved=moved,
        former={uid: tuple(names) for uid, names in former.items()},
        uids=uids,
    )


def about(atlas: Atlas, entry: Entry, languages: Sequence[Words]) -> dict[str, Any]:
    """Return what a card's JSON says beyond the card: ranks, shared files, similar models, names, what to cite.

    And what pages call it in each of the languages.
    """
    work = citation.work_of(entry)
    folder = versions.path_of(entry)
    up = "../" * (entry.uid.count("/") + 1)
    hashes = dict.fromkeys(map(digest, entry.card.assets))
    named = (entry.card.front or {}).get("disclaimer")
    return {
        "ranks": [
            {"dataset": key[0], "metric": key[1], "rank": rank, "files": count,
             "url": f"{up}leaderboard/{key[0]}/{key[1]}/index.json"}
            for key, (rank, count) in atlas.ranks.get(entry.uid, {}).items()
        ],
        "same_files": {
            sha256: [uid for uid in atlas.sharing[sha256] if uid != entry.uid]
            for sha256 in hashes
            if sha256 in atlas.sharing
        },
        "similar": [{"uid": other.uid, "why": why} for other, why in atlas.likes.get(entry.identity, ())],
        "versions_url": f"{up}{folder}index.json" if folder in atlas.compared else None,
        "former_names": list(atlas.former.get(entry.uid, ())),
        "citation": asdict(work) if work else None,
        "citation_files": [name for name, _ in citation.files(entry, atlas.site.options)],
        "disclaimer": atlas.site.disclaimers.get(named) if isinstance(named, str) else None,
        "translations": {
            language: {"title": said.title or None, "summary": said.summary or None, "body": said.body.text}
            for language, said in entry.said.items()
        },
        "texts": {words.language: _texts(entry, words) for words in languages},
    }  # fmt: skip


def _texts(entry: Entry, words: Words) -> dict[str, Any]:
    """Return what the pages of a language say about a card, so that a script says the same."""
    status = status_of(entry, words)
    return {
        "name": entry.label(words.language),
        "summary": summary_of(entry, words) or None,
        "summary_language": summary_in(entry, words) or TAGS.get(words.language, words.language),
        "scores": [
            {"metric": score.label, "dataset": score.dataset or None, "claimed": score.claimed or None,
             "measured": score.measured or None}
            for score in scores_of(entry, words)
        ],
        "status": status.word,
        "reason": status.note or None,
    }  # fmt: skip


def _runs(site: SiteInput) -> Iterator[Evidence]:
    """Yield every known run of every card; without a history its record is the only one."""
    uids = sorted(str(card.uid) for card in site.cards if card.uid)
    for uid in uids:
        if uid in site.runs:
            yield from site.runs[uid]
        elif uid in site.records:
            yield site.records[uid].evidence


def twins(atlas: Atlas) -> Iterator[tuple[str, bytes]]:
    """Yield the JSON of all these pages."""
    yield from board_pages.board_twins(atlas.boards)
    for group, found in atlas.versions:
        yield versions.versions_twin(group, found)
    yield compare.compare_twin(atlas.found, atlas.site.options.languages)
    yield from overviews.overview_twins(atlas.kinds, atlas.boards, atlas.site.publishers)
    yield health.health_twin(atlas.site, atlas.health)
    yield matrix_page.matrix_twin(atlas.matrix, atlas.uids)
    yield from schema_keys.key_twins(atlas.keys)
    yield news.news_twin(atlas.found)
    yield from redirects.redirect_twins(atlas.moved)


def pages(place: Place, atlas: Atlas, listed: Mapping[str, Collection[str]]) -> Iterator[tuple[str, Made]]:
    """Yield each page with its template; `listed` has the values that have a listing, by kind."""

    def each(template: str, made: Iterable[Made]) -> Iterator[tuple[str, Made]]:
        return ((template, page) for page in made)

    groups = [group for group, _ in atlas.versions]
    yield "leaderboards.html", board_pages.board_index(place, atlas.boards)
    yield from each("leaderboard.html", board_pages.board_pages(place, atlas.boards))
    yield from each("versions.html", (versions.versions_page(place, *made) for made in atlas.versions))
    yield "compare.html", compare.compare_page(place, groups)
    yield "overview.html", overviews.tasks_page(place, atlas.kinds, listed)
    yield "overview.html", overviews.datasets_page(place, atlas.kinds, atlas.boards, listed)
    yield "overview.html", overviews.publishers_page(place, atlas.kinds, atlas.site.publishers, listed)
    yield "health.html", health.health_page(place, atlas.site, atlas.health)
    yield "matrix.html", matrix_page.matrix_page(place, atlas.matrix, atlas.found)
    yield "keys.html", schema_keys.key_index(place, atlas.keys)
    yield from each("key.html", schema_keys.key_pages(place, atlas.keys))
    yield "news.html", news.news_page(place, atlas.found)
    yield from each("redirect.html", redirects.redirect_pages(place, atlas.moved))
