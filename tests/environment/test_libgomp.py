"""MindSpore runs on the libgomp of scikit-learn's wheel, as it must where the system has none."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from environment import packages

pytestmark = [pytest.mark.mindspore, pytest.mark.slow]

# MindSpore first asks for libgomp by name and goes on with a warning where the system has none; here the answer is
# made "none". Everything after that is the linker's own search, which looks beside the libraries first.
PROGRAM = """
import ctypes
def none(name, real=ctypes.cdll.LoadLibrary):
    if name == "libgomp.so.1":
        raise OSError(name)
    return real(name)
ctypes.cdll.LoadLibrary = none
import numpy as np, mindspore as ms
ones = ms.Tensor(np.ones((64, 64), np.float32))
assert float(ms.ops.matmul(ones, ones).sum()) == 64 ** 3
import sklearn.cluster
print(ms.__file__)
for line in open("/proc/self/maps"):
    if "libgomp" in line:
        print(line.split()[-1])
"""


def twin(package: Path, target: Path) -> None:
    """Make a package of links, with a real `lib` folder to put a file into."""
    target.mkdir()
    for entry in package.iterdir():
        if entry.name != "lib":
            (target / entry.name).symlink_to(entry)
    (target / "lib").mkdir()
    for entry in (package / "lib").iterdir():
        (target / "lib" / entry.name).symlink_to(entry)


def test_a_link_beside_mindspores_libraries_is_what_its_process_loads_and_the_only_libgomp_in_it(tmp_path):
    spec = importlib.util.find_spec("mindspore")
    package = Path(spec.origin).parent
    twin(package, tmp_path / "mindspore")
    (tmp_path / "scikit_learn.libs").symlink_to(package.parent / "scikit_learn.libs")
    packages.lend_libgomp(tmp_path / "mindspore" / "lib" / "libgomp.so.1")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    answer = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    used, *libraries = answer.stdout.splitlines()
    assert Path(used).parent == tmp_path / "mindspore"
    assert {Path(library).parent.name for library in libraries} == {"scikit_learn.libs"}
