"""A new card passes, whether its author is asked or says everything by flags."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cards import write_record
from formats.ckpt_bytes import entry
from formats.model_bytes import mindir, mindir_tensor, mindir_value
from mindhub.check import check
from mindhub.cli import main, new
from mindhub.facts import load_facts
from mindhub.formats import scan
from mindhub.scaffold.card import flow, scalar
from mindhub.scaffold.where import BESIDE, places

FLAGS = (
    "--model-name", "lenet", "--module-type", "cv-image-classification", "--train-dataset", "mnist",
    "--evaluation", "acc97.5", "--author", "The authors", "--summary", "Classifies 28×28 images: one digit each",
    "--smoke", "lenet:LeNet", "--input", "images:1x1x8x8:float32", "--no-input",
)  # fmt: skip
CODE = ("--repo-link", "https://gitee.com/me/nets/tree/v1/lenet")
UID = "mindhub/2.10/lenet_mnist"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "registry").mkdir()
    (tmp_path / "my.ckpt").write_bytes(entry("fc.weight", [2, 3], "Float32", bytes(24)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "registry"


def answering(*answers: str) -> Callable[[str], str]:
    """Give these answers, one to each question, then end the input."""
    left: Iterator[str] = iter(answers)

    def read(_: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return read


def by_prompt(answers: dict[str, list[str]]) -> Callable[[str], str]:
    """Give each question that begins so its answers, one after the other; an empty line to all others."""

    def read(prompt: str) -> str:
        left = next((said for start, said in answers.items() if prompt.startswith(start)), [])
        return left.pop(0) if left else ""

    return read


def test_a_card_by_flags_has_no_finding(home: Path) -> None:
    code = main(["new", UID, "--file", "my.ckpt", *FLAGS])

    report = check([home])
    assert code == 0
    assert [card.uid and str(card.uid) for card in report.cards] == [UID]
    assert report.findings == ()


def test_size_and_sha256_are_those_of_the_file_which_lies_beside_the_card(home: Path) -> None:
    main(["new", UID, "--file", "my.ckpt", *FLAGS])

    data = (home.parent / "my.ckpt").read_bytes()
    (asset,) = check([home]).cards[0].assets
    assert (asset.link, asset.size) == ("lenet_mnist.ckpt", len(data))
    assert asset.sha256 == hashlib.sha256(data).hexdigest()
    assert (home / "mindhub/2.10/lenet_mnist.ckpt").read_bytes() == data


def test_nothing_is_overwritten_unless_asked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = home / f"{UID}.md"
    card.parent.mkdir(parents=True)
    card.write_text("mine")

    assert main(["new", UID, "--file", "my.ckpt", *FLAGS]) == 2
    assert card.read_text() == "mine"
    assert "--overwrite replaces it" in capsys.readouterr().err
    assert main(["new", UID, "--file", "my.ckpt", *FLAGS, "--overwrite"]) == 0
    assert card.read_text() != "mine"


def test_a_file_beside_the_card_is_not_overwritten_either(home: Path) -> None:
    beside = home / "mindhub/2.10/lenet_mnist.ckpt"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(b"mine")

    assert main(["new", UID, "--file", "my.ckpt", *FLAGS]) == 2
    assert beside.read_bytes() == b"mine"
    assert not (home / f"{UID}.md").exists()


def test_what_is_missing_is_named_at_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", UID, "--no-input", "--author", "A"]) == 2
    assert "--model-name --backbone-name --module-type --repo-link --summary" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_an_error_keeps_the_card_from_being_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", UID, "--file", "my.ckpt", *FLAGS, "--fine-tunable", "perhaps"]) == 1
    assert "fine-tunable: 'perhaps' is not True or False" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_a_file_that_is_no_model_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home.parent / "page.ckpt").write_text("<!DOCTYPE html><html><body>404</body></html>")

    assert main(["new", UID, "--file", "page.ckpt", *FLAGS]) == 1
    assert "HTML" in capsys.readouterr().err


def test_a_large_file_needs_an_address_and_the_places_are_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home.parent / "big.ckpt").write_bytes(entry("w", [BESIDE // 4], "Float32", bytes(BESIDE)))

    assert main(["new", UID, "--file", "big.ckpt", *FLAGS]) == 2
    err = capsys.readouterr().err
    assert "name its address with --link" in err
    assert "https://huggingface.co/OWNER/REPOSITORY/resolve/COMMIT/big.ckpt" in err
    link = f"https://huggingface.co/a/b/resolve/{'0a' * 20}/big.ckpt"
    assert main(["new", UID, "--file", "big.ckpt", "--link", link, *FLAGS, *CODE]) == 0
    assert check([home]).findings == ()


def test_a_link_that_moves_is_a_warning_on_the_written_card(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = "https://huggingface.co/a/b/resolve/main/my.ckpt"

    assert main(["new", UID, "--file", "my.ckpt", "--link", link, *FLAGS, *CODE]) == 0
    assert "AS011" in capsys.readouterr().out


def test_every_answer_is_judged_when_it_is_given(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read = by_prompt(
        {
            "file of the model": ["nowhere.ckpt", "my.ckpt"],
            "name of the model": ["?", "", "lenet"],
            "domain and task": ["cv-image-clasification", "cv-image-classification"],
            "data set it": ["mnsit", "MNIST"],
            "score": ["97.5", "acc97.5"],
            "author": ["The authors"],
            "account": ["me"],
            "can the weights": ["perhaps", "True"],
            "licence": ["Apache2.0"],
            "source code": ["http//x", ""],
            "one sentence": ["lenet is used for cv", "Reads one digit"],
            "uid": ["Me/x", "me/2.10/LeNet", "me/2.10/lenet_mnist"],
            "network that": ["lenet", "lenet:LeNet"],
            "input of": ["images:1,1,8", "images:1x1x8x8:float32"],
            "where to write": ["nowhere", "me@example.org"],
        }
    )

    code = new.run(given=new.Given(), asking=True, language="en", read=read)

    out = capsys.readouterr().out
    assert code == 0
    for said in (
        "no such file", "this is needed", "did you mean 'image-classification'?", "did you mean 'mnist'?",
        "'97.5' is not a metric", "'perhaps' is not True or False", "taken: Apache-2.0", "call it 'lenet'",
        "'lenet is used for cv' says nothing", "'Me/x' is not a uid", "names no network", "is no input",
        "no mail address",
    ):  # fmt: skip
        assert said in out
    assert check([home]).findings == ()


def test_a_warned_answer_is_kept_when_given_again(home: Path) -> None:
    read = by_prompt({
        "file": ["my.ckpt"], "name of": ["lenet"], "domain": ["cv"],
        "data set": ["my-own-set", "my-own-set"],
        "author": ["me"], "account": ["me"], "source": [CODE[1]], "one sentence": ["Reads a digit"],
        "uid": ["me/2.10/lenet"], "where to write": ["https://example.org"],
    })  # fmt: skip

    assert new.run(given=new.Given(), asking=True, language="en", read=read) == 0
    assert check([home]).cards[0].train_dataset == "my-own-set"


def test_an_end_of_the_input_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = new.run(given=new.Given(), asking=True, language="zh", read=answering("my.ckpt", "lenet"))

    assert code == 2
    assert "没有写入任何内容" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_a_graph_names_its_network_and_inputs(home: Path) -> None:
    (home.parent / "net.mindir").write_bytes(mindir(mindir_value(5, "x", -1, 3) + mindir_tensor("w", 4)))

    assert main(["new", UID, "--file", "net.mindir", *FLAGS[:-5], "--no-input", *CODE]) == 0
    (card,) = check([home]).cards
    assert card.smoke is not None
    assert card.smoke["network"] == {"source": "mindir"}
    assert [(row["name"], row["shape"], row["dtype"]) for row in card.smoke["inputs"]] == [("x", [1, 3], "float32")]


def test_every_place_to_upload_to_passes_the_rules_about_links(home: Path) -> None:
    words = {"OWNER": "me", "REPOSITORY": "nets", "COMMIT": "0a" * 20, "TAG": "v1", "ID": "12", "FILE": "my.ckpt"}
    hosts = load_facts().hosts

    assert len(places()) >= 5
    for place in places():
        link = place.form
        for word, said in words.items():
            link = link.replace(word, said)
        assert place.host in hosts
        assert place.steps("my.ckpt", "en")
        assert main(["new", UID, "--file", "my.ckpt", "--link", link, *FLAGS, *CODE, "--overwrite"]) == 0
        assert [finding.message for finding in check([home]).findings] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_shows_each_host_with_its_upload(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--where", "--lang", language, "--file", "net.ckpt"]) == 0

    out = capsys.readouterr().out
    assert "gh release create TAG net.ckpt" in out
    assert ("内容永不改变" in out) == (language == "zh")


@pytest.mark.parametrize(
    "text", ["a: b", "- a", "#x", "1.10", "no", "null", "'", "", "a #b", "[x", "2026-01-01", "é\n"]
)
def test_a_text_is_read_back_as_it_was(text: str) -> None:
    import yaml

    assert yaml.safe_load(f"k: {scalar(text)}") == {"k": text}
    assert yaml.safe_load(f"k: {flow([text, {'a': text}])}") == {"k": [text, {"a": text}]}


def test_a_repository_gets_its_contract_in_ten_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_net.py").write_text("class Net:\n    def __init__(self, classes=2): self.classes = classes\n")

    assert main(["new", "--network", "own_net:Net", "--out", str(tmp_path)]) == 0

    import importlib

    text = (tmp_path / "mindspore_hub_conf.py").read_text()
    made = importlib.import_module("mindspore_hub_conf")
    assert len(text.splitlines()) <= 10
    assert made.create_network("net", classes=7).classes == 7
    with pytest.raises(ValueError, match="has no network 'x'"):
        made.create_network("x")


def test_a_contract_is_not_overwritten_and_wants_a_factory(tmp_path: Path) -> None:
    (tmp_path / "mindspore_hub_conf.py").write_text("mine")

    assert main(["new", "--network", "a:B", "--out", str(tmp_path)]) == 2
    assert main(["new", "--network", "a.py", "--out", str(tmp_path), "--overwrite"]) == 2
    assert (tmp_path / "mindspore_hub_conf.py").read_text() == "mine"


def test_the_first_card_of_a_publisher_says_who_that_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "mindhub" / "publisher.yaml"

    main(["new", UID, "--file", "my.ckpt", *FLAGS])
    assert "--contact writes registry/mindhub/publisher.yaml" in capsys.readouterr().out
    assert not file.exists()

    main(["new", UID, "--file", "my.ckpt", *FLAGS, "--overwrite", "--contact", "a@b.example", "--owner", "ada"])
    assert file.read_text() == "title: The authors\nowners: [ada]\ncontact: a@b.example\n"
    assert check([home]).findings == ()

    main(["new", UID, "--file", "my.ckpt", *FLAGS, "--overwrite", "--contact", "other@b.example"])
    assert "a@b.example" in file.read_text()


def test_a_file_that_another_card_claims_is_said_at_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", UID, "--file", "my.ckpt", *FLAGS])

    other = ["--model-name", "vgg", "--train-dataset", "cifar10", "--overwrite"]
    assert main(["new", "mindhub/2.10/vgg_cifar10", "--file", "my.ckpt", *FLAGS, *other]) == 1
    assert "RG001" in capsys.readouterr().out


def test_the_contract_of_a_card_that_runs_the_same_network_is_proposed(home: Path) -> None:
    main(["new", "other/2.10/lenet_mnist", "--file", "my.ckpt", *FLAGS])
    (home.parent / "new.ckpt").write_bytes(entry("fc.weight", [2, 3], "Float32", b"1" * 24))

    assert main(["new", UID, "--file", "new.ckpt", *FLAGS[:-3], "--no-input"]) == 0

    first, second = check([home]).cards
    assert first.smoke == second.smoke
    assert first.smoke is not None
    assert first.smoke["inputs"][0]["name"] == "images"


def test_the_network_of_a_card_with_the_same_tensors_is_proposed_unasked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["new", "other/2.10/lenet_mnist", "--file", "my.ckpt", *FLAGS])
    first = check([home]).cards[0]
    record = write_record(first.path, home, {})
    table = scan(home.parent / "my.ckpt", "ckpt").to_json()
    record.write_text(json.dumps({**json.loads(record.read_text()), "table": table}))
    (home.parent / "new.ckpt").write_bytes(entry("fc.weight", [2, 3], "Float32", b"1" * 24))
    capsys.readouterr()

    assert main(["new", UID, "--file", "new.ckpt", *FLAGS[:-5], "--no-input", *CODE]) == 0

    second = next(card for card in check([home]).cards if str(card.uid) == UID)
    out = capsys.readouterr().out
    assert second.smoke == {key: value for key, value in (first.smoke or {}).items() if key in ("network", "inputs")}
    assert "proposed as its network: lenet:LeNet" in out
    assert "the file has the tensors of other/2.10/lenet_mnist" in out
