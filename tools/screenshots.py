"""Take the screenshots of docs/screenshots/: `python tools/screenshots.py [SITE] [--out FOLDER]`.

SITE is a built site, build/site by default. `--preview` makes site/static/preview.png instead, the picture that other
sites show beside a link to a page (`og:image`), from the icon.

Needs Playwright and a Chromium: the one MINDHUB_CHROMIUM names, the one that `make test` installed, or one on PATH.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from environment import launch, machine
from mindhub.cli.server import SiteHandler

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).resolve().parents[1]
CARD_UID = "mindhub/2.10/lenet_digits"
CARD = f"{CARD_UID}/index.html"
LARGEST = 150_000  #: bytes of a picture; documents should load quickly


class Shot(NamedTuple):
    """One picture."""

    name: str
    path: str
    width: int
    height: int
    scheme: str = "light"
    scripts: bool = True
    click: str = ""  #: an element to click first
    wait: str = ""  #: an element that a script makes


SHOTS = (
    Shot("listing", "index.html", 1280, 800),
    Shot("listing-dark", "index.html", 1280, 800, "dark"),
    Shot("listing-narrow", "index.html", 380, 800),
    Shot(
        "listing-filtered-without-scripts", "index.html", 1280, 700, scripts=False, click="[name=domain][value=tabular]"
    ),
    Shot("card", CARD, 1280, 1000),
    Shot("card-dark", CARD, 1280, 1000, "dark"),
    Shot("card-narrow", CARD, 380, 900),
    Shot("card-chinese", f"zh/{CARD}", 1280, 1000),
    Shot("rules", "rules/index.html", 1280, 800),
    Shot("status", "status/index.html", 1280, 1000),
    Shot("leaderboard", "leaderboard/digits/accuracy/index.html", 1280, 1000),
    Shot("leaderboard-dark", "leaderboard/digits/accuracy/index.html", 1280, 1000, "dark"),
    Shot("versions", "versions/mindhub/lenet_digits/index.html", 1280, 800),
    Shot("compare", f"compare/index.html?m={CARD_UID}&m=mindhub/2.10/gru_digits", 1280, 900, wait=".side tbody td"),
    Shot("matrix", "matrix/index.html", 1280, 800),
    Shot("health", "health/index.html", 1280, 900),
    Shot("publishers", "publishers/index.html", 1280, 600),
)


def chromium() -> tuple[str, dict[str, str]]:
    """Find the Chromium to start and its variables; exits where there is none."""
    named = os.environ.get("MINDHUB_CHROMIUM")
    installed = ROOT / ".venv" / "opt" / "browser.json"
    record = json.loads(installed.read_text("utf-8")) if installed.is_file() else {}
    if named:
        return named, {}
    if record.get("executable"):
        return record["executable"], record["env"]
    found = machine.chromiums()
    if not found:
        sys.exit("no Chromium: run `make test`, or name one with MINDHUB_CHROMIUM")
    return found[0], {}


def reads_chinese() -> bool:
    """Say whether this machine has a font for Chinese."""
    try:
        return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())
    except OSError:
        return False


def _without_languages(route: Route, page: Page) -> None:
    answer = page.request.get(route.request.url)
    route.fulfill(response=answer, body=answer.text() + ".language { display: none }")


def take(browser: Browser, address: str, shot: Shot, out: Path) -> int:
    """Take one picture and return its size in bytes."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        java_script_enabled=shot.scripts,
        reduced_motion="reduce",
    )
    page = context.new_page()
    if not reads_chinese():
        # The link to the other language would be four boxes.
        page.route("**/site.css", lambda route: _without_languages(route, page))
    answer = page.goto(f"{address}/{shot.path}")
    if answer is None or not answer.ok:
        sys.exit(f"{shot.path} is not in the site; build the project's own registry first")
    if shot.click:
        page.locator(shot.click).check(force=True)
    if shot.wait:
        page.wait_for_selector(shot.wait)
    target = out / f"{shot.name}.png"
    target.write_bytes(smaller(page.screenshot()))
    context.close()
    return target.stat().st_size


def preview(browser: Browser, target: Path) -> None:
    """Make the picture for links to the site: its mark on its paper, at the size that Open Graph's readers ask for."""
    mark = (ROOT / "site/static/icon.svg").read_text("utf-8")
    page = browser.new_page(viewport={"width": 1200, "height": 630})
    page.set_content(
        f"<style>body {{ margin: 0; height: 100vh; display: grid; place-items: center; background: #fcfcfa }}"
        f"svg {{ height: 330px }}</style>{mark}"
    )
    target.write_bytes(smaller(page.screenshot()))


def smaller(png: bytes) -> bytes:
    """Return a picture in its 256 most frequent colours; needs Pillow, which MindSpore brings.

    A page has few colours and many shades between them at the edges of letters. Pillow's own choice of a palette keeps
    the shades and bends the colours.
    """
    from PIL import Image

    whole = Image.open(io.BytesIO(png)).convert("RGB")
    colours = sorted(whole.getcolors(whole.width * whole.height) or (), reverse=True)[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in colours for part in colour])
    picture = whole.quantize(palette=palette, dither=Image.Dither.NONE)
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=True)
    return min(png, made.getvalue(), key=len)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("site", nargs="?", type=Path, default=ROOT / "build/site")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/screenshots")
    parser.add_argument("--preview", action="store_true")
    options = parser.parse_args()
    if options.preview:
        with launch.chromium(*chromium()) as browser:
            preview(browser, ROOT / "site/static/preview.png")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    handler = partial(SiteHandler, directory=str(options.site.absolute()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, launch.chromium(*chromium()) as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for shot in SHOTS:
            size = take(browser, f"http://127.0.0.1:{server.server_port}", shot, options.out)
            print(f"{shot.name}.png  {size / 1000:.0f} kB{'  too large' if size > LARGEST else ''}")
        server.shutdown()


if __name__ == "__main__":
    main()
