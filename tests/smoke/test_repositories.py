from __future__ import annotations

import pytest

from mindhub.smoke.sources.mirrors import repositories_of
from mindhub.smoke.sources.repositories import Place, Repositories, RepositoryError, place_of
from smoke.old_networks import commit

URL = "https://git.example.org/owner/models"


@pytest.fixture
def origin(tmp_path):
    return tmp_path / "origin"


def names(path):
    return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_one_folder_of_a_commit_comes_from_a_directory_or_by_fetching(tmp_path, origin, scheme):
    made = commit(origin)
    repositories = Repositories(tmp_path / "cache", {URL: f"{scheme}{origin}"})

    checkout = repositories.folder(URL, made, "net")

    assert "export.py" in names(checkout.path)
    assert "src/net.py" in names(checkout.path)
    assert [name for name in names(checkout.path) if name.endswith(".png") or "big" in name] == []
    assert repositories.resolve(URL, "r1.9") == made


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_branch_that_moved_is_not_followed(tmp_path, origin, scheme):
    first = commit(origin)
    repositories = Repositories(tmp_path / "cache", {URL: f"{scheme}{origin}"})
    repositories.resolve(URL, "r1.9")
    second = commit(origin, {"net/export.py": "moved = True\n"})

    old, new = (repositories.folder(URL, one, "net").path / "export.py" for one in (first, second))

    assert "argparse" in old.read_text()
    assert new.read_text() == "moved = True\n"
    assert repositories.resolve(URL, "r1.9") == second


def test_a_second_look_needs_no_repository(tmp_path, origin):
    made = commit(origin)
    Repositories(tmp_path / "cache", {URL: str(origin)}).folder(URL, made, "net")

    checkout = Repositories(tmp_path / "cache", {URL: "file:///nowhere"}).folder(URL, made, "net")

    assert "export.py" in names(checkout.path)


def test_symbolic_links_are_left_out(tmp_path, origin):
    origin.mkdir()
    (origin / "net").mkdir()
    (origin / "net" / "secret.py").symlink_to("/etc/passwd")
    made = commit(origin, {"net/a.py": ""})

    checkout = Repositories(tmp_path / "cache", {URL: str(origin)}).folder(URL, made, "net")

    assert names(checkout.path) == ["a.py"]


@pytest.mark.parametrize(
    ("revision", "folder", "words"),
    [("0" * 40, "net", "fatal|no folder"), ("main", "net", "no commit"), (None, "nets", "no folder 'nets'")],
)
def test_what_is_not_there_is_named(tmp_path, origin, revision, folder, words):
    made = commit(origin)
    repositories = Repositories(tmp_path / "cache", {URL: str(origin)})

    with pytest.raises(RepositoryError, match=words):
        repositories.folder(URL, revision or made, folder)


def test_a_link_names_repository_branch_and_folder():
    link = "https://gitee.com/mindspore/models/tree/r1.9/official/cv/resnet"

    assert place_of(link) == Place("https://gitee.com/mindspore/models", "r1.9", "official/cv/resnet")
    assert place_of("https://github.com/owner/name") == Place("https://github.com/owner/name", "", "")


@pytest.mark.parametrize("link", ["", "http://x/y", "https://gitee.com/a/b/tree/r1/../../etc"])
def test_what_is_no_link_to_a_repository_is_refused(link):
    with pytest.raises(RepositoryError, match="repo-link"):
        place_of(link)


def test_mirrors_come_from_the_registry_and_the_command_line(tmp_path):
    (tmp_path / "mindhub.toml").write_text(f'[mirrors]\n"{URL}" = "clone"\n"https://a/b/c" = "x"\n', encoding="utf-8")

    found = repositories_of(["https://a/b/c=/else/where"], tmp_path, tmp_path)

    assert found.mirrors == {URL: str(tmp_path / "clone"), "https://a/b/c": "/else/where"}


def test_a_mirror_without_an_address_is_refused(tmp_path):
    with pytest.raises(ValueError, match="write URL=PLACE"):
        repositories_of(["models"], tmp_path)
