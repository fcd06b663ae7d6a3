"""What the templates of listings and of the page about the JSON show: one frozen type per page, every text ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass, field

if TYPE_CHECKING:
    from markupsafe import Markup

    from mindhub.pages.views import Fact, Frame, Link, Score, Snippet, Status


@dataclass(frozen=True, slots=True)
class Chip:
    """One version of a model."""

    text: str
    href: str
    here: bool  #: it leads the row
    same: bool  #: its files have the sha256 of the leading card's


@dataclass(frozen=True, slots=True)
class Row:
    """A model in a listing."""

    href: str
    name: str
    uid: str
    summary: str
    summary_language: str  #: where it is not the page's
    kind: str  #: task, else domain
    dataset: str
    scores: tuple[Score, ...]
    parameters: str
    size: str
    updated: str
    versions: tuple[Chip, ...]
    identical: bool  #: a version has the same weights as the leading one
    ran: str  #: MindSpore version it ran on here
    badges: tuple[str, ...]
    status: Status
    #: What the filters and the sorting know it under.
    tokens: tuple[tuple[str, str], ...]  #: filter -> values, parted by spaces
    by_parameters: int
    by_size: int
    by_step: int
    by_score: str  #: `imagenet/top1-accuracy=79.3 …`
    words: str  #: for the search, beside what is visible


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter."""

    value: str
    label: str
    count: str
    href: str  #: of the page with just these
    under: bool = False  #: it narrows the option before it


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter."""

    name: str
    label: str
    options: tuple[Option, ...]  #: shown at once
    more: tuple[Option, ...]  #: shown when asked for
    more_label: str
    open: bool = True  #: the filter stands unfolded
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SortKey:
    """A score that rows can be sorted by."""

    key: str  #: `<data set>/<metric>`
    label: str
    lower: bool  #: less is better


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing of models."""

    frame: Frame
    heading: str
    lead: str
    explanation: str
    facets: tuple[Facet, ...]
    rows: Markup  #: a mark, in whose place the page gets the rows
    pages: tuple[Link, ...]  #: all pages of a listing that has several
    counted: str  #: "12 models, 40 cards"
    sorts: tuple[SortKey, ...] = ()
    parts: str = ""  #: a sentence that says this is one page of several
    front: bool = False  #: it is the first page of all
    switch: tuple[Link, ...] = ()  #: one row per model, or one per card
    engine: str = ""  #: script that searches names; empty where the build had none
    reader: str = ""  #: script that searches texts; empty where the build had none
    shown: str = ""  #: what is counted: models or cards


@dataclass(frozen=True, slots=True)
class Browse:
    """All facet pages."""

    frame: Frame
    heading: str
    groups: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """The page that documents the JSON."""

    frame: Frame
    heading: str
    lead: str
    rows: tuple[Fact, ...]
    samples: tuple[Snippet, ...] = field(default=())
