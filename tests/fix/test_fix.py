"""Repairs change the bytes concerned and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cards import UID, card_text, write_card
from mindhub.card import parse_card
from mindhub.check import judge
from mindhub.cli import main
from mindhub.facts import load_facts
from mindhub.fix import repair
from mindhub.model import Finding, Uid
from mindhub.rules import ALL_RULES
from mindhub.source import CardFile

FACTS = load_facts()
OWN = tuple(rule for rule in ALL_RULES if not rule.registry_wide)
FILE = CardFile(Path(f"{UID}.md"), None, Uid.parse(UID))


def findings(data: bytes) -> tuple[Finding, ...]:
    return judge([parse_card(data, FILE, FACTS.vocabulary)], FACTS, OWN)[0]


def fixed(data: str | bytes) -> str:
    return repair(data if isinstance(data, bytes) else data.encode(), findings).after.decode()


VALID = card_text()

CASES = {
    "licence": (card_text("license: Apache2.0\n"), card_text("license: Apache-2.0\n")),
    "quotes stay quotes": (card_text("license: 'Apache2.0'\n"), card_text("license: 'Apache-2.0'\n")),
    "version": (card_text("model-version: 1.10\n"), card_text('model-version: "1.10"\n')),
    "date": (card_text("update-time: 2022-9-1\n"), card_text("update-time: 2022-09-01\n")),
    "data set": (card_text("train-dataset: citesser\n"), card_text("train-dataset: citeseer\n")),
    "autolink": (card_text("repo-link: <https://gitee.com/a/b>\n"), card_text("repo-link: https://gitee.com/a/b\n")),
    "full-width colon": (card_text("author：me\n"), card_text("author: me\n")),
    "full-width colon and space": (card_text("author： me\n"), card_text("author: me\n")),
    "lone dash": (VALID.replace("author:", "evaluation: -\nauthor:"), VALID),
    "lone dash between blank lines": (
        VALID.replace("author:", "\nevaluation: -\n\nauthor:"),
        VALID.replace("author:", "\nauthor:"),
    ),
    "byte order mark": ("\ufeff" + VALID, VALID),
    "CRLF": (VALID.replace("\n", "\r\n"), VALID),
    "no last line break": (VALID.rstrip("\n"), VALID),
    "zero-width space": (VALID.replace("A small", "A\u200b small"), VALID),
    "trailing spaces": (VALID.replace("used-for: inference\n", "used-for: inference  \n"), VALID),
    "heading first": ("# lenet\n\n" + VALID, card_text().replace("---\n\n## Intro", "---\n\n# lenet\n\n## Intro")),
    "blank lines first": ("\n\n" + VALID, VALID),
    "title": (card_text(body="# vgg16\n"), card_text(body="# lenet\n")),
    "legacy key": (card_text("mindspore-lite: True\n"), card_text("x-mindspore-lite: True\n")),
    "legacy devices": (card_text("train-backend: gpu\ninfer-backend: gpu\n"), card_text("devices: [gpu]\n")),
    "other uid": (VALID.replace(UID, "mindhub/2.3/vgg"), VALID),
    "old client": (
        VALID.replace("import mindhub", "import mindspore_hub as mshub").replace("mindhub.load", "mshub.load"),
        VALID,
    ),
    "everything at once": (
        "# lenet\r\n\r\n" + card_text("license: Apache2.0\nmodel-version: 1.0\n").replace("\n", "\r\n"),
        card_text('license: Apache-2.0\nmodel-version: "1.0"\n').replace(
            "---\n\n## Intro", "---\n\n# lenet\n\n## Intro"
        ),
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_a_repair_gives_exactly_the_right_text(before: str, after: str) -> None:
    assert fixed(before) == after
    assert fixed(after) == after


UNTOUCHED = {
    "title over two lines": card_text(body="vgg\n16\n===\n"),
    "title with markup": card_text(body="# vgg **16**\n"),
    "metric twice": card_text("evaluation: top1acc69.7 | top1acc89.4\n"),
    "metric": card_text("evaluation: top1acc0.697 | top5acc89.4\n"),
    "short hash": VALID.replace("2c26b46b", "2c26"),
    "no licence anybody knows": card_text("license: mine\n"),
    "unknown data set": card_text("train-dataset: my-own\n"),
    "two repositories": card_text(
        "# no repo-link\nvit-repo-link: https://a.example\nswin-repo-link: https://b.example\n"
    ),
    "accuracy of the old hub": card_text("# no evaluation\naccuracy: 41.98\n"),
    "syntax that only a person can mend": card_text("x-note: a: b\n"),
    "duplicate key": card_text("author: me\nauthor: you\n"),
    "mixed use of the old client": VALID.replace("import mindhub", "from mindspore_hub import load"),
}


@pytest.mark.parametrize("text", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_would_have_to_be_guessed_is_left_alone(text: str) -> None:
    assert findings(text.encode())
    assert fixed(text) == text


def test_an_upper_case_hash_is_lowered() -> None:
    sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

    assert fixed(VALID.replace(sha256, sha256.upper())) == VALID


def test_comments_order_and_line_ends_elsewhere_stay() -> None:
    text = VALID.replace("license:", "# who knows\nlicense:").replace("Apache-2.0", "Apache2.0  # sure?")

    assert fixed(text) == text.replace("Apache2.0 ", "Apache-2.0 ")


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(VALID)),
    st.integers(0, 9),
    st.sampled_from(["", "\n", "---\n", ": ", "：", '"', "\r\n", "\ufeff", "é", "<https://x>", " -\n", "# x\n"]),
)
def test_repairing_twice_is_repairing_once(at: int, cut: int, put: str) -> None:
    once = repair((VALID[:at] + put + VALID[at + cut :]).encode(), findings).after

    assert repair(once, findings).after == once


def test_fix_writes_the_card_and_reports_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_card(tmp_path / "registry", card_text("license: Apache2.0\nfine-tunable: maybe\n"))
    path.chmod(0o640)

    code = main(["check", "--fix"])

    out = capsys.readouterr().out
    assert code == 1
    assert "fixed registry/mindhub/2.3/lenet_mnist.md: FD003" in out
    assert "SC001" in out
    assert path.read_text() == card_text("license: Apache-2.0\nfine-tunable: maybe\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_diff_shows_the_change_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = card_text("license: Apache2.0\n")
    path = write_card(tmp_path / "registry", text)

    assert main(["check", "--diff"]) == 0

    out = capsys.readouterr().out
    assert "-license: Apache2.0\n+license: Apache-2.0\n" in out
    assert path.read_text() == text


def test_fix_is_check_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_card(tmp_path / "registry", card_text("license: Apache2.0\n"))

    assert main(["fix"]) == 0
    assert path.read_text() == card_text("license: Apache-2.0\n")
