"""WV: whether the waivers and the baseline of a registry still mean something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.messages import say
from mindhub.model import Card, Problem, Severity
from mindhub.rules.base import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mindhub.documents import Document
    from mindhub.facts import Facts


@rule("WV001", "waiver-expired", Severity.ERROR, example="waivers", registry_wide=True)
def waiver_expired(_: Sequence[Card], facts: Facts) -> Iterator[tuple[Document, Problem]]:
    """A waiver's last day is over.

    It excuses nothing any more. Whoever owns it mends the card, or says anew why it should be lived with, and
    until when. A change that leaves the waivers alone does not answer for it.

    Bad:
        - {rule: FD003, uid: mindhub/2.3/lenet_mnist, reason: Asked the authors, owner: mindhub, expires: 2020-01-31}
    Good:
        - {rule: FD003, uid: mindhub/2.3/lenet_mnist, reason: Asked the authors, owner: mindhub, expires: 2999-01-31}
        waives
        license: Apache2.0
    """
    waivers = facts.books.waivers
    if not facts.books.whole or waivers.document is None:
        return
    for entry in waivers.entries:
        if entry.expires < facts.today:
            message = say(
                "the waiver of {rule} at '{uid}' expired on {date}; {owner!r} mends the card or renews it",
                rule=entry.rule,
                uid=entry.uid,
                date=entry.expires,
                owner=entry.owner,
            )
            yield waivers.document, Problem((entry.index, "expires"), message)


@rule("WV002", "waiver-unused", Severity.ERROR, example="waivers", registry_wide=True)
def waiver_unused(_: Sequence[Card], facts: Facts) -> Iterator[tuple[Document, Problem]]:
    """A waiver, or an entry of the baseline, matches no finding.

    What it excused was mended, or it names a wrong rule or card; left alone it would excuse the fault when it
    comes back. `mindhub baseline --shrink` removes what the baseline no longer needs.

    Bad:
        - {rule: FD003, uid: mindhub/2.3/lenet_mnist, reason: Asked the authors, owner: mindhub, expires: 2999-01-31}
    Good:
        - {rule: FD003, uid: "mindhub/*/lenet_mnist", reason: Asked the authors, owner: mindhub, expires: 2999-01-31}
        waives
        license: Apache2.0
    """
    waivers, baseline = facts.books.waivers, facts.books.baseline
    for entry in waivers.entries:
        if entry.index in waivers.unused and waivers.document:
            message = say(
                "the waiver of {rule} at '{uid}' matches nothing; remove the entry", rule=entry.rule, uid=entry.uid
            )
            yield waivers.document, Problem((entry.index, "uid"), message)
    for code, name in baseline.surplus:
        if baseline.document:
            message = say(
                "the baseline excuses more of {rule} than there is, first at '{name}'; run 'mindhub baseline --shrink'",
                rule=code,
                name=name,
            )
            yield baseline.document, Problem((), message, chars=baseline.place(code, name))


@rule("WV003", "baseline-grew", Severity.ERROR, example="baseline", registry_wide=True)
def baseline_grew(_: Sequence[Card], facts: Facts) -> Iterator[tuple[Document, Problem]]:
    """A change adds to the baseline.

    The baseline is what a registry was taken over with. A new fault is mended, or waived with a reason, an owner
    and a last day. What a change adds to the baseline excuses nothing in the check of that change.

    Bad:
        {"version": 1, "rules": {"FD003": {"mindhub/2.3/lenet_mnist": 1}}}
        becomes
        {"version": 1, "rules": {"FD003": {"mindhub/2.3/lenet_mnist": 2}}}
    Good:
        {"version": 1, "rules": {"FD003": {"mindhub/2.3/lenet_mnist": 2}}}
        becomes
        {"version": 1, "rules": {"FD003": {"mindhub/2.3/lenet_mnist": 1}}}
    """
    baseline = facts.books.baseline
    if not baseline.added or baseline.document is None:
        return
    code, name = baseline.added[0]
    rest = len(baseline.added) - 1
    message = say(
        "the change adds {rule} at '{name}'{rest} to the baseline; mend them, or waive them with 'mindhub waive'",
        rule=code,
        name=name,
        rest=say(" and {count:,} more", count=rest) if rest else "",
    )
    yield baseline.document, Problem((), message, chars=baseline.place(code, name))


RULES = (waiver_expired, waiver_unused, baseline_grew)
