"""What a rule is, and how one is written down."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from mindhub.frozen import dataclass
from mindhub.model import Card, Problem, Severity

if TYPE_CHECKING:
    from mindhub.facts import Facts

CardCheck = Callable[..., Iterator[Problem]]
#: What the examples in a docstring are: lines of the front matter, a body, a whole file,
#: two cards' front matter parted by a line `and` (`and, in another version`), paths, versions of one card's
#: front matter parted by lines `becomes` (the last one is new, unless a card in another version follows),
#: waivers.yaml with the front matter that it `waives`, baseline.json before and after, front matter and what its
#: addresses `answer`, in YAML, a translation of the valid card, or what differs in the valid card's record or in its
#: run with random weights, in YAML.
#: In lines of the front matter, `# no KEY` means that the key is left out.
Example = Literal[
    "front",
    "body",
    "file",
    "cards",
    "path",
    "history",
    "waivers",
    "baseline",
    "online",
    "translation",
    "record",
    "network-run",
]

#: What a rule looks at and many runs have none of: facts of these names, or faults that reading a card found.
Source = Literal["history", "online", "embedded", "recorded", "faults"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its documentation; `check` is pure."""

    code: str
    slug: str
    severity: Severity
    title: str  #: one sentence: the fault
    documentation: str  #: why it matters
    bad: str
    good: str
    example: Example
    registry_wide: bool  #: check takes all cards instead of one
    check: Callable[..., Iterator[Any]]
    when_new: Severity | None = None  #: of a card whose name the base of a change does not have, where that differs
    source: Source | None = None  #: without this it finds nothing, so that it need not be asked
    #: Fields of `Card`, and of `Facts` beside vocabulary and books, that a rule over the whole registry looks at and no
    #: others: while they are the same it finds the same. None where that is not said.
    reads: tuple[str, ...] | None = None

    def may_find(self, facts: Facts) -> bool:
        """Say whether the rule can find anything in a run with these facts."""
        return self.source is None or self.source == "faults" or bool(getattr(facts, self.source))


_SECTION = re.compile(r"^(Bad|Good):\n", re.MULTILINE)


def rule(
    code: str,
    slug: str,
    severity: Severity,
    *,
    example: Example = "front",
    registry_wide: bool = False,
    when_new: Severity | None = None,
    source: Source | None = None,
    reads: tuple[str, ...] | None = None,
) -> Callable[[Callable[..., Iterator[Any]]], Rule]:
    """Turn a function and its docstring into a Rule.

    The docstring's first line is the title; `Bad:` and `Good:` introduce indented examples.
    """

    def decorate(check: Callable[..., Iterator[Any]]) -> Rule:
        title, _, rest = inspect.cleandoc(check.__doc__ or "").partition("\n")
        prose, *sections = _SECTION.split(rest)
        examples = {
            name: inspect.cleandoc("\n" + text) for name, text in zip(sections[::2], sections[1::2], strict=True)
        }
        return Rule(
            code, slug, severity, title.rstrip("."), prose.strip(), examples["Bad"], examples["Good"], example,
            registry_wide, check, when_new, source, reads,
        )  # fmt: skip

    return decorate


def from_reader(card: Card, code: str) -> Iterator[Problem]:
    """Yield what reading the card found under a code."""
    return (problem for found, problem in card.faults if found == code)
