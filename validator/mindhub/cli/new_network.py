"""`mindhub new --network`: a `mindspore_hub_conf.py` for one's own repository."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mindhub.localise import locale_language
from mindhub.messages import say, translate
from mindhub.scaffold.contract import AnswerError
from mindhub.scaffold.hub_conf import hub_conf
from mindhub.source import shown
from mindhub.writing import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

CANNOT = 2


def run(*, target: Path, factory: str, overwrite: bool = False, language: str | None = None) -> int:
    """Write a `mindspore_hub_conf.py` for one's own repository; return the exit code."""
    spoken = language or locale_language(os.environ)
    path = target / "mindspore_hub_conf.py" if target.is_dir() else target
    try:
        text = hub_conf(factory)
        if path.exists() and not overwrite:
            taken = say("{file} is there already; --overwrite replaces it", file=shown(path))
            print(f"mindhub new: {translate(taken, spoken)}", file=sys.stderr)
            return CANNOT
        write_bytes(path, text.encode())
    except AnswerError as error:
        print(f"mindhub new: {translate(error.message, spoken)}", file=sys.stderr)
        return CANNOT
    except OSError as error:
        print(f"mindhub new: {shown(path)}: {error.strerror}", file=sys.stderr)
        return CANNOT
    print(translate(say("written: {file}", file=shown(path)), spoken))
    return 0
