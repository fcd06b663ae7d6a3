"""RG: whether the cards of a registry contradict one another."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial, reduce
from typing import TYPE_CHECKING

from mindhub.messages import many, say
from mindhub.model import Card, Problem, Related, Severity
from mindhub.rules.base import rule
from mindhub.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mindhub.documents import Document
    from mindhub.facts import Facts
    from mindhub.messages import Message
    from mindhub.model import Asset

_SHA256 = re.compile(r"[0-9a-f]{64}")
Claim = tuple[Card, "Asset"]


@rule(
    "RG001",
    "sha256-shared",
    Severity.ERROR,
    example="cards",
    registry_wide=True,
    reads=("file", "uid", "model_name", "assets"),
)
def sha256_shared(cards: Sequence[Card], _: Facts) -> Iterator[tuple[Card, Problem]]:
    """Cards of different models claim one file within one version.

    The file belongs to one of them; the other's download is not what it says.

    Bad:
        model-name: lenet
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and
        model-name: vgg
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/b.ckpt", asset-sha256: SHA}]
    Good:
        model-name: lenet
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and
        model-name: LeNet
        train-dataset: cifar10
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/b.ckpt", asset-sha256: SHA}]
    """
    for group in _groups(_by_sha256(cards), within_version=True):
        names = {(card.model_name or "").casefold() for card, _ in group}
        if len(names) > 1:
            for card, asset, other in _against_another(group, lambda c: (c.model_name or "").casefold()):
                message = say(
                    "the model {model!r} ('{uid}') claims the same sha256", model=other.model_name, uid=other.uid
                )
                yield card, _about(asset, "asset-sha256", message, other)


@rule(
    "RG002",
    "sha256-other-metrics",
    Severity.WARNING,
    example="cards",
    registry_wide=True,
    reads=("file", "uid", "assets", "evaluation"),
)
def sha256_other_metrics(cards: Sequence[Card], _: Facts) -> Iterator[tuple[Card, Problem]]:
    """One file is claimed with different scores.

    The same weights score the same: one of the cards is wrong, or measured something else and does not say so.

    Bad:
        evaluation: acc97.5
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and, in another version
        evaluation: acc98.5
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/b.ckpt", asset-sha256: SHA}]
    Good:
        evaluation: acc97.5
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and, in another version
        evaluation: accuracy97.50
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/b.ckpt", asset-sha256: SHA}]
    """
    for group in _groups(_by_sha256(cards)):
        scored = [claim for claim in group if claim[0].evaluation]  # saying nothing contradicts nobody
        for card, asset, other in _against_another(scored, _scores):
            message = say(
                "'{uid}' claims the same file with {theirs!r}, this card with {ours!r}",
                uid=other.uid,
                theirs=_said(other),
                ours=_said(card),
            )
            yield card, _about(asset, "asset-sha256", message, other)


@rule("RG003", "link-two-sha256", Severity.ERROR, example="cards", registry_wide=True, reads=("file", "uid", "assets"))
def link_two_sha256(cards: Sequence[Card], _: Facts) -> Iterator[tuple[Card, Problem]]:
    """One address is claimed with two sha256.

    A file has one: at least one of the cards can never be verified.

    Bad:
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and, in another version
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: OTHER}]
    Good:
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and, in another version
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/b.ckpt", asset-sha256: OTHER}]
    """
    for group in _groups(_by_link(cards)):
        well_formed = [(card, asset) for card, asset in group if _SHA256.fullmatch(asset.sha256 or "")]
        hashes = {id(card): asset.sha256 for card, asset in well_formed}
        for card, asset, other in _against_another(well_formed, partial(_at, hashes)):
            message = say("'{uid}' claims another sha256 for the same address", uid=other.uid)
            yield card, _about(asset, "asset-link", message, other)


@rule("RG004", "link-shared", Severity.WARNING, example="cards", registry_wide=True, reads=("file", "uid", "assets"))
def link_shared(cards: Sequence[Card], _: Facts) -> Iterator[tuple[Card, Problem]]:
    """Several cards name one address.

    Mostly a copy whose link was forgotten. One model needs one card.

    Bad:
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and, in another version
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
    Good:
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/a.ckpt", asset-sha256: SHA}]
        and, in another version
        asset: [{file-format: ckpt, asset-link: "https://gitee.com/a/b/raw/1/b.ckpt", asset-sha256: OTHER}]
    """
    for group in _groups(_by_link(cards)):
        if len({asset.sha256 for _, asset in group}) > 1:
            continue  # that they cannot both be right says RG003
        for card, asset, other in _against_another(group, lambda c: c.file):
            yield card, _about(asset, "asset-link", say("'{uid}' names the same address", uid=other.uid), other)


@rule(
    "RG005",
    "dangling-reference",
    Severity.ERROR,
    example="cards",
    registry_wide=True,
    reads=("uid", "replaced_by", "translations"),
)
def dangling_reference(cards: Sequence[Card], facts: Facts) -> Iterator[tuple[Card | Document, Problem]]:
    """`replaced-by`, an alias or a translation belongs to a card that does not exist.

    An alias in `aliases.yaml` leads to a card in one step: not to another alias, and not away from a card.

    Bad:
        replaced-by: mindhub/2.4/no_such_card
        and, in another version
        model-name: lenet
    Good:
        replaced-by: mindhub/2.4/lenet_mnist
        and, in another version
        model-name: lenet
    """
    known = {str(card.uid) for card in cards if card.uid} | facts.books.others
    for card in cards:
        if card.uid and card.replaced_by and card.replaced_by not in known:
            message = say("no card is called {name!r}{hint}", name=card.replaced_by, hint="")
            yield card, Problem(("replaced-by",), message)
    for there in facts.translations:
        if there.dangling:
            yield there.page, Problem(("body",), say("a translation of no card: there is no '{name}'", name=there.of))
    aliases = facts.books.aliases
    if not facts.books.whole or aliases.document is None:
        return
    for old, new in aliases.targets.items():
        if old in known:
            message = say("{name!r} is a card; an alias of that name would hide it", name=old)
            yield aliases.document, Problem((old,), message, key=True)
        if new in known:
            continue
        if new in aliases.targets:
            end = _last(new, aliases.targets)
            remedy = say("name {name!r} itself", name=end) if end in known else say("they lead to no card")
            message = say("{name!r} is an alias in turn; {remedy}", name=new, remedy=remedy)
        else:
            message = say("no card is called {name!r}{hint}", name=new, hint=did_you_mean(new, known))
        yield aliases.document, Problem((old,), message)


def _last(name: str, targets: Mapping[str, str]) -> str:
    """Follow aliases to their end, or to where they come round again."""
    seen: set[str] = set()
    while name in targets and name not in seen:
        seen.add(name)
        name = targets[name]
    return name


@rule("RG007", "registry-file", Severity.ERROR, example="waivers", registry_wide=True, reads=())
def registry_file(_: Sequence[Card], facts: Facts) -> Iterator[tuple[Document, Problem]]:
    """A file of the registry itself, such as `waivers.yaml`, is not what its schema says.

    What cannot be read counts for nothing: aliases lead nowhere and waivers excuse nothing.

    Bad:
        - {rule: FD03, uid: mindhub/2.3/lenet_mnist, reason: Asked the authors, owner: mindhub, expires: 2999-01-31}
    Good:
        - {rule: FD003, uid: mindhub/2.3/lenet_mnist, reason: Asked the authors, owner: mindhub, expires: 2999-01-31}
        waives
        license: Apache2.0
    """
    for document in facts.books.documents if facts.books.whole else ():
        for problem in document.problems:
            yield document, problem


@rule(
    "RG006",
    "drift",
    Severity.ADVICE,
    example="cards",
    registry_wide=True,
    reads=("uid", "module_type", "train_dataset", "evaluation"),
)
def drift(cards: Sequence[Card], facts: Facts) -> Iterator[tuple[Card, Problem]]:
    """A name carries another domain, data set or set of metrics in another version.

    Readers who compare versions compare different things.

    Bad:
        train-dataset: mnist
        and, in another version
        train-dataset: cifar10
    Good:
        train-dataset: mnist
        and, in another version
        train-dataset: mnist
    """
    by_name: defaultdict[tuple[str, str], list[Card]] = defaultdict(list)
    for card in cards:
        if card.uid:
            by_name[card.uid.publisher, card.uid.name].append(card)
    for group in by_name.values():
        newest = max(group, key=lambda card: _version_key(card.uid.version if card.uid else ""))
        for older in group:
            if older is newest:
                continue
            differs = [what for what, one, two in _compared(newest, older, facts) if one != two]
            if differs:
                message = many(
                    len(differs),
                    "the {what} differs from that of '{uid}'",
                    "the {what} differ from that of '{uid}'",
                    what=reduce(lambda one, other: say("{one} and the {other}", one=one, other=other), differs),
                    uid=older.uid,
                )
                related = (Related(older, ("model-name",), say("the older card")),)
                yield newest, Problem(("model-name",), message, related=related)
                break


def _compared(one: Card, two: Card, facts: Facts) -> Iterator[tuple[Message, object, object]]:
    yield say("domain"), (one.module_type or "").partition("-")[0], (two.module_type or "").partition("-")[0]
    yield say("data set"), _dataset(one, facts), _dataset(two, facts)
    yield say("set of metrics"), {m.name for m in one.evaluation}, {m.name for m in two.evaluation}


def _dataset(card: Card, facts: Facts) -> str:
    term = facts.vocabulary.find("datasets", card.train_dataset or "")
    return term.name if term else (card.train_dataset or "").casefold()


def _by_sha256(cards: Sequence[Card]) -> Iterator[tuple[str, Claim]]:
    for card in cards:
        for asset in card.assets:
            if card.uid and _SHA256.fullmatch(asset.sha256 or ""):
                yield str(asset.sha256), (card, asset)


def _by_link(cards: Sequence[Card]) -> Iterator[tuple[str, Claim]]:
    for card in cards:
        for asset in card.assets:
            if card.uid and asset.link and not asset.embedded:
                yield asset.link, (card, asset)


def _at(hashes: Mapping[int, object], card: Card) -> object:
    return hashes[id(card)]


def _groups(claims: Iterable[tuple[str, Claim]], *, within_version: bool = False) -> Iterator[list[Claim]]:
    """Yield the claims on one key by at least two cards."""
    groups: defaultdict[tuple[str, str], list[Claim]] = defaultdict(list)
    for key, (card, asset) in claims:
        version = card.uid.version if within_version and card.uid else ""
        groups[key, version].append((card, asset))
    for group in groups.values():
        if len({card.file for card, _ in group}) > 1:
            yield group


def _against_another(group: list[Claim], key: Callable[[Card], object]) -> Iterator[tuple[Card, Asset, Card]]:
    """Yield each card of the group with the first one whose key differs from its own."""
    keys = [key(card) for card, _ in group]
    # The first claim differs from all with another key, and those with its own from the first that differs from it.
    second = next((at for at, mine in enumerate(keys) if mine != keys[0]), None)
    if second is None:
        return
    seen: set[str] = set()
    for (card, asset), mine in zip(group, keys, strict=True):
        if card.file not in seen:
            seen.add(card.file)
            yield card, asset, group[second if mine == keys[0] else 0][0]


def _about(asset: Asset, key: str, message: str, other: Card) -> Problem:
    there = Related(other, ("asset", next(a.index for a in other.assets), key), say("the other card's"))
    return Problem(("asset", asset.index, key), message, related=(there,))


def _scores(card: Card) -> frozenset[tuple[str, float]]:
    return frozenset((metric.name, metric.value) for metric in card.evaluation)


def _said(card: Card) -> str:
    return " | ".join(metric.text for metric in card.evaluation)


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


RULES = (sha256_shared, sha256_other_metrics, link_two_sha256, link_shared, dangling_reference, drift, registry_file)
