"""What is known of the addresses that cards name: which they are, what they answered, when to ask again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from mindhub.frozen import dataclass
from mindhub.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mindhub.model import Card, FieldPath

_ALIVE_FOR = dt.timedelta(days=7)
_FAULT_FOR = dt.timedelta(days=1)
_FIRST_RETRY = dt.timedelta(hours=1)  # doubles with each failure, up to the day that a fault is believed

#: Which claim of a card an address is, and how much a fault of it weighs.
_WEIGHTS = {"asset-link": Severity.ERROR, "repo-link": Severity.ERROR}


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a card names, and where."""

    url: str  #: without its fragment, which no server sees
    path: FieldPath
    asset: int | None = None  #: place of the asset it should lead to, mirrors included
    severity: Severity = Severity.WARNING  #: of its being dead


@dataclass(frozen=True, slots=True)
class Reached:
    """What the last answer from an address was, and what became of the attempts since."""

    url: str
    kind: str = (
        ""  #: empty for what is as it should be, else a word such as http, error-page, refused (assets/errors.py)
    )
    message: str = ""  #: what was wrong
    fault: bool = False  #: the address or its file is to blame, rather than the network or the day
    status: int | None = None
    final: str | None = None  #: where redirects lead
    moved: str | None = None  #: where permanent redirects lead
    size: int | None = None  #: bytes, of a file
    etag: str | None = None
    sha256: str | None = None  #: of the bytes, once all of them were read
    table: str | None = None  #: digest of the tensor table, once it was read
    checked: dt.datetime | None = None  #: UTC, whole seconds: the last attempt
    reached: dt.datetime | None = None  #: the last attempt that was answered
    due: dt.datetime | None = None  #: when to ask again
    failures: int = 0  #: attempts in a row that were not answered
    trouble: str = ""  #: why the last of them was not

    @property
    def answered(self) -> bool:
        """Say whether this is an answer to the question, good or bad, rather than a failure to ask it."""
        return not self.kind or self.fault

    @property
    def alive(self) -> bool:
        """Say whether the last answer was a good one."""
        return not self.kind and self.reached is not None


def links(card: Card) -> Iterator[Link]:
    """Yield the addresses of a card that can be asked: of its files, its source code, its paper, and of its body."""
    named: list[tuple[str | None, FieldPath, int | None]] = []
    for asset in card.assets:
        if not asset.embedded:
            named.append((asset.link, ("asset", asset.index, "asset-link"), asset.index))
        for number, mirror in enumerate(asset.mirrors):
            named.append((mirror, ("asset", asset.index, "mirrors", number), asset.index))
    named += [(card.repo_link, ("repo-link",), None), (card.paper, ("paper",), None)]
    named += [(link.target, ("body", "link", number), None) for number, link in enumerate(card.body.links)]
    for text, path, asset_index in named:
        url = urldefrag(text or "").url
        if url.lower().startswith(("https://", "http://")):
            yield Link(url, path, asset_index, _WEIGHTS.get(str(path[-1]), Severity.WARNING))


def remember(old: Reached | None, new: Reached, now: dt.datetime) -> Reached:
    """Return what is known after another attempt.

    An answer replaces what was known; no answer leaves the verdict as it was, and only its date grows old.
    """
    now = now.replace(microsecond=0)
    if new.answered:
        pause = _FAULT_FOR if new.kind else _ALIVE_FOR
        return replace(new, checked=now, reached=now, due=now + pause, failures=0, trouble="")
    failures = (old.failures if old else 0) + 1
    pause = min(_FIRST_RETRY * 2 ** min(failures - 1, 10), _FAULT_FOR)
    due = max(now + pause, new.due or now)
    base = old if old is not None and old.reached is not None else replace(new, reached=None)
    return replace(base, checked=now, due=due, failures=failures, trouble=new.message)


def same_bytes(one: Reached | None, other: Reached) -> bool:
    """Say whether two answers are about the same bytes, by a strong ETag and the size."""
    return (
        one is not None
        and other.etag is not None
        and not other.etag.startswith("W/")
        and other.size is not None
        and (one.etag, one.size) == (other.etag, other.size)
    )


def last_verified(known: Iterable[Reached]) -> dict[str, str]:
    """Return for each address that was as it should be when last reached the day of that (UTC, YYYY-MM-DD)."""
    return {entry.url: entry.reached.date().isoformat() for entry in known if entry.reached and not entry.kind}
