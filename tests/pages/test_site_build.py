"""What every site must be: complete, linked, the same twice."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import posixpath
import re
from dataclasses import replace
from itertools import chain, pairwise
from urllib.parse import unquote, urldefrag

import jsonschema_rs
import pytest

from mindhub.pages import Options, build_site
from mindhub.pages.inputs import SiteError
from mindhub.resources import schema
from pages.sites import PORTS, card, dom, record, sample, site, texts, theme

UID = "mindhub/2.3/lenet_mnist"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return build_site(sample())


def html_pages(pages: dict[str, bytes]) -> dict[str, bytes]:
    found = {path: content for path, content in pages.items() if path.endswith(".html")}
    assert len(found) > 100
    return found


def test_the_same_input_gives_the_same_bytes(pages):
    assert build_site(sample()) == pages


def test_the_order_of_the_cards_does_not_matter(pages):
    made = sample()

    assert build_site(replace(made, cards=tuple(reversed(made.cards)))) == pages


def test_every_link_and_anchor_resolves(pages):
    anchors = {
        path: {node.attributes["id"] for node in dom(content) if "id" in node.attributes}
        for path, content in html_pages(pages).items()
    }
    broken = []
    for path, content in html_pages(pages).items():
        for node in dom(content):
            for name in ("href", "src"):
                target, fragment = urldefrag(node.attributes.get(name, ""))
                if name not in node.attributes or target.startswith("https://"):
                    continue
                root = "" if target.startswith("/") else posixpath.dirname(path)
                where = posixpath.normpath(posixpath.join(root, unquote(target).lstrip("/"))) if target else path
                if where not in pages or (fragment and fragment not in anchors[where]):
                    broken.append((path, node.attributes[name]))

    assert broken == []


def test_every_page_can_be_reached_from_the_first(pages):
    seen, todo = {"404.html"}, ["index.html"]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for node in dom(pages[path]):
            target = urldefrag(node.attributes.get("href", ""))[0]
            if node.tag == "a" and target.endswith(".html") and "//" not in target:
                todo.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)))

    # Where addresses of the old hub arrive, nothing leads from here.
    old = {path for path in pages if "resources/hub/" in path}
    assert set(html_pages(pages)) - seen - old == set()


def test_no_address_starts_at_the_root_of_the_host(pages):
    inside = {path: content for path, content in html_pages(pages).items() if path != "404.html"}
    absolute = [
        (path, node.attributes[name])
        for path, content in inside.items()
        for node in dom(content)
        for name in ("href", "src")
        if node.attributes.get(name, "").startswith("/")
    ]

    assert absolute == []


def test_every_page_has_a_json_twin(pages):
    for path, content in html_pages(pages).items():
        if path == "404.html":
            continue
        twin = next(n.attributes["href"] for n in dom(content) if n.attributes.get("type") == "application/json")
        where = posixpath.normpath(posixpath.join(posixpath.dirname(path), twin))

        assert json.loads(pages[where])["version"] == 1, path


@pytest.mark.parametrize(("kind", "name"), [("listing", "index"), ("card", "card-page")])
def test_the_json_is_what_its_schema_says(pages, kind, name):
    validator = jsonschema_rs.validator_for(schema(name))
    found = {path: json.loads(content) for path, content in pages.items() if path.endswith("/index.json")}
    found["index.json"] = json.loads(pages["index.json"])
    these = {path: data for path, data in found.items() if data["kind"] == kind}

    assert len(these) >= 5
    assert [(path, str(error)) for path, data in these.items() for error in validator.iter_errors(data)] == []


def test_the_schemas_refuse_what_lacks_a_field(pages):
    data = json.loads(pages["index.json"])
    del data["cards"][0]["uid"]

    assert not jsonschema_rs.validator_for(schema("index")).is_valid(data)


def test_the_page_for_what_is_missing_names_its_one_script_by_hash_or_has_none(pages):
    base = Options(base_url="https://example.org/sub/")
    own = [node for node in dom(pages["404.html"]) if node.tag == "script" and "src" not in node.attributes]
    written = pages["404.html"].split(b"<script>")[1].split(b"</script>")[0]
    digest = base64.b64encode(hashlib.sha256(written).digest()).decode()

    policy = next(node.attributes["content"] for node in dom(pages["404.html"]) if "http-equiv" in node.attributes)
    known = build_site(site(card(), options=base))["404.html"]

    assert len(own) == 1
    assert policy == POLICY.replace("'wasm-unsafe-eval'", f"'wasm-unsafe-eval' 'sha256-{digest}'")
    assert f'content="{POLICY}"'.encode() in known
    assert b"<script>" not in known


def test_the_listing_json_has_every_card_once(pages):
    uids = [item["uid"] for item in json.loads(pages["index.json"])["cards"]]

    assert sorted(uids) == sorted(str(found.uid) for found in sample().cards)


def test_no_page_has_code_or_style_of_its_own(pages):
    # The page for what is missing has to find the site first: see the test below.
    for path, content in html_pages(pages).items() - {("404.html", pages["404.html"])}:
        nodes = dom(content)
        policy = [n.attributes["content"] for n in nodes if "http-equiv" in n.attributes]

        assert policy == [POLICY], path
        assert not [n for n in nodes if n.tag == "style" or "style" in n.attributes], path
        scripts = [
            n.attributes["src"].rsplit("/")[-1]
            for n in nodes
            if n.tag == "script" and n.attributes.get("type") != "application/ld+json"
        ]
        assert scripts[0] == "site.js", path
        assert scripts[1:] in ([], ["listing.js"], ["compare.js"], ["tensors.js"]), path
        assert not [n for n in nodes if any(name.startswith("on") for name in n.attributes)], path


def test_ids_are_unique_within_a_page(pages):
    for path, content in html_pages(pages).items():
        ids = [node.attributes["id"] for node in dom(content) if "id" in node.attributes]

        assert len(ids) == len(set(ids)), path


def test_every_page_has_one_first_heading_and_skips_no_level(pages):
    for path, content in html_pages(pages).items():
        levels = [int(node.tag[1]) for node in dom(content) if re.fullmatch(r"h[1-6]", node.tag)]

        assert levels.count(1) == 1, path
        assert levels[0] == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)


def test_everything_a_card_says_is_on_its_page():
    said = {
        "model-name": "Namex", "backbone-name": "backx", "model-version": "9.8", "author": "Authorx",
        "user-id": "userx", "used-for": "usex", "license": "Licencex", "summary": "A summaryx.",
        "repo-link": "https://example.org/repox", "paper": "https://example.org/paperx", "update-time": '"2026-01-30"',
        "repo-commit": "ab" * 20, "tags": "[tagx, tagy]", "devices": "[ascend]", "train-dataset": "wordx",
        "evaluation": "[{metric: accuracy, value: 12.25}]",
    }  # fmt: skip
    patch = "".join(f"{key}: {value}\n" for key, value in said.items())
    found = build_site(site(card(patch + PORTS)))[f"{UID}/index.html"]
    main = texts(found, "main")[0]

    for value in (
        "Namex", "backx", "9.8", "Authorx", "userx", "usex", "Licencex", "A summaryx.", "example.org/repox",
        "example.org/paperx", "2026-01-30", "ab" * 20, "tagx", "tagy", "Ascend", "wordx", "12.25",
        "Image classification", "Computer vision", "2.3", "images", "1 × 1 × 8 × 8", "logits", "lenet.ckpt", "247 kB",
    ):  # fmt: skip
        assert value.casefold() in main.casefold()


def test_a_card_that_could_not_be_read_still_has_a_page():
    broken = card("evaluation: [1, {}, null]\nmodule-type: '-'\nasset: {}\nsmoke: [1]\nlicense: {a: b}\n")

    found = build_site(site(broken))

    assert texts(found[f"{UID}/index.html"], "h1") == ["lenet"]


def test_a_deleted_card_leaves_nothing():
    with_it = build_site(site(card(), card(uid="mindhub/2.3/other")))
    without = build_site(site(card()))

    assert any("mindhub/2.3/other" in path for path in with_it)
    assert not any("mindhub/2.3/other" in path for path in without)
    assert not any(b"2.3/other" in content for content in without.values())


def test_a_registry_without_cards_has_a_site():
    assert texts(build_site(site())["index.html"], "h1") == ["Models for MindSpore"]


def test_cards_that_differ_in_case_alone_are_refused():
    with pytest.raises(SiteError, match=r"mindhub/2\.3/A"):
        build_site(site(card(uid="mindhub/2.3/a"), card(uid="mindhub/2.3/A")))


def test_a_card_given_twice_is_refused():
    with pytest.raises(SiteError, match="two cards are called"):
        build_site(site(card(), card()))


def test_a_language_without_strings_is_refused():
    with pytest.raises(SiteError, match="'fr'"):
        build_site(site(card(), options=Options(languages=("en", "fr"))))


def test_the_languages_have_the_same_strings_with_the_same_placeholders():
    strings = theme().strings

    assert set(strings) == {"en", "zh"}
    assert list(strings["zh"]) == list(strings["en"])
    for key, text in strings["en"].items():
        assert sorted(PLACEHOLDER.findall(strings["zh"][key])) == sorted(PLACEHOLDER.findall(text)), key


def test_visitors_do_not_meet_our_own_words():
    english = " ".join(theme().strings["en"].values()).lower()

    assert not re.search(r"\b(smoke|evidence|waive[rd]?|front matter)\b", english)


def test_pages_of_the_other_language_are_in_it(pages):
    chinese = pages["zh/mindhub/2.10/lenet_mnist/index.html"]

    assert dom(chinese)[0].attributes["lang"] == "zh-Hans"
    assert "图像分类" in texts(chinese, "aside")[0]
    assert "使用" in texts(chinese, "h2")


def test_a_long_listing_comes_in_pages():
    cards = [card(f"model-name: net{n}", uid=f"mindhub/2.3/net{n}") for n in range(5)]

    found = build_site(site(*cards, options=Options(languages=("en",), page_size=2)))

    rows = [texts(found[path], "h2") for path in ("index.html", "page/2/index.html", "page/3/index.html")]
    assert [len(names) for names in rows] == [2, 2, 1]
    assert sorted(chain(*rows)) == [f"net{n}" for n in range(5)]
    assert len(json.loads(found["index.json"])["cards"]) == 5


def test_the_newest_version_of_a_model_leads_its_row():
    versions = ("2.3", "2.10", "1.9")
    cards = [card(f'mindspore-version: "{v}"', uid=f"mindhub/{v}/lenet_mnist") for v in versions]

    found = build_site(site(*cards))["index.html"]

    assert texts(found, "p", "uid") == ["mindhub/2.10/lenet_mnist"]
    assert texts(found, "ul", "versions") == ["2.10=2.3=1.9"]


def test_archived_and_replaced_cards_come_last():
    cards = (
        card('model-name: a\nmindspore-version: "1.3"\nupdate-time: "2026-03-03"', uid="mindhub/1.3/a"),
        card('model-name: b\nreplaced-by: mindhub/2.3/c\nupdate-time: "2026-03-02"', uid="mindhub/2.3/b"),
        card('model-name: c\nupdate-time: "2026-01-01"', uid="mindhub/2.3/c"),
    )

    found = build_site(site(*cards, options=Options(languages=("en",), archived=frozenset({"1.3"}))))["index.html"]

    assert texts(found, "h2") == ["c", "b deprecated", "a older MindSpore"]


def test_a_boilerplate_summary_gives_way_to_the_facts():
    from mindhub.model import Finding, Severity

    finding = Finding("FD006", "boilerplate-summary", Severity.ADVICE, "f.md", "says nothing", uid=UID)

    found = build_site(site(card("summary: lenet is used for cv"), findings=(finding,)))["index.html"]

    assert texts(found, "p", "summary") == ["Image classification on MNIST, accuracy 97.5 %, 247 kB."]


def test_the_filters_count_what_they_find(pages):
    listing = json.loads(pages["index.json"])
    versions = {item["name"]: item["models"] for item in listing["facets"]["version"]}
    states = {item["name"]: item["models"] for item in listing["facets"]["status"]}

    assert versions == {"2.10": 1, "2.10-run": 1, "2.3": 3, "1.7": 1}
    assert states == {
        "score-re-measured": 1, "runs": 1, "loads": 1, "file-checked": 2, "not-checked": 2, "failed": 1
    }  # fmt: skip


def test_every_rule_has_a_page_with_both_examples(pages):
    rules = sample().rules
    assert len(rules) > 40

    for rule in rules:
        page = pages[f"rules/{rule.code}/index.html"]
        assert rule.slug in texts(page, "h1")[0]
        assert len(texts(page, "pre")) == 2


def test_a_page_stays_light(pages):
    heavy = build_site(
        site(
            card(PORTS),
            records={UID: record(network_parameters=1, table=_wide())},
        )
    )

    assert len(gzip.compress(heavy[f"{UID}/index.html"])) < 50_000
    assert len(gzip.compress(pages["static/site.css"])) < 10_000
    assert len(gzip.compress(pages["static/site.js"])) < 6_000


def _wide():
    from pages.sites import table

    return table(*(f"encoder.layers.{n}.{part}.weight" for n in range(60) for part in "abcdefghijkl"))
