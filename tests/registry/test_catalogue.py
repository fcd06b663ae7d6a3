"""The cards of known models: without findings, and each with its source, its work to cite and its network."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
import math
import re
from pathlib import Path

import pytest
import yaml

from mindhub.check import check
from mindhub.facts import load_facts
from mindhub.model import Card
from mindhub.translation import beside

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = ROOT / "registry"
KNOWN = ("mindspore", "mindspore-lab")  #: publishers whose files were not made here
RECORDED = json.loads((ROOT / "tests" / "fixtures" / "zoo_parameters.json").read_text(encoding="utf-8"))["networks"]
IN_CHINESE = {
    "mindspore/1.3/deeplabv3s16_voc2012",
    "mindspore/1.3/mobilenetv2_imagenet2012",
    "mindspore/1.3/resnet50_imagenet2012",
    "mindspore/1.3/wideanddeep_criteo",
    "mindspore/1.6/gpt3_openweb",
    "mindspore/1.6/transformer_large_wmt",
    "mindspore/1.7/bertfinetuning_classifier_cola",
    "mindspore/1.8/deepfm_criteo",
    "mindspore/1.8/gru_muti30k",
    "mindspore/1.9/swintransformer_imagenet2012",
    "mindspore/1.9/yolov5s_coco2017",
}
NAMED = ("file", "package", "hub-conf")  #: sources of networks that need a name


@pytest.fixture(scope="module")
def report():
    # No later than the first waiver ends: that it has to be looked at then is no fault of the code.
    waivers = yaml.safe_load((REGISTRY / "waivers.yaml").read_text(encoding="utf-8"))
    ends = [dt.date.fromisoformat(waiver["expires"]) for waiver in waivers]
    return check([REGISTRY], facts=load_facts(min(dt.datetime.now(dt.UTC).date(), *ends)))


@pytest.fixture(scope="module")
def known(report) -> list[Card]:
    found = [card for card in report.cards if card.uid.publisher in KNOWN]
    assert len(found) >= 80
    return found


def names_of(source: str) -> list[str]:
    """Return the networks that cards name from one source, read without the package."""
    fronts = [
        yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
        for publisher in KNOWN
        for path in sorted((REGISTRY / publisher).glob("*/*.md"))
        if not path.name.endswith(".zh.md")
    ]
    networks = [front["smoke"]["network"] for front in fronts if "smoke" in front]
    return sorted({network["name"] for network in networks if network["source"] == source})


def test_the_registry_has_no_finding_that_is_not_waived(report) -> None:
    assert report.failures == ()
    assert [f"{f.file}: {f.code} {f.message}" for f in report.findings if f.waiver is None] == []


def test_at_most_five_waivers_each_with_a_reason_an_owner_and_an_end() -> None:
    waivers = yaml.safe_load((REGISTRY / "waivers.yaml").read_text(encoding="utf-8"))

    assert 0 < len(waivers) <= 5
    assert all(len(waiver["reason"]) > 40 and waiver["owner"] and waiver["expires"] for waiver in waivers)


def test_every_known_card_names_the_work_to_cite(known) -> None:
    assert [str(card.uid) for card in known if card.citation is None] == []
    assert [
        str(card.uid) for card in known if not (card.citation.arxiv or card.citation.doi or card.citation.url)
    ] == []


def test_every_known_card_is_pinned_to_a_commit(known) -> None:
    assert [str(card.uid) for card in known if not re.fullmatch(r"[0-9a-f]{40}", card.repo_commit or "")] == []


def test_cards_of_one_branch_are_pinned_to_one_commit(known) -> None:
    branches = {re.search(r"/tree/([^/]+)/", card.repo_link)[1]: set() for card in known}
    for card in known:
        branches[re.search(r"/tree/([^/]+)/", card.repo_link)[1]].add(card.repo_commit)

    assert len(branches) >= 7
    assert {branch: commits for branch, commits in branches.items() if len(commits) != 1} == {}


def test_the_restriction_of_the_source_stays_with_every_card(known) -> None:
    assert [str(card.uid) for card in known if card.front.get("disclaimer") != "mindspore"] == []
    assert "only for research and education" in (REGISTRY / "disclaimers" / "mindspore.md").read_text(encoding="utf-8")


def test_every_known_card_names_its_network(known) -> None:
    networks = {str(card.uid): (card.smoke or {}).get("network", {}) for card in known}

    assert {network.get("source") for network in networks.values()} == {"file", "package", "hub-conf", "export"}
    assert [uid for uid, network in networks.items() if network["source"] in NAMED and not network.get("name")] == []


def test_a_card_without_a_file_says_where_the_publisher_has_it(known) -> None:
    without = [card for card in known if not card.assets]

    assert len(without) >= 10
    assert [str(c.uid) for c in without if not str(c.front.get("x-published-file")).startswith("https://")] == []
    assert [str(c.uid) for c in without if f"`{c.front['x-published-file'].rpartition('/')[2]}`" not in c.text] == []


def test_no_two_cards_share_their_prose(known) -> None:
    paragraphs = [
        paragraph
        for card in known
        for paragraph in card.body.text.partition("## Usage")[0].split("\n\n")
        if len(paragraph) > 200
    ]
    twice = {paragraph for paragraph in paragraphs if paragraphs.count(paragraph) > 1}
    # Two trainings of one network in two versions of MindSpore describe the same network.
    versions = {card.model_name for card in known if sum(other.model_name == card.model_name for other in known) > 1}

    assert len(paragraphs) > 150
    assert len(twice) <= len(versions) * 2


@pytest.mark.parametrize("uid", sorted(IN_CHINESE))
def test_the_best_known_models_are_described_in_chinese(uid: str) -> None:
    said = beside(REGISTRY / f"{uid}.md", "zh")

    for text in (said.title, said.summary, said.body.text):
        assert re.search("[\u4e00-\u9fff]", text)


@pytest.mark.mindspore
@pytest.mark.parametrize("name", names_of("package"))
def test_a_network_of_a_package_is_there(name: str) -> None:
    pytest.importorskip("mindspore")
    pytest.importorskip("mindcv", reason="mindcv is not installed (the extra `zoo`)")
    module, _, factory = name.partition(":")

    assert callable(getattr(importlib.import_module(module), factory))


@pytest.mark.mindspore
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_our_definition_has_the_tensors_of_its_source(name: str) -> None:
    pytest.importorskip("mindspore")
    from mindhub.smoke.loading import build

    network = build(REGISTRY, {"source": "file", "name": name})

    rows = [(parameter.name, parameter.shape) for parameter in network.get_parameters()]
    text = "\n".join(f"{label} {'x'.join(map(str, shape))}" for label, shape in rows)
    assert (len(rows), sum(math.prod(shape) for _, shape in rows)) == (
        RECORDED[name]["tensors"],
        RECORDED[name]["elements"],
    )
    assert hashlib.sha256(text.encode()).hexdigest() == RECORDED[name]["sha256"]


def test_every_network_of_a_file_that_known_cards_name_was_compared_with_its_source() -> None:
    assert [name for name in names_of("file") if name not in RECORDED and not name.startswith("bert:")] == []
