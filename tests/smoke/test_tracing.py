"""What tracing makes of the ways in which scripts ask for files, weights and arguments that are not here."""

from __future__ import annotations

import pytest

mindspore = pytest.importorskip("mindspore")

from mindhub.smoke.child import Nursery  # noqa: E402
from mindhub.smoke.propose import trial, why  # noqa: E402

pytestmark = pytest.mark.mindspore

NETWORK = """
import argparse, os
import numpy as np
from mindspore import Tensor, dtype, export, load_checkpoint, load_param_into_net, nn

class Network(nn.Cell):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(7, 3)
        self.fc = nn.Dense(3, 2)

    def construct(self, ids):
        return self.fc(self.words(ids))

IDS = Tensor(np.array([[1, 6], [2, 3]]), dtype.int32)
"""


@pytest.fixture(scope="module")
def nursery():
    with Nursery(unsandboxed=True) as nursery:
        yield nursery


@pytest.fixture
def traced(nursery, tmp_path):
    """Run a script in a child and return what it built and what it ran on; a failure fails the test."""

    def run(script):
        (tmp_path / "export.py").write_text(NETWORK + script, encoding="utf-8")
        outcome = trial(nursery, tmp_path, {"source": "export", "name": "export.py"}, seconds=600)
        assert outcome.of("loaded"), why(outcome)
        ran = outcome.of("traced")
        return outcome.of("built")[0].message.values, ran[0].message.values if ran else None

    return run


def test_words_that_may_be_absent_are_no_guess(traced):
    built, ran = traced("""
parser = argparse.ArgumentParser()
parser.add_argument("opts", nargs=argparse.REMAINDER)
assert parser.parse_args().opts == []
export(Network(), IDS)
""")

    assert built["guessed"] == []
    assert ran["outputs"] == [[[1, 2, 2], "float32", True]]


def test_an_address_in_a_cloud_is_not_filled_in_where_the_script_has_none(traced):
    _, ran = traced("""
parser = argparse.ArgumentParser()
parser.add_argument("--data_url", type=str, default="")
parser.add_argument("--checkpoint_url", type=str, default="")
given = parser.parse_args()
assert (given.data_url, given.checkpoint_url) == ("", "")
export(Network(), IDS)
""")

    assert ran is not None


def test_an_argument_that_is_a_folder_after_all_becomes_one(traced):
    _, ran = traced("""
parser = argparse.ArgumentParser()
parser.add_argument("--ckpt_path", default="./output")
parser.add_argument("--pretrained", default="")
given = parser.parse_args()
os.makedirs(os.path.join(given.ckpt_path, "log"))
assert os.path.isfile(given.pretrained)
export(Network(), IDS)
""")

    assert ran is not None


def test_weights_that_are_loaded_leave_nothing_over_in_either_spelling(traced):
    _, ran = traced("""
network = Network()
left = load_param_into_net(network, load_checkpoint("it.ckpt"))
if left:
    raise ValueError("parameters are left over")
one, other = load_param_into_net(network, {})
assert one == other == []
export(network, IDS)
""")

    assert ran is not None


def test_a_script_that_fails_over_the_weights_has_built_the_network(traced):
    built, ran = traced("""
part, network = nn.Dense(1, 1), Network()
weights = {name: value for name, value in load_checkpoint("it.ckpt").items()}
for parameter in network.trainable_params():
    if parameter.name not in weights:
        raise ValueError(f"{parameter.name} is not found")
""")

    assert [row[0] for row in built["rows"]] == ["words.embedding_table", "fc.weight", "fc.bias"]
    assert built["ended"] == "ValueError: words.embedding_table is not found"
    assert ran is None


def test_a_script_that_fails_before_it_asks_for_weights_has_built_nothing(nursery, tmp_path):
    (tmp_path / "export.py").write_text(NETWORK + "network = Network()\nraise ValueError('no labels')\n", "utf-8")

    outcome = trial(nursery, tmp_path, {"source": "export", "name": "export.py"}, seconds=600)

    assert outcome.of("built") == []
    assert why(outcome)[0] == "ValueError: no labels"


def test_ids_beyond_a_table_are_brought_inside_and_told(traced):
    _, ran = traced("export(Network(), Tensor(np.array([[100, 50000]]), dtype.int32))")

    assert ran["inputs"] == [{"shape": [1, 2], "dtype": "int32", "range": [2.0, 6.0]}]


def test_a_network_may_have_its_own_way_to_stop_training(traced):
    _, ran = traced("""
class Own(Network):
    def set_train(self, mode=True):
        super().set_train(mode)

export(Own(), IDS)
""")

    assert ran["outputs"] == [[[1, 2, 2], "float32", True]]


def test_inputs_of_half_precision_are_widened_where_the_network_computes_in_whole(traced):
    _, ran = traced("""
class Joined(nn.Cell):
    def __init__(self):
        super().__init__()
        self.fc = nn.Dense(3, 3)

    def construct(self, rows):
        import mindspore
        return mindspore.ops.MatMul()(rows, self.fc.weight)

export(Joined(), Tensor(np.ones((1, 3)), dtype.float16))
""")

    assert [row["dtype"] for row in ran["inputs"]] == ["float32"]


EVALUATION = """
import mindspore.dataset as ds
from mindspore import Model
from mindspore.dataset import vision

class Pooled(nn.Cell):
    def __init__(self):
        super().__init__()
        self.fc = nn.Dense(3, 2)

    def construct(self, images):
        return self.fc(images.mean((2, 3)))

def images(*steps):
    rows = ds.ImageFolderDataset("there", num_parallel_workers=8, shuffle=False)
    rows = rows.map(operations=[vision.Decode(), *steps, vision.HWC2CHW()], input_columns="image")
    return rows.batch(256, drop_remainder=True, num_parallel_workers=8)

network = Pooled()
load_param_into_net(network, load_checkpoint("it.ckpt"))
"""


def test_what_an_evaluation_does_to_its_images_says_what_the_network_takes(traced):
    _, ran = traced(
        EVALUATION
        + """
steps = vision.Resize(64), vision.CenterCrop(56), vision.Rescale(1 / 255, 0)
Model(network, metrics={"acc"}).eval(images(*steps))
"""
    )

    assert [(row["shape"], row["dtype"]) for row in ran["inputs"]] == [([1, 3, 56, 56], "float32")]


def test_images_that_a_script_reads_itself_say_so_too(traced):
    _, ran = traced(
        EVALUATION
        + """
for row in images(vision.Resize((40, 48)), vision.Rescale(1 / 255, 0)).create_dict_iterator(num_epochs=1):
    network(row["image"])
"""
    )

    assert [row["shape"] for row in ran["inputs"]] == [[1, 3, 40, 48]]


def test_images_whose_size_a_script_leaves_as_it_is_say_nothing(traced):
    built, ran = traced(EVALUATION + 'Model(network, metrics={"acc"}).eval(images(vision.Resize(64)))\n')

    assert built["traced"] == []
    assert ran is None


def test_images_of_a_data_set_with_one_size_have_that_size(traced):
    _, ran = traced(
        EVALUATION
        + """
rows = ds.Cifar10Dataset("there", usage="test").map([vision.Rescale(1 / 255, 0), vision.HWC2CHW()], "image")
Model(network, metrics={"acc"}).eval(rows.batch(32))
"""
    )

    assert [row["shape"] for row in ran["inputs"]] == [[1, 3, 32, 32]]
