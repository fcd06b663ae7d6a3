from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mindhub.evaluation import parse_evaluation
from mindhub.formats import scan
from mindhub.smoke.loading import build, load_strict
from mindhub.vocabulary import load_vocabulary

mindspore = pytest.importorskip("mindspore")
np = pytest.importorskip("numpy")

pytestmark = pytest.mark.mindspore

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "registry" / "training"
CARDS = ROOT / "registry" / "mindhub" / "2.10"
NAMES = sorted(path.stem for path in TRAINING.glob("*.py") if path.stem != "common")


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

    def of(name):
        for module in ("common", name):
            monkeypatch.delitem(sys.modules, module, raising=False)
        script, common = importlib.import_module(name), importlib.import_module("common")
        text = (CARDS / f"{name}.md").read_text(encoding="utf-8")
        return Published(yaml.safe_load(text.split("---\n")[1]), script.RECIPE, common, CARDS / f"{name}.ckpt")

    yield of
    for module in ("common", *NAMES):
        sys.modules.pop(module, None)


def script(name, out):
    """Run a training script as a person would; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "validator"), "GLOG_v": "3"}
    command = [sys.executable, str(TRAINING / f"{name}.py"), "--out", str(out)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=120).stdout


def test_every_recipe_has_a_card_and_every_card_a_recipe():
    assert len(NAMES) >= 6
    assert sorted(card.stem for card in CARDS.glob("*.md") if "." not in card.stem) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_card_and_recipe_name_the_same_network_data_and_metric(published, name):
    model = published(name)
    evaluate = model.front["smoke"]["evaluate"]

    assert model.recipe.name == name
    assert model.front["smoke"]["network"] == model.recipe.network
    assert (evaluate["dataset"], evaluate["preprocess"]) == (model.recipe.dataset, model.recipe.preprocess)
    assert (evaluate["metric"], evaluate["split"]) == (model.recipe.metric, "test")


@pytest.mark.parametrize("name", NAMES)
def test_size_and_sha256_on_the_card_are_those_of_the_file(published, name):
    model = published(name)
    (asset,) = model.front["asset"]
    data = model.asset.read_bytes()

    assert asset["asset-link"] == model.asset.name
    assert asset["asset-size"] == len(data) < 1_000_000
    assert asset["asset-sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_the_score_on_the_card_is_the_score_of_the_file(published, name):
    model = published(name)
    (part,) = parse_evaluation(model.front["evaluation"], load_vocabulary())
    network = build(ROOT / "registry", model.recipe.network)
    load_strict(network, model.asset, scan(model.asset, "ckpt").tensors)

    measured = model.common.evaluate(model.recipe, network)

    assert part.metric.name == model.recipe.metric
    assert part.metric.value == pytest.approx(measured, abs=0.005)


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
