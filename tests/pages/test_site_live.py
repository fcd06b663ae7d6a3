"""A site that follows its registry, and the preview of a change."""

from __future__ import annotations

import subprocess
import threading
import time
from functools import partial
from http.server import ThreadingHTTPServer
from urllib.request import urlopen

import pytest

from cards import UID, card_text, write_card
from mindhub.cli.live import LiveHandler, follow
from mindhub.cli.site import build
from mindhub.pages import fulltext
from mindhub.pages.inputs import SiteError
from mindhub.source import Registry, SourceError


@pytest.fixture
def registry(tmp_path):
    root = tmp_path / "registry"
    write_card(root, card_text())
    write_card(root, card_text("model-name: other\n", uid="mindhub/2.3/other"), uid="mindhub/2.3/other")
    return root


@pytest.fixture
def follower(registry, tmp_path):
    time.sleep(0.06)  # what was written a moment ago counts as what may change again
    return follow(Registry(registry), tmp_path / "out")


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


def test_what_cannot_be_built_is_said_and_the_site_stays(follower, registry, capsys):
    (registry / "mindhub.toml").write_text("[site\n")
    thread = threading.Thread(target=follower.run)
    thread.start()
    while "mindhub.toml" not in (said := capsys.readouterr().err) and thread.is_alive():
        time.sleep(0.05)
    follower.stop()
    thread.join()

    assert said.startswith("mindhub site: ")
    assert (follower.out / UID / "index.html").is_file()
    assert follower.build_id == 0


def test_a_registry_without_a_site_is_none_to_follow(registry, tmp_path):
    (registry / "mindhub.toml").write_text("[site\n")

    with pytest.raises((SiteError, SourceError), match=r"mindhub\.toml"):
        follow(Registry(registry), tmp_path / "out")


@pytest.mark.skipif(fulltext.program() is None, reason="Pagefind is not installed (the extra `site`)")
def test_the_index_of_texts_follows_a_changed_text(follower, registry, capsys):
    before = (follower.out / "pagefind/pagefind-entry.json").read_bytes()
    write_card(registry, card_text(body="\n## Introduction\n\nXylophones.\n"))

    assert follower.look()

    assert (follower.out / "pagefind/pagefind-entry.json").read_bytes() != before
    assert "files changed" in capsys.readouterr().out


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
