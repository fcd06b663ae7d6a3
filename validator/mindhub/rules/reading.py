"""RD: whether the bytes are a card at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.model import Card, Problem, Related, Severity
from mindhub.rules.base import from_reader, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts


@rule("RD001", "not-utf8", Severity.ERROR, example="file", source="faults")
def not_utf8(card: Card, _: Facts) -> Iterator[Problem]:
    r"""The file is not UTF-8, or starts with a byte order mark.

    Tools that read the card would show wrong characters, or none. GB18030 and UTF-16 are recognised and named.

    Bad:
        \xef\xbb\xbf---
        model-name: lenet
    Good:
        ---
        model-name: lenet
    """
    return from_reader(card, "RD001")


@rule("RD002", "no-front-matter", Severity.ERROR, example="file", source="faults")
def no_front_matter(card: Card, _: Facts) -> Iterator[Problem]:
    """The card has no front matter between two lines of `---`.

    Everything a machine knows about a model stands there: without it there is no card.

    Bad:
        # lenet

        A small network.
    Good:
        ---
        model-name: lenet
        ---

        A small network.
    """
    return from_reader(card, "RD002")


@rule("RD003", "yaml-syntax", Severity.ERROR, source="faults")
def yaml_syntax(card: Card, _: Facts) -> Iterator[Problem]:
    """A line of the front matter is not YAML.

    The line is left out and the rest is read, so the card's other faults appear in the same run.

    Bad:
        x-note: see: below
    Good:
        x-note: "see: below"
    """
    return from_reader(card, "RD003")


@rule("RD004", "not-a-mapping", Severity.ERROR, source="faults")
def not_a_mapping(card: Card, _: Facts) -> Iterator[Problem]:
    """The front matter is not made of `key: value` lines.

    Full-width colons are the usual reason: they look right and mean nothing to YAML.

    Bad:
        author：The authors
    Good:
        author: The authors
    """
    return from_reader(card, "RD004")


@rule("RD005", "duplicate-key", Severity.ERROR, source="faults")
def duplicate_key(card: Card, _: Facts) -> Iterator[Problem]:
    """A key stands twice.

    Readers differ in which of the two they believe.

    Bad:
        author: The authors
        author: Somebody else
    Good:
        author: The authors
    """
    for problem in from_reader(card, "RD005"):
        yield replace(problem, related=(Related(card, problem.path, say("first defined here"), key=True),))


@rule("RD006", "yaml-feature", Severity.ERROR, source="faults")
def yaml_feature(card: Card, _: Facts) -> Iterator[Problem]:
    """The front matter uses YAML that cards have no use for, or is too deep or too large.

    Anchors, aliases, merge keys and tags hide values from readers and can make a few bytes expand without bound.

    Bad:
        author: &a The authors
        summary: *a
    Good:
        author: The authors
        summary: The authors
    """
    return from_reader(card, "RD006")


@rule("RD007", "line-endings", Severity.ADVICE, example="file", source="faults")
def line_endings(card: Card, _: Facts) -> Iterator[Problem]:
    r"""Lines end in something other than line feed, the last line has no end, or an invisible character hides.

    Differences that nobody sees make a change larger than it is, and a copied value wrong.

    Bad:
        ---\r
        model-name: lenet\r
        ---\r
    Good:
        ---
        model-name: lenet
        ---
    """
    return from_reader(card, "RD007")


@rule("RD008", "layout", Severity.ADVICE, example="file", source="faults")
def layout(card: Card, _: Facts) -> Iterator[Problem]:
    """The front matter does not start on line 1.

    Most tools for Markdown, editors and GitHub among them, see front matter only there.

    Bad:
        # lenet

        ---
        model-name: lenet
        ---
    Good:
        ---
        model-name: lenet
        ---

        # lenet
    """
    return from_reader(card, "RD008")


@rule("RD009", "stray-fence", Severity.WARNING, example="body", source="faults")
def stray_fence(card: Card, _: Facts) -> Iterator[Problem]:
    """A further line in the body starts with `---`.

    Readers that only look for that line take the text after it for something else; `***` draws the same rule.

    Bad:
        Text.

        ---

        More text.
    Good:
        Text.

        ***

        More text.
    """
    return from_reader(card, "RD009")


RULES = (
    not_utf8,
    no_front_matter,
    yaml_syntax,
    not_a_mapping,
    duplicate_key,
    yaml_feature,
    line_endings,
    layout,
    stray_fence,
)
