"""Repairs as suggestions of a review: GitHub shows them at their lines, and one click commits them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mindhub.report.markdown import prose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

MARKER = "<!-- mindhub suggestion -->"
MOST = 20  #: of one review
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def shown_lines(files: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    """Return the lines of each file that a review may speak about, of the files that the API lists for a change."""
    shown: dict[str, set[int]] = {}
    for file in files:
        for hunk in _HUNK.finditer(str(file.get("patch") or "")):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            shown.setdefault(str(file["filename"]), set()).update(range(start, start + count))
    return shown


def suggestions(
    findings: Iterable[Mapping[str, Any]],
    shown: Mapping[str, set[int]],
    said: Collection[tuple[str, str]],
    language: str = "en",
) -> Iterator[dict[str, Any]]:
    """Yield the comments of a review, one for each stretch of lines, at most MOST.

    `said` are the path and the text of the suggestions that stand there already.
    """
    taken: dict[str, set[int]] = {}
    count = 0
    for finding in findings:
        repair = finding["suggestion"]
        if repair is None or repair["end-line"] < repair["line"] or count == MOST:
            continue
        path, lines = finding["file"], range(repair["line"], repair["end-line"] + 1)
        if not shown.get(path, set()).issuperset(lines) or taken.get(path, set()).intersection(lines):
            continue
        body = _body(finding, language)
        if (path, body) in said:
            continue
        taken.setdefault(path, set()).update(lines)
        count += 1
        place = {"path": path, "line": lines[-1], "side": "RIGHT", "body": body}
        yield place if len(lines) == 1 else {**place, "start_line": lines[0], "start_side": "RIGHT"}


def _body(finding: Mapping[str, Any], language: str) -> str:
    text = finding["suggestion"]["text"].replace("\r\n", "\n").rstrip("\n")
    # No run of backticks in the text ends a longer fence.
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    message = finding.get(f"message-{language}") or finding["message"]
    return f"{MARKER}\n{finding['code']}: {prose(message)}\n\n{fence}suggestion\n{text}\n{fence}"
