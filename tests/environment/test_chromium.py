"""environment.chromium: which browser is trusted, and what is written down where there is none."""

from __future__ import annotations

import io
import json
import platform
import tarfile

import pytest
from environment.packages import Paths

from environment import chromium


@pytest.fixture
def paths(tmp_path, monkeypatch):
    monkeypatch.delenv("MINDHUB_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium.machine, "chromiums", list)
    (tmp_path / "tools" / "browser").mkdir(parents=True)
    (tmp_path / "tools" / "browser" / "package.json").write_text("{}", encoding="utf-8")
    (tmp_path / "chrome").write_text("", encoding="utf-8")
    return Paths(tmp_path)


def test_a_browser_that_started_once_is_trusted_until_it_is_gone(paths):
    chromium.write(paths, executable=str(paths.root / "chrome"), version="1")
    before = chromium.is_ready(paths)

    (paths.root / "chrome").unlink()

    assert before
    assert not chromium.is_ready(paths)


def test_new_pins_are_a_new_browser(paths):
    chromium.write(paths, executable=str(paths.root / "chrome"), version="1")

    (paths.root / "tools" / "browser" / "package.json").write_text('{"a": 1}', encoding="utf-8")

    assert not chromium.is_ready(paths)


def test_a_broken_record_is_no_record(paths):
    chromium.write(paths, executable=str(paths.root / "chrome"), version="1")

    chromium.record(paths).write_text("{", encoding="utf-8")

    assert chromium.read(paths) == {}
    assert not chromium.is_ready(paths)


def test_where_no_browser_installs_the_reason_is_returned_and_written_for_the_tests(paths, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")

    reason = chromium.provide(paths)

    assert "there is none without root for aarch64" in reason
    assert json.loads(chromium.record(paths).read_text("utf-8"))["reason"] == reason
    assert not chromium.is_ready(paths)


def test_a_program_that_is_no_browser_is_not_taken_for_one(paths, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(chromium.machine, "chromiums", lambda: ["/bin/false"])
    paths.python.parent.mkdir(parents=True)
    paths.python.symlink_to("/bin/false")

    assert "/bin/false does not start" in chromium.provide(paths)


def test_an_archive_cannot_write_outside_its_folder(tmp_path):
    archive = tmp_path / "files.tar"
    with tarfile.open(archive, "w") as tar:
        for name in ("lib/good.so", "../../escaped.so"):
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"data"))
        link = tarfile.TarInfo("lib/link.so")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)

    chromium.unpack_files(archive, tmp_path / "out")

    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["escaped.so", "good.so"]
    assert not archive.exists()
