"""The ledger keeps what was found out, for several processes, and survives what happens to files."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mindhub.assets import ledger as module
from mindhub.assets.ledger import Ledger, LedgerError
from mindhub.online import Reached, last_verified, remember, same_bytes

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
URL = "https://hub.example/a.ckpt"
GOOD = Reached(URL, status=200, size=5, etag='"one"', sha256="ab", table="cd", final="https://hub.example/b.ckpt")
SILENT = Reached(URL, "unreachable", "Connection refused")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "ledger.sqlite"


def days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


def test_what_is_noted_is_there_the_next_time(path):
    with Ledger(path) as ledger:
        noted = ledger.note(GOOD, NOW)
    with Ledger(path) as ledger:
        found = ledger.get(URL)

    assert found == noted
    assert (noted.reached, noted.due, noted.failures) == (NOW, NOW + days(7), 0)


def test_what_was_never_asked_is_none(path):
    with Ledger(path) as ledger:
        assert ledger.get(URL) is None


def test_a_host_that_does_not_answer_changes_no_verdict_but_the_date_grows_old(path):
    with Ledger(path) as ledger:
        ledger.note(GOOD, NOW)
        later = ledger.note(SILENT, NOW + days(8))

    assert (later.kind, later.sha256, later.status) == ("", "ab", 200)
    assert (later.reached, later.checked) == (NOW, NOW + days(8))
    assert (later.failures, later.trouble) == (1, "Connection refused")


def test_a_fault_is_believed_at_once_and_looked_at_again_the_next_day():
    gone = remember(
        remember(None, GOOD, NOW), Reached(URL, "http", "status 404", fault=True, status=404), NOW + days(1)
    )

    assert (gone.kind, gone.reached, gone.due) == ("http", NOW + days(1), NOW + days(2))


def test_silence_is_asked_again_after_an_hour_then_less_and_less_often_but_daily():
    entry, pauses = None, []
    for _ in range(7):
        entry = remember(entry, SILENT, NOW)
        assert entry.due is not None
        pauses.append((entry.due - NOW).total_seconds() / 3600)

    assert pauses == [1, 2, 4, 8, 16, 24, 24]
    assert entry is not None
    assert (entry.reached, entry.alive) == (None, False)


def test_an_answer_ends_the_count_of_failures():
    entry = remember(remember(None, SILENT, NOW), GOOD, NOW)

    assert (entry.failures, entry.trouble, entry.alive) == (0, "", True)


def test_due_is_what_was_never_asked_and_what_was_not_asked_for_long_enough(path):
    with Ledger(path) as ledger:
        ledger.note(GOOD, NOW)
        ledger.note(Reached("https://hub.example/new", status=200), NOW + days(3))
        asked = [URL, "https://hub.example/new", "https://hub.example/never", URL]

        early = ledger.due(asked, NOW + days(1))
        late = ledger.due(asked, NOW + days(8))

    assert early == ["https://hub.example/never"]
    assert late == ["https://hub.example/never", URL]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (GOOD, GOOD, True),
        (None, GOOD, False),
        (GOOD, Reached(URL, size=5, etag='"two"'), False),
        (GOOD, Reached(URL, size=6, etag='"one"'), False),
        (Reached(URL, size=5, etag='W/"one"'), Reached(URL, size=5, etag='W/"one"'), False),
        (Reached(URL, size=5), Reached(URL, size=5), False),
    ],
)
def test_bytes_are_the_same_only_by_a_strong_etag_and_the_size(one, other, same):
    assert same_bytes(one, other) is same


def test_the_site_gets_the_day_on_which_each_good_address_was_last_reached(path):
    with Ledger(path) as ledger:
        ledger.note(GOOD, NOW)
        ledger.note(SILENT, NOW + days(9))
        ledger.note(Reached("https://hub.example/gone", "http", "404", fault=True), NOW)
        ledger.note(Reached("https://hub.example/never", "unreachable", "no"), NOW)

        assert last_verified(ledger) == {URL: "2026-11-22"}


@pytest.mark.parametrize("damage", [b"no database at all, " * 500, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_damaged_ledger_is_put_aside_and_a_new_one_begun(path, damage):
    path.parent.mkdir()
    path.write_bytes(damage)

    with Ledger(path) as ledger:
        notice = ledger.notice
        ledger.note(GOOD, NOW)
    with Ledger(path) as again:
        assert (again.notice, [entry.url for entry in again]) == ("", [URL])

    assert "the ledger was damaged" in notice
    assert path.with_name("ledger.sqlite.damaged-1").read_bytes() == damage


def test_a_page_damaged_in_the_middle_is_noticed(path):
    with Ledger(path) as ledger:
        for number in range(300):
            ledger.note(Reached(f"https://hub.example/{number}", message="x" * 100), NOW)
    data = bytearray(path.read_bytes())
    data[8192:20480] = b"\xff" * 12288
    path.write_bytes(bytes(data))

    with Ledger(path) as ledger:
        assert "damaged" in ledger.notice


def test_a_ledger_of_the_first_version_is_brought_up_to_date_with_its_rows(path):
    path.parent.mkdir()
    old = sqlite3.connect(path)
    old.executescript(f"{module._STEPS[0]} PRAGMA user_version = 1;")
    old.execute(
        "INSERT INTO addresses (url, kind, message, fault, status, reached, failures) VALUES (?, '', '', 0, 200, ?, 0)",
        (URL, NOW.isoformat()),
    )
    old.commit()
    old.close()

    with Ledger(path) as ledger:
        assert ledger.get(URL) == Reached(URL, status=200, reached=NOW)


def test_a_ledger_of_a_newer_version_is_left_alone(path):
    Ledger(path).__exit__(None, None, None)
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {module.VERSION + 1}")
    newer.close()

    with pytest.raises(LedgerError, match="written by a newer MindHub"):
        Ledger(path)

    assert not list(path.parent.glob("*.damaged*"))


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(LedgerError, match="cannot be opened"):
        Ledger(tmp_path / "file" / "ledger.sqlite")


def test_processes_that_write_at_once_lose_none_of_each_others_notes(path):
    code = (
        "import sys, datetime as dt; from pathlib import Path; from mindhub.assets.ledger import Ledger\n"
        "from mindhub.online import Reached\n"
        f"with Ledger(Path({str(path)!r})) as ledger:\n"
        " for n in range(60):\n"
        "  ledger.note(Reached('https://hub.example/all', 'unreachable', 'no'), dt.datetime.now(dt.UTC))\n"
        "  ledger.note(Reached(f'https://hub.example/{sys.argv[1]}/{n}', status=200), dt.datetime.now(dt.UTC))"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, str(number)]) for number in range(3)]

    codes = [process.wait(600) for process in processes]

    with Ledger(path) as ledger:
        every = ledger.get("https://hub.example/all")
        assert (codes, len(list(ledger))) == ([0, 0, 0], 181)
        assert every is not None
        assert every.failures == 180
