"""The old hub comes over whole, in one command that can be given again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

import mindhub
from cards import card_text, write_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.cli.site import build as build_site
from mindhub.migration.plan import plan

DISCLAIMER = "\n## Disclaimer\n\nWe own nothing.\n\nUse it with care.\n"
CHINESE = "# 模型\n\n---\n\n模型名称：lenet\n\n摘要：识别数字。\n\n---\n\n## 简介\n\n一个小网络。\n"


def old_card(uid: str, patch: str = "", disclaimer: str = DISCLAIMER) -> str:
    """Return a card as the old hub had them: heading first, versions bare, autolinks."""
    text = card_text(f"model-version: 1.0\nlicense: Apache2.0\nsummary: lenet is used for cv\n{patch}", uid=uid)
    return f"# lenet\n\n{text}{disclaimer}"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a small tree in the manner of the old hub."""
    root = tmp_path / "assets"
    same = "lenet_mnist", "gpu/2.3/both_mnist"
    for uid in ("mindspore/2.3/lenet_mnist", f"lab/gpu/2.3/{same[0]}", f"lab/{same[1]}", "lab/ascend/2.3/both_mnist"):
        write_card(root, old_card(uid), uid)
    write_card(root, old_card("mindspore/1.7/LeNet_mnist", 'mindspore-version: "1.7"\n'), "mindspore/1.7/LeNet_mnist")
    write_card(root, (CHINESE + DISCLAIMER).encode(), "lab/gpu/2.3/lenet_mnist_cn")
    write_card(root, b"\xff no card\n\n## Disclaimer\n\nOurs alone.\n", "lab/ascend/2.3/broken")
    (root / "README.md").write_text("not a card")
    return root


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new" / "registry"


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_tree_comes_over_and_devices_go_where_names_stay_unique(old: Path, target: Path) -> None:
    assert main(["import", str(old), str(target)]) == 0

    assert set(tree(target)) == {
        "mindhub.toml",
        "aliases.yaml",
        "baseline.json",
        "import-decisions.yaml",
        "disclaimers/lab.md",
        "mindspore/2.3/lenet_mnist.md",
        "mindspore/1.7/LeNet_mnist.md",
        "lab/2.3/lenet_mnist.md",
        "lab/2.3/lenet_mnist.zh.md",
        "lab/gpu/2.3/both_mnist.md",
        "lab/ascend/2.3/both_mnist.md",
        "lab/2.3/broken.md",
    }
    assert "lab/gpu/2.3/lenet_mnist: lab/2.3/lenet_mnist\n" in (target / "aliases.yaml").read_text()


def test_cards_come_over_in_the_canonical_form_and_the_baseline_holds_the_rest(old: Path, target: Path) -> None:
    main(["import", str(old), str(target)])

    report = check([target])
    assert len(report.cards) == 6
    assert report.failures == ()
    assert [f.message for f in report.findings if f.waiver is None] == []
    assert {"RD001", "RD002", "FD006", "ID002", "ID009"} <= {f.code for f in report.findings}
    assert not {f.code for f in report.findings} & {"RD008", "FD002", "FD003"}


def test_a_disclaimer_is_kept_once_and_every_card_refers_to_it(old: Path, target: Path) -> None:
    main(["import", str(old), str(target)])

    cards = [path for path in target.rglob("*_mnist.md") if not path.name.endswith(".zh.md")]
    assert (target / "disclaimers/lab.md").read_text() == "We own nothing.\n\nUse it with care.\n"
    assert len(cards) == 5
    for card in cards:
        assert "\ndisclaimer: lab\n" in card.read_text()
        assert "Use it with care" not in card.read_text()


def test_a_card_that_cannot_be_read_keeps_its_disclaimer_and_its_bytes(old: Path, target: Path) -> None:
    main(["import", str(old), str(target)])

    assert b"Ours alone." in (target / "lab/2.3/broken.md").read_bytes()
    assert (target / "lab/2.3/broken.md").read_bytes() == (old / "lab/ascend/2.3/broken.md").read_bytes()


def test_a_disclaimer_that_is_gone_is_an_error(old: Path, target: Path) -> None:
    main(["import", str(old), str(target)])
    (target / "disclaimers/lab.md").rename(target / "disclaimers/lap.md")

    found = [f for f in check([target]).findings if f.code == "RG008"]

    assert len(found) == 5
    assert found[0].message == "there is no 'disclaimers/lab.md'; did you mean 'lap'?"


def test_a_chinese_card_becomes_a_translation_with_its_words(old: Path, target: Path) -> None:
    main(["import", str(old), str(target)])

    text = (target / "lab/2.3/lenet_mnist.zh.md").read_text(encoding="utf-8")
    assert text == "---\nsummary: 识别数字。\n---\n\n# 模型\n\n## 简介\n\n一个小网络。\n"


def test_a_second_import_changes_nothing(old: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(old), str(target)])
    before = tree(target)

    assert main(["import", str(old), str(target)]) == 0

    assert tree(target) == before
    assert "0 files written, 7 unchanged" in capsys.readouterr().out


def test_what_was_edited_since_is_kept_unless_asked(
    old: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", str(old), str(target)])
    edited = target / "lab/2.3/lenet_mnist.md"
    edited.write_text("mine")

    assert main(["import", str(old), str(target)]) == 1
    assert edited.read_text() == "mine"
    assert "--overwrite replaces it" in capsys.readouterr().out
    assert main(["import", str(old), str(target), "--overwrite"]) == 0
    assert edited.read_text() != "mine"


def test_as_is_copies_every_byte(old: Path, target: Path) -> None:
    main(["import", str(old), str(target), "--as-is"])

    assert (target / "mindspore/2.3/lenet_mnist.md").read_bytes() == (old / "mindspore/2.3/lenet_mnist.md").read_bytes()
    assert not (target / "baseline.json").exists()


def test_answers_are_applied_to_all_their_cards_at_once(old: Path, target: Path, tmp_path: Path) -> None:
    main(["import", str(old), str(target)])
    answers = tmp_path / "answers.yaml"
    answers.write_text('archive: ["1.7"]\nlower-case: "yes"\nFD006: "{model-name} for {train-dataset}"\n')

    assert main(["import", str(old), str(target), "--decide", str(answers)]) == 0

    assert (target / "mindhub.toml").read_text() == 'archived = ["1.7"]\n'
    assert not (target / "mindspore/1.7/LeNet_mnist.md").exists()
    assert 'mindhub.load("mindspore/1.7/lenet_mnist")' in (target / "mindspore/1.7/lenet_mnist.md").read_text()
    assert "mindspore/1.7/LeNet_mnist: mindspore/1.7/lenet_mnist\n" in (target / "aliases.yaml").read_text()
    assert "summary: lenet for mnist\n" in (target / "lab/2.3/lenet_mnist.md").read_text()
    report = check([target])
    assert [f.message for f in report.findings if f.waiver is None] == []
    assert not {f.code for f in report.findings} & {"ID002", "FD006"}


def test_answers_stay_and_a_later_import_changes_nothing(old: Path, target: Path, tmp_path: Path) -> None:
    main(["import", str(old), str(target)])
    answers = tmp_path / "answers.yaml"
    answers.write_text('lower-case: "yes"\nFD006: "{model-name} for {train-dataset}"\n')
    main(["import", str(old), str(target), "--decide", str(answers)])
    before = tree(target)

    assert main(["import", str(old), str(target)]) == 0
    assert tree(target) == before


def test_a_card_edited_before_an_answer_is_kept(old: Path, target: Path, tmp_path: Path) -> None:
    main(["import", str(old), str(target)])
    edited = target / "lab/2.3/lenet_mnist.md"
    edited.write_text(edited.read_text() + "\nMore.\n")
    answers = tmp_path / "answers.yaml"
    answers.write_text('FD006: "{model-name} for {train-dataset}"\n')

    assert main(["import", str(old), str(target), "--decide", str(answers)]) == 1
    assert edited.read_text().endswith("\nMore.\n")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("archive: all", "write a list of versions"),
        ("lower-case: perhaps", "write one of yes"),
        ("FD006: '{sha}'", "'sha' is no key"),
        ('"FD004 train-dataset x": mnits', "did you mean 'mnist'?"),
        ('"FD009 gitee.com/a/b master": main', "is no commit"),
        ("RG001: mend", "is no answer here"),
        ("[", "is not YAML"),
        ("- a", "holds no 'decision: answer'"),
    ],
)
def test_an_answer_that_cannot_be_followed_is_refused_before_anything_is_written(
    old: Path, target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str, said: str
) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(answer)

    assert main(["import", str(old), str(target), "--decide", str(answers)]) == 2
    assert said in capsys.readouterr().err
    assert not target.exists()


def test_single_values_are_decided_by_their_name(tmp_path: Path, target: Path) -> None:
    old, answers = tmp_path / "assets", tmp_path / "answers.yaml"
    patch = (
        "train-dataset: MLPerf\nevaluation: no\nrepo-link: <https://gitee.com/mindspore/models/tree/master/official>\n"
    )
    write_card(old, old_card("mindspore/2.3/lenet_mnist", patch), "mindspore/2.3/lenet_mnist")
    commit = "0a" * 20
    answers.write_text(
        '"FD004 train-dataset MLPerf": imagenet2012\n"EV001 evaluation no": remove\n'
        f'"FD009 gitee.com/mindspore/models master": "{commit}"\n'
    )

    assert main(["import", str(old), str(target), "--decide", str(answers)]) == 0

    card = check([target]).cards[0]
    assert (card.train_dataset, card.evaluation, card.repo_commit) == ("imagenet2012", (), commit)


#: A `mindhub` that is killed when it has written the fortieth card.
KILLED = """
import itertools, os, signal, sys
from mindhub.cli import import_, main
write, cards = import_.write_bytes, itertools.count(1)
def written(*given):
    write(*given)
    if next(cards) == 40:
        os.kill(os.getpid(), signal.SIGKILL)
import_.write_bytes = written
main(sys.argv[1:])
"""


@pytest.mark.slow
def test_an_import_that_was_killed_goes_on_where_it_was(tmp_path: Path, target: Path) -> None:
    old, whole = tmp_path / "assets", tmp_path / "whole" / "registry"
    for number in range(400):
        uid = f"mindspore/2.3/lenet{number}_mnist"
        write_card(old, old_card(uid, f"model-name: lenet{number}\n"), uid)
    main(["import", str(old), str(whole)])
    environment = os.environ | {"PYTHONPATH": str(Path(mindhub.__file__).parents[1])}
    command = [sys.executable, "-c", KILLED, "import", str(old), str(target)]
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    (target / "mindspore/2.3/.lenet7_mnist.md.abcd1234").write_text("half")

    assert done.returncode == -signal.SIGKILL
    assert len(list(target.rglob("*_mnist.md"))) == 40
    assert not (target / "baseline.json").exists()
    assert main(["import", str(old), str(target)]) == 0
    assert tree(target) == tree(whole)


def test_every_old_name_has_a_page_also_of_a_card_that_cannot_be_read(old: Path, target: Path, tmp_path: Path) -> None:
    main(["import", str(old), str(target)])

    assert build_site(registry=target, out=tmp_path / "site") == 0

    names = [PurePosixPath(path.relative_to(old)).with_suffix("").as_posix() for path in old.rglob("*_mnist.md")]
    assert len(names) == 5
    for name in [*names, "lab/ascend/2.3/broken"]:
        assert (tmp_path / "site" / name / "index.html").is_file(), name


def test_a_translation_without_a_card_is_named() -> None:
    moves, left = plan([(Path("a"), PurePosixPath("lab/gpu/1.0/x_cn.md")), (Path("b"), PurePosixPath("x.md"))])

    assert moves == ()
    assert left[0].reason.startswith("'x' is not a uid")
    assert "a translation of 'lab/gpu/1.0/x'" in left[1].reason


def test_names_that_differ_in_case_keep_their_device_and_their_case() -> None:
    files = [(Path("a"), PurePosixPath("lab/gpu/1.0/Net.md")), (Path("b"), PurePosixPath("lab/ascend/1.0/net.md"))]

    assert [move.target for move in plan(files)[0]] == ["lab/ascend/1.0/net.md", "lab/gpu/1.0/Net.md"]
    same = [(Path("a"), PurePosixPath("lab/1.0/Net.md")), (Path("b"), PurePosixPath("lab/1.0/net.md"))]
    assert [move.target for move in plan(same, lower=True)[0]] == ["lab/1.0/Net.md", "lab/1.0/net.md"]


def test_a_folder_without_cards_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(tmp_path), str(tmp_path / "registry")]) == 2
    assert main(["import", str(tmp_path / "nowhere"), str(tmp_path / "registry")]) == 2
    assert "no card below" in capsys.readouterr().err
