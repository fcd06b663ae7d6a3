"""Measure what a visitor waits for: the first result of the search.

    python benchmarks/browser.py

The search is given 568 models and a word that is misspelt, and what is measured is the script of one key press, in the
Chromium that `make test` installs.
"""

from __future__ import annotations

import statistics
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
from pages.sites import card, site

if TYPE_CHECKING:
    from mindhub.pages.inputs import SiteInput

MILLISECONDS, MODELS, ROUNDS = 100, 568, 5
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
    """Print the figure; exit with 1 beyond the limit."""
    chromium = chosen_chromium()
    if isinstance(chromium, str):
        sys.exit(chromium)
    with tempfile.TemporaryDirectory() as name:
        # Names that are no more alike than those of a hub: a few of each kind.
        names = [f"{kind}{number}" for number in range(MODELS // len(KINDS)) for kind in KINDS]
        models = [card(f"model-name: {name}", uid=f"mindhub/2.3/{name}") for name in names]
        with served(written(site(*models), Path(name) / "site")) as address:
            took = search(f"{address}/index.html", chromium)
    print(f"first of {MODELS} models: {took:.1f} ms; the limit is {MILLISECONDS} ms")
    sys.exit(took > MILLISECONDS)


if __name__ == "__main__":
    main()
