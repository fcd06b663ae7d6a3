"""Sum the sizes of the wheels that an installation of the light part downloads, without MindSpore.

    python benchmarks/wheels.py [LIMIT_MB]

Builds this project's wheel, asks the package index for all that it needs (`pip download`), and lists the sizes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 30.0  #: MB


def main() -> None:
    """Print the sizes; exit with 1 over the limit."""
    limit = float((*sys.argv, LIMIT)[1])
    pip = [sys.executable, "-m", "pip"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", name, str(ROOT)], check=True)
        (own,) = folder.glob("*.whl")
        subprocess.run([*pip, "download", "--quiet", "--only-binary", ":all:", "--dest", name, str(own)], check=True)
        sizes = {file.name: file.stat().st_size / 1e6 for file in folder.iterdir()}
    for file, size in sorted(sizes.items(), key=lambda entry: -entry[1]):
        print(f"{size:7.2f} MB  {file}")
    total = sum(sizes.values())
    print(f"{total:7.2f} MB  {len(sizes)} wheels; limit {limit:g} MB")
    sys.exit(total > limit)


if __name__ == "__main__":
    main()
