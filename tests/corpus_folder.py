"""Where the cards of the old hub are, if they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("MINDHUB_CORPUS", "no-such-folder"))

needs_corpus = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the old hub's cards are not at hand (MINDHUB_CORPUS names them)"),
]
