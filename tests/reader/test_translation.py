"""What a translation says, and what is found wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cards import OTHER, UID, card_text, write_card
from mindhub.check import check
from mindhub.cli import main
from mindhub.model import Finding
from mindhub.translation import beside, read
from repositories import Scratch, codes, judged, older, scratch

ZH = f"{UID}.zh"
GOOD = """\
---
summary: 识别手写数字
---

# LeNet：手写数字

## 简介

一个小网络。

## 用法

```python
import mindhub

network = mindhub.load("mindhub/2.3/lenet_mnist")
```

## 引用

论文。
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    return scratch(tmp_path / "repository")


def found(root: Path, *paths: Path) -> tuple[Finding, ...]:
    report = check(list(paths) or [root])
    assert report.failures == ()
    return report.findings


def test_a_translation_has_title_summary_and_body() -> None:
    said = read(GOOD, "zh")

    assert (said.language, said.title, said.summary) == ("zh", "LeNet：手写数字", "识别手写数字")
    assert said.body.text.strip().startswith("# LeNet")
    assert [heading.level for heading in said.body.headings] == [1, 2, 2, 2]


def test_a_translation_without_front_matter_has_no_summary() -> None:
    said = read("# 标题\n\n正文\n\n---\n\n模型名称：x\n\n---\n", "zh")

    assert (said.title, said.summary) == ("标题", "")
    assert said.body.text.startswith("# 标题")


@pytest.mark.parametrize(
    "text", ["", "---", "---\n", "---\n---\n", "---\nsummary: [\n---\n", "---\n- a\n---\n", "\ud800"]
)
def test_nothing_makes_reading_a_translation_fail(text: str) -> None:
    assert read(text, "zh").summary == ""


def test_a_translation_lies_beside_its_card_also_under_its_old_name(root: Path) -> None:
    card = write_card(root, card_text())
    write_card(root, "# 旧\n", f"{UID}_cn")

    assert beside(card, "zh").title == "旧"
    write_card(root, GOOD, ZH)
    assert beside(card, "zh").title == "LeNet：手写数字"
    assert beside(root / "mindhub/2.3/other.md", "zh") is None


def test_a_good_translation_has_no_finding(root: Path) -> None:
    write_card(root, card_text())
    write_card(root, GOOD, ZH)

    assert found(root) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("summary: 识别手写数字\n", "", "RD004", 1),
        ("识别手写数字", "''", "SC002", 2),
        ("识别手写数字", "[a]", "SC001", 2),
        ("---\n\n# L", "title: LeNet\n---\n\n# L", "SC003", 3),
        ("---\n\n# L", "summary: again\n---\n\n# L", "RD005", 3),
        ("summary: 识别手写数字", "summary：识别手写数字", "RD004", 2),
        ("一个小网络。", "<b>一个</b>小网络。", "BD003", 9),
        ("论文。", "[论文](javascript:alert)", "BD004", 21),
        ("论文。", "[论文](../a.md)", "BD005", 21),
        ("论文。", "[论文](http://example.org/a)", "BD007", 21),
        ("2.3/lenet_mnist", "2.3/vgg_mnist", "BD002", 13),
        ("论文。", "---\n\n论文。", "RD009", 21),
        ("# LeNet：手写数字\n\n", "", "TR001", 5),
        ("## 引用", "### 引用", "TR002", 5),
        ("## 引用", "    code\n\n## 引用", "TR002", 5),
    ],
)
def test_a_fault_of_a_translation_is_found_at_its_line(root: Path, old: str, new: str, code: str, line: int) -> None:
    write_card(root, card_text())
    path = write_card(root, GOOD.replace(old, new, 1), ZH)

    findings = found(root)

    assert {(f.code, f.uid) for f in findings} == {(code, UID)}
    assert findings[0].span is not None
    assert findings[0].span.line == line
    assert Path(findings[0].file).name == path.name


def test_bytes_that_are_not_text_are_found(root: Path) -> None:
    write_card(root, card_text())
    write_card(root, GOOD.encode("gb18030"), ZH)

    assert "RD001" in {f.code for f in found(root)}


def test_a_translation_of_no_card_is_found(root: Path) -> None:
    write_card(root, card_text())
    path = write_card(root, GOOD, "mindhub/2.3/lenet5_mnist.zh")

    findings = found(root)

    assert {(f.code, Path(f.file).name) for f in findings} == {("RG005", path.name), ("BD002", path.name)}
    assert "'lenet5_mnist.md'" in next(f.message for f in findings if f.code == "RG005")


def test_front_matter_without_a_summary_is_found(root: Path) -> None:
    write_card(root, card_text())
    write_card(root, GOOD.replace("summary", "zusammenfassung"), ZH)

    assert sorted(f.code for f in found(root)) == ["SC002", "SC003"]


def test_a_card_or_its_translation_named_alone_means_both(root: Path) -> None:
    card = write_card(root, card_text("license: Apache2.0\n"))
    translation = write_card(root, GOOD.replace("一个", "<b>一个"), ZH)

    assert {f.code for f in found(root, card)} == {"FD003", "BD003"}
    assert {f.code for f in found(root, translation)} == {"FD003", "BD003"}
    assert len(check([card, translation]).cards) == 1


def test_a_translation_that_cannot_be_read_is_a_failure_that_names_it(root: Path) -> None:
    write_card(root, card_text())
    (root / f"{ZH}.md").symlink_to(root / f"{UID}.md")

    report = check([root])

    assert [Path(failure.file).name for failure in report.failures] == ["lenet_mnist.zh.md"]


def test_a_translation_is_repaired_as_a_card_is(root: Path) -> None:
    write_card(root, card_text())
    path = write_card(root, GOOD.replace("\n", "\r\n").replace("vgg", "lenet").encode(), ZH)

    assert main(["check", "--fix", str(root)]) == 0
    assert path.read_bytes() == GOOD.encode()


def test_a_translation_that_is_put_beside_a_published_card_answers_for_its_faults(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n")
    repository.commit()
    write_card(repository.root, GOOD.replace("一个", "<b>一个").replace("# LeNet：手写数字\n\n", ""), ZH)

    report = judged(repository, "main")

    assert sorted(codes(report)) == ["BD003", "TR001"]
    assert older(report) == ["FD003"]


def test_a_changed_translation_answers_only_for_what_it_did_not_have(repository: Scratch) -> None:
    repository.card()
    bad = GOOD.replace("一个", "<b>一个").replace("# LeNet：手写数字\n\n", "")
    write_card(repository.root, bad, ZH)
    write_card(repository.root, GOOD, "mindhub/2.3/gone.zh")
    repository.commit()
    write_card(repository.root, bad.replace("论文。", "[论文](../a.md)"), ZH)

    report = judged(repository, "main")

    assert codes(report) == ["BD005"]
    assert {"BD003", "TR001", "RG005"} <= set(older(report))


def test_a_translation_left_behind_by_its_card_is_the_changes_fault(repository: Scratch) -> None:
    repository.card()
    kept = card_text(
        "model-name: lenet10\ntrain-dataset: cifar10\n"
        "asset: [{file-format: ckpt, asset-link: 'https://download.mindspore.cn/models/r2.3/ten.ckpt', "
        f"asset-sha256: {OTHER}, asset-size: 1}}]\n",
        uid="mindhub/2.3/lenet_cifar10",
    )
    write_card(repository.root, kept, "mindhub/2.3/lenet_cifar10")
    write_card(repository.root, GOOD, ZH)
    repository.commit()
    (repository.root / f"{UID}.md").unlink()

    assert set(codes(judged(repository, "main"))) == {"HS003", "RG005"}


def test_a_card_moves_with_its_translation_and_both_keep_their_old_faults(repository: Scratch) -> None:
    repository.card("license: Apache2.0\n")
    bad = GOOD.replace("# LeNet：手写数字\n\n", "")
    write_card(repository.root, bad, ZH)
    repository.commit()
    for ending in (".md", ".zh.md"):
        (repository.root / f"{UID}{ending}").unlink()
    repository.card("license: Apache2.0\n", "mindhub/2.3/lenet_5_mnist")
    write_card(repository.root, bad.replace("/lenet_mnist", "/lenet_5_mnist"), "mindhub/2.3/lenet_5_mnist.zh")

    report = judged(repository, "main")

    assert "TR001" not in codes(report)
    assert "TR001" in older(report)
