from __future__ import annotations

import inspect
import json
import math
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from mindhub.formats import scan
from mindhub.smoke.contract import make_inputs, parse_contract
from mindhub.smoke.loading import build, load_strict, match, network_table

mindspore = pytest.importorskip("mindspore")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.mindspore

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = ROOT / "registry"
CARDS = sorted(path for path in (REGISTRY / "mindhub").glob("*/*.md") if path.with_suffix(".ckpt").is_file())
BERT_TABLE = json.loads((ROOT / "tests" / "fixtures" / "bert_classifier_r1.7.json").read_text(encoding="utf-8"))
MODES = {"pynative": mindspore.PYNATIVE_MODE, "graph": mindspore.GRAPH_MODE}
TINY = {"num_labels": 3, "vocab_size": 50, "hidden_size": 8, "num_layers": 2, "num_heads": 2, "intermediate_size": 16}


@pytest.fixture
def mode():
    """Set MindSpore's mode by name; afterwards it is what it was."""
    before = mindspore.get_context("mode")
    yield lambda name: mindspore.set_context(mode=MODES[name])
    mindspore.set_context(mode=before)


def smoke_of(card):
    return yaml.safe_load(card.read_text(encoding="utf-8").split("---\n")[1])["smoke"]


def bert(**kwargs):
    return build(REGISTRY, {"source": "file", "name": "bert:bert_classifier", "kwargs": kwargs})


@pytest.fixture(scope="module")
def tiny():
    """A small BERT whose every parameter is random, gains and biases too."""
    network = bert(**TINY)
    generator = np.random.default_rng(1)
    for parameter in network.get_parameters():
        values = generator.standard_normal(parameter.shape) * 0.5 + parameter.name.endswith("gamma")
        parameter.set_data(mindspore.Tensor(values.astype(np.float32)))
    return network


def a_batch(batch=2, length=7):
    """Ids, mask and types; the second text ends two places before the first."""
    ids = np.random.default_rng(0).integers(0, TINY["vocab_size"], (batch, length)).astype(np.int32)
    mask = np.ones((batch, length), np.int32)
    mask[1:, -2:] = 0
    types = np.tile((np.arange(length) > length // 2).astype(np.int32), (batch, 1))
    return ids, mask, types


def run(network, arrays):
    return network(*(mindspore.Tensor(array) for array in arrays)).asnumpy()


def reference(parameters, ids, mask, types, heads):
    """Compute the classifier from the formulas of arXiv:1810.04805 and arXiv:1706.03762, in double precision."""

    def dense(name, x):
        return x @ parameters[f"{name}.weight"].T + parameters[f"{name}.bias"]

    def norm(name, x):
        centred = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-7)
        return centred / deviation * parameters[f"{name}.gamma"] + parameters[f"{name}.beta"]

    def softmax(x):
        exponentials = np.exp(x - x.max(-1, keepdims=True))
        return exponentials / exponentials.sum(-1, keepdims=True)

    def split(x):
        return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    post = "bert.bert_embedding_postprocessor"
    x = parameters["bert.bert_embedding_lookup.embedding_table"][ids]
    x = x + parameters[f"{post}.token_type_embedding.embedding_table"][types]
    x = norm(f"{post}.layernorm", x + parameters[f"{post}.full_position_embedding.embedding_table"][: ids.shape[1]])
    for number in range(TINY["num_layers"]):
        layer = f"bert.bert_encoder.layers.{number}"
        query, key, value = (
            split(dense(f"{layer}.attention.attention.{kind}_layer", x)) for kind in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / math.sqrt(query.shape[-1])
        weights = softmax(np.where(mask[:, None, None, :] == 1, scores, -np.inf))
        attended = (weights @ value).transpose(0, 2, 1, 3).reshape(x.shape)
        x = norm(f"{layer}.attention.output.layernorm", x + dense(f"{layer}.attention.output.dense", attended))
        inner = dense(f"{layer}.intermediate", x)
        inner = inner * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (inner + 0.044715 * inner**3)))
        x = norm(f"{layer}.output.layernorm", x + dense(f"{layer}.output.dense", inner))
    return np.log(softmax(dense("dense_1", np.tanh(dense("bert.dense", x[:, 0])))))


def test_the_bert_classifier_has_the_parameter_table_of_the_r17_source():
    table = [
        {"name": row.name, "shape": list(row.shape), "dtype": row.dtype}
        for row in network_table(bert(num_labels=2, vocab_size=30522))
    ]

    assert table == BERT_TABLE
    assert len(table) == 201
    assert sum(math.prod(row["shape"]) for row in table) == 109_483_778


@pytest.mark.parametrize("name", MODES)
def test_the_bert_classifier_computes_what_its_paper_says(tiny, mode, name):
    mode(name)
    arrays = a_batch()
    parameters = {p.name: p.asnumpy().astype(np.float64) for p in tiny.get_parameters()}

    outputs = run(tiny, arrays)

    assert outputs.shape == (2, 3)
    assert outputs.dtype == np.float32
    assert np.allclose(outputs, reference(parameters, *arrays, heads=2), rtol=1e-4, atol=1e-5)


def test_what_stands_in_the_padding_does_not_matter(tiny, mode):
    mode("pynative")
    ids, mask, types = a_batch()
    other = np.where(mask == 1, ids, (ids + 1) % TINY["vocab_size"]).astype(np.int32)

    assert not np.array_equal(ids, other)
    assert np.array_equal(run(tiny, (ids, mask, types)), run(tiny, (other, mask, types)))


def test_mask_order_and_types_matter(tiny, mode):
    mode("pynative")
    ids, mask, types = a_batch()
    outputs = run(tiny, (ids, mask, types))

    assert not np.allclose(outputs[1], run(tiny, (ids, np.ones_like(mask), types))[1], atol=1e-4)
    assert not np.allclose(outputs[0], run(tiny, (ids[:, [0, 2, 1, 3, 4, 5, 6]], mask, types))[0], atol=1e-4)
    assert not np.allclose(outputs, run(tiny, (ids, mask, 1 - types)), atol=1e-4)


def test_every_shape_argument_is_one_of_the_factory_and_fits_its_default():
    import sys

    network = bert(**TINY)
    module = sys.modules[type(network).__module__]
    defaults = {key: p.default for key, p in inspect.signature(module.bert_classifier).parameters.items()}

    assert module.SHAPE_ARGUMENTS
    for pattern, (argument, axis) in module.SHAPE_ARGUMENTS.items():
        shapes = [row["shape"] for row in BERT_TABLE if fnmatchcase(row["name"], pattern)]
        assert shapes, pattern
        assert {shape[axis] for shape in shapes} == {defaults[argument]}, pattern


@pytest.mark.parametrize(
    ("argument", "value"),
    [("vocab_size", 60), ("num_labels", 4), ("intermediate_size", 32), ("token_types", 3), ("max_positions", 64)],
)
def test_a_checkpoint_of_other_dimensions_names_the_argument_to_change(tmp_path, argument, value):
    network, other = bert(**TINY), bert(**{**TINY, argument: value})
    path = tmp_path / "other.ckpt"
    mindspore.save_checkpoint(other, str(path))

    with pytest.raises(Exception, match=f"the checkpoint needs {argument}={value}"):
        load_strict(network, path, scan(path, "ckpt").tensors)


def test_heads_that_do_not_divide_the_hidden_size_are_refused():
    with pytest.raises(Exception, match="hidden_size=8 is not a multiple of num_heads=3"):
        bert(**{**TINY, "num_heads": 3})


def test_there_are_cards_to_try():
    assert len(CARDS) >= 20


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card.parent.name}/{card.stem}")
def test_each_published_network_takes_its_checkpoint_and_runs_in_both_modes(card, mode):
    contract = parse_contract(smoke_of(card))
    network = build(REGISTRY, contract.network)
    asset = card.with_suffix(".ckpt")

    found = load_strict(network, asset, scan(asset, "ckpt").tensors, contract.ignore_extra)
    outputs = {}
    for name in contract.modes:
        mode(name)
        outputs[name] = run(network, make_inputs(contract))

    assert found.ok
    assert contract.modes == ("pynative", "graph")
    assert outputs["graph"].shape == contract.outputs[0].shape
    assert np.isfinite(outputs["graph"]).all()
    assert np.allclose(outputs["pynative"], outputs["graph"], rtol=1e-4, atol=1e-5)


def test_a_published_checkpoint_carries_training_state():
    asset = REGISTRY / "mindhub" / "2.10" / "mlp_wine.ckpt"
    network = build(REGISTRY, smoke_of(asset.with_suffix(".md"))["network"])

    found = match(network_table(network), scan(asset, "ckpt").tensors)

    assert found.ok
    assert {row.name for row in found.training_state} >= {"global_step", "momentum", "moments.body.0.weight"}
