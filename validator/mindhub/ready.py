"""Whether a change is ready: what was checked, verified and run, what waits for whom, and what to do next."""

from __future__ import annotations

import enum
import shlex
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass, field
from mindhub.messages import many, say
from mindhub.model import Report, Severity
from mindhub.policy import Policy

if TYPE_CHECKING:
    from mindhub.messages import Message

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"
NEW, CHANGED, RENAMED, REMOVED, CONCERNED = "new", "changed", "renamed", "removed", "concerned"
STEPS = ("check", "verify", "smoke")


class Verdict(enum.StrEnum):
    """The one word about a change."""

    MEND = "mend"  #: something is wrong with it
    INCOMPLETE = "incomplete"  #: MindHub could not look at something that it has to look at
    WAITS = "waits"  #: nothing is wrong, and a maintainer decides about a part of it
    READY = "ready"
    NOTHING = "nothing"  #: it changes nothing


@dataclass(frozen=True, slots=True)
class Touched:
    """A card that a change concerns."""

    file: str  #: as shown to people
    uid: str | None
    what: str  #: NEW, CHANGED, RENAMED, REMOVED, or CONCERNED where only a network that it names has changed
    was: str = ""  #: uid that a renamed card had
    lost: bool = False  #: a rule misses that uid: no alias leads from it to the card


@dataclass(frozen=True, slots=True)
class Step:
    """One of STEPS and what came of it."""

    name: str
    verdict: str  #: PASSED, FAILED or NOT_RUN
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """What came of running one card."""

    name: str  #: its uid, else its file
    file: str
    verdict: str
    said: str  #: how far it came
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """What to do now."""

    command: str  #: to be typed as it is; empty where there is none
    why: Message


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that is known of a change."""

    base: str = ""  #: as it was named or found, such as `upstream/main`; empty without a repository
    commit: str = ""  #: at which the change began
    found: bool = False  #: the base was found by itself
    head: str = ""  #: commit of the work tree
    uncommitted: bool = False  #: the work tree holds more than its commit
    files: int = 0  #: that differ
    cards: tuple[Touched, ...] = ()
    policy: Policy = field(default_factory=Policy)
    report: Report = field(default_factory=lambda: Report((), ()))
    steps: tuple[Step, ...] = ()
    runs: tuple[Run, ...] = ()
    unanswered: tuple[str, ...] = ()  #: addresses that did not answer, each with the reason
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """Return the one word about the change."""
        if any(step.verdict == FAILED for step in self.steps):
            return Verdict.MEND
        if self.report.failures:
            return Verdict.INCOMPLETE
        if not self.files and self.commit:
            return Verdict.NOTHING
        return Verdict.WAITS if self.policy.for_maintainers or self.policy.waiting else Verdict.READY

    @property
    def code(self) -> int:
        """Return the exit code: 1 for a fault of the change, 2 where it could not be judged, else 0."""
        return {Verdict.MEND: 1, Verdict.INCOMPLETE: 2}.get(self.verdict, 0)


def headline(ready: Ready) -> Message:
    """Return the verdict as a sentence."""
    match ready.verdict:
        case Verdict.MEND:
            errors = ready.report.count(Severity.ERROR) + sum(run.verdict == FAILED for run in ready.runs)
            return many(errors, "not ready: {count:,} fault to mend", "not ready: {count:,} faults to mend")
        case Verdict.INCOMPLETE:
            return say("not everything could be judged")
        case Verdict.NOTHING:
            return say("nothing has changed since {base}", base=ready.base)
        case Verdict.WAITS:
            return say("nothing to mend; a part waits for a maintainer")
        case _:
            return say("ready")


def next_step(ready: Ready) -> Next:
    """Return the one thing to do now."""
    match ready.verdict:
        case Verdict.MEND:
            return _mending(ready)
        case Verdict.INCOMPLETE:
            return Next("mindhub ready", say("once what is named above can be read"))
        case Verdict.NOTHING:
            return Next("mindhub new", say("it writes a card that passes"))
        case Verdict.WAITS:
            return _sending(ready, say("send it; the maintainers are told what waits for them"))
        case _:
            return _sending(ready, say("send it, and open a pull request"))


def _mending(ready: Ready) -> Next:
    counted = [f for f in ready.report.findings if f.waiver is None and not f.older and f.severity is Severity.ERROR]
    mendable = next((f for f in counted if f.fix is not None and f.fix.safe), None)
    if mendable is not None:
        return Next(f"mindhub fix {shlex.quote(mendable.file)}", say("it mends what needs no decision"))
    if counted:
        why = say("it says what the rule wants, and why; then mend {file}", file=counted[0].file)
        return Next(f"mindhub explain {counted[0].code}", why)
    failed = next((run.name for run in ready.runs if run.verdict == FAILED), "")
    return Next(f"mindhub smoke {shlex.quote(failed)}", say("it shows the run stage by stage"))


def _sending(ready: Ready, why: Message) -> Next:
    if ready.uncommitted:
        return Next("git add --all && git commit", say("the change is not committed yet"))
    if not ready.commit:
        return Next("", say("put the card into a clone of the registry, where the change is judged as a whole"))
    return Next("git push", why)
