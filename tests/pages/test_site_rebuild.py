"""A site that is built again as its registry changes is, byte by byte, the one that a build from nothing makes."""

from __future__ import annotations

import json
import random
import shutil
import time

import pytest

from cards import UID, card_text, write_card
from mindhub.cli.site import build
from mindhub.pages import folder, listing_units, rebuild
from mindhub.pages.inputs import SiteError
from mindhub.pages.rebuild import Rebuilder
from mindhub.source import Registry, SourceError
from registries import CHANGES, LENET, SQUEEZE, some_of_our_own

pytestmark = pytest.mark.slow  # each builds a whole site, and most another one to compare it with


@pytest.fixture
def root(tmp_path):
    return some_of_our_own(tmp_path / "registry")


@pytest.fixture
def site(root, tmp_path):
    """A site that follows the registry."""
    made = Rebuilder(Registry(root), tmp_path / "out")
    made.build()
    return made


def files(out):
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def same_as_from_nothing(site, root, tmp_path):
    """Bring a site up to date; return whether the files are those of a build from nothing, and which differ."""
    site.build()
    site.index()
    fresh = tmp_path / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    assert build(registry=root, out=fresh) == 0
    found, expected = files(tmp_path / "out"), files(fresh)
    return [path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path)]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_any_change_the_site_is_that_of_a_build_from_nothing(site, root, tmp_path, change):
    change(root)

    assert same_as_from_nothing(site, root, tmp_path) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_after_many_changes_the_site_is_that_of_a_build_from_nothing(site, root, tmp_path, seed):
    names = [*CHANGES]
    random.Random(seed).shuffle(names)

    for at, name in enumerate(names, 1):
        CHANGES[name](root)
        if at % 7 == 0:
            assert same_as_from_nothing(site, root, tmp_path) == [], names[at - 7 : at]
        elif at % 2:
            site.build()


def test_a_changed_body_makes_its_own_pages_alone(site, root, tmp_path):
    out = tmp_path / "out"
    before = {path: (out / path).stat().st_ino for path in files(out)}

    CHANGES["a body"](root)
    built = site.build()

    now = {path: (out / path).stat().st_ino for path in files(out)}
    touched = {path.removeprefix("zh/") for path in now if before.get(path) != now[path]}
    assert touched
    assert all(path.startswith("mindspore/1.7/convnext_imagenet2012/") for path in touched)
    assert built.changed >= len(touched)


def test_nothing_is_built_while_nothing_changes(site):
    assert site.build() is None


def test_a_site_inside_its_registry_is_no_change_of_it(root):
    site = Rebuilder(Registry(root), root / "build" / "site")

    assert site.build()
    assert site.build() is None


def test_the_index_of_texts_is_made_only_where_texts_changed(site, root):
    assert site.index() == 0

    CHANGES["a fault"](root)
    site.build()
    assert site.index() == 0

    CHANGES["a body"](root)
    site.build()
    assert site.index() > 0


def test_a_build_that_fails_leaves_the_site_and_is_made_up_for(site, root, tmp_path, monkeypatch):
    before = files(tmp_path / "out")
    CHANGES["a summary"](root)
    with monkeypatch.context() as patch:
        patch.setattr(listing_units.api, "with_cards", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            site.build()
    assert files(tmp_path / "out") == before

    CHANGES["a body"](root)

    assert same_as_from_nothing(site, root, tmp_path) == []


def test_a_registry_that_cannot_be_read_leaves_the_site_and_is_made_up_for(site, root, tmp_path):
    before = files(tmp_path / "out")
    good = (root / "mindhub.toml").read_bytes()
    (root / "mindhub.toml").write_text("[site\n")
    with pytest.raises((SiteError, SourceError)):
        site.build()
    assert files(tmp_path / "out") == before

    (root / "mindhub.toml").write_bytes(good)

    assert same_as_from_nothing(site, root, tmp_path) == []


def test_a_file_that_cannot_be_written_is_said_and_made_up_for(site, root, tmp_path, monkeypatch):
    CHANGES["a summary"](root)
    with monkeypatch.context() as patch:
        patch.setattr(folder, "_replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(SiteError, match="No space left"):
            site.build()

    CHANGES["a body"](root)

    assert same_as_from_nothing(site, root, tmp_path) == []


def test_a_folder_that_is_no_site_any_more_is_left_alone(site, root, tmp_path):
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    CHANGES["a summary"](root)

    with pytest.raises(SiteError, match="no site made here"):
        site.build()

    assert files(tmp_path / "out") == {"mine.txt": b"mine"}


def test_a_card_that_goes_leaves_no_folder(tmp_path):
    root = tmp_path / "registry"
    write_card(root, card_text())
    card = write_card(root, card_text("model-name: other\n", uid="other/2.3/other"), uid="other/2.3/other")
    site = Rebuilder(Registry(root), tmp_path / "out")
    site.build()
    assert (tmp_path / "out/zh/other/2.3/other/index.html").is_file()

    card.unlink()
    site.build()

    assert not (tmp_path / "out/other").exists()
    assert not (tmp_path / "out/zh/other").exists()
    assert (tmp_path / "out" / UID / "index.html").is_file()


def test_without_the_newest_record_the_others_are_due_no_more(root, tmp_path):
    record = root / "mindhub/2.9/mlp_wine.evidence.json"
    told = json.loads(record.read_text("utf-8"))
    told["environment"]["mindspore"] = "9.9.0"
    record.write_text(json.dumps(told), "utf-8")
    time.sleep(0.06)
    site = Rebuilder(Registry(root), tmp_path / "out")
    assert site.build().site.records["mindhub/2.10/lenet_digits"].due

    (root / "mindhub/2.9/mlp_wine.md").unlink()

    assert same_as_from_nothing(site, root, tmp_path) == []


def test_what_earlier_processes_kept_is_used_and_filled_by_the_first_build_alone(root, tmp_path):
    class Kept(rebuild.Memory):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.closed = len(self._held)

    kept = Kept()
    site = Rebuilder(Registry(root), tmp_path / "out")

    site.build(lambda _: kept)
    CHANGES["a summary"](root)
    site.build(lambda _: pytest.fail("opened again"))

    assert kept.closed == len(kept._held) > 20
    assert same_as_from_nothing(site, root, tmp_path) == []


def test_pages_that_were_kept_by_an_earlier_process_know_what_they_link(root, tmp_path):
    CHANGES["a body"](root)
    kept = rebuild.Memory()
    first = Rebuilder(Registry(root), tmp_path / "first")
    first.build(lambda _: rebuild.nullcontext(kept))
    site = Rebuilder(Registry(root), tmp_path / "out")
    site.build(lambda _: rebuild.nullcontext(kept))
    page = tmp_path / "out/mindspore/1.7/convnext_imagenet2012/index.html"
    assert f"{LENET}/index.html" in page.read_text("utf-8")

    for path in (root / LENET).parent.glob("lenet_digits.*"):
        path.unlink()

    assert same_as_from_nothing(site, root, tmp_path) == []
    assert (root / f"{SQUEEZE}.md").is_file()
