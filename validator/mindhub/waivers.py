"""Waivers: findings that a registry lives with, in `registry/waivers.yaml`, each with an owner and a last day."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from mindhub.documents import Document, parse_yaml
from mindhub.frozen import dataclass, field
from mindhub.messages import say
from mindhub.model import Problem
from mindhub.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

NAME = "waivers.yaml"
_HEAD = "# Findings that this registry lives with: which rule, which card, why, who answers for it, and until when.\n"
#: Findings about the registry's own files: a waiver of those could waive itself.
_NEVER = ("WV", "RG007")
#: What only some runs look for (with a base, with the network): that they find nothing proves nothing.
_SOMETIMES = ("HS", "ON")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One finding, or one kind of finding of several cards, that does not block for now."""

    index: int  #: place in the file's list
    rule: str  #: a code
    uid: str  #: of a card, or a pattern in which `*` stands for anything within one segment
    reason: str
    owner: str
    expires: dt.date  #: the last day on which it counts
    reason_zh: str = ""  #: the reason in Chinese, for pages in that language

    @property
    def is_pattern(self) -> bool:
        """Say whether the waiver may mean several cards."""
        return "*" in self.uid

    def why(self, language: str) -> str:
        """Return the reason in a language, or as it was first written where it is not in that one."""
        return self.reason_zh if language == "zh" and self.reason_zh else self.reason

    def matches(self, name: str) -> bool:
        """Say whether a card of this name is meant."""
        return name == self.uid or (self.is_pattern and bool(_expression(self.uid).fullmatch(name)))


@dataclass(frozen=True)
class Waivers:
    """All waivers of a registry."""

    document: Document | None = None
    entries: tuple[Waiver, ...] = ()
    unused: frozenset[int] = field(default=frozenset())  #: entries that matched nothing, where that could be seen

    @cached_property
    def _by_rule(self) -> dict[str, tuple[dict[str, Waiver], list[Waiver]]]:
        made: dict[str, tuple[dict[str, Waiver], list[Waiver]]] = {}
        for entry in self.entries:
            exact, patterns = made.setdefault(entry.rule, ({}, []))
            if entry.is_pattern:
                patterns.append(entry)
            else:
                exact[entry.uid] = entry
        return made

    def of(self, rule: str, name: str, today: dt.date) -> Sequence[Waiver]:
        """Return the waivers in force for a rule's findings about a card, that of the card itself first."""
        if rule not in self._by_rule:
            return ()
        exact, patterns = self._by_rule[rule]
        own = exact.get(name)
        meant = [*([own] if own else []), *(entry for entry in patterns if entry.matches(name))]
        return [entry for entry in meant if entry.expires >= today]


@cache
def may_be_waived(code: str) -> bool:
    """Say whether a rule's findings can be waived at all."""
    return not code.startswith(_NEVER)


def shows_by_absence(code: str) -> bool:
    """Say whether a rule that found nothing has shown that there is nothing."""
    return not code.startswith(_SOMETIMES)


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("[^/]*".join(map(re.escape, pattern.split("*"))))


def parse_waivers(data: bytes, path: Path, codes: Collection[str]) -> Waivers:
    """Read the file; entries that are none are left out, and the document's problems say why.

    `codes` are those of all rules.
    """
    document = parse_yaml(data, path, "waivers")
    items: list[Any] = document.value if isinstance(document.value, list) else []
    bad = {problem.path[0] for problem in document.problems if problem.path}
    problems: list[Problem] = []
    entries: list[Waiver] = []
    for index, item in enumerate(items):
        if index in bad or not isinstance(item, dict):
            continue
        expires = _date(item["expires"])
        wrong = list(_wrong(index, item, codes, entries))
        if expires is None:
            message = say("{text!r} is not a date; write YYYY-MM-DD", text=item["expires"])
            wrong.append(Problem((index, "expires"), message))
        problems += wrong
        if not wrong and expires is not None:
            said = item.get("reason-zh", "")
            entries.append(Waiver(index, item["rule"], item["uid"], item["reason"], item["owner"], expires, said))
    return Waivers(replace(document, problems=(*document.problems, *problems)), tuple(entries))


def _wrong(index: int, item: dict[str, str], codes: Collection[str], before: list[Waiver]) -> Iterator[Problem]:
    rule = item["rule"]
    if rule not in codes:
        hint = did_you_mean(rule, codes)
        yield Problem((index, "rule"), say("no rule has the code {rule!r}{hint}", rule=rule, hint=hint))
    elif not may_be_waived(rule):
        yield Problem((index, "rule"), say("{rule} cannot be waived; mend the file that it is about", rule=rule))
    if any((entry.rule, entry.uid) == (rule, item["uid"]) for entry in before):
        message = say("{rule} at {uid!r} is waived above already; keep one entry", rule=rule, uid=item["uid"])
        yield Problem((index,), message)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def with_entry(waivers: Waivers, *, rule: str, uid: str, reason: str, owner: str, expires: dt.date) -> str:
    """Return the file's text with one entry more at its end; nothing else of it changes.

    Raises ValueError where the file is not a list with an entry per dash.
    """
    document = waivers.document
    text = document.text if document else _HEAD
    newline = "\r\n" if "\r\n" in text else "\n"
    value = document.value if document else None
    indent = ""
    if value == [] and document:  # written as [], which an entry takes the place of
        start, _ = document.places[()]
        text = text[:start] + re.sub(r"\A\[\s*\]", "", text[start:])
    elif value and document:
        start, _ = document.places[()]
        line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
        indent = text[line_start:start]
        if not isinstance(value, list) or text[start] != "-" or indent.strip():
            raise ValueError("the file is no list with a dash before each entry; write it so first")
    quoted = {
        key: json.dumps(said, ensure_ascii=False) for key, said in (("uid", uid), ("reason", reason), ("owner", owner))
    }
    lines = [
        f"{indent}- rule: {rule}",
        *(f"{indent}  {key}: {said}" for key, said in quoted.items()),
        f'{indent}  expires: "{expires.isoformat()}"',
    ]
    text = text.rstrip(" \t")
    gap = "" if not text or text.endswith(("\n", "\r")) else newline
    return text + gap + newline.join(lines) + newline
