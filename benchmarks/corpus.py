"""Count findings per rule over a folder of cards, as a Markdown table.

    python benchmarks/corpus.py FOLDER > docs/corpus.md

The reasons behind a row are kept in docs/corpus-notes.yaml and are put beside its figures.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import yaml

from mindhub.check import check
from mindhub.rules import ALL_RULES

NOTES = Path(__file__).resolve().parents[1] / "docs" / "corpus-notes.yaml"


def main() -> None:
    """Print the table."""
    notes = yaml.safe_load(NOTES.read_text(encoding="utf-8"))
    report = check([Path(sys.argv[1])])
    findings: defaultdict[str, int] = defaultdict(int)
    cards: defaultdict[str, set[str]] = defaultdict(set)
    for finding in report.findings:
        findings[finding.code] += 1
        cards[finding.code].add(finding.file)
    print(notes["head"].format(cards=f"{len(report.cards):,}"))
    print("\n| rule | | cards | findings | earlier count | why they differ |\n|---|---|---:|---:|---:|---|")
    for rule in ALL_RULES:
        row = notes["rules"].get(rule.code, {})
        earlier = row.get("seen", "")
        reason = row.get("why", "")
        figures = f"{len(cards[rule.code]):,} | {findings[rule.code]:,}"
        print(f"| {rule.code} | {rule.slug} | {figures} | {earlier} | {reason} |")
    print(f"\n{notes['tail'].strip()}")


if __name__ == "__main__":
    main()
