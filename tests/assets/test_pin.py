"""Pinning fills in what a machine knows, and touches nothing else of the card."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assets.servers import serving
from cards import OTHER, UID, card_text, write_card
from formats.ckpt_bytes import entry
from mindhub.assets.errors import FetchError, Kind
from mindhub.assets.guard import Guard
from mindhub.assets.repository import Revision, find_commit
from mindhub.assets.store import hash_file
from mindhub.cli.lookup import lookup
from mindhub.cli.pin import pin
from mindhub.smoke.evidence import evidence_path, read_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # waits for servers that are slow on purpose
DATA = entry("fc.weight", (2, 3))
LINK = "https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet"
ASSET = "asset:\n  - file-format: ckpt\n    asset-link: lenet_mnist.ckpt # ours\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.ckpt").write_bytes(DATA)
    return tmp_path / "registry"


@pytest.fixture
def sha256(home: Path) -> str:
    return hash_file(home.parent / "weights.ckpt")[0]


def add(home: Path, patch: str) -> Path:
    path = write_card(home, card_text(patch))
    path.with_suffix(".ckpt").write_bytes(DATA)
    return path


def git(*arguments: str, cwd: Path) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the branches main, r2.3 and feature/x, each at a commit of its own, and a tag."""
    folder = tmp_path / "owner" / "models.git"
    folder.mkdir(parents=True)
    git("init", "-q", "-b", "main", cwd=folder)
    for branch in ("main", "r2.3", "feature/x"):
        if branch != "main":
            git("checkout", "-q", "-b", branch, cwd=folder)
        git("commit", "-q", "--allow-empty", "-m", branch, cwd=folder)
    git("tag", "-a", "v1.0", "-m", "tag", "r2.3", cwd=folder)
    git("checkout", "-q", "main", cwd=folder)
    return folder


def test_what_is_missing_is_put_behind_the_key_it_belongs_to(home, sha256):
    path = add(home, ASSET)
    before = path.read_text()

    code = pin(target=UID, registry=home, commit=False)

    added = f"\n    asset-sha256: {sha256}\n    asset-size: {len(DATA)}"
    assert code == 0
    assert path.read_text() == before.replace("# ours", f"# ours{added}")


def test_a_second_time_changes_nothing(home, capsys):
    path = add(home, ASSET)
    pin(target=UID, registry=home, commit=False)
    before = path.read_bytes(), evidence_path(path).read_bytes()

    code = pin(target=UID, registry=home, commit=False)

    assert (code, path.read_bytes(), evidence_path(path).read_bytes()) == (0, *before)
    assert "says already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("patch", "wanted"),
    [
        (
            "asset: [{file-format: ckpt, asset-link: lenet_mnist.ckpt}]\n",
            "asset: [{file-format: ckpt, asset-link: lenet_mnist.ckpt, asset-sha256: SHA, asset-size: SIZE}]\n",
        ),
        (
            "asset:\n- asset-link: 'lenet_mnist.ckpt'\n  file-format: ckpt\n",
            "asset:\n- asset-link: 'lenet_mnist.ckpt'\n  asset-sha256: SHA\n  asset-size: SIZE\n  file-format: ckpt\n",
        ),
        (
            (
                "asset:\n  - asset-link: lenet_mnist.ckpt\n"
                "    file-format: ckpt\n    asset-size: 5\n    asset-sha256: 'ab'\n"
            ),
            (
                "asset:\n  - asset-link: lenet_mnist.ckpt\n"
                "    file-format: ckpt\n    asset-size: SIZE\n    asset-sha256: 'SHA'\n"
            ),
        ),
    ],
    ids=["in one line", "another order", "what is there and wrong"],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_manner_of_the_card_is_kept(home, sha256, patch, wanted, ending):
    path = add(home, patch)
    path.write_bytes(path.read_bytes().replace(b"\n", ending.encode()))

    code = pin(target=str(path), commit=False, replace_claims=True)

    filled = card_text(wanted.replace("SHA", sha256).replace("SIZE", str(len(DATA))))
    assert code == 0
    assert path.read_bytes() == filled.replace("\n", ending).encode()


def test_another_claim_than_the_bytes_is_a_fault_and_the_card_stays(home, capsys):
    path = add(home, f"{ASSET}    asset-sha256: {OTHER}\n")
    before = path.read_bytes()

    code = pin(target=UID, registry=home, commit=False)

    assert (code, path.read_bytes(), evidence_path(path).exists()) == (1, before, False)
    assert f"the card claims sha256 {OTHER}, the bytes have " in capsys.readouterr().err


def test_what_is_no_checkpoint_is_not_pinned(home, capsys):
    path = add(home, ASSET)
    path.with_suffix(".ckpt").write_bytes(b"<html><title>Sign in</title>")
    before = path.read_bytes()

    code = pin(target=UID, registry=home, commit=False)

    assert (code, path.read_bytes()) == (1, before)
    assert "an HTML page" in capsys.readouterr().err


def test_the_bytes_may_be_a_file_of_the_user(home, sha256):
    path = add(home, "asset:\n  - file-format: ckpt\n    asset-link: https://gitee.com/a/b/raw/1/a.ckpt\n")

    code = pin(target=UID, registry=home, file=home.parent / "weights.ckpt", commit=False)

    assert code == 0
    assert f"asset-sha256: {sha256}\n    asset-size: {len(DATA)}\n" in path.read_text()


def test_the_bytes_may_be_downloaded(home, sha256):
    with serving(lambda handler: handler.ranged(DATA)) as server:
        path = add(home, f"asset:\n  - file-format: ckpt\n    asset-link: {server.url}\n")
        code = pin(target=UID, registry=home, commit=False, allow_hosts=[server.place], store=home.parent / "store")

    assert code == 0
    assert f"asset-sha256: {sha256}" in path.read_text()


def test_where_the_link_is_out_a_mirror_is_believed_by_the_hash_that_is_claimed(home, sha256):
    with serving(lambda handler: handler.answer(503)) as dead, serving(lambda handler: handler.ranged(DATA)) as mirror:
        patch = f"asset:\n  - file-format: ckpt\n    asset-link: {dead.url}\n    mirrors: [{mirror.url}]\n"
        hosts, store = [dead.place, mirror.place], home.parent / "store"
        path = add(home, patch)
        unclaimed = pin(target=UID, registry=home, commit=False, allow_hosts=hosts, store=store)
        path = add(home, f"{patch}    asset-sha256: {sha256}\n")
        claimed = pin(target=UID, registry=home, commit=False, allow_hosts=hosts, store=store)

    assert (unclaimed, claimed) == (2, 0)
    assert f"asset-size: {len(DATA)}" in path.read_text()


def test_a_host_that_is_out_is_no_fault_of_the_card(home):
    with serving(lambda handler: handler.ranged(DATA)) as server:
        add(home, f"asset:\n  - file-format: ckpt\n    asset-link: https://{server.place}/a.ckpt\n")
    assert pin(target=UID, registry=home, commit=False, allow_hosts=[server.place], store=home.parent / "store") == 2


def test_the_tensor_table_is_recorded_as_reported(home, sha256):
    path = add(home, ASSET)

    pin(target=UID, registry=home, commit=False)

    evidence = read_evidence(evidence_path(path))
    assert evidence is not None
    assert evidence.table is not None
    assert (evidence.made_by, evidence.status, evidence.digests["asset"]) == ("reported", "file-checked", sha256)
    assert [tensor.name for tensor in evidence.table.tensors] == ["fc.weight"]


def test_a_record_of_the_same_bytes_is_not_replaced(home):
    path = add(home, ASSET)
    pin(target=UID, registry=home, commit=False)
    record = json.loads(evidence_path(path).read_text())
    evidence_path(path).write_text(json.dumps({**record, "made-by": "hub"}))

    pin(target=UID, registry=home, commit=False)

    assert json.loads(evidence_path(path).read_text())["made-by"] == "hub"


def test_the_commit_is_that_of_the_branch_in_a_clone(home, repository):
    path = add(home, f"{ASSET}repo-link: {LINK}\n")

    code = pin(target=UID, registry=home, repository=repository)

    commit = git("rev-parse", "r2.3", cwd=repository)
    assert code == 0
    assert f"repo-link: {LINK}\nrepo-commit: {commit}\n" in path.read_text()


@pytest.mark.parametrize(
    ("link", "name", "ref"),
    [
        ("https://gitee.com/a/b/tree/r2.3/official/cv", "r2.3", "refs/heads/r2.3"),
        ("https://gitee.com/a/b/tree/feature/x/official", "feature/x", "refs/heads/feature/x"),
        ("https://gitee.com/a/b/tree/v1.0", "v1.0^{commit}", "refs/tags/v1.0"),
        ("https://gitlab.com/a/b/-/blob/main/README.md", "main", "refs/heads/main"),
        ("https://gitee.com/a/b", "main", "HEAD"),
        ("https://gitee.com/a/b.git", "main", "HEAD"),
    ],
)
def test_the_forms_of_links_to_repositories_are_understood(repository, link, name, ref):
    commit = git("rev-parse", name, cwd=repository)

    assert find_commit(link, Guard(), repository) == Revision(commit, ref)


def test_a_link_that_names_a_commit_needs_nobody():
    commit = "0123456789abcdef" * 2 + "01234567"

    assert find_commit(f"https://gitee.com/a/b/tree/{commit}/official", Guard()).commit == commit


def test_a_branch_that_is_not_there_is_a_fault(repository):
    with pytest.raises(FetchError, match="no branch or tag") as caught:
        find_commit("https://gitee.com/a/b/tree/r9.9", Guard(), repository)

    assert caught.value.fault


@contextmanager
def web(folder: Path) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Serve a folder, and note what is asked for and with which credentials."""
    asked: list[tuple[str, str | None]] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization")))
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_over_the_network_git_goes_to_the_checked_address_without_anything_of_the_user(
    repository, tmp_path, monkeypatch
):
    git("update-server-info", cwd=repository)
    (tmp_path / "web" / "owner").mkdir(parents=True)
    (tmp_path / "web" / "owner" / "models.git").symlink_to(repository / ".git")
    (tmp_path / ".netrc").write_text("machine hub.example login me password secret")
    (tmp_path / ".gitconfig").write_text("[http]\n\tproxy = http://127.0.0.1:9\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    with web(tmp_path / "web") as (place, asked):
        port = place.rpartition(":")[2]
        guard = Guard(frozenset({"hub.example"}), resolver=lambda *_: ("127.0.0.1",))
        found = find_commit(f"http://hub.example:{port}/owner/models/tree/r2.3", guard)

    assert found.commit == git("rev-parse", "r2.3", cwd=repository)
    assert asked
    assert {credentials for _, credentials in asked} == {None}


def test_a_repository_at_a_private_address_is_not_asked():
    with pytest.raises(FetchError) as caught:
        find_commit("https://10.0.0.1/owner/models", Guard())

    assert caught.value.kind is Kind.REFUSED


def test_git_is_ended_when_its_time_is_up(tmp_path):
    silent = serving(lambda handler: handler.server.stop.wait(10) and None)
    with silent as server, pytest.raises(FetchError) as caught:
        find_commit(f"http://{server.place}/owner/models", Guard(frozenset({server.place})), seconds=0.5)

    assert caught.value.kind is Kind.DEADLINE


def test_cards_are_found_by_the_sha256_its_beginning_and_the_file(home, sha256, capsys):
    add(home, ASSET)
    pin(target=UID, registry=home, commit=False)
    capsys.readouterr()

    codes = [
        lookup(wanted=wanted, registry=home) for wanted in (sha256, sha256[:8].upper(), "weights.ckpt", OTHER, "x")
    ]

    out, err = capsys.readouterr()
    assert codes == [0, 0, 0, 1, 2]
    assert out.count(f"{sha256}  {UID}  lenet_mnist.ckpt") == 3
    assert "'x' is neither" in err


def test_a_known_bad_hash_is_named(home, capsys):
    add(home, ASSET)

    lookup(wanted="e3b0c44298fc1c14", registry=home)

    assert "known bad: an empty file" in capsys.readouterr().out
