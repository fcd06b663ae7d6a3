"""The store is looked after: what may go goes, what is in use stays, and no kill damages it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assets.servers import Handler, serving
from mindhub.assets.store import Store
from mindhub.assets.upkeep import KEEP_PARTIAL, leftovers, prune, stored
from mindhub.cli import store as verb

pytestmark = pytest.mark.slow  # waits for servers that are slow on purpose
DAY = 86400.0
NAMES = ["old", "middle", "new"]
SHA = {name: hashlib.sha256(name.encode() * 1000).hexdigest() for name in NAMES}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store of three files, used three, two and one days ago, that nobody holds."""
    store = Store(tmp_path / "store")
    for age, name in zip((3, 2, 1), NAMES, strict=True):
        path = store.put_stream([name.encode() * 1000])
        os.utime(path, (time.time() - age * DAY,) * 2)
    return store.root


def names(root: Path) -> list[str]:
    by_hash = {sha256: name for name, sha256 in SHA.items()}
    return [by_hash[file.sha256] for file in stored(Store(root))]


def test_files_are_listed_from_the_one_used_longest_ago(root):
    assert names(root) == NAMES


def test_what_was_used_longest_ago_goes_first_until_the_rest_fits(root):
    pruned = prune(Store(root), 9000)

    assert [file.sha256 for file in pruned.removed] == [SHA["old"]]
    assert (names(root), pruned.total) == (["middle", "new"], 9000)


def test_to_get_a_file_is_to_use_it(root):
    Store(root).get(SHA["old"])

    assert names(root) == ["middle", "new", "old"]


def test_what_this_or_another_process_was_given_is_not_removed(root):
    code = (
        "import sys; from pathlib import Path; from mindhub.assets.store import Store\n"
        f"store = Store(Path({str(root)!r})); store.get({SHA['old']!r}); print('held', flush=True); sys.stdin.read()"
    )
    mine = Store(root)
    mine.get(SHA["middle"])
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        held = prune(Store(root), 0, fresh=0)
        other.kill()
    freed = prune(Store(root), 0, fresh=0)

    assert [file.sha256 for file in held.removed] == [SHA["new"]]
    assert {file.sha256 for file in held.in_use} == {SHA["old"], SHA["middle"]}
    assert [file.sha256 for file in freed.removed] == [SHA["old"]]
    assert names(root) == ["middle"]


def test_what_was_used_just_now_is_not_removed(root):
    Store(root).get(SHA["new"])

    pruned = prune(Store(root), 0)

    assert names(root) == ["new"]
    assert [file.sha256 for file in pruned.in_use] == [SHA["new"]]


def test_a_hundred_files_and_more_do_not_exhaust_descriptors(tmp_path):
    store = Store(tmp_path / "store")
    for number in range(200):
        store.get(hashlib.sha256(store.put_stream([b"%d" % number]).read_bytes()).hexdigest())

    assert len(store._held) == 128


def test_a_broken_download_is_kept_for_a_week_and_then_goes_with_its_note(root):
    store = Store(root)
    with store.partial("0" * 64) as partial:
        partial.restart({"url": "u"})
        partial.write(b"x" * 10)
    now = time.time()

    early = prune(store, 1 << 30, now=now + KEEP_PARTIAL - DAY)
    late = prune(store, 1 << 30, now=now + KEEP_PARTIAL + DAY)

    assert early.leftovers == ()
    assert [left.path.name for left in late.leftovers] == ["0" * 64 + ".part"]
    assert leftovers(store) == []


def test_a_download_under_way_is_busy_and_stays(root):
    store = Store(root)
    with store.partial("0" * 64) as partial:
        partial.restart({"url": "u"})
        partial.write(b"x" * 10)
        pruned = prune(store, 1 << 30, now=time.time() + 9 * KEEP_PARTIAL)
        busy = [left.busy for left in leftovers(store)]

    assert pruned.leftovers == ()
    assert busy == [True, True]


def test_a_passing_file_of_a_killed_process_goes_and_that_of_a_living_one_stays(root):
    (root / "partial" / "tmpkilled").write_bytes(b"x")
    store, later, counted = Store(root), time.time() + DAY, []

    def chunks():
        yield b"a"
        counted.append([left.path.name for left in prune(store, 1 << 30, now=later).leftovers])
        yield b"b"

    path = store.put_stream(chunks())

    assert counted == [["tmpkilled"]]
    assert path.read_bytes() == b"ab"


def test_the_verb_lists_verifies_and_prunes(root, capsys):
    listed = verb.list_files(store=root)
    path = Store(root).path(SHA["middle"])
    path.chmod(0o644)
    path.write_bytes(b"y" * 6000)
    verified = [verb.verify(store=root), verb.verify(store=root)]
    pruned = [verb.prune(store=root, budget="3kB"), verb.prune(store=root, budget="much")]

    out, err = capsys.readouterr()
    assert (listed, verified, pruned) == (0, [1, 0], [0, 2])
    assert f"{SHA['middle']}  was damaged, and is removed" in out
    assert "3 files, 0.0 MB" in out
    assert "removed 1 file and 0 leftovers" in out
    assert names(root) == ["new"]
    assert "'much' is no size" in err


def test_verifying_does_not_count_as_using(root):
    verb.verify(store=root)

    assert names(root) == NAMES


def test_processes_killed_at_random_a_hundred_times_lose_nothing_and_damage_nothing(tmp_path):
    files = {}
    for number in range(30):
        data = hashlib.sha256(b"%d" % number).digest() * 20_000  # 640 kB
        files[hashlib.sha256(data).hexdigest()] = data

    def script(handler: Handler) -> None:
        handler.ranged(files[handler.path.strip("/")])

    root = tmp_path / "store"
    with serving(script) as server:
        command = [sys.executable, str(Path(__file__).with_name("killing.py")), str(root), server.place, "100", *files]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=True)

    result = json.loads(done.stdout)
    continued = [request["range"] for request in server.requests if "range" in request]
    assert result == {"killed": 100, "lost": [], "corrupt": [], "continued": result["continued"], "left": []}
    assert continued
    assert all(int(text.removeprefix("bytes=").removesuffix("-")) > 0 for text in continued)
    assert sorted(file.sha256 for file in stored(Store(root))) == sorted(files)
