"""One card more in a registry of the old hub's size is judged within the limit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from corpus_folder import FOLDER, needs_corpus

pytestmark = needs_corpus

ROOT = Path(__file__).resolve().parents[2]


def test_a_pull_request_with_one_card_is_judged_within_three_seconds_of_cpu() -> None:
    environment = {**os.environ, "MINDHUB_CORPUS": str(FOLDER), "PYTHONPATH": str(ROOT / "validator")}

    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "ready.py", "3"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
