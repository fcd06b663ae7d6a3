from __future__ import annotations

import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mindhub.evaluation import parse_evaluation
from mindhub.formats import scan
from mindhub.smoke.datasets import load_split
from mindhub.smoke.loading import build, load_strict
from mindhub.vocabulary import load_vocabulary

mindspore = pytest.importorskip("mindspore")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.mindspore

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "registry" / "training"
CARDS = ROOT / "registry" / "mindhub" / "2.10"
SHARED = {"common", "exports", "figures", "losses"}
NAMES = sorted(path.stem for path in TRAINING.glob("*.py") if path.stem not in SHARED)
EARLIER = sorted(path.stem for path in CARDS.with_name("2.9").glob("*.md") if "." not in path.stem)
#: Cards of a graph, which was exported from another card's checkpoint rather than trained.
GRAPHS = {"lenet_small_graph": "lenet_small_digits"}
#: Formats that are loaded into a network here; the first of them on a card is the one that was verified.
LOADED = ("ckpt", "safetensors")


@dataclass(frozen=True)
class Published:
    """A card's front matter with its recipe and its checkpoint."""

    front: Any
    recipe: Any
    common: Any
    asset: Path


@pytest.fixture
def published(monkeypatch):
    """Give what belongs to one name; the scripts' modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(TRAINING)

    def of(name, version="2.10"):
        for module in (*SHARED, *NAMES):
            monkeypatch.delitem(sys.modules, module, raising=False)
        script, common = importlib.import_module(name), importlib.import_module("common")
        recipe = script.RECIPE if version == "2.10" else script.EARLIER[version]
        card = CARDS.with_name(version) / f"{name}.md"
        front = yaml.safe_load(card.read_text(encoding="utf-8").split("---\n")[1])
        first = next(asset["asset-link"] for asset in front["asset"] if asset["file-format"] in LOADED)
        return Published(front, recipe, common, card.with_name(first))

    yield of
    for module in (*SHARED, *NAMES):
        sys.modules.pop(module, None)


def script(name, out):
    """Run a training script as a person would; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "validator"), "GLOG_v": "3"}
    command = [sys.executable, str(TRAINING / f"{name}.py"), "--out", str(out)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=1800).stdout


def test_every_recipe_has_a_card_and_every_card_a_recipe():
    assert len(NAMES) >= 20
    assert len(EARLIER) >= 3
    assert set(EARLIER) < set(NAMES)
    assert sorted(card.stem for card in CARDS.glob("*.md") if "." not in card.stem and card.stem not in GRAPHS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_card_and_recipe_name_the_same_network_data_and_metric(published, name):
    model = published(name)
    evaluate = model.front["smoke"]["evaluate"]

    assert model.recipe.name == name
    assert model.front["smoke"]["network"] == model.recipe.network
    assert (evaluate["dataset"], evaluate["preprocess"]) == (model.recipe.dataset, model.recipe.preprocess)
    assert (evaluate["metric"], evaluate["split"]) == (model.recipe.metric, "test")


@pytest.mark.parametrize("name", NAMES)
def test_size_and_sha256_on_the_card_are_those_of_its_files(published, name):
    model = published(name)

    assert tuple(asset["file-format"] for asset in model.front["asset"]) == model.recipe.forms
    for asset in model.front["asset"]:
        data = (model.asset.parent / asset["asset-link"]).read_bytes()
        assert asset["asset-link"] == f"{name}.{asset['file-format']}"
        assert asset["asset-size"] == len(data) < 1_000_000
        assert asset["asset-sha256"] == hashlib.sha256(data).hexdigest()


def test_the_files_of_the_registry_stay_small():
    sizes = [path.stat().st_size for path in CARDS.parent.rglob("*") if path.suffix[1:] in (*LOADED, "mindir", "onnx")]

    assert len(sizes) >= 25
    assert sum(sizes) < 6_000_000


def score(model):
    (part,) = parse_evaluation(model.front["evaluation"], load_vocabulary())
    network = build(ROOT / "registry", model.recipe.network)
    load_strict(network, model.asset, scan(model.asset, model.asset.suffix[1:]).tensors)
    return part.metric, model.common.evaluate(model.recipe, network)


@pytest.mark.parametrize(
    ("name", "version"), [*((name, "2.10") for name in NAMES), *((name, "2.9") for name in EARLIER)]
)
def test_the_score_on_the_card_is_the_score_of_the_file(published, name, version):
    model = published(name, version)

    metric, measured = score(model)

    assert metric.name == model.recipe.metric
    assert (metric.dataset, metric.split) == (model.front["train-dataset"], "test")
    assert metric.value == pytest.approx(measured, abs=0.0005 if metric.name == "auc" else 0.005)


@pytest.mark.parametrize("name", [name for name in NAMES if (CARDS / f"{name}.safetensors").is_file()])
def test_safetensors_hold_the_weights_of_the_checkpoint(name):
    checkpoint = mindspore.load_checkpoint(str(CARDS / f"{name}.ckpt"))

    other = mindspore.load_checkpoint(str(CARDS / f"{name}.safetensors"), format="safetensors")

    assert checkpoint
    assert set(other) == set(checkpoint)
    assert all(np.array_equal(other[key].asnumpy(), checkpoint[key].asnumpy()) for key in checkpoint)


@pytest.mark.parametrize("name", [name for name in NAMES if (CARDS / f"{name}.onnx").is_file()])
def test_onnx_gives_the_outputs_of_the_network(published, name):
    # The graph was written out by hand, and onnx's own evaluator runs it: MindSpore has no part in it.
    onnx = pytest.importorskip("onnx")
    reference = pytest.importorskip("onnx.reference")
    model = published(name)
    network = build(ROOT / "registry", model.recipe.network)
    load_strict(network, model.asset, scan(model.asset, "ckpt").tensors)
    split = load_split(model.recipe.dataset, "test", model.recipe.preprocess)
    inputs = split.inputs[0][:20]

    (outputs,) = reference.ReferenceEvaluator(onnx.load(CARDS / f"{name}.onnx")).run(None, {"inputs": inputs})

    assert np.allclose(outputs, network(mindspore.Tensor(inputs)).asnumpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in NAMES if (CARDS / f"{name}.mindir").is_file()])
def test_mindir_gives_the_outputs_of_the_network_for_any_number_of_samples(published, name):
    model = published(name)
    network = build(ROOT / "registry", model.recipe.network)
    load_strict(network, model.asset, scan(model.asset, "ckpt").tensors)
    inputs = load_split(model.recipe.dataset, "test", model.recipe.preprocess).inputs[0]

    graph = mindspore.nn.GraphCell(mindspore.load(str(CARDS / f"{name}.mindir")))

    for count in (1, 20):
        batch = mindspore.Tensor(inputs[:count])
        assert np.allclose(graph(batch).asnumpy(), network(batch).asnumpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_card_of_a_graph_computes_what_the_checkpoint_does(published, name):
    model = published(GRAPHS[name])
    network = build(ROOT / "registry", model.recipe.network)
    load_strict(network, model.asset, scan(model.asset, "ckpt").tensors)
    inputs = mindspore.Tensor(load_split(model.recipe.dataset, "test", model.recipe.preprocess).inputs[0][:40])

    graph = mindspore.nn.GraphCell(mindspore.load(str(CARDS / f"{name}.mindir")))

    assert np.allclose(graph(inputs).asnumpy(), network(inputs).asnumpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["softmax_iris", "gcn_karate"])
def test_drawing_again_gives_the_published_picture(published, name, tmp_path):
    model = published(name)
    shutil.copy(model.asset, tmp_path)

    drawn = importlib.import_module("figures").draw(model.recipe, tmp_path)

    assert drawn.read_bytes() == (CARDS / drawn.name).read_bytes()


def test_one_network_computes_alike_under_two_versions_of_mindspore():
    old, new = (
        mindspore.load_checkpoint(str(CARDS.with_name(version) / "mlp_wine.ckpt")) for version in ("2.9", "2.10")
    )

    assert len(old) == 6
    assert all(np.array_equal(old[name].asnumpy(), new[name].asnumpy()) for name in old)


@pytest.mark.parametrize(
    ("name", "version"), [*((name, "2.10") for name in NAMES), *((name, "2.9") for name in EARLIER)]
)
def test_the_snippet_prints_what_its_comment_says(name, version, capsys):
    text = (CARDS.with_name(version) / f"{name}.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    (promised,) = re.findall(r"print\(.*\)  # (.*)$", code, re.MULTILINE)

    exec(compile(code, name, "exec"), {})

    assert capsys.readouterr().out.strip() == promised


@pytest.mark.slow
def test_training_again_gives_the_published_model(published, tmp_path):
    # Not the published bytes: another processor may add up in another order, which shows in the last bits.
    # What every machine must reproduce is the table, the score, and the weights within rounding.
    model = published("mlp_wine")

    printed = script("mlp_wine", tmp_path)
    again = tmp_path / "mlp_wine.ckpt"
    old, new = (mindspore.load_checkpoint(str(path)) for path in (model.asset, again))

    assert scan(again, "ckpt").tensors == scan(model.asset, "ckpt").tensors
    assert "accuracy 100.0000" in printed
    for name in old:
        assert np.allclose(old[name].asnumpy(), new[name].asnumpy(), rtol=1e-2, atol=1e-3), name


@pytest.mark.slow
def test_training_twice_on_one_machine_gives_the_same_bytes_and_says_which(tmp_path):
    printed = [script("mlp_wine", tmp_path / which) for which in ("first", "second")]
    files = [(tmp_path / which / "mlp_wine.ckpt").read_bytes() for which in ("first", "second")]

    assert files[0] == files[1]
    assert all(hashlib.sha256(files[0]).hexdigest() in text for text in printed)
