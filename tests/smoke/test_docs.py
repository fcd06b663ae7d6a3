from __future__ import annotations

import re
from pathlib import Path

from mindhub.smoke.compat import ALL_SHIMS
from mindhub.smoke.evidence import STAGES
from mindhub.smoke.runner import BLOCKED

ROOT = Path(__file__).resolve().parents[2]
SHIMS = ROOT / "docs" / "shims.md"
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


def test_every_shim_is_explained(request):
    head, rule, _ = SHIMS.read_text(encoding="utf-8").partition("|---|---|\n")
    rows = "".join(f"| `{shim.name}` | {shim.what} |\n" for shim in ALL_SHIMS)
    if request.config.getoption("--update"):
        SHIMS.write_text(head + rule + rows, encoding="utf-8")

    assert len({shim.name for shim in ALL_SHIMS}) == len(ALL_SHIMS) > 0
    assert SHIMS.read_text(encoding="utf-8") == head + rule + rows
