from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mindhub
from cards import card_text, write_card
from mindhub.client import MindHubError, NotLoadable, UnknownCard, Unverified

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = ROOT / "registry"
EMBEDDED = sorted((REGISTRY / "mindhub").rglob("*.md"))
WINE = "mindhub/2.10/mlp_wine"


def snippets(path):
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_there_are_embedded_cards():
    assert len(EMBEDDED) >= 5


@pytest.mark.mindspore
@pytest.mark.slow
@pytest.mark.parametrize("path", EMBEDDED, ids=lambda path: path.stem)
def test_the_usage_of_every_embedded_card_works_as_pasted(path, tmp_path):
    code = snippets(path)
    promised = re.findall(r"print\(.*\)  # (.+)$", "\n".join(code), re.MULTILINE)
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"PYTHONPATH": str(ROOT / "validator"), "MINDHUB_CACHE": str(tmp_path), "PYTHONWARNINGS": "ignore"}

    run = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert code
    assert (run.returncode, run.stderr[-2000:] if run.returncode else "") == (0, "")
    assert [line for line in promised if line not in run.stdout] == []


@pytest.fixture
def registry(tmp_path):
    """A copy of the registry's wine card, without its record."""
    root = tmp_path / "registry"
    (root / "mindhub" / "2.10").mkdir(parents=True)
    for suffix in (".md", ".ckpt"):
        shutil.copy(REGISTRY / f"{WINE}{suffix}", root / "mindhub" / "2.10")
    shutil.copytree(REGISTRY / "networks", root / "networks", ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.mark.mindspore
def test_a_loaded_network_has_the_checkpoints_weights_and_is_in_evaluation_mode(registry):
    mindspore = pytest.importorskip("mindspore")

    network = mindhub.load(WINE, registry=registry)

    values = mindspore.load_checkpoint(str(registry / f"{WINE}.ckpt"))
    names = [parameter.name for parameter in network.get_parameters()]
    assert len(names) == 6
    assert all((network.parameters_dict()[name].asnumpy() == values[name].asnumpy()).all() for name in names)
    assert network.training is False


def test_bytes_that_are_not_the_cards_are_not_loaded(registry):
    path = registry / f"{WINE}.ckpt"
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)

    with pytest.raises(Unverified, match=rf"^{WINE}: the card claims sha256 bf8422c3"):
        mindhub.load(WINE, registry=registry)


def test_a_remote_file_that_was_fetched_before_is_loaded_offline(registry, tmp_path, monkeypatch):
    pytest.importorskip("mindspore")
    card = registry / f"{WINE}.md"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("asset-link: mlp_wine.ckpt", "asset-link: https://nowhere.invalid/mlp_wine.ckpt"))
    sha256 = re.search(r"asset-sha256: (\w+)", text)[1]
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    stored = tmp_path / "cache" / "store" / sha256[:2] / sha256
    stored.parent.mkdir(parents=True)
    (registry / f"{WINE}.ckpt").rename(stored)

    network = mindhub.load(WINE, registry=registry)

    assert network.training is False


def test_a_file_that_cannot_be_had_is_said(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("MINDHUB_CACHE", str(tmp_path / "cache"))
    (registry / f"{WINE}.ckpt").unlink()

    with pytest.raises(Unverified, match=r"'mlp_wine\.ckpt' is no regular file beside the card"):
        mindhub.load(WINE, registry=registry)


def test_a_card_without_a_network_cannot_be_loaded(registry):
    card = registry / f"{WINE}.md"
    card.write_text(re.sub(r"^smoke:\n(  .*\n)+", "", card.read_text(encoding="utf-8"), flags=re.MULTILINE))

    with pytest.raises(NotLoadable, match="no smoke section"):
        mindhub.load(WINE, registry=registry)


def test_without_mindspore_the_remedy_is_named(registry, monkeypatch):
    monkeypatch.setattr("mindhub.smoke.runner.mindspore_version", lambda: "")

    with pytest.raises(NotLoadable, match=r"pip install 'mindhub\[run\]'"):
        mindhub.load(WINE, registry=registry)


@pytest.mark.mindspore
def test_a_network_that_the_checkpoint_does_not_fit_is_explained(registry):
    pytest.importorskip("mindspore")
    card = registry / f"{WINE}.md"
    card.write_text(card.read_text(encoding="utf-8").replace("hidden: [16]", "hidden: [17]"))

    with pytest.raises(NotLoadable, match=r"body.0.weight is \[17, 13\] in the network, \[16, 13\] in the checkpoint"):
        mindhub.load(WINE, registry=registry)


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("mindhub/2.10/mlp_whine", "did you mean 'mindhub/2.10/mlp_wine'?"),
        ("wine", "write publisher/mindspore-version/name"),
        ("../../etc/passwd", "is not a uid"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(registry, uid, words):
    with pytest.raises(UnknownCard) as caught:
        mindhub.info(uid, registry=registry)

    assert words in str(caught.value)
    assert isinstance(caught.value, MindHubError)


def test_no_registry_is_said(tmp_path):
    with pytest.raises(UnknownCard, match="no such folder"):
        mindhub.list(registry=tmp_path / "nowhere")


def test_info_reads_well(registry):
    text = str(mindhub.info(WINE, registry=registry))

    assert text.startswith(f"mlp ({WINE})\n  summary    Tells from 13 chemical measurements")
    assert "  scores     accuracy 100 %\n" in text
    assert "mlp_wine.ckpt (ckpt, 3,730 bytes, sha256 bf8422c3deea…)" in text
    assert text.endswith("  verified   not checked")


def test_the_list_is_filtered_by_words_domain_data_set_and_version(registry):
    write_card(registry, card_text("summary: Reads digits\n"))
    lenet = "mindhub/2.3/lenet_mnist"

    def uids(*args, **conditions):
        return [item.uid for item in mindhub.list(*args, registry=registry, **conditions)]

    assert uids() == [WINE, lenet]
    assert uids("reads DIGITS") == [lenet]
    assert uids(domain="CV") == [lenet]
    assert uids(dataset="MNIST") == [lenet]
    assert uids(mindspore="2.10") == [WINE]
    assert uids("wine", domain="cv") == []


def test_a_broken_card_is_left_out_of_the_list(registry):
    write_card(registry, "no front matter\n", "mindhub/2.3/broken")

    assert [item.uid for item in mindhub.list(registry=registry)] == [WINE]


@pytest.mark.mindspore
def test_a_graph_is_loaded_and_runs():
    mindspore = pytest.importorskip("mindspore")
    network = mindhub.load("mindhub/2.10/lenet_small_graph", registry=ROOT / "registry")

    outputs = network(mindspore.Tensor([[[[0.0] * 8] * 8]] * 3, mindspore.float32))

    assert outputs.shape == (3, 10)
