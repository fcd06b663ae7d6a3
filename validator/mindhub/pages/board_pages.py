"""The pages of leaderboards: the list of all, and one per data set and metric with its plot."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass
from mindhub.pages.api import VERSION, encode
from mindhub.pages.plots import Axis, Point, scatter, strip
from mindhub.pages.rows import status_of
from mindhub.pages.views import Frame, Link, Status
from mindhub.pages.words import measured_score, quantity, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from mindhub.pages.entries import Entry
    from mindhub.pages.leaderboards import Board, Place
    from mindhub.pages.place import Place as Where
    from mindhub.pages.words import Words

#: Points in a plot against parameters; fewer show no relation.
_FEWEST = 2
#: Cards of a row that share its file and are named; the rest are counted.
_OTHERS = 6


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A file on a leaderboard."""

    rank: str
    link: Link
    uid: str
    others: tuple[Link, ...]
    others_more: str
    claimed: str
    measured: str
    parameters: str
    updated: str
    status: Status


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A leaderboard."""

    frame: Frame
    heading: str
    crumbs: tuple[Link, ...]
    lead: str
    plot: Markup
    caption: str
    measured: bool  #: a score was measured anew
    parameters: bool  #: somebody counted parameters
    rows: tuple[BoardRow, ...]
    left_out: str
    doubted: tuple[Link, ...]
    siblings: tuple[Link, ...]  #: other metrics on the same data set


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A leaderboard in the list of all."""

    metric: Link
    count: str
    best: str
    leader: Link
    measured: str


@dataclass(frozen=True, slots=True)
class BoardIndex:
    """All leaderboards, by data set."""

    frame: Frame
    heading: str
    lead: str
    head: tuple[str, ...]
    groups: tuple[tuple[str, tuple[BoardLine, ...]], ...]
    nothing: str


def board_index(where: Where, found: Sequence[Board]) -> tuple[str, BoardIndex]:
    """Return the list of all leaderboards with the leader of each."""
    path, words = "leaderboard/index.html", where.words
    home, language = where.home(path), words.language
    groups: dict[str, list[BoardLine]] = defaultdict(list)
    for board in found:
        best = board.places[0]
        count = sum(place.measured is not None for place in board.places)
        groups[board.dataset.label(language)].append(
            BoardLine(
                Link(board.metric.label(language), f"{home}{board.path}index.html"),
                f"{len(board.places):,}",
                _score(best.claimed if best.claimed is not None else best.measured, board),
                Link(best.entry.title(language), f"{home}{best.entry.uid}/index.html"),
                f"{count:,}" if count else "",
            )
        )
    title, lead = words("board.index"), words("board.index.lead")
    head = tuple(words(f"board.{key}") for key in ("metric", "files", "best", "leader", "remeasured"))
    lines = tuple((name, tuple(items)) for name, items in groups.items())
    frame = where.frame(path, title, lead, "boards")
    return path, BoardIndex(frame, title, lead, head, lines, "" if lines else words("board.none"))


def board_page(where: Where, board: Board, siblings: Sequence[Board]) -> tuple[str, BoardPage]:
    """Return a leaderboard's page; `siblings` are all those of its data set."""
    words, language = where.words, where.words.language
    path = f"{board.path}index.html"
    home = where.home(path)
    dataset, metric = board.dataset.label(language), board.metric.label(language)
    title = words("board.title", dataset=dataset, metric=metric)
    better = words(f"board.better.{'lower' if board.direction == 'lower' else 'higher'}")
    lead = words("board.lead", files=words.plural("board.count", len(board.places)), better=better)
    plot, caption = _plot(board, home, words)
    crumbs = (
        Link(words("board.index"), f"{home}leaderboard/index.html"),
        Link(dataset, f"{home}dataset/{board.dataset.slug}/index.html" if _listed(board) else None),
    )
    return path, BoardPage(
        frame=where.frame(path, title, lead, "boards"),
        heading=title,
        crumbs=crumbs,
        lead=lead,
        plot=plot,
        caption=caption,
        measured=any(place.measured is not None for place in board.places),
        parameters=any(place.entry.parameters for place in board.places),
        rows=tuple(_row(place, board, home, words) for place in board.places),
        left_out=words.plural("board.left-out", len(board.left_out)) if board.left_out else "",
        doubted=tuple(Link(entry.uid, f"{home}{entry.uid}/index.html#remarks") for entry in board.left_out),
        siblings=tuple(
            Link(other.metric.label(language), f"{home}{other.path}index.html", other is board) for other in siblings
        )
        if len(siblings) > 1
        else (),
    )


def _listed(board: Board) -> bool:
    """Say whether the data set has a listing: some card was trained on it, not only measured."""
    return any(place.entry.dataset and place.entry.dataset.slug == board.dataset.slug for place in board.places)


def _row(place: Place, board: Board, home: str, words: Words) -> BoardRow:
    entry = place.entry
    return BoardRow(
        rank=f"{place.rank}",
        # All are about one data set, which the listing would name beside what is called alike.
        link=Link(entry.title(words.language), f"{home}{entry.uid}/index.html"),
        uid=entry.uid,
        others=tuple(Link(other.uid, f"{home}{other.uid}/index.html") for other in place.others[:_OTHERS]),
        others_more=words("list.more", count=len(place.others) - _OTHERS) if len(place.others) > _OTHERS else "",
        claimed=_score(place.claimed, board),
        measured=measured_score(place.measured, board.unit) if place.measured is not None else "",
        parameters=quantity(entry.parameters) if entry.parameters else "",
        updated=entry.updated,
        status=status_of(entry, words),
    )


def _score(value: float | None, board: Board) -> str:
    return score(value, board.unit) if value is not None else ""


def _plot(board: Board, home: str, words: Words) -> tuple[Markup, str]:
    known = [place for place in board.places if place.entry.parameters and place.claimed is not None]
    metric = board.metric.label(words.language)
    values = {"metric": metric, "dataset": board.dataset.label(words.language)}
    up = Axis(metric, lambda value: score(value, board.unit))
    names = _names(board, words.language)
    if len(known) >= _FEWEST:
        points = [_point(place, float(place.entry.parameters or 0), board, names, home, words) for place in known]
        across = Axis(words("board.axis.parameters"), lambda value: quantity(round(value)))
        caption = words("board.plot", shown=f"{len(known):,}", all=f"{len(board.places):,}", **values)
        return scatter(points, across, up, caption), caption
    shown = [place for place in board.places if place.claimed is not None] or board.places
    points = [_point(place, _height(place), board, names, home, words) for place in shown]
    caption = words("board.strip", **values)
    return strip(points, up, caption), caption


def _height(place: Place) -> float:
    return place.claimed if place.claimed is not None else place.measured or 0.0


def _names(board: Board, language: str) -> Mapping[str, str]:
    """Return what a plot calls each card: with the version where several are called alike on one data set."""
    entries = [place.entry for place in board.places]
    count = Counter(entry.title(language) for entry in entries)
    titles = {entry.uid: entry.title(language) for entry in entries}
    return {
        entry.uid: f"{titles[entry.uid]} {entry.version.en}" if count[titles[entry.uid]] > 1 else titles[entry.uid]
        for entry in entries
    }


def _point(place: Place, x: float, board: Board, names: Mapping[str, str], home: str, words: Words) -> Point:
    entry = place.entry
    parts = [names[entry.uid], entry.uid, _score(place.claimed, board)]
    if place.measured is not None:
        parts.append(words("board.said-measured", value=measured_score(place.measured, board.unit)))
    if entry.parameters:
        parts.append(words("generated.parameters", parameters=quantity(entry.parameters)))
    said = words("generated.join").join(part for part in parts if part)
    return Point(x, _height(place), names[entry.uid], f"{home}{entry.uid}/index.html", said, place.measured)


def board_index_twin(found: Sequence[Board]) -> tuple[str, bytes]:
    """Return the JSON of the list of all leaderboards."""
    items = [
        {**_about(board), "files": len(board.places), "url": f"{board.dataset.slug}/{board.metric.slug}/index.json"}
        for board in found
    ]
    return "leaderboard/index.json", encode({"version": VERSION, "kind": "leaderboards", "leaderboards": items})


def board_twin(board: Board) -> tuple[str, bytes]:
    """Return a leaderboard's JSON."""
    places = [_item(place) for place in board.places]
    left_out = [entry.uid for entry in board.left_out]
    made = {"version": VERSION, "kind": "leaderboard", **_about(board), "places": places, "left_out": left_out}
    return f"{board.path}index.json", encode(made)


def _about(board: Board) -> dict[str, Any]:
    return {
        "dataset": {"name": board.dataset.slug, "en": board.dataset.en, "zh": board.dataset.zh},
        "metric": {"name": board.metric.slug, "en": board.metric.en, "zh": board.metric.zh},
        "unit": board.unit or None,
        "direction": board.direction or None,
    }


def _item(place: Place) -> dict[str, Any]:
    entry: Entry = place.entry
    return {
        "rank": place.rank,
        "uid": entry.uid,
        "others": [other.uid for other in place.others],
        "claimed": place.claimed,
        "measured": place.measured,
        "parameters": entry.parameters,
        "step": entry.state.step,
    }
