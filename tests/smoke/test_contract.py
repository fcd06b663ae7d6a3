from __future__ import annotations

import pytest

from cards import card_text, write_card
from mindhub.card import read_card
from mindhub.smoke.contract import (
    ContractError,
    Evaluation,
    Expected,
    Limits,
    make_inputs,
    network_digest,
    parse_contract,
    source_digest,
)
from mindhub.source import card_file
from mindhub.vocabulary import load_vocabulary

NETWORK = {"source": "file", "name": "lenet:LeNet"}


def contract(**smoke):
    return parse_contract({"network": NETWORK, **smoke})


def one_input(**changes):
    return contract(inputs=[{"shape": [2, 3], "dtype": "float32", **changes}])


def test_a_contract_of_two_lines_has_sensible_defaults():
    found = contract()

    assert found.modes == ("pynative",)
    assert found.limits == Limits(120.0, 2_000_000_000)
    assert (found.inputs, found.outputs, found.evaluation) == ((), (), None)


def test_everything_a_contract_says_is_read():
    found = contract(
        outputs=[{"shape": [1, 2], "dtype": "float32", "rtol": 0.5, "atol": 0.25, "name": "logits"}],
        modes=["graph"],
        limits={"seconds": 7, "memory": "2500MB"},
        evaluate={"dataset": "sklearn:digits", "metric": "acc", "tolerance": 0.1},
    )

    assert found.outputs == (Expected((1, 2), "float32", 0.5, 0.25, "logits"),)
    assert (found.modes, found.limits) == (("graph",), Limits(7.0, 2_500_000_000))
    assert found.evaluation == Evaluation("sklearn:digits", "accuracy", "test", None, 0.1)


@pytest.mark.parametrize(
    ("smoke", "words"),
    [
        ({"network": {"source": "fil"}}, "smoke.network.source: "),
        ({"modes": ["eager"]}, "smoke.modes.0: "),
        ({"limits": {"memory": "2 gigs"}}, "smoke.limits.memory: "),
        ({"ignore-extra": ["("]}, "smoke.ignore-extra.0: '(' is no regular expression"),
        ({"inputs": [{"shape": [1], "dtype": "int32", "fill": {"seed": 3}}]}, "not none"),
        ({"inputs": [{"shape": [1], "dtype": "int32", "fill": {"constant": 1, "range": True}}]}, "constant and range"),
        ({"inputs": [{"shape": [1], "dtype": "int32", "fill": {"random": [5, 5]}}]}, "[5, 5) is empty"),
        ({"inputs": [{"shape": [100_000, 100_000], "dtype": "int32"}]}, "10,000,000,000 elements"),
        ({"evaluate": {"dataset": "sklearn:wine", "metric": "acuracy"}}, "did you mean 'accuracy'?"),
    ],
)
def test_what_cannot_be_followed_is_named_with_its_place(smoke, words):
    with pytest.raises(ContractError) as caught:
        parse_contract({"network": NETWORK, **smoke})

    assert words in str(caught.value)


@pytest.mark.mindspore
class TestInputs:
    np = None

    @pytest.fixture(autouse=True)
    def numpy(self):
        type(self).np = pytest.importorskip("numpy")

    def test_inputs_are_the_same_every_time(self):
        found = one_input(fill={"random": [-1, 1], "seed": 5})

        first, second = make_inputs(found)[0], make_inputs(found)[0]

        assert first.shape == (2, 3)
        assert str(first.dtype) == "float32"
        assert (first == second).all()
        assert (abs(first) <= 1).all()
        assert first.std() > 0

    def test_two_inputs_with_one_seed_differ(self):
        row = {"shape": [8], "dtype": "float32", "fill": {"random": [0, 1], "seed": 5}}

        first, second = make_inputs(contract(inputs=[row, row]))

        assert (first != second).any()

    def test_random_integers_stay_below_the_upper_bound(self):
        values = make_inputs(contract(inputs=[{"shape": [500], "dtype": "int32", "fill": {"random": [3, 6]}}]))[0]

        assert set(values.tolist()) == {3, 4, 5}

    def test_ranges_and_constants_fill_in_row_order(self):
        counted, constant = one_input(fill={"range": True}), one_input(dtype="int32", fill={"constant": 4})

        assert make_inputs(counted)[0].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert make_inputs(constant)[0].tolist() == [[4, 4, 4], [4, 4, 4]]

    def test_a_constant_that_the_dtype_cannot_hold_is_a_fault_of_the_contract(self):
        with pytest.raises(ContractError, match=r"smoke\.inputs\.0\.fill: .* does not fit uint8"):
            make_inputs(one_input(dtype="uint8", fill={"constant": 300}))


def test_the_networks_digest_follows_its_file_and_nothing_else(tmp_path):
    folder = tmp_path / "networks"
    folder.mkdir()
    (folder / "lenet.py").write_text("a = 1\n")
    before = network_digest(tmp_path, NETWORK)
    (folder / "other.py").write_text("b = 1\n")
    same = network_digest(tmp_path, NETWORK)
    (folder / "lenet.py").write_text("a = 2\n")

    assert before == same != network_digest(tmp_path, NETWORK)
    assert network_digest(tmp_path, {"source": "file", "name": "absent:X"}) == ""
    assert network_digest(None, None) == ""


PINNED = f"repo-commit: {'a' * 40}\nsmoke: {{network: {{source: export}}}}\n"
GRAPH = "smoke: {network: {source: mindir}}\nasset: [{file-format: mindir, asset-link: a.mindir, asset-sha256: SHA}]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PINNED, PINNED.replace("a" * 40, "b" * 40)),
        (PINNED, f"repo-link: https://gitee.com/other/place\n{PINNED}"),
        (GRAPH.replace("SHA", "c" * 64), GRAPH.replace("SHA", "d" * 64)),
    ],
    ids=["commit", "repository", "graph"],
)
def test_the_source_of_every_network_has_a_digest(tmp_path, before, after):
    digests = []
    for number, patch in enumerate((before, after)):
        path = write_card(tmp_path / str(number), card_text(patch))
        card = read_card(card_file(path, tmp_path / str(number)), load_vocabulary())
        digests.append(source_digest(card, tmp_path))

    assert all(len(digest) == 64 for digest in digests)
    assert digests[0] != digests[1]
