"""Convolutions in a network's process are not left to oneDNN's reference code, which is tens of times slower."""

from __future__ import annotations

import platform
import re
import subprocess
import sys

import pytest

pytest.importorskip("mindspore")

from mindhub.smoke.sandbox import environment

pytestmark = [
    pytest.mark.mindspore,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="oneDNN has these implementations on x86-64"),
]

CONVOLVE = """
import numpy as np
from mindspore import Tensor, nn

rows = Tensor(np.ones((1, 8, 16, 16), np.float32))
for cell in (nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3, stride=2), nn.Conv2dTranspose(8, 8, 3)):
    cell(rows).asnumpy()
"""


def test_a_convolution_is_computed_by_code_made_for_the_processor(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CONVOLVE],
        env={**environment(str(tmp_path)), "ONEDNN_VERBOSE": "1"}, cwd=tmp_path,
        capture_output=True, text=True, check=True, timeout=1200,
    )  # fmt: skip

    chosen = re.findall(r"exec,cpu,(?:de)?convolution,([^,]+)", done.stdout)
    assert len(chosen) == 3
    assert [name for name in chosen if "ref" in name] == []
