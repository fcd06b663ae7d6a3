"""ID: whether a card's path, names and versions agree."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from mindhub.model import Card, Problem, Related, Severity
from mindhub.rules.base import rule
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
        yield Problem((), f"the name {card.uid.name!r} has upper case; call it {card.uid.name.lower()!r}")


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
        message = f"{stated!r} is not the version {card.uid.version!r} of the card's directory"
        yield Problem(("mindspore-version",), message)
    branch = _BRANCH.search(card.repo_link or "")
    if branch and _minor(branch["version"]) != _minor(stated):
        message = f"the branch 'r{branch['version']}' is not of the mindspore-version {stated!r}"
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
    known = {fold(card.model_name), fold(card.train_dataset or "")}
    if card.train_dataset and (term := facts.vocabulary.find("datasets", card.train_dataset)):
        known |= {fold(spelling) for spelling in (term.name, *term.aliases)}
    if any(part and part in name for part in known):
        return
    yield Problem(("model-name",), f"{card.model_name!r} is not in the card's name {card.uid.name!r}")


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
        message = f"the title {card.title!r} is not the model-name {card.model_name!r}"
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
    where = f"by its own snippet it belongs at 'registry/{uids[0][1]}.md'" if uids else "name its place with --as UID"
    yield Problem((), f"the file lies in no registry; {where}")


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
        yield Problem(
            (), f"the path has the device {card.uid.device!r} in it; say it as 'devices: [{card.uid.device}]'"
        )


@rule("ID005", "case-collision", Severity.ERROR, example="path", registry_wide=True)
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
            related = (Related(other, (), "the other card"),)
            yield card, Problem((), f"'{card.uid}' and '{other.uid}' differ in case alone", related=related)


@rule("ID006", "ambiguous-identity", Severity.WARNING, example="cards", registry_wide=True)
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
            message = f"{card.model_name!r} on {card.train_dataset or 'no data set'!r} is also what '{others[0].uid}'"
            message += f" and {len(others) - 1} more are" if len(others) > 1 else " is"
            related = (Related(others[0], ("model-name",), "the same name here"),)
            yield card, Problem(("model-name",), message + " called", related=related)


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
