"""A Report as Markdown, for a job's summary and for a comment on a pull request.

What a card says stands in it as plain words and as code spans alone. GitHub makes people, issues, commits and
addresses in running text into links and notifications, whatever escapes are put before them; in code it does not.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from mindhub.localise import how_many, how_many_cards, severity_word
from mindhub.messages import many, say, translate
from mindhub.model import Severity
from mindhub.report.escape import visible
from mindhub.report.selection import counted, related_text, rule_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mindhub.messages import Message
    from mindhub.model import Finding, Report

#: Bytes. A comment on GitHub holds 65,536 characters, a job's summary 1 MiB a step.
COMMENT_LIMIT, SUMMARY_LIMIT = 60_000, 1_000_000
#: By this first line a later run finds the comment of an earlier one, to write over it.
MARKER = "<!-- mindhub check -->"

# Words that no renderer turns into anything, with punctuation that means nothing inside a cell: letters alone (so no
# addresses, no `name-12` of an issue tracker, no `#12`), or a short number. Seven hex digits may be a commit.
_PLAIN = re.compile(
    r"[(“‘「（]?(?![a-fA-F]{7,}\b)(?:[^\W\d_]+(?:['，；：、（）“”][^\W\d_]+)*|\d{1,6})[,;?!)，。；：、？！”’」）]*:?|[-–—…,;:]"
)


def render(
    report: Report,
    *,
    shown: Severity = Severity.ADVICE,
    site: str = "",
    limit: int = COMMENT_LIMIT,
    language: str = "en",
) -> str:
    """Return verdict, counts by card, and a table of findings, cut to about `limit` bytes with the rest counted."""
    findings = sorted(counted(report, shown), key=lambda finding: -finding.severity)
    blocks = [f"{MARKER}\n### {translate(_verdict(report), language)}", _counts(report, language)]
    room = limit - 1000  # for the lines that say what was cut, and the heads of the tables
    failures = [f"| {code(failure.file)} | {prose(failure.message)} |" for failure in report.failures]
    cards = _by_card(findings)
    rows = [_row(finding, site, language) for finding in findings]
    # Each table may take half of what those before it leave, and the last all of it.
    for head, ruler, lines, share, rest in (
        (say("| could not be checked | because |"), "|---|---|", failures, 0.5, say("more failures")),
        (
            say("| card | errors | warnings | advice |"),
            "|---|---:|---:|---:|",
            cards,
            0.5,
            say("more cards with findings"),
        ),
        (say("| | place | rule | finding |"), "|---|---|---|---|", rows, 1.0, say("more findings")),
    ):
        kept = _fitting(lines, int(room * share))
        room -= sum(_size(line) for line in kept)
        if kept:
            blocks.append("\n".join([translate(head, language), ruler, *kept]))
        if len(kept) < len(lines):
            blocks.append(translate(say("… and {count:,} {what}.", count=len(lines) - len(kept), what=rest), language))
    return "\n\n".join(blocks) + "\n"


def prose(text: str) -> str:
    """Return a message for a table's cell: plain words as they are, everything else in code spans."""
    pieces: list[str] = []
    risky: list[str] = []
    for word in [*visible(text).split(), ""]:
        if word and not _PLAIN.fullmatch(word):
            risky.append(word)
            continue
        pieces += [_quoted(" ".join(risky))] if risky else []
        pieces += [word] if word else []
        risky = []
    return " ".join(pieces)


def _quoted(words: str) -> str:
    """Return words as a code span, the punctuation of the sentence behind them left outside."""
    inner = words
    while inner and (inner[-1] in ",;?" or (inner[-1] == ")" and inner.count(")") > inner.count("("))):
        inner = inner[:-1]
    return (code(inner) if inner else "") + words[len(inner) :]


def code(text: str) -> str:
    """Return text as a code span for a table's cell."""
    text = visible(text)
    fence = "`"
    while fence in text:
        fence += "`"
    # Tables read `\\|` as a bar in a code span, but a bar behind a backslash not all alike: it becomes a look-alike.
    text = text.replace("\\|", "\\｜").replace("|", "\\|")
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _verdict(report: Report) -> Message:
    errors = report.count(Severity.ERROR)
    if errors:
        return many(errors, "MindHub: {count:,} error to mend", "MindHub: {count:,} errors to mend")
    if report.failures:
        return say("MindHub: not everything could be checked")
    return say("MindHub: no errors")


def _counts(report: Report, language: str) -> str:
    said = [how_many(severity, report.count(severity), language) for severity in sorted(Severity, reverse=True)]
    whole = say(
        "{cards} checked: {found}.",
        cards=how_many_cards(len(report.cards), language),
        found=translate(say(", "), language).join(said),
    )
    text = translate(whole, language)
    waived = sum(finding.waiver is not None for finding in report.findings)
    older = sum(finding.older and finding.waiver is None for finding in report.findings)
    if waived:
        text += translate(say(" Not counted: {count:,} that the registry waives.", count=waived), language)
    if older:
        text += translate(say(" Not yours: {count:,} that stood there before.", count=older), language)
    return text


def _by_card(findings: Iterable[Finding]) -> list[str]:
    counts: dict[str, Counter[Severity]] = {}
    for finding in findings:
        counts.setdefault(finding.file, Counter())[finding.severity] += 1
    order = sorted(counts, key=lambda file: (*(-counts[file][severity] for severity in sorted(Severity)[::-1]), file))
    return [
        f"| {code(file)} | " + " | ".join(f"{counts[file][severity]:,}" for severity in sorted(Severity)[::-1]) + " |"
        for file in order
    ]


def _row(finding: Finding, site: str, language: str) -> str:
    place = f"{finding.file}:{finding.span.line}:{finding.span.column}" if finding.span else finding.file
    page = rule_page(site, finding.code)
    rule = f"[{finding.code}]({page})" if page else finding.code
    word = severity_word(finding.severity, language)
    return f"| {word} | {code(place)} | {rule} | {prose(finding.message + related_text(finding))} |"


def _fitting(lines: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= _size(line)
        if room < 0:
            break
        kept.append(line)
    return kept


def _size(line: str) -> int:
    return len(line.encode("utf-8", "replace")) + 1
