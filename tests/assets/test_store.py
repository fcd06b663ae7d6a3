"""A file lies in the store whole, under its hash, or not at all."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mindhub.assets.store import Mismatch, Store, default_root, hash_file

DATA = b"weights" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def contents(store: Store) -> list[str]:
    return sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file())


def test_a_stored_file_is_found_by_its_hash_and_is_read_only(store):
    path = store.put_stream([DATA[:100], DATA[100:]])

    assert path == store.root / SHA[:2] / SHA
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o777 == 0o444
    assert store.get(SHA) == store.get(SHA, len(DATA)) == path
    assert contents(store) == [f"{SHA[:2]}/{SHA}"]


def test_what_is_not_there_is_none(store):
    assert store.get(SHA) is None


def test_a_file_of_another_size_is_none(store):
    store.put_stream([DATA])

    assert store.get(SHA, 3) is None


def test_a_link_or_a_folder_in_place_of_a_file_is_none(store, tmp_path):
    (store.root / SHA[:2]).mkdir(parents=True)
    (tmp_path / "elsewhere").write_bytes(DATA)
    store.path(SHA).symlink_to(tmp_path / "elsewhere")
    store.path("0" * 64).mkdir(parents=True)

    assert store.get(SHA) is None
    assert store.get("0" * 64) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "0" * 63, "", f"{SHA}\n"])
def test_a_name_that_is_no_hash_is_refused(store, name):
    with pytest.raises(ValueError, match="is not a sha256"):
        store.get(name)


def test_bytes_of_another_hash_are_not_kept(store):
    with pytest.raises(Mismatch, match=f"sha256 is {SHA}, expected {'0' * 64}"):
        store.put_stream([DATA], "0" * 64)

    assert contents(store) == []


def test_a_stream_that_breaks_leaves_nothing(store):
    def broken():
        yield DATA
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        store.put_stream(broken())

    assert contents(store) == []


def test_a_damaged_file_is_found_by_verify_and_removed(store):
    path = store.put_stream([DATA])
    path.chmod(0o644)
    path.write_bytes(b"x" * len(DATA))

    assert not store.verify(SHA)
    assert store.get(SHA) is None


def test_a_sound_file_passes_verify_and_a_missing_one_does_not(store):
    store.put_stream([DATA])

    assert store.verify(SHA)
    assert not store.verify("0" * 64)


def test_hash_file_gives_hash_and_size(tmp_path):
    (tmp_path / "a").write_bytes(DATA)

    assert hash_file(tmp_path / "a") == (SHA, len(DATA))


def test_the_cache_is_where_the_environment_says_else_below_home(monkeypatch, tmp_path):
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path))
    named = default_root()
    monkeypatch.delenv("MINDHUB_CACHE")
    monkeypatch.setenv("HOME", "/home/reader")

    assert named == tmp_path / "store"
    assert default_root() == Path("/home/reader/.cache/mindhub/store")


def test_a_partial_file_is_taken_up_where_it_broke_off(store):
    with store.partial(SHA) as partial:
        partial.restart({"url": "u", "validator": '"one"'})
        partial.write(DATA[:500])

    with store.partial(SHA) as partial:
        found, source = partial.length, partial.source
        partial.write(DATA[500:])
        path = partial.commit()

    assert (found, source) == (500, {"url": "u", "validator": '"one"'})
    assert path == store.get(SHA, len(DATA))
    assert contents(store) == [f"{SHA[:2]}/{SHA}"]


@pytest.mark.parametrize("note", [None, b"", b"[]", b'{"url": 3}', b"\xff"])
def test_a_partial_file_without_word_of_its_source_begins_anew(store, note):
    with store.partial(SHA) as partial:
        partial.restart({"url": "u"})
        partial.write(DATA)
    meta = store.root / "partial" / f"{SHA}.json"
    meta.unlink() if note is None else meta.write_bytes(note)

    with store.partial(SHA) as partial:
        assert (partial.length, partial.sha256) == (0, hashlib.sha256().hexdigest())


def test_a_partial_file_belongs_to_one_at_a_time(store):
    with store.partial(SHA), pytest.raises(TimeoutError), store.partial(SHA, wait=0.1):
        pass


def test_who_waited_for_a_partial_file_gets_a_new_one_when_the_first_was_stored(store):
    entered, lengths = threading.Event(), []

    def second():
        entered.set()
        with store.partial(SHA, wait=120) as partial:
            lengths.append((partial.length, store.get(SHA) is not None))

    with store.partial(SHA) as partial:
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait()
        time.sleep(0.1)
        partial.write(DATA)
        partial.commit()
    thread.join()

    assert lengths == [(0, True)]


def test_a_killed_process_leaves_no_lock(store):
    code = (
        "import sys, time; from pathlib import Path; from mindhub.assets.store import Store\n"
        f"with Store(Path({str(store.root)!r})).partial({SHA!r}) as p:\n"
        " p.restart({'url': 'u'}); p.write(b'x'); print('in', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()

    with store.partial(SHA, wait=1) as partial:
        assert partial.source == {"url": "u"}
