"""What a card looks like from elsewhere on the site, and as a whole, as digests: where these are equal, pages are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mindhub.pages import light, seen
from mindhub.pages.heirs import take_but

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from mindhub.pages.entries import Entry
    from mindhub.pages.shared import Shared

_SIZE = 16  #: bytes of a digest: a collision by chance needs 2**64 cards, and whoever writes cards gains nothing by one


def stamp(*parts: object) -> bytes:
    """Return 16 bytes that stand for values whose `repr` says all about them: texts, numbers, and tuples of such."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=_SIZE).digest()


def join(stamps: Iterable[bytes]) -> bytes:
    """Return 16 bytes that stand for others in their order."""
    return hashlib.blake2b(b"".join(stamps), digest_size=_SIZE).digest()


class Faces:
    """The digests of cards, each made once."""

    def __init__(self, shared: Shared) -> None:
        """Take the site whose cards they are."""
        self._shared = shared
        self._made: dict[str, tuple[bytes, bytes, bytes]] = {}
        self._called: dict[str, tuple[bytes, bytes]] = {}
        self._among: dict[str, bytes] = {}
        self._joined: dict[int, tuple[Sequence[Entry], bytes]] = {}
        self._then: Mapping[int, tuple[Sequence[Entry], bytes]] = {}

    def take(self, before: Faces, gone: Iterable[Entry]) -> None:
        """Take over what is known of all cards but these."""
        uids = [entry.uid for entry in gone]
        take_but(self._made, before._made, uids)
        take_but(self._called, before._called, uids)
        take_but(self._among, before._among, uids)
        self._then = before._joined

    def among(self, uid: str) -> bytes | None:
        """Return the digest of a card among others as it was last noted, maybe for an earlier state of the site."""
        return self._among.get(uid)

    def note(self, uid: str, digest: bytes) -> bytes:
        """Note the digest of a card among others, and return it."""
        self._among[uid] = digest
        return digest

    def of(self, entry: Entry) -> tuple[bytes, bytes, bytes]:
        """Return the digests of what lists, listings and the card's own page see of it.

        Lists see all light fields but the summaries and the findings, listings the summaries as well. What others make
        of it, such as whether another model is called the same, is not in them.
        """
        kept = self._made.get(entry.uid)
        if kept is None:
            files, figures = self._shared.files(entry), self._shared.figures(entry)
            history = [each.to_json() for each in self._shared.site.runs.get(entry.uid, ())]
            brief = stamp(_brief(entry), history)
            listed = stamp(
                brief, entry.card.summary, entry.plain, [(each.language, each.summary) for each in entry.said.values()],
                [(file.counted, file.reached, file.name, file.content is None) for file in files],
                [seen.finding(found) for found in entry.findings if found.code.startswith("ON")],
            )  # fmt: skip
            kept = self._made[entry.uid] = brief, listed, stamp(listed, seen.itself(entry, files, figures))
        return kept

    def brief(self, entry: Entry) -> bytes:
        """Return the digest of what lists say: everything of note but the summary and the findings."""
        return self._now(entry)[0]

    def listed(self, entry: Entry) -> bytes:
        """Return the digest of what a listing says."""
        return self._now(entry)[1]

    def listing(self, entries: Sequence[Entry]) -> bytes:
        """Return the digest of what a listing of these cards says, in their order; found out once for each sequence."""
        kept = self._joined.get(id(entries)) or self._then.get(id(entries))
        if kept is None or kept[0] is not entries:
            called = self._called
            kept = entries, join([(called.get(entry.uid) or self._now(entry))[1] for entry in entries])
        self._joined[id(entries)] = kept
        return kept[1]

    def lists(self, entries: Iterable[Entry]) -> bytes:
        """Return the digest of what lists say of these cards, in their order."""
        return join(map(self.brief, entries))

    def whole(self, entry: Entry) -> bytes:
        """Return the digest of all that a card's own files say of the card."""
        return self.of(entry)[2]

    def _now(self, entry: Entry) -> tuple[bytes, bytes]:
        found = self._called.get(entry.uid)
        if found is None:
            brief, listed, _ = self.of(entry)
            shared = sorted(entry.shared)
            found = (stamp(brief, shared), stamp(listed, shared)) if shared else (brief, listed)
            self._called[entry.uid] = found
        return found


def _brief(entry: Entry) -> list[Any]:
    """Return the light fields of an entry as values that look the same in every process, and what its records hold.

    Without its summaries: most changes are of those. They come with findings that say so, or go with them.
    """
    names = light.Names()
    *row, said, claims = light.pack(entry, names)
    told = dict(zip(light.CLAIMS, claims, strict=True))
    del told["summary"]
    titles = [(language, title) for language, title, _ in said]
    return [row, titles, entry.doubted, told, names.rows, seen.record(entry.record), seen.run(entry.network_run)]
