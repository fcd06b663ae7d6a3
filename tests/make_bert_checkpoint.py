"""Write a checkpoint of real size for `registry/networks/bert.py`: 201 parameters of seeded random numbers.

    python tests/make_bert_checkpoint.py build/bert.ckpt [--seed 0]

The published checkpoint cannot always be reached. This one has its names, shapes and dtypes (438 MB, within a
few bytes) and is written by MindSpore, so that download, scan, strict loading and inference can be proved at
full size. It says nothing about language. The network is not built: its parameter table is a test fixture.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

TABLE = Path(__file__).parent / "fixtures" / "bert_classifier_r1.7.json"


def make(path: Path, seed: int = 0) -> Path:
    """Write the checkpoint to `path` and return it; the same seed gives the same numbers.

    Weights are normal with deviation 0.02, as before training; the gains of the normalisations are 1.
    """
    import mindspore

    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [{"name": name, "data": mindspore.Tensor.from_numpy(values)} for name, values in _values(seed)]
    mindspore.save_checkpoint(entries, str(path))
    path.chmod(0o644)
    return path


def _values(seed: int) -> Iterator[tuple[str, NDArray[Any]]]:
    import numpy as np

    generator = np.random.default_rng(seed)
    for row in json.loads(TABLE.read_text(encoding="utf-8")):
        values = generator.standard_normal(row["shape"], dtype=np.dtype(row["dtype"]).type)
        values *= np.float32(0.02)
        if row["name"].endswith(".gamma"):
            values += np.float32(1)
        yield row["name"], values


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    start = time.monotonic()
    path = make(arguments.path, arguments.seed)
    seconds = time.monotonic() - start
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    sys.stdout.write(f"{path}\nsize    {path.stat().st_size}\nsha256  {sha256}\nwritten in {seconds:.1f} s\n")


if __name__ == "__main__":
    main()
