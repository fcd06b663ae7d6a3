"""What programs, feed readers, search engines and READMEs take from a site."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from mindhub.pages import Options, build_site
from mindhub.pages.badges import draw
from pages.sites import PORTS, card, dom, record, sample, site, texts

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
UID = "mindhub/2.3/lenet_mnist"
HUB = Options(languages=("en", "zh"), base_url="https://hub.example.org/models/")


@pytest.fixture(scope="module")
def pages():
    return build_site(sample())


def entries(feed):
    return [entry.findtext(f"{ATOM}title") for entry in ET.fromstring(feed).findall(f"{ATOM}entry")]


def test_the_shards_together_are_the_whole_list(pages):
    listed = json.loads(pages["index/index.json"])["shards"]
    found = [item for shard in listed for item in json.loads(pages[shard["url"]])["cards"]]

    assert len(listed) == 3
    whole = json.loads(pages["index.json"])["cards"]
    assert sorted(found, key=lambda item: item["uid"]) == sorted(whole, key=lambda item: item["uid"])


def test_a_file_is_found_by_its_sha256(pages):
    sha256 = hashlib.sha256(b"weights").hexdigest()

    found = json.loads(pages[f"by-sha256/{sha256}.json"])

    assert [item["uid"] for item in found["cards"]] == ["mindhub/2.10/lenet_mnist"]


def test_every_schema_lies_at_the_path_of_its_id(pages):
    schemas = {path: json.loads(content) for path, content in pages.items() if path.startswith("schema/")}

    assert len(schemas) > 5
    assert {path: urlsplit(schema["$id"]).path for path, schema in schemas.items()} == {
        path: f"/{path}" for path in schemas
    }


def test_the_feeds_tell_new_models_from_updated_cards_and_broken_ones(pages):
    assert len(entries(pages["feeds/new.xml"])) == 4
    assert len(entries(pages["feeds/updated.xml"])) == 5
    assert entries(pages["feeds/broken.xml"]) == ["bert (mindspore/1.7/bert_cola)"]
    assert b"because load" in pages["feeds/broken.xml"]


def test_tasks_and_publishers_have_feeds_that_their_pages_name(pages):
    links = [
        n.attributes["href"]
        for n in dom(pages["publisher/mindspore/index.html"])
        if n.attributes.get("type") == "application/atom+xml"
    ]

    assert entries(pages["publisher/mindspore/feed.xml"]) == ["bert (mindspore/1.7/bert_cola)"]
    assert links == ["../../publisher/mindspore/feed.xml"]
    assert "task/image-classification/feed.xml" in pages


def test_a_feed_has_an_id_a_time_and_an_author_and_no_entry_twice(pages):
    feed = ET.fromstring(pages["feeds/updated.xml"])
    ids = [node.text for node in feed.iter(f"{ATOM}id")]

    assert len(ids) == len(set(ids)) == 6
    assert feed.findtext(f"{ATOM}updated") == max(node.text for node in feed.iter(f"{ATOM}updated"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "MindHub"


def test_no_text_of_a_card_breaks_a_feed():
    made = build_site(site(card('summary: "a <b> & \\u0001 ]]> \\ud800"\nmodel-name: "</title>&"')))

    assert entries(made["feeds/new.xml"]) == [f"</title>& ({UID})"]


def test_the_sitemap_has_every_page_where_the_address_is_known():
    made = build_site(replace(sample(), options=HUB))
    found = [node.text for node in ET.fromstring(made["sitemap.xml"]).iter(f"{MAP}loc")]

    assert f"{HUB.base_url}zh/{UID}/" in found
    assert len(found) == sum(path.endswith("index.html") for path in made)
    assert made["robots.txt"].decode().splitlines()[-1] == f"Sitemap: {HUB.base_url}sitemap.xml"


def test_without_an_address_there_is_no_sitemap_and_no_canonical_link(pages):
    assert "sitemap.xml" not in pages
    assert b"Sitemap" not in pages["robots.txt"]
    assert [n for n in dom(pages["index.html"]) if n.attributes.get("rel") == "canonical"] == []


def test_a_card_says_what_it_is_in_the_words_of_schema_org():
    made = build_site(replace(sample(), options=HUB))["mindhub/2.10/lenet_mnist/index.html"]
    (text,) = [text for node, text in scripts(made)]
    data = json.loads(text)

    assert data["@type"] == "SoftwareSourceCode"
    assert data["url"] == f"{HUB.base_url}mindhub/2.10/lenet_mnist/"
    assert data["license"] == "https://spdx.org/licenses/Apache-2.0"
    assert data["associatedMedia"][0]["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert [n.attributes["content"] for n in dom(made) if n.attributes.get("property") == "og:url"] == [data["url"]]


def test_a_link_to_a_page_is_shown_with_a_picture_where_the_address_of_the_site_is_known(pages):
    made = build_site(replace(sample(), options=HUB))
    (image,) = [
        n.attributes["content"] for n in dom(made[f"zh/{UID}/index.html"]) if n.attributes.get("property") == "og:image"
    ]

    picture = made[image.removeprefix(HUB.base_url)]
    assert picture.startswith(b"\x89PNG")
    assert [int.from_bytes(picture[at : at + 4], "big") for at in (16, 20)] == [1200, 630]
    assert b"og:image" not in pages[f"{UID}/index.html"]


def scripts(page):
    return [(n, "".join(n.texts)) for n in dom(page) if n.attributes.get("type") == "application/ld+json"]


def test_no_text_of_a_card_leaves_its_structured_data():
    summary = "</script><script>alert(1)</script><!-- & \\u2028"

    made = build_site(site(card(f'summary: "{summary}"')))[f"{UID}/index.html"]

    (text,) = [text for _, text in scripts(made)]
    assert "<" not in text
    assert json.loads(text)["description"].startswith("</script><script>alert(1)</script><!-- &")


def test_a_badge_says_how_far_a_card_was_verified(pages):
    good = ET.fromstring(pages["mindhub/2.10/lenet_mnist/badge.svg"])
    bad = pages["mindspore/1.7/bert_cola/badge.svg"].decode()

    assert good.attrib["aria-label"].startswith("MindHub: ")
    assert "MindSpore 2.10" in good.attrib["aria-label"]
    assert "failed" in bad
    assert "#b3261e" in bad


def test_a_badge_holds_any_text_as_text():
    badge = ET.fromstring(draw("<a>", '图像 & "x"', "#000"))

    assert badge.attrib["aria-label"] == '<a>: 图像 & "x"'
    assert int(badge.attrib["width"]) > 40


def test_the_page_about_the_json_shows_what_this_build_holds(pages):
    page = pages["api/index.html"]
    examples = " ".join(texts(page, "pre"))

    assert json.loads(texts(page, "pre")[0])["uid"] in {
        item["uid"] for item in json.loads(pages["index.json"])["cards"]
    }
    assert "badge.svg" in examples
    assert "<feed" in examples


def test_what_a_record_says_is_on_the_page_or_linked():
    made = build_site(site(card(PORTS), records={UID: record({"evaluate": "not run"}, notes=("a note",))}))
    page = texts(made[f"{UID}/index.html"], "main")[0]

    assert [
        part for part in ("2026-02-03", "2.10.0", "a" * 64, "because evaluate", "a note", "fc1") if part not in page
    ] == []
    assert "record.json" in {n.attributes.get("href", "").rsplit("/")[-1] for n in dom(made[f"{UID}/index.html"])}
