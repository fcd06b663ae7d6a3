"""ON: what the addresses of a card answer. Silent where nobody asked them (`mindhub verify`, `check --online`)."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from mindhub.messages import say
from mindhub.model import Card, FieldPath, Problem, Repair, Severity
from mindhub.online import Link, Reached, links
from mindhub.rules.base import rule
from mindhub.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts
    from mindhub.model import Asset

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONG = dt.timedelta(days=14)
_OFTEN = 3  # attempts in a row without an answer


@rule("ON001", "dead-link", Severity.ERROR, example="online", source="online")
def dead_link(card: Card, facts: Facts) -> Iterator[Problem]:
    """An address answers that there is nothing, or leads nowhere.

    An error for a file and for the source code; a warning for a paper, a mirror and in the text. That a host does not
    answer today is no finding: nothing is known then that was not known yesterday.

    Bad:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet:
          {kind: http, status: 404, fault: true, message: status 404 (Not Found)}
    Good:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet: {status: 200}
    """
    for link, answer in _answers(card, facts):
        if answer.fault and answer.kind == "http":
            yield Problem(link.path, _said(link, answer), severity=link.severity)


@rule("ON002", "wrong-size", Severity.ERROR, example="online", source="online")
def wrong_size(card: Card, facts: Facts) -> Iterator[Problem]:
    """The file on the server has not the size that the card states, or ends early.

    Bad:
        author: The authors
        answer
        https://download.mindspore.cn/models/r2.3/lenet.ckpt: {status: 200, size: 246000}
    Good:
        author: The authors
        answer
        https://download.mindspore.cn/models/r2.3/lenet.ckpt: {status: 200, size: 246813}
    """
    for link, asset, answer in _files(card, facts):
        if answer.kind == "short":
            yield Problem(link.path, _said(link, answer))
        elif answer.alive and None not in (answer.size, asset.size) and answer.size != asset.size:
            message = say(
                "the file on the server has {found:,} bytes, the card says {stated:,}",
                found=answer.size,
                stated=asset.size,
            )
            path = ("asset", asset.index, "asset-size") if link.path[-1] == "asset-link" else link.path
            yield Problem(path, message)


@rule("ON003", "wrong-bytes", Severity.ERROR, example="online", source="online")
def wrong_bytes(card: Card, facts: Facts) -> Iterator[Problem]:
    """The file on the server is another than the card describes.

    Its sha256 differs, or its tensors are not those that were recorded for the card's sha256, or it is no such file at
    all. If it was replaced on purpose, it is another model, and needs a card of its own.

    Bad:
        author: The authors
        answer
        https://download.mindspore.cn/models/r2.3/lenet.ckpt:
          {status: 200, sha256: fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9}
    Good:
        author: The authors
        answer
        https://download.mindspore.cn/models/r2.3/lenet.ckpt:
          {status: 200, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae}
    """
    for link, asset, answer in _files(card, facts):
        claimed = (asset.sha256 or "").lower()
        if answer.kind == "format":
            message = say(
                "the file on the server is no {format} file: {reason}", format=asset.file_format, reason=answer.message
            )
            yield Problem(link.path, message)
        elif answer.kind or not _SHA256.fullmatch(claimed):
            continue
        elif answer.sha256 is not None and answer.sha256 != claimed:
            path = ("asset", asset.index, "asset-sha256") if link.path[-1] == "asset-link" else link.path
            yield Problem(path, say("the file on the server has the sha256 {sha256}", sha256=answer.sha256))
        elif answer.sha256 is None and answer.table and facts.tables.get(claimed, answer.table) != answer.table:
            message = say("the file on the server has other tensors than were recorded for this sha256")
            yield Problem(link.path, message)


@rule("ON004", "error-page", Severity.ERROR, example="online", source="online")
def error_page(card: Card, facts: Facts) -> Iterator[Problem]:
    """Where a file should be, the server shows a page.

    Such a link works in a browser, which is why it is copied; a program gets HTML in place of the weights.

    Bad:
        author: The authors
        answer
        https://download.mindspore.cn/models/r2.3/lenet.ckpt:
          {kind: error-page, fault: true, message: an HTML page ('Sign in')}
    Good:
        author: The authors
        answer
        https://download.mindspore.cn/models/r2.3/lenet.ckpt: {status: 200}
    """
    for link, _, answer in _files(card, facts):
        if answer.kind == "error-page":
            message = say(
                "{url!r} gives {what} in place of the file; use the direct link to it",
                url=shorten(link.url),
                what=answer.message,
            )
            yield Problem(link.path, message)


@rule("ON005", "moved-permanently", Severity.WARNING, example="online", source="online")
def moved_permanently(card: Card, facts: Facts) -> Iterator[Problem]:
    """An address says that what it led to has moved for good.

    Such signposts are taken down some day. The new address was reached; on another host it is for a person to judge.

    Bad:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet:
          {status: 200, moved: https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet5}
    Good:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet:
          {status: 200, final: https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet5}
    """
    for link, answer in _answers(card, facts):
        if answer.alive and answer.moved and answer.moved != link.url:
            message = say("{url!r} has moved for good, to {new!r}", url=shorten(link.url), new=shorten(answer.moved))
            yield Problem(link.path, message, fix=_follow(card, link, answer.moved))


@rule("ON006", "long-silent", Severity.WARNING, example="online", source="online")
def long_silent(card: Card, facts: Facts) -> Iterator[Problem]:
    """An address has not answered for two weeks, at three attempts or more.

    Bad:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet:
          {status: 200, reached: 2025-01-02T03:04:05+00:00, failures: 4, trouble: Connection refused}
    Good:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet:
          {status: 200, failures: 4, trouble: Connection refused}
    """
    for link, answer in _answers(card, facts):
        # Of an address that has never answered, it is not known whether the host or the way to it is at fault.
        if answer.reached is None or answer.failures < _OFTEN or facts.today - answer.reached.date() < _LONG:
            continue
        message = say(
            "{url!r} has not answered since {day}, at {count} attempts ({reason})",
            url=shorten(link.url),
            day=answer.reached.date(),
            count=answer.failures,
            reason=answer.trouble,
        )
        yield Problem(link.path, message)


@rule("ON007", "address-refused", Severity.ERROR, example="online", source="online")
def address_refused(card: Card, facts: Facts) -> Iterator[Problem]:
    """An address leads, by itself or by a redirect, where no reader should be sent.

    To a private network, over an unencrypted connection, or with a password in it.

    Bad:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet:
          {kind: refused, fault: true, message: "redirected to https://10.0.0.1/: not contacted: 10.0.0.1 is private"}
    Good:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet: {status: 200}
    """
    for link, answer in _answers(card, facts):
        if answer.fault and answer.kind == "refused":
            yield Problem(link.path, _said(link, answer), severity=link.severity)


@rule("ON008", "bad-certificate", Severity.WARNING, example="online", source="online")
def bad_certificate(card: Card, facts: Facts) -> Iterator[Problem]:
    """A server cannot prove that it is the host of its address.

    Bad:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet:
          {kind: certificate, fault: true, message: its certificate is not valid (certificate has expired)}
    Good:
        author: The authors
        answer
        https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet: {status: 200}
    """
    for link, answer in _answers(card, facts):
        if answer.kind == "certificate":
            yield Problem(link.path, _said(link, answer))


def _said(link: Link, answer: Reached) -> str:
    return say("{url!r}: {reason}", url=shorten(link.url), reason=answer.message)


def _answers(card: Card, facts: Facts) -> Iterator[tuple[Link, Reached]]:
    """Yield the addresses of a card that were asked, with what they answered; one that stands twice comes twice."""
    if not facts.online:
        return
    for link in links(card):
        answer = facts.online.get(link.url)
        if answer is not None:
            yield link, answer


def _files(card: Card, facts: Facts) -> Iterator[tuple[Link, Asset, Reached]]:
    assets = {asset.index: asset for asset in card.assets}
    for link, answer in _answers(card, facts):
        if link.asset is not None:
            yield link, assets[link.asset], answer


def _follow(card: Card, link: Link, new: str) -> Repair | None:
    """Return the repair that puts the new address in the place of the old one, and of nothing around it."""
    start, end = _place(card, link.path)
    at = card.text.find(link.url, start, end)
    if at < 0:
        return None
    # The fragment stays: it stands behind the address and is no part of what was asked.
    stays = at + len(link.url) < len(card.text) and card.text[at + len(link.url)] == "#"
    new = urldefrag(new).url if stays else new
    if any(character in new for character in " \"'<>()[]{}`\\"):
        return None
    before, after = urlsplit(link.url), urlsplit(new)
    if after.scheme != "https":
        return None
    return Repair(say("write {new}", new=new), ((at, at + len(link.url), new),), safe=before.hostname == after.hostname)


def _place(card: Card, path: FieldPath) -> tuple[int, int]:
    if path[0] == "body":
        return card.body.place(path) or (0, 0)
    return card.places.get(path, (0, 0))


RULES = (
    dead_link,
    wrong_size,
    wrong_bytes,
    error_page,
    moved_permanently,
    long_silent,
    address_refused,
    bad_certificate,
)
