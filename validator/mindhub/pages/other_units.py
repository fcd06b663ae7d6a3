"""The units of rules, leaderboards and versions, and of the pages that look at the whole registry."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages import (
    api,
    board_pages,
    compare,
    health,
    ladder,
    listing,
    matrix_page,
    news,
    others,
    overviews,
    redirects,
    schema_keys,
    versions,
)
from mindhub.pages.faces import join, stamp
from mindhub.pages.unit import Page, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mindhub.pages.entries import Entry
    from mindhub.pages.leaderboards import Board
    from mindhub.pages.shared import Language, Shared


def rule_units(shared: Shared) -> Iterator[Unit]:
    """Yield the list of all rules, and each rule with the cards that have its fault."""
    rules = shared.site.rules

    def index() -> Iterator[Page]:
        yield "rules/index.json", api.rules(rules, shared.by_rule)
        for language in shared.languages:
            yield language.page("rules.html", others.rule_index(language.place, rules, shared.by_rule))

    def each(at: int, uids: tuple[str, ...]) -> Unit:
        def files() -> Iterator[Page]:
            yield f"rules/{rules[at].code}/index.json", api.rule(rules[at], uids)
            for language in shared.languages:
                yield language.page("rule.html", others.rule_page(language.place, rules, at, uids))

        return Unit(f"rule {rules[at].code}", lambda: stamp(uids), files)

    yield Unit("rules", lambda: stamp([(code, len(uids)) for code, uids in sorted(shared.by_rule.items())]), index)
    for at, rule in enumerate(rules):
        yield each(at, tuple(shared.by_rule.get(rule.code, ())))


def key_units(shared: Shared) -> Iterator[Unit]:
    """Yield the list of all keys of a card, and each key with what cards write there."""
    keys = shared.atlas.keys

    def index() -> Iterator[Page]:
        yield schema_keys.key_index_twin(keys)
        for language in shared.languages:
            yield language.page("keys.html", schema_keys.key_index(language.place, keys))

    def each(at: int, key: schema_keys.Key) -> Unit:
        def files() -> Iterator[Page]:
            yield schema_keys.key_twin(key)
            for language in shared.languages:
                yield language.page("key.html", schema_keys.key_page(language.place, keys, at))

        return Unit(f"key {key.name}", lambda: stamp(key.used, key.values, key.different), files)

    yield Unit("keys", lambda: stamp([(key.name, key.used) for key in keys]), index)
    for at, key in enumerate(keys):
        yield each(at, key)


def board_units(shared: Shared) -> Iterator[Unit]:
    """Yield the list of all leaderboards, and each of them."""
    found, faces = shared.atlas.boards, shared.faces

    def index() -> Iterator[Page]:
        yield board_pages.board_index_twin(found)
        for language in shared.languages:
            yield language.page("leaderboards.html", board_pages.board_index(language.place, found))

    def each(board: Board) -> Unit:
        siblings = shared.atlas.siblings[board.dataset.slug]

        def sees() -> bytes:
            near = [(other.key, len(other.places)) for other in siblings]
            ranked = (entry for place in board.places for entry in (place.entry, *place.others))
            values = [(place.rank, place.claimed, place.measured, len(place.others)) for place in board.places]
            return join((stamp(near, values), *map(faces.brief, ranked), b"|", *map(faces.brief, board.left_out)))

        def files() -> Iterator[Page]:
            yield board_pages.board_twin(board)
            for language in shared.languages:
                yield language.page("leaderboard.html", board_pages.board_page(language.place, board, siblings))

        return Unit(f"board {board.path}", sees, files, lists=True)

    firsts = (board.places[0] for board in found)
    yield Unit(
        "boards",
        lambda: stamp(
            [
                (board.key, len(board.places), sum(place.measured is not None for place in board.places))
                for board in found
            ],
            [(place.claimed, place.measured, faces.brief(place.entry)) for place in firsts],
        ),
        index,
        lists=True,
    )
    for board in found:
        yield each(board)


def version_units(shared: Shared) -> Iterator[Unit]:
    """Yield the comparison of each model's versions."""

    def each(group: tuple[Entry, ...]) -> Unit:
        def sees() -> bytes:
            return join([*map(shared.faces.whole, group), *map(shared.faces.brief, group)])

        def files() -> Iterator[Page]:
            found = versions.differences(group)
            yield versions.versions_twin(group, found)
            for language in shared.languages:
                yield language.page("versions.html", versions.versions_page(language.place, group, found))

        return Unit(f"versions {versions.path_of(group[-1])}", sees, files)

    for group in shared.atlas.versions:
        yield each(group)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of page that looks at the whole registry."""

    name: str
    template: str
    sees: Callable[[], bytes]
    twins: Callable[[], Iterable[Page]]
    pages: Callable[[Language], Iterable[tuple[str, object]]]


def registry_units(shared: Shared) -> Iterator[Unit]:
    """Yield the pages that look at the whole registry."""

    def unit(kind: _Kind) -> Unit:
        def files() -> Iterator[Page]:
            yield from kind.twins()
            for language in shared.languages:
                yield from (language.page(kind.template, made) for made in kind.pages(language))

        return Unit(kind.name, kind.sees, files)

    return map(unit, _kinds(shared))


def _kinds(shared: Shared) -> Iterator[_Kind]:
    site, found, made, faces = shared.site, shared.found, shared.atlas, shared.faces
    everything = cache(lambda: faces.lists(found))

    def health_seen() -> bytes:
        # What is found outside of cards is about the registry's own files.
        outside = [each for each in site.findings if each.uid not in made.uids]
        told = [(each.code, each.severity.label, each.waiver, each.path[:1]) for each in outside]
        counted = made.health
        numbers = [sorted(each.items()) for each in (counted.counts, counted.excused, counted.severities)]
        return stamp(everything(), numbers, counted.clean, told)

    def news_seen() -> bytes:
        return join([*map(faces.listed, news.changed(found)), b"|", *map(faces.listed, news.verified(found))])

    yield _Kind(
        "status", "status.html", everything,
        lambda: [("status/index.json", api.ladder(shared.by_model["status"], site.vocabulary))],
        lambda language: [ladder.ladder_page(language.place, shared.by_model["status"], found)],
    )  # fmt: skip
    yield _Kind(
        "browse", "browse.html", everything,
        lambda: [("browse/index.json", api.browse(shared.by_model))],
        lambda language: [listing.browse_page(language.place, shared.by_model)],
    )  # fmt: skip
    yield _Kind(
        "compare", "compare.html", everything,
        lambda: [compare.compare_twin(found, site.options.languages)],
        lambda language: [compare.compare_page(language.place, made.versions)],
    )  # fmt: skip
    yield _Kind(
        "overviews", "overview.html", everything,
        lambda: overviews.overview_twins(made.kinds, made.boards, site.publishers),
        lambda language: _overviews(shared, language),
    )  # fmt: skip
    yield _Kind(
        "health", "health.html", health_seen,
        lambda: [health.health_twin(site, made.health)],
        lambda language: [health.health_page(language.place, site, made.health)],
    )  # fmt: skip
    yield _Kind(
        "matrix", "matrix.html", everything,
        lambda: [matrix_page.matrix_twin(made.matrix, made.uids)],
        lambda language: [matrix_page.matrix_page(language.place, made.matrix, found)],
    )  # fmt: skip
    yield _Kind(
        "news", "news.html", news_seen,
        lambda: [news.news_twin(found)],
        lambda language: [news.news_page(language.place, found)],
    )  # fmt: skip
    yield _Kind(
        "redirects", "redirect.html", lambda: stamp(sorted(made.moved.items())),
        lambda: redirects.redirect_twins(made.moved),
        lambda language: redirects.redirect_pages(language.place, made.moved),
    )  # fmt: skip


def _overviews(shared: Shared, language: Language) -> Iterator[tuple[str, object]]:
    place, made = language.place, shared.atlas
    yield overviews.tasks_page(place, made.kinds, shared.listed)
    yield overviews.datasets_page(place, made.kinds, made.boards, shared.listed)
    yield overviews.publishers_page(place, made.kinds, shared.site.publishers, shared.listed)
