"""Measure what a visitor waits for: Lighthouse's mark for performance, and the first result of the search.

    python benchmarks/browser.py

The pages are those of the tests. Lighthouse looks at a listing and a card as on a telephone with a slow line; it comes
with `make test`, as the Chromium does. The search is given 568 models and a word that is misspelt, and what is measured
is the script of one key press.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from conftest import chosen_chromium, served
from environment import launch
from mindhub.pages import build_site
from mindhub.pages.folder import write_site
from pages.sites import card, sample, site
from pages.test_site_quality import CARD, NODE, TOOLS

if TYPE_CHECKING:
    from mindhub.pages.inputs import SiteInput

MARK, MILLISECONDS, MODELS, ROUNDS = 95, 100, 568, 5
KINDS = ("lenet", "resnet", "vgg", "bert", "gru", "yolov", "unet", "inception")
PRESS = """() => {
  const box = document.getElementById("q");
  const type = (text) => { box.value = text; box.dispatchEvent(new Event("input", { bubbles: true })); };
  const start = performance.now();
  type("lnet");
  document.body.offsetHeight;
  const took = performance.now() - start;
  type("");
  return took;
}"""


def mark(address: str, chromium: tuple[str, dict[str, str]], folder: Path) -> int:
    """Return Lighthouse's mark for the performance of a page, of 100."""
    executable, variables = chromium
    report = folder / "report.json"
    subprocess.run(
        [
            NODE, TOOLS / "node_modules" / "lighthouse" / "cli" / "index.js", address, "--quiet", "--output=json",
            f"--output-path={report}", "--only-categories=performance",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage",
        ],
        env={**os.environ, **variables, "CHROME_PATH": executable, "HOME": str(folder)}, check=True,
    )  # fmt: skip
    return round(json.loads(report.read_text("utf-8"))["categories"]["performance"]["score"] * 100)


def search(address: str, chromium: tuple[str, dict[str, str]]) -> float:
    """Return the milliseconds from a key press in the search to its first result."""
    with launch.chromium(*chromium) as browser:
        page = browser.new_page()
        page.goto(address)
        page.focus("#q")
        page.wait_for_function("() => window.MiniSearch")
        return statistics.median(page.evaluate(PRESS) for _ in range(ROUNDS))


def written(pages: SiteInput, folder: Path) -> Path:
    """Write a site into a folder and return it."""
    write_site(build_site(pages), folder)
    return folder


def main() -> None:
    """Print the figures; exit with 1 beyond a limit."""
    chromium = chosen_chromium()
    if isinstance(chromium, str):
        sys.exit(chromium)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(written(sample(), folder / "sample")) as address:
            marks = [mark(f"{address}/{path}", chromium, folder) for path in ("index.html", CARD)]
        # Names that are no more alike than those of a hub: a few of each kind.
        names = [f"{kind}{number}" for number in range(MODELS // len(KINDS)) for kind in KINDS]
        models = [card(f"model-name: {name}", uid=f"mindhub/2.3/{name}") for name in names]
        with served(written(site(*models), folder / "many")) as address:
            took = search(f"{address}/index.html", chromium)
    print(f"Lighthouse, performance: {marks[0]} for a listing, {marks[1]} for a card; the limit is {MARK}")
    print(f"first of {MODELS} models: {took:.1f} ms; the limit is {MILLISECONDS} ms")
    sys.exit(min(marks) < MARK or took > MILLISECONDS)


if __name__ == "__main__":
    main()
