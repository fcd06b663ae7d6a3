"""`mindhub check --fix` and `--diff`: repair what can be repaired without guessing."""

from __future__ import annotations

import difflib
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mindhub.card import parse_card
from mindhub.check import judge
from mindhub.facts import load_facts
from mindhub.fix import Repaired, repair
from mindhub.frontmatter import MAX_BYTES
from mindhub.messages import say
from mindhub.model import Failure
from mindhub.source import CardFile, SourceError, card_file, collect, find_root, read_bytes, shown, translations
from mindhub.translation import parse as parse_translation
from mindhub.writing import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mindhub.facts import Facts
    from mindhub.model import Finding, Uid
    from mindhub.rules.base import Rule


def repairs(
    paths: Sequence[Path],
    *,
    root: Path | None,
    as_uid: Uid | None,
    rules: Sequence[Rule],
    unsafe: bool,
) -> Iterator[tuple[CardFile, Repaired] | Failure]:
    """Yield every card that has something to repair, with what it would become; nothing is written."""
    facts = load_facts()
    own = tuple(rule for rule in rules if not rule.registry_wide)
    for found in collect(paths, root):
        if isinstance(found, SourceError):
            yield Failure(shown(found.path), found.reason)
            continue
        file = replace(found, uid=as_uid, misplaced="") if as_uid else found
        try:
            data = read_bytes(file.path, MAX_BYTES)
        except SourceError as error:
            yield Failure(shown(error.path), error.reason)
            continue
        repaired = repair(data, partial(_findings, file=file, facts=facts, rules=own), unsafe=unsafe)
        if repaired.after != repaired.before:
            yield file, repaired
    for path, language, card in translations(paths, root):
        try:
            data = read_bytes(path, MAX_BYTES)
        except SourceError as error:
            yield Failure(shown(error.path), error.reason)
            continue
        uid = card_file(card, root or find_root(card)).uid
        judged = partial(_of_translation, path=path, language=language, uid=uid, facts=facts, rules=own)
        repaired = repair(data, judged, unsafe=unsafe)
        if repaired.after != repaired.before:
            yield CardFile(path, root, None), repaired


def _of_translation(
    data: bytes, path: Path, language: str, uid: Uid | None, facts: Facts, rules: Sequence[Rule]
) -> tuple[Finding, ...]:
    read = parse_translation(data, path, language, None, uid=uid)
    findings, _ = judge([], replace(facts, translations=(read,)), rules)
    return findings


def _findings(data: bytes, file: CardFile, facts: Facts, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    findings, _ = judge([parse_card(data, file, facts.vocabulary)], facts, rules)
    return findings


def diff(file: CardFile, repaired: Repaired) -> str:
    """Return the change as a unified diff; lines that end in CR show it."""
    name = shown(file.path).lstrip("/")
    before, after = (
        text.decode(errors="replace").splitlines(keepends=True) for text in (repaired.before, repaired.after)
    )
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(
        (line if line.endswith("\n") else line + "\n\\ No newline at end of file\n").replace("\r\n", "\\r\n")
        for line in lines
    )


def run(
    paths: Sequence[Path],
    *,
    root: Path | None,
    as_uid: Uid | None,
    rules: Sequence[Rule],
    unsafe: bool,
    only_show: bool,
) -> list[Failure]:
    """Repair cards, or print what would change; return what could not be done."""
    failures: list[Failure] = []
    for found in repairs(paths, root=root, as_uid=as_uid, rules=rules, unsafe=unsafe):
        if isinstance(found, Failure):
            failures.append(found)
            continue
        file, repaired = found
        if only_show:
            sys.stdout.write(diff(file, repaired))
            continue
        try:
            write_bytes(file.path, repaired.after)
        except OSError as error:
            failures.append(Failure(shown(file.path), say("cannot be written: {reason}", reason=error.strerror)))
            continue
        codes = sorted({finding.code for finding in repaired.applied})
        print(f"fixed {shown(file.path)}: {', '.join(codes)}")
    return failures
