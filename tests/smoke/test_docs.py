from __future__ import annotations

import re
from pathlib import Path

from mindhub.smoke.evidence import STAGES
from mindhub.smoke.runner import BLOCKED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "smoke.md").read_text(encoding="utf-8")
SOURCES = (ROOT / "validator" / "mindhub" / "smoke").glob("*.py")
# How the code gives a kind: in a verdict, in a stage, in an end of the file stages, or as the outputs' fault.
KIND = re.compile(r'(?:_Bad\(|kind=|_Stopped\(\w+, |return )\s*"([a-z]+(?:-[a-z]+)*)"(?=[,)])')


def test_every_kind_that_the_code_gives_is_explained():
    given = {kind for path in SOURCES for kind in KIND.findall(path.read_text(encoding="utf-8"))} - {
        "stable",  # a kind of sorting
        "done",  # these two are ends of a process, which verdicts.py words anew
        "signal",
    }

    assert len(given) > 15
    assert sorted(kind for kind in given | BLOCKED if f"`{kind}`" not in PAGE) == []


def test_every_stage_is_explained():
    assert [stage for stage in STAGES if f"| `{stage}` |" not in PAGE] == []
