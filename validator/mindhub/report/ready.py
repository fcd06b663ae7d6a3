"""The verdict about a change as text for people and as JSON, in the shape of schema/ready.schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mindhub import __version__
from mindhub.localise import localise
from mindhub.messages import many, say, translate
from mindhub.model import Severity
from mindhub.ready import CHANGED, CONCERNED, FAILED, NEW, NOT_RUN, PASSED, REMOVED, RENAMED, headline, next_step
from mindhub.report import text as text_report
from mindhub.report.escape import visible
from mindhub.report.json import finding_data
from mindhub.report.selection import excused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mindhub.model import Finding
    from mindhub.ready import Ready, Step, Touched

VERSION = 1
MOST = 1_000  #: findings in the JSON; a comment shows fewer
_LONGEST = 40  #: lines of a suggestion
_WORDS = {PASSED: say("passed"), FAILED: say("failed"), NOT_RUN: say("not run")}
_WHAT = {
    NEW: say("new"),
    CHANGED: say("changed"),
    RENAMED: say("renamed, before:"),
    REMOVED: say("removed"),
    CONCERNED: say("its network has changed"),
}
NO_ALIAS = say("; that name needs an alias")  #: what a renamed card is told where nothing keeps its old name alive
_COLOURS = {PASSED: "32", FAILED: "31;1", NOT_RUN: "33"}
_SHOWN = 12  #: cards and files that a terminal shows


def what_word(what: str) -> str:
    """Return the word for what a change does to a card, to be translated."""
    return _WHAT.get(what, what)


def verdict_word(verdict: str) -> str:
    """Return the word for what came of a step, to be translated."""
    return _WORDS.get(verdict, verdict)


def to_data(ready: Ready) -> dict[str, Any]:
    """Return the verdict as plain data; messages stand in English, and in Chinese under keys with `-zh`."""
    texts = {card.file: card.data for card in ready.report.cards}
    counted = sorted((f for f in ready.report.findings if not excused(f)), key=lambda finding: -finding.severity)
    step = next_step(ready)
    return {
        "version": VERSION,
        "tool": {"name": "mindhub", "version": __version__},
        "verdict": ready.verdict.value,
        **_said("headline", headline(ready)),
        "next": {"command": step.command, **_said("why", step.why)},
        "base": {"revision": ready.base, "commit": ready.commit, "found": ready.found},
        "head": ready.head,
        "files": ready.files,
        "cards": [_card(card) for card in ready.cards],
        "policy": {
            "maintainers": [
                {"path": ruling.path, "what": ruling.what, "area": ruling.area, **_said("reason", ruling.reason or "")}
                for ruling in ready.policy.for_maintainers
            ],
            "waiting": None if ready.policy.waiting is None else _said("reason", ready.policy.waiting),
        },
        "steps": [
            {"name": one.name, "verdict": one.verdict, **_said("reason", one.reason), "seconds": round(one.seconds, 3)}
            for one in ready.steps
        ],
        "summary": {
            "errors": ready.report.count(Severity.ERROR),
            "warnings": ready.report.count(Severity.WARNING),
            "advice": ready.report.count(Severity.ADVICE),
            "waived": sum(f.waiver is not None for f in ready.report.findings),
            "older": sum(f.older and f.waiver is None for f in ready.report.findings),
        },
        "failures": [{"file": one.file, **_said("message", one.message)} for one in ready.report.failures],
        "findings": [
            {**finding_data(one), "message-zh": translate(one.message, "zh"), "suggestion": _suggestion(one, texts)}
            for one in counted[:MOST]
        ],
        "left-out": max(0, len(counted) - MOST),
        "runs": [
            {"name": run.name, "file": run.file, "verdict": run.verdict, "said": run.said, "reason": run.reason}
            for run in ready.runs
        ],
        "unanswered": list(ready.unanswered[:MOST]),
        "seconds": round(ready.seconds, 3),
    }


def _card(card: Touched) -> dict[str, Any]:
    renamed = {"was": card.was, "needs-alias": card.lost} if card.what == RENAMED else {}
    return {"file": card.file, "uid": card.uid, "what": card.what, **renamed}


def render_json(ready: Ready) -> str:
    """Return the verdict as JSON text."""
    text = json.dumps(to_data(ready), ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace").decode() + "\n"


def _said(key: str, message: str) -> dict[str, str]:
    return {key: str(message), f"{key}-zh": translate(message, "zh")}


def _suggestion(finding: Finding, texts: Mapping[str, bytes]) -> dict[str, Any] | None:
    """Return the lines that a safe repair changes and what they become, or None."""
    data = texts.get(finding.file)
    fix = finding.fix
    if data is None or fix is None or not fix.safe or not fix.edits:
        return None
    first, last = min(edit.start for edit in fix.edits), max(edit.end for edit in fix.edits)
    start = data.rfind(b"\n", 0, first) + 1
    end = data.find(b"\n", last)
    end = len(data) if end < 0 else end
    piece = data[start:end]
    for edit in sorted(fix.edits, key=lambda edit: -edit.start):  # the last first: places before it stay
        piece = piece[: edit.start - start] + edit.text.encode() + piece[edit.end - start :]
    line = data.count(b"\n", 0, start) + 1
    lines = data.count(b"\n", start, end)
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        return None
    return {"line": line, "end-line": line + lines, "text": text} if lines < _LONGEST else None


def render_text(ready: Ready, *, colour: bool = False, language: str = "en", shown: Severity = Severity.ADVICE) -> str:
    """Return findings, a line for each step, what waits, and the verdict with the next command last."""

    def tell(message: str) -> str:
        return translate(message, language)

    lines: list[str] = []
    if any(not excused(f) and f.severity >= shown for f in ready.report.findings) or ready.report.failures:
        lines += [text_report.render(localise(ready.report, language), colour=colour, shown=shown, language=language)]
    lines += _change(ready, language)
    lines += [_step(step, colour, language) for step in ready.steps]
    for run in ready.runs:
        lines.append(f"  {visible(run.name)}  {tell(verdict_word(run.verdict))}: {visible(run.said)}")
        lines += [f"      {visible(line)}" for line in run.reason.splitlines()]
    lines += [f"  {visible(line)}" for line in ready.unanswered[:_SHOWN]]
    rulings = ready.policy.for_maintainers
    if rulings:
        lines += ["", tell(say("a maintainer decides about"))]
        lines += [f"  {visible(ruling.path)}  {tell(ruling.reason or '')}" for ruling in rulings[:_SHOWN]]
        if len(rulings) > _SHOWN:
            lines.append("  " + tell(say("… and {count:,} more files", count=len(rulings) - _SHOWN)))
    if ready.policy.waiting:
        lines += ["", tell(ready.policy.waiting)]
    step = next_step(ready)
    start, end = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    arrow = f"  {start}{visible(step.command)}{end}  # " if step.command else "  # "
    lines += ["", f"{start}{tell(headline(ready))}{end}", f"{arrow}{visible(tell(step.why))}"]
    return "\n".join(lines) + "\n"


def _change(ready: Ready, language: str) -> Iterator[str]:
    if ready.commit:
        how = say(" (found by itself; --base REV names another)") if ready.found else ""
        since = say("the change since {base}, {commit}{how}", base=ready.base, commit=ready.commit[:12], how=how)
        yield f"{translate(since, language)}: {translate(_counts(ready), language)}"
    for card in ready.cards[:_SHOWN]:
        was = f" {visible(card.was)}" + (translate(NO_ALIAS, language) if card.lost else "") if card.was else ""
        yield f"  {visible(card.uid or card.file)}  {translate(what_word(card.what), language)}{was}"
    if len(ready.cards) > _SHOWN:
        yield "  " + translate(say("… and {count:,} more cards", count=len(ready.cards) - _SHOWN), language)


def _counts(ready: Ready) -> str:
    return say(
        "{files}, {cards}",
        files=many(ready.files, "{count:,} file", "{count:,} files"),
        cards=many(len(ready.cards), "{count:,} card", "{count:,} cards"),
    )


def _step(step: Step, colour: bool, language: str) -> str:
    word = translate(verdict_word(step.verdict), language).ljust(7)
    word = f"\x1b[{_COLOURS[step.verdict]}m{word}\x1b[0m" if colour else word
    return f"{step.name:<7} {word}  {translate(step.reason, language)}".rstrip()
