"""Translations of cards: `<name>.zh.md` beside `<name>.md`, with a title, a summary and a body of its own.

    ---
    summary: One sentence, in that language.
    ---

    # The model's name

    ## …

Names, numbers and files are the card's: a translation has words alone. What came from an old hub has no front matter,
and no summary then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub import frontmatter
from mindhub.body import Body
from mindhub.frozen import dataclass
from mindhub.messages import say
from mindhub.model import Card, Problem
from mindhub.places import compact
from mindhub.source import (
    TRANSLATION_ENDINGS,
    SourceError,
    card_file,
    read_bytes,
    shown,
    translation_beside,
    translations,
)
from mindhub.text import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mindhub.frontmatter import Fault, FrontMatter
    from mindhub.model import Uid

SUMMARY = "summary"  #: the one key that a translation has


@dataclass(frozen=True, slots=True)
class Translation:
    """What a card says in another language."""

    language: str  #: such as `zh`
    title: str  #: the first heading of level 1; empty where there is none
    summary: str  #: empty where there is none
    body: Body  #: the Markdown below the front matter, the title's heading included, as in a card


@dataclass(frozen=True, slots=True)
class TranslationFile:
    """A translation as rules see it."""

    language: str
    page: Card  #: its words, under the name of the card beside it; all claims are the card's, so it has none
    original: Card | None  #: the card; None where there is none that can be read
    dangling: bool = False  #: there is no such card

    @property
    def of(self) -> str:
        """Return the name of the file that it translates."""
        return self.page.path.name.removesuffix(TRANSLATION_ENDINGS[self.language]) + ".md"


def read(text: str, language: str) -> Translation:
    """Read a translation; never raises on any input, and takes what can be read."""
    found = _read(text.encode(errors="replace"))
    summary = (found.front or {}).get(SUMMARY)
    return Translation(language, found.title or "", summary if isinstance(summary, str) else "", found.body)


def beside(card: Path, language: str) -> Translation | None:
    """Return the translation that lies beside a card, or None; raises SourceError where it cannot be read."""
    path = translation_beside(card, language)
    return read(text_of(read_bytes(path, frontmatter.MAX_BYTES)), language) if path else None


def parse(
    data: bytes, path: Path, language: str, original: Card | None, *, uid: Uid | None = None, dangling: bool = False
) -> TranslationFile:
    """Turn a translation's bytes into what rules judge; what reading found is in the faults of its page."""
    found = _read(data)
    page = Card(
        file=shown(path),
        path=path,
        uid=original.uid if original else uid,
        data=data,
        front=found.front,
        places=compact(found.places),
        keys=compact(found.keys),
        quoted=frozenset(found.quoted),
        body=found.body,
        faults=(*found.faults, *_form(found)),
        title=found.title,
    )
    return TranslationFile(language, page, original, dangling)


def collect(paths: Sequence[Path], root: Path | None, cards: Sequence[Card]) -> Iterator[TranslationFile | SourceError]:
    """Yield the translations that files and folders mean, each with its card among `cards`."""
    known = {card.path: card for card in cards}
    for path, language, card in translations(paths, root):
        try:
            data = read_bytes(path, frontmatter.MAX_BYTES)
        except SourceError as error:
            yield error
            continue
        uid = card_file(card, root).uid if root else None
        yield parse(data, path, language, known.get(card), uid=uid, dangling=not card.is_file())


def outline(body: Body) -> tuple[tuple[int, ...], int]:
    """Return what a translation has in common with its original: the levels of its headings, and how much code."""
    levels = tuple(heading.level for heading in body.headings if heading.level > 1)
    return levels, len(body.code)


def opens_with_title(body: Body) -> bool:
    """Say whether a body starts with a heading of level 1."""
    return bool(body.tokens) and body.tokens[0].type == "heading_open" and body.tokens[0].tag == "h1"


def _read(data: bytes) -> FrontMatter:
    if text_of(data).startswith("---"):
        return frontmatter.read(data, {SUMMARY: {}})
    text, faults = frontmatter.decode(data)
    found = frontmatter.FrontMatter(text, body=Body(data), faults=faults)
    titles = [heading.text for heading in found.body.headings if heading.level == 1]
    found.title = titles[0] if titles else None
    return found


def _form(found: FrontMatter) -> Iterator[Fault]:
    if found.front is None:
        return
    for key in found.front:
        if key != SUMMARY:
            message = say("{key!r} is no key of a translation; the card has it", key=key)
            yield "SC003", Problem((key,), message, key=True)
    summary = found.front.get(SUMMARY)
    if SUMMARY not in found.front:
        yield "SC002", Problem((), say("the front matter of a translation holds its summary; there is none"), key=True)
    elif not isinstance(summary, str):
        yield "SC001", Problem((SUMMARY,), say("the summary of a translation is not text"))
    elif not summary.strip():
        yield "SC002", Problem((SUMMARY,), say("{key!r} has no value", key=SUMMARY))
