"""The old hub comes over whole, and again without harm."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from cards import card_text, write_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.migration import plan


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a small tree in the manner of the old hub."""
    root = tmp_path / "assets"
    write_card(root, card_text(uid="mindspore/2.3/lenet_mnist"), "mindspore/2.3/lenet_mnist")
    write_card(root, card_text(uid="lab/gpu/2.3/lenet_mnist"), "lab/gpu/2.3/lenet_mnist")
    write_card(root, "# 模型\n".encode(), "lab/gpu/2.3/lenet_mnist_cn")
    write_card(root, card_text(), "lab/gpu/2.3/both_mnist")
    write_card(root, card_text(), "lab/ascend/2.3/both_mnist")
    write_card(root, b"\xff no card", "lab/ascend/2.3/broken")
    (root / "README.md").write_text("not a card")
    return root


def tree(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_the_tree_comes_over_and_devices_go_where_names_stay_unique(old: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "registry"

    assert main(["import", str(old), str(target)]) == 0

    assert tree(target) == {
        "mindhub.toml",
        "aliases.yaml",
        "mindspore/2.3/lenet_mnist.md",
        "lab/2.3/lenet_mnist.md",
        "lab/2.3/lenet_mnist.zh.md",
        "lab/gpu/2.3/both_mnist.md",
        "lab/ascend/2.3/both_mnist.md",
        "lab/2.3/broken.md",
    }
    assert (target / "lab/2.3/broken.md").read_bytes() == b"\xff no card"
    assert "lab/gpu/2.3/lenet_mnist: lab/2.3/lenet_mnist\n" in (target / "aliases.yaml").read_text()


def test_a_second_import_changes_nothing(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "registry"
    main(["import", str(old), str(target)])
    before = {path: (target / path).read_bytes() for path in tree(target)}

    assert main(["import", str(old), str(target)]) == 0

    assert {path: (target / path).read_bytes() for path in tree(target)} == before
    assert "0 files written, 6 unchanged" in capsys.readouterr().out


def test_what_was_edited_since_is_kept_unless_asked(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "registry"
    main(["import", str(old), str(target)])
    edited = target / "lab/2.3/lenet_mnist.md"
    edited.write_text("mine")

    assert main(["import", str(old), str(target)]) == 1
    assert edited.read_text() == "mine"
    assert "--overwrite replaces it" in capsys.readouterr().out
    assert main(["import", str(old), str(target), "--overwrite"]) == 0
    assert edited.read_text() != "mine"


def test_check_on_the_import_gives_every_fault_in_one_run(old: Path, tmp_path: Path) -> None:
    target = tmp_path / "registry"
    main(["import", str(old), str(target)])

    report = check([target])

    assert report.failures == ()
    assert len(report.cards) == 5
    assert {"RD001", "RD002", "ID009"} <= {finding.code for finding in report.findings}


def test_a_translation_without_a_card_is_named() -> None:
    moves, left = plan([(Path("a"), PurePosixPath("lab/gpu/1.0/x_cn.md")), (Path("b"), PurePosixPath("x.md"))])

    assert moves == ()
    assert left[0].reason.startswith("'x' is not a uid")
    assert "a translation of 'lab/gpu/1.0/x'" in left[1].reason


def test_names_that_differ_in_case_keep_their_device() -> None:
    files = [(Path("a"), PurePosixPath("lab/gpu/1.0/Net.md")), (Path("b"), PurePosixPath("lab/ascend/1.0/net.md"))]

    moves, _ = plan(files)

    assert [move.target for move in moves] == ["lab/ascend/1.0/net.md", "lab/gpu/1.0/Net.md"]


def test_a_folder_without_cards_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(tmp_path), str(tmp_path / "registry")]) == 2
    assert main(["import", str(tmp_path / "nowhere"), str(tmp_path / "registry")]) == 2
    assert "no such folder" in capsys.readouterr().err
