"""Who reviews records, as GitHub reads .github/CODEOWNERS: the last line that matches counts."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

LINES = (Path(__file__).resolve().parents[2] / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()


def owner_of(path: str) -> str:
    """Return who owns a file that lies in a publisher's folder."""
    rules = [line.split() for line in LINES if line and not line.startswith("#")]
    # A pattern without a slash is of the file's name; one that ends with a slash, of all that lies below.
    names = [
        (
            fnmatchcase(path.rpartition("/")[2], pattern)
            if "/" not in pattern
            else fnmatchcase(f"/{path}", pattern + "*")
        )
        for pattern, _ in rules
    ]
    return [owner for (_, owner), matches in zip(rules, names, strict=True) if matches][-1]


@pytest.mark.parametrize("ending", ["evidence.json", "evidence.jsonl", "network.json"])
def test_a_record_of_any_kind_belongs_to_the_maintainers(ending: str) -> None:
    card, record = "registry/somebody/2.3/lenet_mnist.md", f"registry/somebody/2.3/lenet_mnist.{ending}"

    assert owner_of(card) == "@mindhub/reviewers"
    assert owner_of(record) == "@mindhub/maintainers"
