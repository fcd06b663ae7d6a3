"""Networks that are found for cards without code of strangers."""

from __future__ import annotations

import pytest

mindspore = pytest.importorskip("mindspore")

from mindhub.cli.propose import propose as propose_verb  # noqa: E402
from mindhub.smoke.child import Nursery  # noqa: E402
from mindhub.smoke.contract import parse_contract  # noqa: E402
from mindhub.smoke.doors import Sought  # noqa: E402
from mindhub.smoke.propose import Means, propose, propose_reviewed  # noqa: E402
from mindhub.smoke.sources.at_hand import at_hand  # noqa: E402
from smoke.registries import WEIGHTS, claimed, place  # noqa: E402

pytestmark = pytest.mark.mindspore


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def home(tmp_path):
    home = place(tmp_path)
    home.add("example", "Fine")
    home.add("other", "Fine", network=None)
    return home


def proposed(home, nursery, name):
    card = home.card(name)
    return propose(card, Means(home.registry, nursery), at_hand(card, home.registry))


def without_section(home, name, model):
    """Take the smoke section out of a card and give it another model's name."""
    path = home.card(name).path
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith(("smoke:", "model-name:"))]
    path.write_text("\n".join([lines[0], f"model-name: {model}", *lines[1:]]) + "\n", encoding="utf-8")


def test_a_reviewed_class_that_the_file_fits_is_found_and_run(home, nursery):
    home.add("mine", "Fine")
    without_section(home, "mine", "Fine")
    without_section(home, "example", "something else")
    without_section(home, "other", "something else")

    found = proposed(home, nursery, "mine")

    assert found.network == {"source": "file", "name": "odd_networks:Fine"}
    assert "the card's file was loaded into it strictly" in found.notes
    assert any("name its inputs" in note for note in found.notes)


def test_the_section_of_a_card_with_the_same_network_is_proposed_with_inputs_outputs_and_modes(home, nursery):
    home.add("mine", "Fine")
    without_section(home, "mine", "lenet")

    found = proposed(home, nursery, "mine")

    assert parse_contract(found.smoke).inputs[0].shape == (1, 3)
    assert found.smoke["outputs"] == [{"shape": [1, 2], "dtype": "float32"}]
    assert found.smoke["modes"] == ["pynative", "graph"]
    assert found.smoke["limits"]["seconds"] >= 60


def test_a_network_that_the_file_does_not_fit_is_not_proposed(home, nursery):
    weights = {"fc.weight": WEIGHTS["fc.weight"], "gc.bias": WEIGHTS["fc.bias"]}
    home.add("mine", "Fine", weights=weights)
    without_section(home, "mine", "lenet")

    found = proposed(home, nursery, "mine")

    assert found.network is None
    assert any("does not fit the network of 2 parameters: 1 missing, 1 unexpected" in line for line in found.tried)


def test_arguments_are_taken_from_the_shapes_of_the_file(home, nursery):
    pytest.importorskip("mindcv")
    from mindcv.models import squeezenet1_1

    path = home.root / "squeezenet1_1.ckpt"
    mindspore.save_checkpoint(squeezenet1_1(num_classes=7), str(path))
    from mindhub.formats import scan

    sought = Sought(("SqueezeNet1_1",), table=scan(path, "ckpt"), path=path)

    found = propose_reviewed(sought, Means(home.registry, nursery))

    kwargs = {"num_classes": 7}
    assert found.network == {"source": "package", "name": "mindcv.models:squeezenet1_1", "kwargs": kwargs}
    assert found.smoke["outputs"] == [{"shape": [1, 7], "dtype": "float32"}]


def test_a_graph_is_its_own_network(home, nursery):
    from mindspore import nn

    card = home.card("other")
    file = card.path.with_suffix(".mindir")
    rows = mindspore.Tensor([[0.0, 1.0, 2.0]], mindspore.float32)
    mindspore.export(nn.Dense(3, 2), rows, file_name=str(file.with_suffix("")), file_format="MINDIR")
    home.add("graph", asset={"file-format": "mindir", "asset-link": file.name, **claimed(file)}, network=None)

    found = proposed(home, nursery, "graph")

    assert found.network == {"source": "mindir"}
    assert found.smoke["inputs"][0]["shape"] == [1, 3]
    assert found.smoke["outputs"] == [{"shape": [1, 2], "dtype": "float32"}]


def test_where_nothing_fits_the_verb_names_the_next_step(home, capsys):
    home.add("mine", "Fine", weights={"w": WEIGHTS["fc.bias"]})
    without_section(home, "mine", "unheard of")

    code = propose_verb(
        targets=["mindhub/2.10/mine"], registry=home.root, mirrors=["https://gitee.com/mindspore/models=/nowhere"]
    )

    out = capsys.readouterr().out
    assert code == 2
    assert "tried repository: " in out
    assert "1. export the trained network as MindIR" in out
