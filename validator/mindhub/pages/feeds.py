"""Atom feeds (RFC 4287): new models, updated cards, broken ones; and what is new per task and publisher."""

from __future__ import annotations

import re
from functools import partial
from heapq import nlargest
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mindhub.frozen import dataclass
from mindhub.messages import translate
from mindhub.pages.links import up
from mindhub.pages.rows import reason, summary_of
from mindhub.pages.words import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mindhub.model import Finding
    from mindhub.pages.entries import Entry
    from mindhub.pages.facets import Value
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words

_MOST = 50
#: Filters whose values have a feed of their own.
KINDS = ("task", "publisher")
#: XML 1.0 has no way to write these. Those that it has would take ten times as long to compile.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEVER = "1970-01-01"


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry of a feed."""

    entry: Entry
    date: str  #: YYYY-MM-DD
    what: str  #: tells apart what happened to one card
    text: Callable[[], str]  #: asked for where the entry is among the newest


@dataclass(frozen=True, slots=True)
class Happened:
    """What the feeds about all cards tell, the same in every language."""

    new: Sequence[Entry]  #: of each model its oldest card
    updated: Sequence[Entry]
    broken: Sequence[tuple[Entry, Finding | None]]  #: an address does not answer as it should, or the last run failed


def happened(found: Sequence[Entry]) -> Happened:
    """Find what feeds about these cards have room for."""
    first: dict[tuple[str, str], Entry] = {}
    for entry in found:
        other = first.get(entry.identity, entry)
        if entry.updated and (entry.updated, entry.uid) <= (other.updated, other.uid):
            first[entry.identity] = entry
    return Happened(_newest([*first.values()]), _newest(found), [*_broken(found)])


def feeds(happened: Happened, place: Place) -> Iterator[tuple[str, bytes]]:
    """Yield the feeds of a language that are about all cards."""
    words = place.words
    new = (_Item(entry, entry.updated, "new", partial(summary_of, entry, words)) for entry in happened.new)
    broken = (_trouble(entry, finding, words) for entry, finding in happened.broken)
    yield _feed("feeds/new.xml", words("feed.new"), new, place)
    yield _feed("feeds/updated.xml", words("feed.updated"), _updated(happened.updated, words), place)
    yield _feed("feeds/broken.xml", words("feed.broken"), broken, place)


def feed_of(value: Value, these: Sequence[Entry], place: Place) -> tuple[str, bytes]:
    """Return the feed of a value of a filter; `these` are its cards."""
    words = place.words
    title = words(f"facet.{value.kind}.title", value=value.named.label(words.language))
    return _feed(f"{value.kind}/{value.named.slug}/feed.xml", title, _updated(_newest(these), words), place)


def _newest(found: Sequence[Entry]) -> Sequence[Entry]:
    """Return the cards with a date, without those that are too old for a feed: few of thousands are looked at again."""
    days = nlargest(_MOST, [entry.updated for entry in found])
    return [entry for entry in found if entry.updated and entry.updated >= days[-1]]


def _updated(found: Sequence[Entry], words: Words) -> Iterator[_Item]:
    return (
        _Item(entry, entry.updated, f"updated-{entry.updated}", partial(summary_of, entry, words)) for entry in found
    )


def _broken(found: Sequence[Entry]) -> Iterator[tuple[Entry, Finding | None]]:
    """Yield cards whose last run failed, and those whose address does not answer as it should, with what says so."""
    for entry in found:
        if entry.state.failed:
            yield entry, None
            continue
        for finding in entry.findings:
            if finding.code.startswith("ON") and finding.severity.label == "error" and finding.waiver is None:
                yield entry, finding
                break


def _trouble(entry: Entry, finding: Finding | None, words: Words) -> _Item:
    if finding is None:
        return _Item(entry, entry.state.date, f"broken-{entry.state.date}", partial(_failed, entry, words))
    text = partial(translate, finding.message, words.language)
    return _Item(entry, entry.updated or _NEVER, finding.code.lower(), text)


def _failed(entry: Entry, words: Words) -> str:
    return f"{words('status.failed-at', stage=words(f'stage.{entry.state.failed}'))}: {reason(entry, words)}"


def _feed(path: str, title: str, items: Iterable[_Item], place: Place) -> tuple[str, bytes]:
    options, language = place.options, place.words.language
    path = place.prefix + path
    shown = sorted(items, key=lambda item: item.entry.uid)
    shown = sorted(shown, key=lambda item: item.date, reverse=True)[:_MOST]
    host = urlsplit(options.base_url).hostname or "mindhub.invalid"
    base, root = (options.base_url, place.prefix) if options.base_url else ("", up(path) + place.prefix)
    whole = f" xml:base={_quoted(base)}" if base else ""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{TAGS.get(language, language)}"{whole}>',
        f"<title>{_text(f'{options.title}: {title}')}</title>",
        f"<id>tag:{host},2026:{_text(path)}</id>",
        f"<updated>{_time(shown[0].date if shown else _NEVER)}</updated>",
        f"<author><name>{_text(options.title)}</name></author>",
        f'<link rel="self" href={_quoted(base + path if base else path.rsplit("/", 1)[-1])}/>',
        f'<link rel="alternate" href={_quoted(f"{root}index.html")}/>',
        *(_entry(item, root, host, place) for item in shown),
        "</feed>",
    ]
    return path, ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _entry(item: _Item, root: str, host: str, place: Place) -> str:
    entry = item.entry
    name = entry.title(place.words.language)
    return (
        f"<entry><title>{_text(f'{name} ({entry.uid})')}</title>"
        f"<id>tag:{host},2026:{place.prefix}{_text(entry.uid)}/{item.what}</id>"
        f"<link href={_quoted(f'{root}{entry.uid}/index.html')}/>"
        f"<updated>{_time(item.date)}</updated><summary>{_text(item.text())}</summary></entry>"
    )


def _time(date: str) -> str:
    return f"{date}T00:00:00Z"


def _text(text: str) -> str:
    return escape(_IMPOSSIBLE.sub("�", text), quote=False)


def _quoted(text: str) -> str:
    # That of xml.sax.saxutils brings urllib.request with it, which brings the modules of HTTP and of e-mail.
    value = escape(text, quote=False).replace('"', "&quot;")
    return f'"{value}"'
