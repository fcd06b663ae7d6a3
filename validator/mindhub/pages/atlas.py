"""The pages beside listings, cards and rules, put together: what they share is computed once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from mindhub.frozen import dataclass
from mindhub.pages import (
    citation,
    health,
    leaderboards,
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
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from markupsafe import Markup

    from mindhub.pages.entries import Entry
    from mindhub.pages.heirs import Heirs
    from mindhub.pages.inputs import SiteInput
    from mindhub.pages.leaderboards import Board, Key
    from mindhub.pages.words import Words
    from mindhub.rules.base import Rule
    from mindhub.smoke.evidence import Evidence
    from mindhub.waivers import Waiver

_K = TypeVar("_K")
_V = TypeVar("_V")
Groups = tuple[tuple["Entry", ...], ...]


class Atlas:
    """What these pages, and the pages of cards, need to know about the whole registry; found out when asked for."""

    def __init__(
        self,
        site: SiteInput,
        found: tuple[Entry, ...],
        groups: Groups,
        naming: Mapping[str, tuple[Rule, ...]],
        written: Callable[[Entry], Mapping[str, str | None]],
    ) -> None:
        """Take the cards in the order of the listing, and the models.

        `naming` has the rules that name a key of the schema; `written` gives the keys that a card writes.
        """
        self.site, self.found, self.groups = site, found, groups
        self._naming, self._written = naming, written
        self.known_keys: Mapping[str, schema_keys.Key] = {}  #: those where cards write what they wrote
        self.moved = redirects.moved(site.aliases, self.uids)  #: old name -> uid

    def take(self, before: Atlas, heirs: Heirs) -> None:
        """Take over what is made of nothing but what lists say, where they say of all cards what they said before."""
        self.versions = heirs.groups(before.versions)
        self.boards, self.siblings, self.ranks = before.boards, before.siblings, before.ranks
        self.sharing, self.likes, self.compared = before.sharing, before.likes, before.compared

    @cached_property
    def uids(self) -> frozenset[str]:
        """All cards."""
        return frozenset(entry.uid for entry in self.found)

    @cached_property
    def boards(self) -> tuple[Board, ...]:
        """All leaderboards."""
        return leaderboards.boards(self.found, self.site.vocabulary)

    @cached_property
    def siblings(self) -> Mapping[str, Sequence[Board]]:
        """The leaderboards of each data set, by its slug."""
        found: dict[str, list[Board]] = defaultdict(list)
        for board in self.boards:
            found[board.dataset.slug].append(board)
        return found

    @cached_property
    def ranks(self) -> Mapping[str, Mapping[Key, tuple[int, int]]]:
        """By uid and board, the card's rank and the number of files."""
        return leaderboards.ranks(self.boards)

    @cached_property
    def sharing(self) -> Mapping[str, tuple[str, ...]]:
        """The cards that name a file, by its sha256, where there are several."""
        naming: dict[str, list[str]] = defaultdict(list)
        for entry in self.found:
            for sha256 in dict.fromkeys(map(digest, entry.card.assets)):
                if sha256:
                    naming[sha256].append(entry.uid)
        return {sha256: tuple(uids) for sha256, uids in naming.items() if len(uids) > 1}

    @cached_property
    def likes(self) -> Mapping[tuple[str, str], Likes]:
        """Models like a model, by its identity."""
        return similar(self.groups)

    @cached_property
    def versions(self) -> tuple[tuple[Entry, ...], ...]:
        """The models with several cards, the oldest of each first."""
        return tuple(tuple(group) for group in versions.several(self.found))

    @cached_property
    def compared(self) -> frozenset[str]:
        """Folders of the pages that compare versions."""
        return frozenset(versions.path_of(group[-1]) for group in self.versions)

    @cached_property
    def disclaimers(self) -> Mapping[str, Markup]:
        """The texts that cards share, by name."""
        return {name: prose.plain(text) for name, text in self.site.disclaimers.items()}

    @cached_property
    def accepted(self) -> Mapping[str, Waiver]:
        """Accepted faults, by their reason."""
        return {item.reason: item for item in self.site.waivers}

    @cached_property
    def kinds(self) -> overviews.Gathered:
        """Tasks, data sets and publishers."""
        return overviews.gather(self.groups)

    @cached_property
    def health(self) -> health.Health:
        """What the page about the registry's health counts."""
        return health.examine(self.site, self.found)

    @cached_property
    def matrix(self) -> Matrix:
        """What every card did under which MindSpore."""
        return matrix(_runs(self.site))

    @cached_property
    def keys(self) -> tuple[schema_keys.Key, ...]:
        """The keys of a card with what cards write there."""
        schema = self.site.theme.schemas.get(schema_keys.SCHEMA)
        if not schema:
            return ()
        return schema_keys.gather(schema, map(self._written, self.found), self._naming, self.known_keys)

    @cached_property
    def former(self) -> Mapping[str, tuple[str, ...]]:
        """The old names of cards, by uid."""
        former: dict[str, list[str]] = defaultdict(list)
        for old, new in self.moved.items():
            former[new].append(old)
        return {uid: tuple(names) for uid, names in former.items()}


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
    folder = versions.path_of(entry)
    hashes = map(digest, entry.card.assets) if atlas.sharing else ()
    reasons = (finding.waiver for finding in entry.findings if finding.waiver) if atlas.accepted else ()
    return Around(
        ranks=_only(atlas.ranks, (entry.uid,)),
        sharing=_only(atlas.sharing, hashes),
        compared=frozenset((folder,)) if folder in atlas.compared else _NONE,
        disclaimers=_only(atlas.disclaimers, (named,)) if isinstance(named, str) else {},
        likes=_only(atlas.likes, (entry.identity,)),
        former=_only(atlas.former, (entry.uid,)),
        accepted=_only(atlas.accepted, reasons),
    )


_NONE: frozenset[str] = frozenset()


def _only(found: Mapping[_K, _V], keys: Iterable[_K]) -> dict[_K, _V]:
    return {key: found[key] for key in keys if key in found}


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
