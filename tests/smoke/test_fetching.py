"""What the smoke run makes of links: unreachable is not run, anything else wrong with the file is a failure."""

from __future__ import annotations

import hashlib
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assets.servers import deaf
from cards import card_text, write_card
from formats.ckpt_bytes import entry
from mindhub.assets.fetch import Limits
from mindhub.assets.guard import Guard
from mindhub.card import read_card
from mindhub.cli.smoke import smoke
from mindhub.model import Uid
from mindhub.smoke.evidence import NOT_RUN, PASSED
from mindhub.smoke.runner import Options, exit_code, run_cards
from mindhub.source import Registry
from mindhub.vocabulary import load_vocabulary

FILE = entry("fc.weight", (2, 3)) + entry("fc.bias", (2,))
PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/gone":
            self.send_error(404)
            return
        body = {"/file": FILE, "/page": PAGE, "/other": FILE.replace(b"bias", b"gain"), "/short": FILE}[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:-9] if self.path == "/short" else body)

    def log_message(self, *_):
        pass


@contextmanager
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


def card_for(root, link, size=True):
    """Write a card whose file lies behind a link; without a smoke section, so that no network is wanted."""
    sha256 = hashlib.sha256(FILE).hexdigest()
    asset = f"asset:\n  - file-format: ckpt\n    asset-link: {link}\n    asset-sha256: {sha256}\n"
    asset += f"    asset-size: {len(FILE)}\n" if size else ""
    write_card(root, card_text(f"{asset}# no smoke\n"))
    return read_card(Registry(root).card_file(Uid.parse("mindhub/2.3/lenet_mnist")), load_vocabulary())


def run(tmp_path, card, **options):
    limits = Limits(attempts=1, idle=60, pause=0.01)
    chosen = Options(store=tmp_path / "store", fetch_limits=limits, **options)
    return next(iter(run_cards([card], Registry(tmp_path / "registry"), chosen)))


def test_a_file_that_is_there_and_right_is_checked_without_a_network(tmp_path):
    with server() as place:
        card = card_for(tmp_path / "registry", f"http://{place}/file")
        result = run(tmp_path, card, allow_hosts=frozenset({place}))

    assert (result.code, result.evidence.status) == (0, "file-checked")
    assert result.evidence.stage("build").reason == "no smoke section"


@pytest.mark.parametrize(
    ("path", "stage", "kind", "words"),
    [
        ("/gone", "fetch", "http", "404"),
        ("/page", "fetch", "error-page", "HTML"),
        ("/short", "fetch", "short", ""),
        ("/other", "hash", "wrong-hash", hashlib.sha256(FILE).hexdigest()),
    ],
)
def test_what_is_wrong_with_a_file_is_told_apart(tmp_path, path, stage, kind, words):
    with server() as place:
        # A page or a short body has another size too; without a claimed one each shows its own fault.
        card = card_for(tmp_path / "registry", f"http://{place}{path}", size=False)
        result = run(tmp_path, card, allow_hosts=frozenset({place}))

    failed = result.evidence.failed
    assert (failed.name, failed.kind, result.code) == (stage, kind, 1)
    assert words in failed.reason


def test_a_name_that_does_not_resolve_is_not_run(tmp_path):
    def nowhere(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    card = card_for(tmp_path / "registry", "https://download.mindspore.cn/models/lenet.ckpt")
    result = run(tmp_path, card, guard=Guard(resolver=nowhere))

    fetch = result.evidence.stage("fetch")
    assert (fetch.verdict, fetch.kind, result.code) == (NOT_RUN, "unreachable", 2)
    assert fetch.reason.startswith("unreachable: https://download.mindspore.cn/")
    assert result.evidence.failed is None


def test_a_port_that_nobody_listens_on_is_not_run_and_the_command_line_says_so(tmp_path, capsys):
    with deaf() as place:
        card = card_for(tmp_path / "registry", f"http://{place}/file")
        uid, home = str(card.uid), tmp_path / "registry"
        code = smoke(targets=[uid], registry=home, store=tmp_path / "store", allow_hosts=[place])

    shown = capsys.readouterr().out
    assert code == 2
    assert f"{uid}  not run (unreachable)" in shown
    assert "\n  fetch      not run" in shown


def test_a_private_address_is_not_contacted(tmp_path):
    with server() as place:
        card = card_for(tmp_path / "registry", f"http://{place}/file")
        result = run(tmp_path, card)

    assert (result.evidence.failed.name, result.evidence.failed.kind, result.code) == ("fetch", "refused", 1)


def test_a_damaged_copy_in_the_store_is_fetched_anew(tmp_path):
    with server() as place:
        card = card_for(tmp_path / "registry", f"http://{place}/file")
        run(tmp_path, card, allow_hosts=frozenset({place}))
        stored = next(path for path in (tmp_path / "store").rglob("*") if path.is_file() and len(path.name) == 64)
        stored.chmod(0o644)
        stored.write_bytes(b"x" * len(FILE))
        result = run(tmp_path, card, allow_hosts=frozenset({place}))

    assert result.evidence.stage("hash").verdict == PASSED
    assert stored.read_bytes() == FILE


def test_a_fault_wins_over_what_could_not_be_done():
    assert [exit_code(codes) for codes in ([0, 0], [0, 2], [2, 1, 0], [])] == [0, 2, 1, 0]
