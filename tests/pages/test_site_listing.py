"""The listing: what comes first, what is said about a row, and how it can be narrowed."""

from __future__ import annotations

import hashlib
import json

import pytest

from mindhub.pages import Options, build_site
from pages.sites import PORTS, card, dom, record, site, texts

WEIGHTS = b"weights"
OWN = (
    f"asset:\n  - {{file-format: ckpt, asset-link: a.ckpt, asset-sha256: {hashlib.sha256(WEIGHTS).hexdigest()}, "
    f"asset-size: {len(WEIGHTS)}}}\n"
)


def names(page):
    return [text.split(" · ")[0] for text in texts(page, "h2")]


def attributes(page, name):
    return {node.attributes["data-words"].split()[0]: node.attributes.get(name) for node in rows(page)}


def rows(page):
    found = [node for node in dom(page) if node.tag == "li" and "data-words" in node.attributes]
    assert found
    return found


def test_a_model_of_teaching_size_comes_after_known_ones_although_it_was_verified():
    small = card(f'model-name: small\nupdate-time: "2026-05-05"\n{PORTS}{OWN}', uid="mindhub/2.10/small")
    known = card('model-name: known\nupdate-time: "2022-01-01"', uid="mindspore/1.9/known")

    page = build_site(site(small, known, records={"mindhub/2.10/small": record(network_parameters=61_706)}))[
        "index.html"
    ]

    assert texts(page, "h2") == ["known", "small teaching size"]


def test_a_large_model_of_the_registry_itself_is_not_of_teaching_size():
    made = site(card(OWN), records={"mindhub/2.3/lenet_mnist": record(network_parameters=2_000_000)})

    assert texts(build_site(made)["index.html"], "h2") == ["lenet"]


def test_among_known_models_those_that_load_come_first_then_the_last_updated():
    cards = [
        card(f'model-name: {name}\nupdate-time: "{date}"', uid=f"mindspore/1.9/{name}")
        for name, date in (("new", "2026-05-05"), ("loads", "2020-01-01"), ("fails", "2026-06-06"))
    ]
    records = {"mindspore/1.9/loads": record({"run": "not run"}), "mindspore/1.9/fails": record({"run": "failed"})}

    assert names(build_site(site(*cards, records=records))["index.html"]) == ["loads", "fails", "new"]


def test_versions_with_the_same_files_are_said_to_have_identical_weights():
    same = f"asset:\n  - {{file-format: ckpt, asset-link: 'https://x.org/a.ckpt', asset-sha256: {'a' * 64}}}\n"
    cards = [
        card(f'mindspore-version: "{version}"\n{patch}', uid=f"mindhub/{version}/lenet_mnist")
        for version, patch in (("2.10", same), ("2.3", same), ("1.9", same.replace("a" * 64, "b" * 64)))
    ]

    page = build_site(site(*cards))["index.html"]

    labels = {
        node.text: node.attributes["aria-label"]
        for node in dom(page)
        if "aria-label" in node.attributes and node.tag == "a"
    }
    assert labels["=2.3"] == "lenet, MindSpore 2.3, identical weights"
    assert labels["1.9"] == "lenet, MindSpore 1.9"


def test_the_version_filter_tells_apart_what_is_claimed_and_what_was_run():
    old = card('model-name: old\nmindspore-version: "1.7"', uid="mindspore/1.7/old")
    new = card('model-name: new\nmindspore-version: "2.10"', uid="mindspore/2.10/new")

    pages = build_site(site(old, new, records={"mindspore/1.7/old": record()}))

    assert sorted(names(pages["version/2.10/index.html"])) == ["new", "old"]
    assert names(pages["version/2.10-run/index.html"]) == ["old"]
    assert texts(pages["version/2.10-run/index.html"], "h1") == ["Models run with MindSpore 2.10"]
    first = next(
        node for node in dom(pages["index.html"]) if node.tag == "input" and node.attributes["type"] == "radio"
    )
    assert first.attributes["name"] == "version"


@pytest.mark.parametrize(
    ("kind", "slug"),
    [
        ("domain", "cv"), ("task", "image-classification"), ("dataset", "mnist"), ("device", "gpu"),
        ("version", "2.3"), ("license", "apache-2.0"), ("publisher", "mindhub"), ("format", "ckpt"),
        ("parameters", "1m-10m"), ("status", "score-re-measured"),
    ],
)  # fmt: skip
def test_every_filter_has_a_page_for_each_value_that_lists_its_models(kind, slug):
    made = card("devices: [gpu]")
    other = card("model-name: other\nmodule-type: nlp\ntrain-dataset: cola\n# no asset", uid="someone/1.9/other")
    uid = "mindhub/2.3/lenet_mnist"

    page = build_site(site(made, other, records={uid: record(network_parameters=5_000_000)}))[
        f"{kind}/{slug}/index.html"
    ]

    assert names(page)[0].startswith("lenet")


def test_all_cards_are_listed_on_request():
    cards = [
        card(f'mindspore-version: "{version}"', uid=f"mindhub/{version}/lenet_mnist") for version in ("2.3", "1.9")
    ]

    pages = build_site(site(*cards))

    assert len(rows(pages["index.html"])) == 1
    assert sorted(texts(pages["cards/index.html"], "p", "uid")) == [
        "mindhub/1.9/lenet_mnist",
        "mindhub/2.3/lenet_mnist",
    ]


def test_rows_can_be_sorted_by_a_score_that_two_models_have():
    cards = [card(f"model-name: net{n}\nevaluation: acc{90 + n}", uid=f"mindhub/2.3/net{n}") for n in range(2)]

    page = build_site(site(*cards))["index.html"]

    assert "accuracy on MNIST" in texts(page, "option")
    assert sorted(node.attributes["data-scores"] for node in rows(page)) == ["mnist/accuracy=90", "mnist/accuracy=91"]


def test_a_score_that_one_model_has_sorts_nothing():
    assert texts(build_site(site(card()))["index.html"], "optgroup") == []


def test_a_filter_with_one_value_that_all_models_have_is_not_offered():
    page = build_site(site(card()))["index.html"]

    assert [node for node in dom(page) if node.attributes.get("type") == "radio"] == []


def test_chinese_labels_are_searched_on_english_pages_and_an_image_classifier_is_found_by_what_it_does():
    page = build_site(site(card("module-type: cv\nevaluation: top1acc79.3", uid="mindspore/1.9/some")))["index.html"]

    (row,) = rows(page)
    assert "计算机视觉" in row.attributes["data-words"]
    assert "图像分类" in row.attributes["data-words"]


def test_a_row_is_the_same_on_every_page_but_for_its_addresses():
    cards = [card(f"model-name: net{n}", uid=f"mindhub/2.3/net{n}") for n in range(2)]
    pages = build_site(site(*cards))

    near = [
        node.attributes["href"]
        for node in dom(pages["index.html"])
        if node.attributes.get("href", "").endswith("net0/index.html")
    ]
    far = [
        node.attributes["href"]
        for node in dom(pages["dataset/mnist/index.html"])
        if node.attributes.get("href", "").endswith("net0/index.html")
    ]

    assert near == ["mindhub/2.3/net0/index.html"]
    assert far == ["../../mindhub/2.3/net0/index.html"]
    assert all(b"\0" not in content for path, content in pages.items() if path.endswith(".html"))


def test_the_listing_says_which_models_are_of_teaching_size_to_programs_too():
    data = json.loads(build_site(site(card(OWN), options=Options(languages=("en",))))["index.json"])

    assert [item["teaching_size"] for item in data["cards"]] == [True]
    assert [item["size"] for item in data["cards"]] == [len(WEIGHTS)]
