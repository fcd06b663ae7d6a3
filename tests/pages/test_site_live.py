"""A site that follows its registry, and the preview of a change."""

from __future__ import annotations

import subprocess
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from urllib.request import urlopen

import pytest

from cards import UID, card_text, write_card
from mindhub.cli import live
from mindhub.cli.live import Follower, LiveHandler, pages_of
from mindhub.cli.site import build
from mindhub.source import Registry


@pytest.fixture
def registry(tmp_path):
    root = tmp_path / "registry"
    write_card(root, card_text())
    write_card(root, card_text("model-name: other\n", uid="mindhub/2.3/other"), uid="mindhub/2.3/other")
    return root


@pytest.fixture
def follower(registry, tmp_path):
    assert build(registry=registry, out=tmp_path / "out") == 0
    return Follower(Registry(registry), tmp_path / "out")


def test_nothing_is_built_while_nothing_changes(follower):
    assert not follower.look()
    assert follower.build_id == 0


def test_a_changed_card_is_on_its_page_and_in_the_listing(follower, registry):
    write_card(registry, card_text("summary: Quite another summary.\n"))

    assert follower.look()

    for page in (f"{UID}/index.html", f"zh/{UID}/index.html", "index.html"):
        assert "Quite another summary." in (follower.out / page).read_text("utf-8"), page


def test_a_deleted_card_leaves_nothing(follower, registry):
    (registry / f"{UID}.md").unlink()

    assert follower.look()

    assert not (follower.out / UID).exists()
    assert (follower.out / "mindhub/2.3/other/index.html").is_file()


def test_the_pages_of_a_changed_card_show_before_the_whole_site_is_built(follower, registry, monkeypatch):
    write_card(registry, card_text("summary: Quite another summary.\n"))
    monkeypatch.setattr(live, "build", lambda **_: 0)

    follower.look()

    assert "Quite another" in (follower.out / UID / "index.html").read_text("utf-8")
    assert "Quite another" not in (follower.out / "index.html").read_text("utf-8")


def test_only_the_pages_of_the_named_cards_and_their_other_versions_are_made(registry):
    write_card(
        registry, card_text('mindspore-version: "2.2"\n', uid="mindhub/2.2/lenet_mnist"), uid="mindhub/2.2/lenet_mnist"
    )

    made = pages_of(Registry(registry), [registry / f"{UID}.md"])

    assert {path.removeprefix("zh/").rsplit("/", 1)[0] for path in made} == {UID, "mindhub/2.2/lenet_mnist"}


def test_a_page_reloads_when_the_site_was_built_anew(follower):
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(LiveHandler, follower=follower, directory=str(follower.out))
    ) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            base = f"http://127.0.0.1:{server.server_port}"
            page = urlopen(f"{base}/{UID}/?q=1").read()
            before = urlopen(f"{base}/.build-id").read()
            follower.build_id += 1
            after = urlopen(f"{base}/.build-id").read()
            script = urlopen(f"{base}/.live.js").read()
        finally:
            server.shutdown()
            thread.join()

    assert b'<script src="/.live.js" data-build="0" defer></script>\n</head>' in page
    assert b"/.live.js" not in (follower.out / UID / "index.html").read_bytes()
    assert before != after
    assert b"location.reload" in script


def test_the_site_of_a_change_holds_what_changed_and_its_other_versions(registry, tmp_path):
    def git(*arguments):
        subprocess.run(
            ["git", "-C", str(registry), "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
            check=True,
            capture_output=True,
        )

    write_card(
        registry, card_text('mindspore-version: "2.2"\n', uid="mindhub/2.2/lenet_mnist"), uid="mindhub/2.2/lenet_mnist"
    )
    git("init", "-b", "main")
    git("add", "-A")
    git("commit", "-m", "before")
    write_card(registry, card_text("summary: Quite another summary.\n"))

    assert build(registry=registry, out=tmp_path / "out", base="main") == 0

    assert (tmp_path / "out" / UID / "index.html").is_file()
    assert (tmp_path / "out/mindhub/2.2/lenet_mnist/index.html").is_file()
    assert not (tmp_path / "out/mindhub/2.3/other").exists()


def test_a_base_that_is_none_is_said(registry, tmp_path, capsys):
    assert build(registry=registry, out=tmp_path / "out", base="no-such-revision") == 2

    assert "no-such-revision" in capsys.readouterr().err
