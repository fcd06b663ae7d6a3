"""What an author is asked for a new card, in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.messages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mindhub.messages import Message
    from mindhub.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Question:
    """One answer that a card needs."""

    key: str  #: of the front matter, and of the flag
    prompt: Message
    help: Message  #: what `?` shows, and the flag's help
    needed: bool = True


QUESTIONS = (
    Question(
        "model-name", say("name of the model"), say("as its authors call it, such as ResNet-50; the title of its page")
    ),
    Question(
        "backbone-name", say("network it is built on"), say("such as resnet50; the model's name where it has no other")
    ),
    Question(
        "module-type",
        say("domain and task"),
        say("such as cv-image-classification: a domain of the vocabulary, and a task behind a hyphen"),
    ),
    Question(
        "train-dataset",
        say("data set it was trained on"),
        say("a name of the vocabulary, such as cifar10; Tab completes it"),
        needed=False,
    ),
    Question(
        "evaluation",
        say("score"),
        say("a metric and a number, several with ' | ' between them: top1acc79.3 | top5acc94.5"),
        needed=False,
    ),
    Question("author", say("author"), say("who made the model: a person, a group or a company")),
    Question("user-id", say("account of the publisher"), say("under which name it is published, such as mindspore")),
    Question("used-for", say("published for"), say("inference or fine-tuning")),
    Question("fine-tunable", say("can the weights be trained further?"), say("True or False")),
    Question("license", say("licence"), say("an SPDX identifier, such as Apache-2.0 or MIT")),
    Question("model-version", say("version of the model"), say("yours to count, such as 1.0")),
    Question(
        "repo-link",
        say("source code"),
        say("an https address of the code that trained it, best with a commit or tag in it"),
        needed=False,
    ),
    Question("paper", say("paper"), say("an https address of the paper"), needed=False),
    Question(
        "summary",
        say("one sentence for the list"),
        say("what goes in, what comes out and how well: the first thing that visitors read"),
    ),
)


def choices(key: str, vocabulary: Vocabulary, licences: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the names that a key may have, canonical ones first; none for free text."""
    if key == "train-dataset":
        return tuple(sorted(vocabulary.kind("datasets")))
    if key == "module-type":
        tasks = sorted(vocabulary.kind("tasks"))
        return tuple(f"{domain}-{task}" for domain in sorted(vocabulary.kind("domains")) for task in tasks)
    if key == "evaluation":
        return tuple(sorted(vocabulary.kind("metrics")))
    if key == "license":
        return tuple(sorted(licences))
    return {"used-for": ("inference", "fine-tuning"), "fine-tunable": ("True", "False")}.get(key, ())


def defaults(values: Mapping[str, str], known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what most authors would answer; `known` is what the machine says (name, publisher, today)."""
    yield "backbone-name", values.get("model-name", "")
    yield "author", known.get("author", "")
    yield "user-id", known.get("publisher", "")
    yield from (
        ("used-for", "inference"),
        ("fine-tunable", "True"),
        ("license", "Apache-2.0"),
        ("model-version", "1.0"),
    )


def proposed_name(values: Mapping[str, str]) -> str:
    """Return a file name out of model and data set: lower case, words parted by `_`."""
    import re

    parts = (values.get("model-name", ""), values.get("train-dataset", ""))
    folded = (re.sub(r"[^a-z0-9.+]+", "-", part.lower()).strip("-.") for part in parts)
    return "_".join(part for part in folded if part)
