"""Values get the types that the schema asks for, and what does not fit is said at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cards import card_text
from mindhub.card import parse_card
from mindhub.model import Card
from mindhub.source import CardFile
from mindhub.vocabulary import load_vocabulary


def card(patch: str = "") -> Card:
    return parse_card(card_text(patch).encode(), CardFile(Path("x.md"), None, None), load_vocabulary())


def test_values_have_the_types_of_the_schema() -> None:
    read = card("devices: [ascend, cpu]\nasset:\n- {asset-link: a.ckpt, asset-size: 12, asset-sha256: 1234}\n")

    assert read.fine_tunable is True
    assert read.mindspore_version == "2.3"
    assert read.devices == ("ascend", "cpu")
    assert read.assets[0].size == 12
    assert read.assets[0].sha256 == "1234"
    assert read.assets[0].embedded
    assert read.faults == ()


def test_an_autolink_is_the_address_in_it() -> None:
    read = card("asset:\n- {asset-link: <https://a.example/b.ckpt>}\nrepo-link: <https://gitee.com/a/b>\n")

    assert read.assets[0].link == "https://a.example/b.ckpt"
    assert not read.assets[0].embedded
    assert read.repo_link == "https://gitee.com/a/b"


def test_arguments_of_a_network_have_the_types_that_yaml_gives_them() -> None:
    read = card("smoke:\n  network: {source: file, name: 'a:B', args: [1, 2.5, x, true, '1'], kwargs: {n: ~}}\n")

    assert read.smoke is not None
    assert read.smoke["network"]["args"] == [1, 2.5, "x", True, "1"]
    assert read.smoke["network"]["kwargs"] == {"n": None}


def test_both_forms_of_an_evaluation_mean_the_same() -> None:
    text = card("evaluation: top1acc79.3 | top5acc94.5\n")
    typed = card("evaluation:\n- {metric: top1-accuracy, value: 79.3}\n- {metric: top5-accuracy, value: 94.5}\n")

    assert [(m.name, m.value, m.unit) for m in text.evaluation] == [
        ("top1-accuracy", 79.3, "percent"),
        ("top5-accuracy", 94.5, "percent"),
    ]
    assert [(m.name, m.value) for m in typed.evaluation] == [(m.name, m.value) for m in text.evaluation]


@pytest.mark.parametrize(
    ("patch", "code", "path", "words"),
    [
        ("fine-tunable: maybe\n", "SC001", ("fine-tunable",), "'maybe' is not True or False"),
        ("# no author\n", "SC002", (), "the key 'author' is missing"),
        ("author:\n", "SC002", ("author",), "no value"),
        ("lisence: MIT\n", "SC003", ("lisence",), "did you mean 'license'?"),
        ("asset:\n- {asset-lnk: x}\n", "SC003", ("asset", 0, "asset-lnk"), "did you mean 'asset-link'?"),
        ("asset:\n- {asset-size: 0}\n", "SC001", ("asset", 0, "asset-size"), "less than 1"),
        ("asset: x\n", "SC001", ("asset",), "'x' is not a list"),
        ("tags: {a: b}\n", "SC001", ("tags",), "a mapping is not a list"),
        ("smoke: {network: {source: file}, modes: [eager]}\n", "SC001", ("smoke", "modes", 0), "pynative, graph"),
        ("smoke: {modes: [graph]}\n", "SC002", ("smoke",), "'network' is missing"),
        ("mindspore-version: latest\n", "SC001", ("mindspore-version",), "form"),
    ],
)
def test_what_the_schema_refuses_is_explained(patch: str, code: str, path: tuple, words: str) -> None:
    faults = [(found, problem.path, problem.message) for found, problem in card(patch).faults]

    assert len(faults) == 1
    assert faults[0][:2] == (code, path)
    assert words in faults[0][2]


def test_keys_of_ones_own_are_welcome() -> None:
    assert card("x-team: vision\n").faults == ()


def test_a_number_too_long_to_be_one_stays_text() -> None:
    faults = card("asset:\n- {asset-size: " + "9" * 5000 + "}\n").faults

    assert [code for code, _ in faults] == ["SC001"]
