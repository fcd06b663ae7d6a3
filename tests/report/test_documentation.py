"""docs/outputs.md against the code."""

from __future__ import annotations

import re
from pathlib import Path

from mindhub.report.formats import FORMATS
from mindhub.report.github import PER_SEVERITY
from mindhub.report.markdown import COMMENT_LIMIT, MARKER

PAGE = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text(encoding="utf-8")


def test_the_page_lists_every_format_in_order() -> None:
    table = PAGE.partition("| format | for |")[2].partition("\n\n")[0]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(FORMATS)


def test_the_limits_it_states_are_those_of_the_code() -> None:
    assert PER_SEVERITY == 10
    assert "at most ten annotations of each severity" in PAGE
    assert f"{COMMENT_LIMIT:,} bytes" in PAGE
    assert MARKER in PAGE
