"""The page of a card is shown as the site will have it, and follows the card."""

from __future__ import annotations

import threading
import urllib.request
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from cards import UID, card_text, write_card
from mindhub.cli import main, preview
from mindhub.cli.live import LiveHandler

OTHER_UID = "mindhub/2.3/vgg_cifar10"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    write_card(tmp_path / "registry", card_text())
    other = "model-name: vgg\nbackbone-name: vgg\ntrain-dataset: cifar10\nasset: []\n# no smoke\n"
    write_card(tmp_path / "registry", card_text(other, uid=OTHER_UID), OTHER_UID)
    return tmp_path / "registry"


def test_the_page_is_built_and_its_path_printed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", UID, "--no-serve"]) == 0

    said, page = capsys.readouterr().out.splitlines()
    assert said == f"registry/{UID}.md: 0 findings"
    assert "<h1" in Path(page).read_text(encoding="utf-8")
    assert "vgg" in (home.parent / "cache/preview/index.html").read_text(encoding="utf-8")


def test_without_a_card_the_newest_is_meant(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import os

    os.utime(home / f"{OTHER_UID}.md", (1, 1))

    assert main(["preview", "--no-serve", "--out", str(home.parent / "out")]) == 0
    assert f"registry/{UID}.md" in capsys.readouterr().out
    assert (home.parent / "out" / UID / "index.html").is_file()


def test_a_page_is_never_older_than_its_card(home: Path) -> None:
    made = preview._Preview(*preview._chosen(UID, None), home.parent / "out")
    made.build()

    def handler(*args):
        return LiveHandler(*args, follower=made, directory=str(made.out))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/{made.url}"
            before = urllib.request.urlopen(address, timeout=600).read().decode()
            write_card(home, card_text("summary: Quite another sentence\nlicense: Apache2.0\n"))
            after = urllib.request.urlopen(address, timeout=600).read().decode()
        finally:
            server.shutdown()
            thread.join()

    assert "Quite another sentence" not in before
    assert "Quite another sentence" in after
    assert made.findings == 1


@pytest.mark.parametrize("target", ["mindhub/2.3/no_such", "registry", "nowhere.md"])
def test_what_means_no_single_card_is_refused(home: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", target, "--no-serve"]) == 2
    assert capsys.readouterr().err.startswith("mindhub preview: ")
