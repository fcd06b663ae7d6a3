"""ID: whether a card's path, names and versions agree."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from mindhub.messages import many, say
from mindhub.model import Card, Problem, Related, Severity
from mindhub.rules.base import rule
from mindhub.rules.marks import MARK
from mindhub.snippets import loaded_uids
from mindhub.vocabulary import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.facts import Facts

_BRANCH = re.compile(r"/tree/r(?P<version>\d+(?:\.\d+)+)(?:/|$)")


@rule("ID001", "path-not-uid", Severity.ERROR, example="path")
def path_not_uid(card: Card, _: Facts) -> Iterator[Problem]:
    """The card's path is not publisher/mindspore-version/name.

    The path is the card's name: what `mindhub.load` takes and what the site's address is made of.

    Bad:
        registry/lenet.md
    Good:
        registry/mindhub/2.10/lenet_mnist.md
    """
    if card.misplaced:
        yield Problem((), card.misplaced)


@rule("ID002", "name-upper-case", Severity.WARNING, example="path", when_new=Severity.ERROR)
def name_upper_case(card: Card, _: Facts) -> Iterator[Problem]:
    """The file name has upper-case letters.

    Two names that differ in case alone are one file on Windows and macOS, and hard to type anywhere. A name that
    is new against `--base` can still be chosen otherwise: there it is an error.

    Bad:
        registry/mindhub/2.10/LeNet_MNIST.md
    Good:
        registry/mindhub/2.10/lenet_mnist.md
    """
    if card.uid and card.uid.name != card.uid.name.lower():
        name = card.uid.name
        yield Problem((), say("the name {name!r} has upper case; call it {lower!r}", name=name, lower=name.lower()))


@rule("ID003", "version-disagrees", Severity.ERROR)
def version_disagrees(card: Card, _: Facts) -> Iterator[Problem]:
    """The directory, `mindspore-version` and the branch in `repo-link` name different versions.

    One of them is wrong, and a reader would install the wrong MindSpore.

    Bad:
        mindspore-version: "1.7"
        repo-link: https://gitee.com/mindspore/models/tree/r1.8/official/cv/lenet
    Good:
        mindspore-version: "1.7"
        repo-link: https://gitee.com/mindspore/models/tree/r1.7/official/cv/lenet
    """
    stated = card.mindspore_version
    if stated is None:
        return
    if card.uid and _minor(card.uid.version) != _minor(stated):
        message = say(
            "{stated!r} is not the version {version!r} of the card's directory", stated=stated, version=card.uid.version
        )
        yield Problem(("mindspore-version",), message)
    branch = _BRANCH.search(card.repo_link or "")
    if branch and not str(card.repo_link).startswith(MARK) and _minor(branch["version"]) != _minor(stated):
        version = branch["version"]
        message = say(
            "the branch 'r{version}' is not of the mindspore-version {stated!r}", version=version, stated=stated
        )
        yield Problem(("repo-link",), message)


@rule("ID004", "name-disagrees", Severity.WARNING)
def name_disagrees(card: Card, facts: Facts) -> Iterator[Problem]:
    """The file name has neither the model's name nor the data set in it.

    A card whose name says nothing about it is one that nobody finds by it, and often a copy of another.

    Bad:
        model-name: vgg16
        train-dataset: cifar10
    Good:
        model-name: lenet
        train-dataset: mnist
    """
    if not (card.uid and card.model_name):
        return
    name = fold(card.uid.name)
    known = [card.model_name, card.train_dataset or ""]
    if any(part in name for part in map(fold, known) if part):
        return
    term = facts.vocabulary.find("datasets", card.train_dataset) if card.train_dataset else None
    if term and any(part in name for part in map(fold, (term.name, *term.aliases)) if part):
        return
    message = say("{model!r} is not in the card's name {name!r}", model=card.model_name, name=card.uid.name)
    yield Problem(("model-name",), message)


@rule("ID007", "title-disagrees", Severity.ADVICE, example="body")
def title_disagrees(card: Card, _: Facts) -> Iterator[Problem]:
    """The heading of level 1 is not the model's name.

    Readers take the heading for the name; where the two differ one of them was forgotten in a copy.

    Bad:
        # vgg16
    Good:
        # lenet
    """
    if card.title and card.model_name and fold(card.title) != fold(card.model_name):
        message = say("the title {title!r} is not the model-name {name!r}", title=card.title, name=card.model_name)
        yield Problem(("title",), message, fix=card.model_name)


@rule("ID008", "outside-registry", Severity.ADVICE, example="path")
def outside_registry(card: Card, _: Facts) -> Iterator[Problem]:
    """The file lies in no registry.

    It is judged without the rules that need its place; `--as UID` applies them.

    Bad:
        desktop/lenet.md
    Good:
        registry/mindhub/2.10/lenet_mnist.md
    """
    if card.uid is not None or card.misplaced:
        return
    uids = loaded_uids(card)
    if uids:
        remedy = say("by its own snippet it belongs at 'registry/{uid}.md'", uid=uids[0][1])
    else:
        remedy = say("name its place with --as UID")
    yield Problem((), say("the file lies in no registry; {remedy}", remedy=remedy))


@rule("ID009", "device-folder", Severity.ADVICE, example="path")
def device_folder(card: Card, _: Facts) -> Iterator[Problem]:
    """The path has a device in it, as paths of the old hub had.

    A card names its devices itself; one path for all of them keeps versions comparable.

    Bad:
        registry/mindhub/gpu/1.8/lenet_mnist.md
    Good:
        registry/mindhub/1.8/lenet_mnist.md
    """
    if card.uid and card.uid.device:
        message = say(
            "the path has the device {device!r} in it; say it as 'devices: [{device}]'", device=card.uid.device
        )
        yield Problem((), message)


@rule("ID005", "case-collision", Severity.ERROR, example="path", registry_wide=True, reads=("uid",))
def case_collision(cards: Sequence[Card], _: Facts) -> Iterator[tuple[Card, Problem]]:
    """Two cards' names differ in case alone.

    They are one file on Windows and macOS: a checkout there loses one of them.

    Bad:
        registry/mindhub/2.10/lenet_mnist.md and registry/MindHub/2.10/lenet_mnist.md
    Good:
        registry/mindhub/2.10/lenet_mnist.md and registry/mindhub/2.10/lenet1_mnist.md
    """
    first: dict[str, Card] = {}
    for card in cards:
        if card.uid is None:
            continue
        other = first.setdefault(str(card.uid).casefold(), card)
        if str(other.uid) != str(card.uid):
            related = (Related(other, (), say("the other card")),)
            message = say("'{uid}' and '{other}' differ in case alone", uid=card.uid, other=other.uid)
            yield card, Problem((), message, related=related)


@rule(
    "ID006",
    "ambiguous-identity",
    Severity.WARNING,
    example="cards",
    registry_wide=True,
    reads=("uid", "model_name", "train_dataset"),
)
def ambiguous_identity(cards: Sequence[Card], _: Facts) -> Iterator[tuple[Card, Problem]]:
    """Several cards of one version have the same model name and data set.

    A visitor who looks for that model cannot tell them apart.

    Bad:
        model-name: lenet
        train-dataset: mnist
        and
        model-name: lenet
        train-dataset: mnist
    Good:
        model-name: lenet
        train-dataset: mnist
        and
        model-name: lenet2
        train-dataset: mnist
    """
    groups: defaultdict[tuple[str, ...], list[Card]] = defaultdict(list)
    for card in cards:
        if card.uid and card.model_name:
            key = (card.uid.publisher, card.uid.version, fold(card.model_name), fold(card.train_dataset or ""))
            groups[key].append(card)
    for group in groups.values():
        for card in group if len(group) > 1 else []:
            others = [other for other in group if other is not card]
            message = many(
                len(others),
                "{model!r} on {dataset!r} is also what '{other}' is called",
                "{model!r} on {dataset!r} is also what '{other}' and {more} more are called",
                model=card.model_name,
                dataset=card.train_dataset or say("no data set"),
                other=others[0].uid,
                more=len(others) - 1,
            )
            related = (Related(others[0], ("model-name",), say("the same name here")),)
            yield card, Problem(("model-name",), message, related=related)


def _minor(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])


RULES = (
    path_not_uid,
    name_upper_case,
    version_disagrees,
    name_disagrees,
    case_collision,
    ambiguous_identity,
    title_disagrees,
    outside_registry,
    device_folder,
)
