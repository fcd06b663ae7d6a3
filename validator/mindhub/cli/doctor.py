"""`mindhub doctor`: what this machine can do, and what is missing for the rest."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from mindhub.doctor import ABILITIES, LIMITED, MISSING, OK, examine, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

CANNOT = 2
_MARKS = {OK: "ok", LIMITED: "less", MISSING: "MISSING"}


def doctor(*, wanted: Sequence[str] = (), output: str = "text") -> int:
    """Print what was looked at; return 0 where everything wanted (all, if nothing is) can be done, else 2."""
    order = list(ABILITIES)
    needed = {other for name in wanted for other in (order[: order.index(name) + 1] if name != "tests" else [name])}
    checks = examine([name for name in order if not wanted or name in needed])
    able = verdict(checks)
    code = 0 if all(able.values()) else CANNOT
    if output == "json":
        rows = [asdict(check) for check in checks]
        json.dump({"version": 1, "able": able, "code": code, "checks": rows}, sys.stdout, indent=1, ensure_ascii=False)
        print()
        return code
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(f"{_MARKS[check.state]:<8} {check.name:<{width}}  {check.found}")
        if check.remedy:
            print(f"{'':<8} {'':<{width}}  -> {check.remedy}")
    print()
    for name, able_to in able.items():
        print(f"{'can' if able_to else 'CANNOT':<8} {ABILITIES[name]}")
    return code
