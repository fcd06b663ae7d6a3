"""A contributor's browser follows the card that is being written: its page, the listing, and what is wrong with it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer

import pytest

from cards import UID, card_text, write_card
from mindhub.cli import preview
from mindhub.cli.live import LiveHandler, follow
from mindhub.source import Registry
from pages.browsing import Visit

pytestmark = pytest.mark.browser
OTHER = "mindhub/2.3/other"
BROKEN = "# lenet\n\nNothing here is front matter.\n"
#: Milliseconds that a change may take to show; a second or two on an idle machine.
SOON = 300_000


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "registry"
    write_card(root, card_text())
    asset = f"asset:\n  - {{file-format: ckpt, asset-link: 'https://x.org/o.ckpt', asset-sha256: {'a' * 64}}}\n"
    write_card(root, card_text(f"model-name: other\nevaluation: acc98.5\n{asset}", uid=OTHER), uid=OTHER)
    return root


@contextmanager
def serving(followed):
    handler = partial(LiveHandler, follower=followed, directory=str(followed.out))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def live(registry, tmp_path):
    follower = follow(Registry(registry), tmp_path / "out")
    thread = threading.Thread(target=follower.run)
    thread.start()
    with serving(follower) as address:
        yield address
    follower.stop()
    thread.join()


@pytest.fixture
def previewed(registry, tmp_path):
    made = preview._Preview(*preview._chosen(UID, registry), tmp_path / "out")
    made.build()
    with serving(made) as address:
        yield address


@pytest.mark.parametrize("how", ["live", "previewed"])
def test_pages_follow_a_card_that_changes_breaks_and_is_mended(browser, registry, request, how):
    window = Visit(browser, request.getfixturevalue(how))
    page = window.open(f"{UID}/index.html")
    listing = window.context.new_page()
    listing.goto(f"{window.address}/index.html")

    write_card(registry, card_text("summary: Quite another summary.\n"))
    page.get_by_text("Quite another summary.").first.wait_for(timeout=SOON)
    listing.get_by_text("Quite another summary.").first.wait_for(timeout=SOON)
    (registry / f"{UID}.md").write_text(BROKEN, encoding="utf-8")
    page.get_by_text("RD002").first.wait_for(timeout=SOON)
    (registry / f"{UID}.md").unlink()
    page.get_by_text("There is no such page").first.wait_for(timeout=SOON)
    write_card(registry, card_text("summary: Mended.\n"))
    page.get_by_text("Mended.").first.wait_for(timeout=SOON)
    listing.get_by_text("Mended.").first.wait_for(timeout=SOON)

    assert page.locator("h1").inner_text() == "lenet"
    assert window.foreign() == []
    window.context.close()


def test_a_leaderboard_follows_a_score_that_changes(browser, registry, live):
    window = Visit(browser, live)
    page = window.open("leaderboard/mnist/accuracy/index.html")
    before = page.locator(".places tbody tr th a").first.inner_text()

    write_card(registry, card_text("evaluation: acc99.5\n"))
    page.get_by_text("99.5").first.wait_for(timeout=SOON)

    assert before == "other"
    assert page.locator(".places tbody tr th a").first.inner_text() == "lenet"
    window.context.close()
