"""HS: what a change does to what was published before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mindhub.history.values import inherited
from mindhub.messages import say
from mindhub.model import Asset, Card, Problem, Severity
from mindhub.rules.base import rule
from mindhub.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mindhub.documents import Document
    from mindhub.facts import Facts

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHOWN = 12  #: characters of a hash that are enough to recognise it


@rule("HS001", "sha256-changed", Severity.ERROR, example="history", source="history")
def sha256_changed(card: Card, facts: Facts) -> Iterator[Problem]:
    """The sha256 of a published file changed under the same name.

    Who has downloaded the model has another file than who does so tomorrow, under one name; and somebody who
    put a file of their own in its place would change just this. A new file is a new card. Where it must be
    replaced, `replaces` says which and why, the finding becomes a warning, and a maintainer decides. A malformed
    or missing sha256 may be mended freely; it stays a warning until the new one was computed from the bytes.

    Bad:
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        becomes
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: OTHER}]
    Good:
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        becomes
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/2/a.ckpt", asset-sha256: SHA}]
    """
    before = facts.history.before.get(card.file) if facts.history else None
    if before is None:
        return
    verified = {found.sha256 for found in facts.embedded.values() if not found.problem}
    verified |= {answer.sha256 for answer in facts.online.values() if answer.alive and answer.sha256}
    for old, new in _changed_files(before, card):
        path = ("asset", new.index, "asset-sha256")
        if not _SHA256.fullmatch(old.sha256 or ""):
            if new.sha256 not in verified:
                message = say(
                    "the sha256 was malformed or missing, and the new one was not computed from the bytes here; "
                    "--online does that"
                )
                yield Problem(path, message, severity=Severity.WARNING)
            continue
        stated, reason = _replaces(card, new)
        change = say("the sha256 was {old} in the published card", old=shorten(old.sha256 or "", _SHOWN + 1))
        if stated == old.sha256 and reason:
            message = say("{change}; replaced because {reason!r}: a maintainer decides", change=change, reason=reason)
            yield Problem(path, message, severity=Severity.WARNING)
        elif stated == old.sha256:
            yield Problem(path, say("{change}; 'replaces' needs a reason", change=change))
        else:
            message = say(
                "{change}; publish a new card, or say 'replaces: {{sha256: {old}, reason: …}}'",
                change=change,
                old=old.sha256,
            )
            yield Problem(path, message)


def _changed_files(before: Card, card: Card) -> Iterator[tuple[Asset, Asset]]:
    """Yield each file whose well-formed sha256 is new, with the one in whose place it stands.

    That is the one with the same link, else the next of the same format; a file that is merely added has none.
    """
    kept = {asset.sha256 for asset in card.assets}
    lost = [asset for asset in before.assets if asset.sha256 is None or asset.sha256 not in kept]
    known = {asset.sha256 for asset in before.assets}
    gained = [asset for asset in card.assets if asset.sha256 not in known and _SHA256.fullmatch(asset.sha256 or "")]
    for trait in ("link", "file_format"):
        for new in tuple(gained):
            old = next((asset for asset in lost if getattr(asset, trait) == getattr(new, trait)), None)
            if old is not None:
                lost.remove(old)
                gained.remove(new)
                yield old, new


def _replaces(card: Card, asset: Asset) -> tuple[str, str]:
    """Return the sha256 that an asset says it replaces, and why."""
    said: Mapping[str, object] = (card.front or {})["asset"][asset.index].get("replaces") or {}
    sha256, reason = (said.get("sha256"), said.get("reason")) if isinstance(said, dict) else (None, None)
    return (sha256 if isinstance(sha256, str) else ""), (reason.strip() if isinstance(reason, str) else "")


@rule("HS002", "stale-copy", Severity.WARNING, example="history", source="history")
def stale_copy(card: Card, facts: Facts) -> Iterator[Problem]:
    """A card copied from an older version carries a value that was corrected there since.

    The copy was made from an outdated file, and brings back what somebody had mended.

    Bad:
        summary: Classifies 28×28 images of handwritten letters
        becomes
        summary: Classifies 28×28 images of handwritten digits
        and, in another version
        summary: Classifies 28×28 images of handwritten letters
    Good:
        summary: Classifies 28×28 images of handwritten letters
        becomes
        summary: Classifies 28×28 images of handwritten digits
        and, in another version
        summary: Classifies 28×28 images of handwritten digits
    """
    corrections = facts.history.corrections.get(card.file, ()) if facts.history else ()
    if not corrections:
        return
    values = dict(inherited(card.front or {}))
    for correction in corrections:
        if values.get(correction.path) == correction.wrong:
            message = say(
                "{wrong!r} was corrected in '{uid}' on {date} ({commit}); it is {right!r} there",
                wrong=shorten(correction.wrong),
                uid=correction.uid,
                date=correction.date,
                commit=correction.commit[:_SHOWN],
                right=shorten(correction.right),
            )
            yield Problem(correction.path, message)


@rule("HS003", "removed", Severity.ERROR, example="history", source="history", registry_wide=True)
def removed(cards: Sequence[Card], facts: Facts) -> Iterator[tuple[Card | Document, Problem]]:
    """A published card, or an alias of one, disappeared.

    Programs and pages that name it break. A card that should no longer be used says so with `deprecated` and
    `replaced-by`; one that is called otherwise now leaves its old name to `aliases.yaml`.

    Bad:
        model-name: lenet
        becomes
        # the card is gone
    Good:
        model-name: lenet
        becomes
        deprecated: {reason: Trained with a wrong learning rate}
    """
    history = facts.history
    if history is None:
        return
    aliases = facts.books.aliases.targets
    known = {str(card.uid) for card in cards if card.uid} | facts.books.others
    for card in history.removed:
        uid = str(card.uid)
        if card.uid is None or uid in aliases or uid in known:
            continue
        now = history.renamed.get(uid)
        if now:
            message = say(
                "'{uid}' is now called '{now}'; '{uid}: {now}' in registry/aliases.yaml keeps its name alive",
                uid=uid,
                now=now,
            )
        else:
            message = say(
                "'{uid}' was published and is gone; '{uid}: THE CARD TO USE INSTEAD' in registry/aliases.yaml keeps "
                "its name alive; or keep the card, with 'deprecated' and 'replaced-by'",
                uid=uid,
            )
        yield card, Problem((), message)
    before = history.books.aliases
    for old, new in before.targets.items() if facts.books.whole else ():
        if old not in aliases and old not in known and before.document:
            message = say("the alias '{old}' of '{new}' is gone; names stay once published", old=old, new=new)
            yield before.document, Problem((old,), message)


RULES = (sha256_changed, stale_copy, removed)
