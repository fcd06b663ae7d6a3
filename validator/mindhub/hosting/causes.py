"""Why cards are in trouble: one cause for what began together, after several days, in values alone.

A host that is down is one cause, not one for each of its files; so is a repository that is gone, and a version of
MindSpore that breaks several models. What is left is the card's own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mindhub.online import links

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from mindhub.model import Card
    from mindhub.online import Reached

DAYS = 3  #: different days on which something was seen to fail, before it is said
#: Hosts on which the first parts of a path name a repository, and how many do.
_CODE_HOSTS = {
    "github.com": 2, "gitee.com": 2, "gitlab.com": 2, "huggingface.co": 2, "modelscope.cn": 3, "www.modelscope.cn": 3,
}  # fmt: skip
_TOGETHER = 2  #: troubles that have one cause, at least


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that fails."""

    key: str  #: an address, or `smoke UID`
    cards: tuple[str, ...]  #: uids
    said: str
    day: dt.date  #: of the last attempt, UTC
    silent: bool = False  #: there was no answer at all
    tool: str = ""  #: version of MindSpore with which a model fails that ran with another one


@dataclass(frozen=True, slots=True)
class Seen:
    """On how many days a trouble was seen, without an attempt between them that went well."""

    first: dt.date
    last: dt.date
    days: int = 1


@dataclass(frozen=True, slots=True)
class Cause:
    """What several troubles have in common."""

    key: str  #: `host X`, `repository X`, `tool X` or `card UID`
    cards: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    since: dt.date


def address_troubles(cards: Iterable[Card], known: Mapping[str, Reached]) -> Iterator[Trouble]:
    """Yield the addresses of cards whose last attempt went wrong, by what the ledger knows."""
    users: dict[str, list[str]] = {}
    for card in cards:
        for link in links(card):
            names = users.setdefault(link.url, [])
            if card.uid and str(card.uid) not in names:
                names.append(str(card.uid))
    for url, names in users.items():
        entry = known.get(url)
        if entry is None or entry.checked is None:
            continue
        if entry.failures:
            yield Trouble(url, tuple(names), entry.trouble or "no answer", entry.checked.date(), silent=True)
        elif entry.fault:
            yield Trouble(url, tuple(names), entry.message, entry.checked.date())


def smoke_troubles(
    results: Iterable[Mapping[str, Any]], ran_with: Mapping[str, str], day: dt.date
) -> Iterator[Trouble]:
    """Yield the cards whose run failed, of the results in `mindhub smoke --format json`.

    `ran_with` names, by uid, the version of MindSpore with which a recorded run of the card went well.
    """
    for result in results:
        if result["code"] != 1:
            continue
        evidence = result["evidence"]
        uid = evidence.get("uid") or result["file"]
        failed = next((stage for stage in evidence["stages"] if stage["verdict"] == "failed"), None)
        said = f"{failed['name']}: {failed.get('reason', '')}" if failed else "failed"
        version = evidence.get("environment", {}).get("mindspore", "")
        before = ran_with.get(uid, "")
        yield Trouble(f"smoke {uid}", (uid,), said, day, tool=version if before and before != version else "")


def remember(seen: Mapping[str, Seen], troubles: Iterable[Trouble]) -> dict[str, Seen]:
    """Return on which days each of today's troubles was seen; what is no trouble any more is forgotten."""
    made: dict[str, Seen] = {}
    for trouble in troubles:
        old = seen.get(trouble.key)
        if old is None:
            made[trouble.key] = Seen(trouble.day, trouble.day)
        elif trouble.day > old.last:
            made[trouble.key] = Seen(old.first, trouble.day, old.days + 1)
        else:
            made[trouble.key] = old
    return made


def causes(
    troubles: Iterable[Trouble], seen: Mapping[str, Seen], known: Mapping[str, Reached], days: int = DAYS
) -> list[Cause]:
    """Return the causes of what has failed on at least so many days; the one with most cards first.

    `known` is what the ledger knows of all addresses: a host is the cause only where none of its addresses answered.
    """
    old = [trouble for trouble in troubles if seen[trouble.key].days >= days]
    answering = {urlsplit(url).netloc for url, entry in known.items() if entry.reached and not entry.failures}
    well = {_repository(url) for url, entry in known.items() if entry.alive and not entry.failures}
    groups: defaultdict[str, list[Trouble]] = defaultdict(list)
    for trouble in old:
        groups[_group(trouble, answering, well)].append(trouble)
    made: defaultdict[str, list[Trouble]] = defaultdict(list)
    for key, members in groups.items():
        alone = len(members) < _TOGETHER and not key.startswith("host ")
        for trouble in members:
            for name in [key] if key and not alone else [f"card {uid}" for uid in trouble.cards]:
                made[name].append(trouble)
    found = [_cause(key, members, seen) for key, members in made.items()]
    return sorted(found, key=lambda cause: (-len(cause.cards), cause.key))


def _group(trouble: Trouble, answering: set[str], well: set[str]) -> str:
    """Return the cause that a trouble may share with others, or nothing."""
    if trouble.tool:
        return f"tool mindspore {trouble.tool}"
    host = urlsplit(trouble.key).netloc
    if trouble.silent:
        return f"host {host}" if host and host not in answering else ""
    repository = _repository(trouble.key)
    return f"repository {repository}" if repository and repository not in well else ""


def _repository(url: str) -> str:
    """Return the address of the repository that an address lies in, on hosts where that can be told."""
    parts = urlsplit(url)
    names = [name for name in parts.path.split("/") if name]
    count = _CODE_HOSTS.get(parts.netloc, 0)
    return f"https://{parts.netloc}/{'/'.join(names[:count])}" if count and len(names) >= count else ""


def _cause(key: str, members: list[Trouble], seen: Mapping[str, Seen]) -> Cause:
    own = key.removeprefix("card ") if key.startswith("card ") else ""
    cards = (own,) if own else tuple(sorted({uid for trouble in members for uid in trouble.cards}))
    return Cause(key, cards, tuple(members), min(seen[trouble.key].first for trouble in members))
