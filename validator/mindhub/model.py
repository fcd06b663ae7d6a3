"""The small frozen types everything speaks."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Any

from mindhub.frozen import dataclass, field
from mindhub.messages import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mindhub.body import Body

#: Where a value stands: ("asset", 0, "asset-sha256") in the front matter, ("body", "link", 2) in the body.
FieldPath = tuple[str | int, ...]

#: No segment starts with a dot: such a file is hidden, and `..` is another folder.
_SEGMENT = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*")
_RESERVED_ENDINGS = (".zh", ".evidence")  #: of files that lie beside a card
_DEVICES = frozenset({"ascend", "gpu", "cpu"})


class Severity(enum.IntEnum):
    """How much a finding weighs; only an error blocks by default."""

    ADVICE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """Return the word used in output and on the command line."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Uid:
    """The name of a card: its path in the registry without the suffix."""

    publisher: str
    version: str  #: of MindSpore, as the directory is called
    name: str
    device: str | None = None  #: the extra directory of a legacy path, as in noah-cvlab/gpu/1.8/x

    def __str__(self) -> str:
        device = f"{self.device}/" if self.device else ""
        return f"{self.publisher}/{device}{self.version}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Uid:
        """Read `publisher/version/name`, or the legacy `publisher/device/version/name`.

        Raises ValueError with a sentence that says what would do.
        """
        parts = text.split("/")
        if any(not _SEGMENT.fullmatch(part) for part in parts) or len(parts) not in (3, 4):
            raise ValueError(say("{text!r} is not a uid; write publisher/mindspore-version/name", text=text))
        if parts[-1].endswith(_RESERVED_ENDINGS):
            raise ValueError(say("{text!r} ends like a file beside a card; choose another name", text=text))
        if len(parts) == 4:  # noqa: PLR2004 - one more than the line above
            if parts[1].lower() not in _DEVICES:
                message = say(
                    "{text!r} is not a uid; {device!r} is not a device (ascend, gpu or cpu)", text=text, device=parts[1]
                )
                raise ValueError(message)
            return cls(parts[0], parts[2], parts[3], parts[1])
        return cls(*parts)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a card's text; ends are exclusive."""

    start: int  #: bytes from the start of the file
    end: int
    line: int  #: from 1, the front matter's fence counted
    column: int  #: from 1, in characters
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Asset:
    """One downloadable file of a card, as the card claims it."""

    index: int  #: place in the card's `asset` list
    file_format: str | None
    link: str | None  #: without the angle brackets of an autolink
    sha256: str | None  #: as written, not checked
    size: int | None = None  #: bytes
    mirrors: tuple[str, ...] = ()

    @property
    def embedded(self) -> bool:
        """Say whether the link is a path beside the card rather than an address."""
        return bool(self.link) and "//" not in str(self.link) and ":" not in str(self.link)


@dataclass(frozen=True, slots=True)
class Metric:
    """One number a card claims, or one that was measured."""

    name: str  #: canonical name from schema/vocabulary/metrics.yaml, such as `top1-accuracy`
    value: float
    unit: str  #: `percent`, `fraction`, `db`, … ; empty for a bare number
    direction: str  #: `higher` or `lower` is better; empty where neither is known
    dataset: str | None = None
    split: str | None = None
    text: str = ""  #: as the card spells it


@dataclass(frozen=True, slots=True)
class Citation:
    """The work that a card asks to cite."""

    title: str
    authors: tuple[str, ...]  #: in their order, given names first
    year: int
    venue: str | None = None
    url: str | None = None
    doi: str | None = None  #: without an address before it
    arxiv: str | None = None  #: without a version


@dataclass(frozen=True, slots=True)
class Card:
    """A model card: what its author claims, typed, and where each claim stands.

    A field is None where the card lacks it or its value has the wrong type (then a finding says so).
    """

    file: str  #: as shown to people: relative to the working directory where it lies below it
    path: Path
    uid: Uid | None  #: None outside a registry
    data: bytes = field(repr=False)
    front: Mapping[str, Any] | None = field(repr=False)  #: None where no front matter could be read
    places: Mapping[FieldPath, tuple[int, int]] = field(repr=False)  #: value -> characters [start, end)
    keys: Mapping[FieldPath, tuple[int, int]] = field(repr=False)  #: path of a value -> its key
    quoted: frozenset[FieldPath] = field(repr=False)  #: scalars written in quotes or as a block
    body: Body = field(repr=False)
    faults: tuple[tuple[str, Problem], ...] = field(default=(), repr=False)  #: what reading found: rule and problem
    misplaced: str = ""  #: why a file inside a registry has no uid

    title: str | None = None  #: the H1, wherever it stands
    model_name: str | None = None
    backbone_name: str | None = None
    module_type: str | None = None
    fine_tunable: bool | None = None
    model_version: str | None = None
    train_dataset: str | None = None
    evaluation: tuple[Metric, ...] = ()
    author: str | None = None
    update_time: str | None = None
    repo_link: str | None = None
    repo_commit: str | None = None
    user_id: str | None = None
    used_for: str | None = None
    mindspore_version: str | None = None
    license: str | None = None
    summary: str | None = None
    assets: tuple[Asset, ...] = ()
    devices: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    paper: str | None = None
    citation: Citation | None = None
    replaced_by: str | None = None
    deprecated: Mapping[str, str] | None = None
    smoke: Mapping[str, Any] | None = None  #: as written and typed by the schema; mindhub.smoke.contract reads it

    @property
    def text(self) -> str:
        """The card's text, decoded when asked for: thousands of cards in memory take half the room as bytes."""
        from mindhub.text import text_of

        return text_of(self.data)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes [start, end) of a file."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair: what it does, in words and in bytes."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True  #: changes no meaning; others need to be asked for


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair as a rule proposes it: pieces of the card's text and what should stand there."""

    title: str
    edits: tuple[tuple[int, int, str], ...]  #: characters [start, end) and the new text
    safe: bool = True  #: changes no meaning; others need to be asked for


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a problem, such as where a key was first defined."""

    card: Card
    path: FieldPath
    message: str
    key: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule says about one place of a card; the checker adds rule, file and position."""

    path: FieldPath
    message: str
    fix: str | Repair | None = None  #: what should stand in place of the value, or edits elsewhere
    key: bool = False  #: the key is meant, not its value
    related: tuple[Related, ...] = ()
    chars: tuple[int, int] | None = None  #: for the reader, which knows places that have no path
    severity: Severity | None = None  #: where it differs from the rule's


@dataclass(frozen=True, slots=True)
class RelatedPlace:
    """A related place as reports show it."""

    file: str
    span: Span | None
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one card, placed."""

    code: str
    slug: str
    severity: Severity
    file: str
    message: str
    uid: str | None = None
    span: Span | None = None
    path: FieldPath = ()
    fix: Fix | None = None
    related: tuple[RelatedPlace, ...] = ()
    waiver: str | None = None  #: the reason, where the registry waives it
    older: bool = False  #: the base version of the card had it already
    excerpt: str = ""  #: the line of the card, for output to people

    def waived(self, reason: str) -> Finding:
        """Return the finding with the reason of its waiver.

        A registry that was taken over has ten thousand of these, and `replace` takes four times as long.
        """
        return Finding(
            self.code,
            self.slug,
            self.severity,
            self.file,
            self.message,
            self.uid,
            self.span,
            self.path,
            self.fix,
            self.related,
            reason,
            self.older,
            self.excerpt,
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """Something the tool could not do."""

    file: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run found out."""

    cards: tuple[Card, ...]
    findings: tuple[Finding, ...]
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    renamed: Mapping[str, str] = field(default_factory=dict)  #: uid that a card of the base had -> uid it has now

    def count(self, severity: Severity) -> int:
        """Count the findings of one severity that nothing excuses."""
        return sum(f.severity is severity and f.waiver is None and not f.older for f in self.findings)
