"""Writing a site, building it by command, and serving it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer

import pytest

from cards import card_text, write_card
from mindhub.cli.server import SiteHandler, serve
from mindhub.cli.site import build
from mindhub.pages import folder
from mindhub.pages.disk import read_options
from mindhub.pages.folder import write_site
from mindhub.pages.inputs import SiteError
from mindhub.source import Registry

UID = "mindhub/2.3/lenet_mnist"


def files(folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".mindhub-site"
    }


@pytest.fixture
def registry(tmp_path):
    root = tmp_path / "registry"
    write_card(root, card_text())
    return root


def test_the_folder_holds_exactly_the_pages(tmp_path):
    out = tmp_path / "site"
    write_site({"index.html": b"1", "a/b.html": b"2"}, out)

    write_site({"index.html": b"3", "c/d.html": b"4"}, out)

    assert files(out) == {"index.html": b"3", "c/d.html": b"4"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_only_what_differs_is_counted_as_changed(tmp_path):
    assert write_site({"a": b"1", "b": b"2"}, tmp_path / "site") == 2
    assert write_site({"a": b"1", "b": b"3"}, tmp_path / "site") == 1
    assert write_site({"a": b"1", "b": b"3"}, tmp_path / "site") == 0


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a/./b", "a\\b", ""])
def test_a_path_that_leaves_the_folder_is_refused_and_the_old_site_stays(tmp_path, path):
    out = tmp_path / "site"
    write_site({"index.html": b"old"}, out)

    with pytest.raises(SiteError, match="no path inside"):
        write_site({"index.html": b"new", path: b"x"}, out)

    assert files(out) == {"index.html": b"old"}
    assert [item.name for item in tmp_path.iterdir()] == ["site"]


def test_a_folder_that_is_no_site_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")

    with pytest.raises(SiteError, match="not a site made here"):
        write_site({"index.html": b"x"}, tmp_path)

    assert files(tmp_path) == {"mine.txt": b"precious"}


def _two_folders(inside):
    pair = inside / "one", inside / "other"
    for each in pair:
        each.mkdir()
    return pair


def test_the_old_site_and_the_new_one_change_places_in_one_step(tmp_path, monkeypatch):
    out = tmp_path / "site"
    write_site({"index.html": b"old"}, out)
    if not folder.exchange(*_two_folders(tmp_path)):
        pytest.skip("this file system cannot exchange two folders")
    monkeypatch.setattr(folder, "_swap_in_two", None)

    write_site({"index.html": b"new"}, out)

    assert files(out) == {"index.html": b"new"}


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_a_whole_site(tmp_path):
    out = tmp_path / "site"
    write_site({f"{n}.html": b"0" * 1000 for n in range(50)}, out)
    code = (
        "import sys, itertools; from pathlib import Path; from mindhub.pages.folder import write_site\n"
        "for k in itertools.count(1):\n"
        "    write_site({f'{n}.html': (sys.argv[2] + str(k)).encode() * 500 for n in range(50)}, Path(sys.argv[1]))\n"
        "    print(flush=True)"
    )
    seen = set()

    for moment in range(5):
        with subprocess.Popen([sys.executable, "-c", code, str(out), f"{moment}-"], stdout=subprocess.PIPE) as builder:
            builder.stdout.readline()
            time.sleep(moment * 0.004)
            builder.kill()
        found = files(out)
        assert len(found) == 50
        assert len(set(found.values())) == 1
        seen.update(found.values())

    assert len(seen) > 1


def test_where_nothing_can_be_exchanged_two_renames_do(tmp_path, monkeypatch):
    out = tmp_path / "site"
    write_site({"index.html": b"old"}, out)
    monkeypatch.setattr(folder, "_renameat2", lambda: None)

    write_site({"index.html": b"new"}, out)

    assert files(out) == {"index.html": b"new"}
    assert [item.name for item in tmp_path.iterdir()] == ["site"]


def test_single_files_are_replaced_and_never_those_of_an_older_site(tmp_path):
    out = tmp_path / "site"
    write_site({"a/index.html": b"1", "b.html": b"1"}, out)
    older = tmp_path / "older.html"
    older.hardlink_to(out / "b.html")

    assert folder.replace_files({"b.html": b"2", "a/index.html": b"1", "c/d.html": b"3"}, out) == 2

    assert files(out) == {"a/index.html": b"1", "b.html": b"2", "c/d.html": b"3"}
    assert older.read_bytes() == b"1"
    with pytest.raises(SiteError, match="no site made here"):
        folder.replace_files({}, tmp_path)


def test_a_failing_swap_puts_the_old_site_back(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "_renameat2", lambda: None)
    out = tmp_path / "site"
    write_site({"index.html": b"old"}, out)
    real = type(out).rename

    def rename(self, target):
        if self.name.startswith(".site.") and target == out:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(type(out), "rename", rename)

    with pytest.raises(SiteError, match="No space left"):
        write_site({"index.html": b"new"}, out)

    assert files(out) == {"index.html": b"old"}


def test_build_makes_a_site_and_says_so(registry, tmp_path, capsys):
    assert build(registry=registry, out=tmp_path / "out") == 0

    assert (tmp_path / "out" / UID / "index.html").is_file()
    assert "pages of 1 cards" in capsys.readouterr().out


def test_building_again_changes_nothing(registry, tmp_path, capsys):
    build(registry=registry, out=tmp_path / "out")
    before = files(tmp_path / "out")

    build(registry=registry, out=tmp_path / "out")

    assert files(tmp_path / "out") == before
    assert " 0 files changed" in capsys.readouterr().out.splitlines()[-1]


def test_a_deleted_card_leaves_no_page(registry, tmp_path):
    other = write_card(registry, card_text(uid="mindhub/2.3/gone"), "mindhub/2.3/gone")
    build(registry=registry, out=tmp_path / "out")
    assert (tmp_path / "out/mindhub/2.3/gone").is_dir()
    other.unlink()

    build(registry=registry, out=tmp_path / "out")

    assert not (tmp_path / "out/mindhub/2.3/gone").exists()


def test_a_record_that_cannot_be_read_is_named_and_the_card_has_its_page(registry, tmp_path, capsys):
    (registry / f"{UID}.evidence.json").write_text("{", encoding="utf-8")

    assert build(registry=registry, out=tmp_path / "out") == 0

    assert "lenet_mnist.evidence.json" in capsys.readouterr().err
    data = json.loads((tmp_path / "out" / UID / "index.json").read_bytes())
    assert data["status"]["step"] == "not-checked"


def test_an_embedded_asset_behind_a_symlink_is_not_published(registry, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    sha = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
    asset = f"asset:\n  - {{file-format: ckpt, asset-link: x.ckpt, asset-sha256: {sha}}}\n"
    write_card(registry, card_text(asset))
    (registry / "mindhub/2.3/x.ckpt").symlink_to(secret)

    build(registry=registry, out=tmp_path / "out")

    assert not [path for path in files(tmp_path / "out") if path.endswith("x.ckpt")]


def test_no_registry_is_said_and_is_exit_code_2(tmp_path, capsys):
    assert build(registry=tmp_path / "none", out=tmp_path / "out") == 2
    assert "no such folder" in capsys.readouterr().err


def test_the_registry_decides_about_its_site(registry):
    (registry / "mindhub.toml").write_text(
        'title = "Our Hub"\narchived = ["1.3"]\n[site]\nbase-url = "https://x.org/hub"\nlanguages = ["zh"]\n', "utf-8"
    )

    options = read_options(Registry(registry))

    assert (options.title, options.base_url, options.languages) == ("Our Hub", "https://x.org/hub/", ("zh",))
    assert options.archived == {"1.3"}


@pytest.mark.parametrize(
    ("text", "said"), [("title = 3", "'title'"), ("archived = 1.3", "'archived'"), ("site = 1", "table"), ("x", "read")]
)
def test_a_wrong_setting_is_named(registry, text, said):
    (registry / "mindhub.toml").write_text(text, "utf-8")

    with pytest.raises(SiteError, match=said):
        read_options(Registry(registry))


@contextmanager
def listening(folder):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SiteHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.json", "application/json; charset=utf-8"),
        ("/static/site.js", "text/javascript; charset=utf-8"),
        ("/static/site.css", "text/css; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml"),
    ],
)
def test_the_server_sends_types_that_browsers_need(registry, tmp_path, path, kind):
    build(registry=registry, out=tmp_path / "out")

    with listening(tmp_path / "out") as address, urllib.request.urlopen(address + path) as answer:
        assert answer.headers["Content-Type"] == kind


@pytest.mark.parametrize("path", ["/nothing/here", "/static/", "/../../etc/passwd"])
def test_what_does_not_exist_is_answered_with_the_sites_own_page(registry, tmp_path, path):
    build(registry=registry, out=tmp_path / "out")

    with listening(tmp_path / "out") as address, pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address + path)

    with caught.value as error:
        assert error.code == 404
        assert b"There is no such page" in error.read()


def test_serving_what_is_no_site_is_exit_code_2(tmp_path, capsys):
    assert serve(folder=tmp_path) == 2
    assert "mindhub site build" in capsys.readouterr().err


def test_a_port_that_is_taken_is_exit_code_2(registry, tmp_path, capsys):
    build(registry=registry, out=tmp_path / "out")

    with listening(tmp_path / "out") as address:
        assert serve(folder=tmp_path / "out", port=int(address.rsplit(":", 1)[1])) == 2

    assert "try another --port" in capsys.readouterr().err


def test_ctrl_c_ends_the_server_quietly(registry, tmp_path):
    build(registry=registry, out=tmp_path / "out")
    code = (
        # What a shell starts in the background does not listen to Ctrl+C, and hands that down.
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from pathlib import Path; from mindhub.cli.server import serve; "
        "sys.exit(serve(folder=Path(sys.argv[1]), port=0))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as server:
        said = server.stdout.readline()
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=300)

    assert "http://127.0.0.1:" in said
    assert (server.returncode, errors) == (0, "")
