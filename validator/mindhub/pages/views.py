"""What each template shows: one frozen type per page, every text ready, nothing left to compute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; without an address it is only a text."""

    text: str
    href: str | None = None
    here: bool = False  #: it is the page one is on
    language: str = ""  #: of what it leads to, where that is another one


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page."""

    title: str  #: for the tab: page and site
    description: str
    language: str
    site_title: str
    root: str  #: way to the site's root
    home: str  #: way to the root of this language
    twin: str  #: way to the page's JSON
    languages: tuple[Link, ...]
    section: str  #: which entry of the navigation is this one's
    feed: str = ""  #: way to the feed of what the page lists
    url: str = ""  #: the page's whole address, where the site's is known
    image: str = ""  #: likewise, of the picture that others show beside a link to the page
    alternates: tuple[Link, ...] = ()  #: in all languages, whole addresses: search engines take no others
    structured: Markup | None = None  #: what the page is about, as JSON-LD

    def at(self, base: str) -> Frame:
        """Return the frame with addresses that begin at the host's root, for the page of what does not exist."""
        feed = base + self.feed
        return replace(
            self, root=base, home=base, twin=base + self.twin, feed=feed, languages=(), url="", image="", alternates=()
        )


@dataclass(frozen=True, slots=True)
class Status:
    """How far a card was verified, for a row or a heading."""

    word: str
    tone: str  #: good, bad or none
    pips: tuple[str, ...]  #: per step of the ladder: reached, failed or open
    note: str  #: why no further
    date: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score of a card."""

    label: str
    claimed: str
    dataset: str
    measured: str = ""
    difference: str = ""
    detail: str = ""  #: samples, split and tolerance of the measurement
    board: Link | None = None  #: the leaderboard, and the rank there


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ladder."""

    name: str
    word: str
    meaning: str
    state: str  #: reached, failed or open
    state_word: str
    count: str = ""
    href: str = ""
    example: Link | None = None  #: a model that took it
    example_said: str = ""


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of a run."""

    name: str
    verdict: str
    tone: str
    reason: str
    reason_language: str  #: where it is not the page's
    seconds: str
    memory: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with one or more values."""

    label: str
    values: tuple[Link, ...]
    code: bool = False
    language: str = ""  #: of values that a card brings, where it is not the page's


@dataclass(frozen=True, slots=True)
class Particulars:
    """Values by their own names, to unfold."""

    label: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """The panel that says what was verified."""

    status: Status
    headline: str
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]
    changed: str  #: what changed since the record was made
    due: str
    stages: tuple[StageRow, ...]
    notes: tuple[str, ...]
    more: tuple[Fact, ...]
    record: str | None


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines to copy."""

    label: str
    text: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Usage:
    """How to use the model, as far as that is known to work."""

    loads: bool
    said: str
    snippets: tuple[Snippet, ...]
    source: Link | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a card."""

    name: str
    format: str
    size: str
    sha256: str
    remark: str  #: what is wrong or particular about it
    link: Link
    mirrors: tuple[Link, ...]
    reached: str  #: when its address last answered as it should
    verified: str = ""  #: when size and sha256 were compared with the bytes
    others: tuple[Link, ...] = ()  #: other cards with the same file
    others_said: str = ""
    finder: str = ""  #: way to the JSON of all cards with this sha256
    replaces: str = ""  #: which published file it took the place of, and why


@dataclass(frozen=True, slots=True)
class Cite:
    """How to cite the model."""

    reference: str  #: the work that the card names, in one line; empty where it names none
    language: str  #: of that line, where it is not the page's
    link: Link | None  #: to that work
    bibtex: Snippet
    cff: Snippet
    files: tuple[Link, ...]  #: downloads


@dataclass(frozen=True, slots=True)
class Terms:
    """The licence and what restricts the use beside it."""

    label: str
    link: Link | None  #: to other models with this licence
    title: str  #: of a text that cards share; empty where there is none
    text: Markup
    language: str  #: of the text, where it is not the page's
    section: Link | None  #: to a part of the card's own text that is about it


@dataclass(frozen=True, slots=True)
class Like:
    """A model that is like this one."""

    link: Link
    why: str
    status: Status


@dataclass(frozen=True, slots=True)
class TensorRow:
    """A tensor."""

    name: str
    shape: str
    dtype: str
    count: str
    size: str


@dataclass(frozen=True, slots=True)
class TensorGroup:
    """Tensors whose names begin alike."""

    label: str
    totals: str
    rows: tuple[TensorRow, ...]
    groups: tuple[TensorGroup, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Tensors:
    """The tensor table of a card's file."""

    totals: str
    dtypes: str
    group: TensorGroup | None  #: None where there are too many to show
    too_many: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of the network."""

    side: str
    name: str
    shape: str
    dtype: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding of the checker."""

    code: str
    href: str | None
    severity: str
    tone: str
    message: str
    line: str
    accepted: str
    accepted_language: str  #: where it is not the page's


@dataclass(frozen=True, slots=True)
class CardPage:
    """A card."""

    frame: Frame
    name: str
    uid: str
    crumbs: tuple[Link, ...]
    summary: str
    summary_language: str  #: where it is not the page's
    badges: tuple[str, ...]
    banner: str  #: that it is deprecated, and why
    replacement: Link | None
    archived: str
    verified: Verified
    particulars: tuple[Particulars, ...]
    usage: Usage
    scores: tuple[Score, ...]
    measured: bool  #: a score was measured anew
    ranked: bool  #: a score stands on a leaderboard
    files: tuple[FileRow, ...]
    ports: tuple[Port, ...]
    tensors: Tensors | None
    body: Markup
    body_language: str  #: of the body, where it is not the page's
    cite: Cite
    terms: Terms | None
    likes: tuple[Like, ...]
    facts: tuple[Fact, ...]
    versions: tuple[Link, ...]
    differences: Link | None  #: to the page of all versions
    history: tuple[Fact, ...]  #: where it comes from, and what it was called
    compare: Link
    compare_query: str
    remarks: tuple[Remark, ...]
    remarks_counted: str
    edit: str | None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in the list of all."""

    code: str
    slug: str
    title: Markup
    severity: str
    tone: str
    count: str
    href: str


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """The list of all rules."""

    frame: Frame
    heading: str
    lead: str
    families: tuple[tuple[str, tuple[RuleRow, ...]], ...]


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule."""

    frame: Frame
    code: str
    slug: str
    title: Markup
    severity: str
    tone: str
    meaning: str
    paragraphs: tuple[Markup, ...]
    bad: Snippet
    good: Snippet
    counted: str
    cards: tuple[Link, ...]
    cards_more: str
    before: Link | None
    after: Link | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The page that explains the steps."""

    frame: Frame
    heading: str
    lead: str
    steps: tuple[Step, ...]
    others: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same said in another language, and the way to the pages in it."""

    text: str
    name: str
    href: str
    language: str
