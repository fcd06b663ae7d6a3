"""The pages beside listings and cards: leaderboards, versions, comparing, overviews, health, keys, news, old names."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

import pytest

from mindhub.model import Finding, Severity
from mindhub.pages import Options, build_site
from mindhub.pages.entries import entries, models
from mindhub.pages.leaderboards import boards
from mindhub.pages.plots import Axis, Point, scatter, strip
from mindhub.pages.similar import similar
from mindhub.pages.versions import flat
from mindhub.publishers import Publisher
from mindhub.smoke.evidence import Compared, Output
from mindhub.translation import read
from mindhub.waivers import Waiver
from pages.payloads import MARKUP
from pages.sites import PORTS, card, dom, measured, record, sample, site, texts
from pages.test_site_injection import quoted

SHA_A, SHA_B, SHA_C = "a" * 64, "b" * 64, "c" * 64
WORK = """citation:
  title: Gradient-based learning, applied
  authors: [Yann LeCun, Leon Bottou]
  year: 1998
  venue: Proceedings of the IEEE
  doi: 10.1109/5.726791
"""


def scored(name: str, value: float, sha256: str = SHA_A, version: str = "2.3", more: str = ""):
    asset = f"asset:\n  - {{file-format: ckpt, asset-link: https://x.org/{name}.ckpt, asset-sha256: {sha256}}}\n"
    patch = f'model-name: {name}\nevaluation: acc{value}\nmindspore-version: "{version}"\n{asset}{more}'
    return card(patch, uid=f"mindhub/{version}/{name}_mnist")


def finding(uid: str, code: str = "RG001", **changes) -> Finding:
    return replace(Finding(code, "slug", Severity.ERROR, "f.md", "a fault", uid=uid), **changes)


def board_of(*cards, **changes):
    pages = build_site(site(*cards, **changes))
    return json.loads(pages["leaderboard/mnist/accuracy/index.json"]), pages["leaderboard/mnist/accuracy/index.html"]


def test_a_leaderboard_has_the_best_first_and_equal_scores_share_a_rank():
    data, _ = board_of(scored("a", 90, SHA_A), scored("b", 95, SHA_B), scored("c", 90, SHA_C))

    assert [(place["rank"], place["claimed"]) for place in data["places"]] == [(1, 95), (2, 90), (2, 90)]


def test_where_lower_is_better_the_lowest_leads():
    cards = [
        card(f"model-name: {n}\nevaluation: rmse{v}\n# no asset", uid=f"mindhub/2.3/{n}")
        for n, v in (("a", 3), ("b", 2))
    ]
    made = entries(site(*cards))

    (board,) = boards(made, sample().vocabulary)

    assert board.direction == "lower"
    assert [place.claimed for place in board.places] == [2, 3]


def test_a_file_counts_once_on_a_leaderboard():
    data, page = board_of(scored("a", 90), scored("a", 90, version="2.4"), scored("b", 80, SHA_B))

    assert [(place["uid"], place["others"]) for place in data["places"]] == [
        ("mindhub/2.4/a_mnist", ["mindhub/2.3/a_mnist"]),
        ("mindhub/2.3/b_mnist", []),
    ]
    assert "The same file, under 1 more" in texts(page, "summary")


def test_cards_whose_score_is_doubted_are_left_out_and_counted():
    cards = scored("a", 90), scored("b", 80, SHA_B), scored("c", 99, SHA_C)

    data, page = board_of(*cards, findings=(finding("mindhub/2.3/c_mnist"),))

    assert data["left_out"] == ["mindhub/2.3/c_mnist"]
    assert len(data["places"]) == 2
    assert "1 card is left out" in texts(page, "summary")


def test_an_accepted_fault_or_one_of_another_family_leaves_nobody_out():
    uid = "mindhub/2.3/c_mnist"
    cards = scored("a", 90), scored("c", 99, SHA_C)

    data, _ = board_of(*cards, findings=(finding(uid, waiver="for now"), finding(uid, "FD001")))

    assert data["left_out"] == []


def test_claimed_and_measured_scores_stand_in_their_own_columns():
    cards = scored("a", 90), scored("b", 80, SHA_B)

    data, page = board_of(*cards, records={"mindhub/2.3/a_mnist": record(measured=(measured(89.5),))})

    assert [(place["claimed"], place["measured"]) for place in data["places"]] == [(90, 89.5), (80, None)]
    assert texts(page, "td", "strong") == ["90 %", "89.5 %", "80 %", "—"]


def test_one_file_alone_makes_no_leaderboard():
    pages = build_site(site(scored("a", 90), scored("a", 90, version="2.4")))

    assert not [path for path in pages if path.startswith("leaderboard/mnist")]


def test_a_score_that_is_no_number_stops_nothing():
    data, _ = board_of(scored("a", 90), scored("b", 80, SHA_B), card("evaluation: [{metric: accuracy, value: 1e300}]"))

    assert data["left_out"] == ["mindhub/2.3/lenet_mnist"]


def test_a_card_names_its_rank_and_leads_to_the_leaderboard():
    page = build_site(site(scored("a", 90), scored("b", 80, SHA_B)))["mindhub/2.3/b_mnist/index.html"]

    (link,) = [node for node in dom(page) if node.tag == "a" and node.text == "2 of 2"]
    assert link.attributes["href"] == "../../../leaderboard/mnist/accuracy/index.html"


def test_scores_are_plotted_against_parameters_where_these_are_known():
    records = {f"mindhub/2.3/{n}_mnist": record(network_parameters=p) for n, p in (("a", 1000), ("b", 5_000_000))}

    _, page = board_of(scored("a", 90), scored("b", 80, SHA_B), records=records)

    assert "Parameters" in texts(page, "text")
    assert len([node for node in dom(page) if node.tag == "circle"]) == 2


AXIS = Axis("x", lambda value: f"{value:g}")


@pytest.mark.parametrize(
    "values", [(1.0, 1.0), (1e-9, 1e9), (0.0, 0.0), (-5.0, 1e14), (99.99, 100.0), (12345678.0, 12345679.0)]
)
def test_every_point_of_a_plot_lies_inside_it(values):
    points = [Point(10.0 ** (at + 1), value, "name", "a.html", "said") for at, value in enumerate(values)]

    for drawn in (
        scatter(points, AXIS, AXIS, "d"),
        strip([replace(point, x=point.y) for point in points], AXIS, "d"),
    ):
        places = [
            (float(node.attributes["cx"]), float(node.attributes["cy"]))
            for node in dom(drawn.encode())
            if node.tag == "circle"
        ]
        assert len(places) == 2
        assert all(0 <= x <= 720 and 0 <= y <= 340 for x, y in places)


def test_the_versions_of_a_model_stand_side_by_side_and_say_what_changed():
    cards = [scored("a", value, version=version) for value, version in ((90, "2.3"), (90, "2.4"), (91, "2.10"))]

    pages = build_site(site(*cards))
    data = json.loads(pages["versions/mindhub/a_mnist/index.json"])
    page = pages["versions/mindhub/a_mnist/index.html"]

    assert data["uids"] == [f"mindhub/{version}/a_mnist" for version in ("2.3", "2.4", "2.10")]
    assert data["fields"]["evaluation"] == ["acc90", "acc90", "acc91"]
    assert "evaluation" in data["differing"]
    assert "license" not in data["differing"]
    assert "changed: acc91" in texts(page, "td", "changed-cell")
    assert "../../../versions/mindhub/a_mnist/index.html" in {
        node.attributes.get("href") for node in dom(pages["mindhub/2.4/a_mnist/index.html"])
    }


def test_names_that_differ_in_case_alone_are_versions_of_one_model():
    cards = card(uid="mindhub/2.3/Net"), card(uid="mindhub/2.4/net")

    pages = build_site(site(*cards))

    assert json.loads(pages["versions/mindhub/net/index.json"])["uids"] == ["mindhub/2.3/Net", "mindhub/2.4/net"]


def test_nested_claims_are_told_apart_by_the_way_to_them():
    made = flat({"a": [{"b": {"c": "1"}}, {"b": "2"}], "d": ["x", "y"], "e": None})

    assert made == {"a[0].b.c": "1", "a[1].b": "2", "d": '["x", "y"]'}


def test_models_are_alike_by_backbone_and_by_what_they_do():
    cards = [
        card(f"model-name: {name}\nbackbone-name: {backbone}", uid=f"mindhub/2.3/{name}")
        for name, backbone in (("a", "resnet"), ("b", "resnet"), ("c", "vgg"))
    ]
    groups = models(entries(site(*cards)))

    found = similar(groups)

    first, why = found["mindhub", "a"][0]
    assert (first.stem, why) == ("b", "backbone")
    assert {other.stem for other, _ in found["mindhub", "a"]} == {"b", "c"}


def test_looking_for_similar_models_does_not_look_at_all_of_them():
    cards = [card(f"model-name: n{at}\nbackbone-name: one", uid=f"mindhub/2.3/n{at}") for at in range(60)]
    groups = models(entries(site(*cards)))

    found = similar(groups)

    assert all(len(likes) == 6 for likes in found.values())
    assert len({other.uid for likes in found.values() for other, _ in likes}) > 50


def test_cards_that_share_a_file_name_each_other():
    cards = scored("a", 90), scored("a", 90, version="2.4")

    page = build_site(site(*cards))["mindhub/2.3/a_mnist/index.html"]

    assert "1 other card has this very file" in texts(page, "summary")


def test_a_work_that_a_card_names_can_be_cited_and_downloaded():
    pages = build_site(site(card(WORK)))
    bib = pages["mindhub/2.3/lenet_mnist/citation.bib"].decode()
    cff = pages["mindhub/2.3/lenet_mnist/CITATION.cff"].decode()

    assert bib.startswith("@inproceedings{lecun-1998-gradient-based,\n")
    assert "  author    = {Yann LeCun and Leon Bottou}," in bib
    assert "{10.1109/5.726791}" in bib
    assert "preferred-citation:" in cff
    assert '{family-names: "LeCun", given-names: "Yann"}' in cff
    assert "Gradient-based learning" in texts(pages["mindhub/2.3/lenet_mnist/index.html"], "p", "reference")[0]


def test_citation_files_are_what_their_readers_expect():
    import yaml

    content = build_site(site(card(WORK)))["mindhub/2.3/lenet_mnist/CITATION.cff"]

    loaded = yaml.safe_load(content)

    assert loaded["cff-version"] == "1.2.0"
    assert loaded["preferred-citation"]["year"] == 1998
    assert loaded["authors"] == [{"name": "The authors"}]


def test_no_braces_of_a_card_leave_their_field_in_bibtex():
    page = build_site(site(card('model-name: "x}, evil = {y"\nauthor: "a \\\\input{b}"')))

    text = next(node.text for node in dom(page["mindhub/2.3/lenet_mnist/index.html"]) if node.text.startswith("@misc"))

    assert "evil = {y" not in text
    assert text.count("{") == text.count("}")


def test_a_translation_is_shown_in_its_language():
    said = read("---\nsummary: 识别手写数字。\n---\n\n# 数字网络\n\n## 简介\n\n这是正文。\n", "zh")
    made = site(card(), translations={("mindhub/2.3/lenet_mnist", "zh"): said}, options=Options())

    pages = build_site(made)
    chinese = pages["zh/mindhub/2.3/lenet_mnist/index.html"]

    assert texts(chinese, "h1") == ["数字网络"]
    assert "识别手写数字。" in texts(chinese, "p", "lead")
    assert "这是正文。" in texts(chinese, "p")
    assert "数字网络" in texts(pages["zh/index.html"], "h2")[0]
    assert texts(pages["mindhub/2.3/lenet_mnist/index.html"], "h1") == ["lenet"]


def test_a_text_that_is_not_translated_says_its_language():
    pages = build_site(site(card(body="## Introduction\n\nWords.\n"), options=Options()))
    prose = next(
        node for node in dom(pages["zh/mindhub/2.3/lenet_mnist/index.html"]) if node.attributes.get("class") == "prose"
    )

    assert prose.attributes["lang"] == "en"


def test_a_shared_disclaimer_stands_beside_the_licence():
    made = site(card("x-a: b"), disclaimers={"hub": "Only for **research**.\n"})
    named = replace(made, cards=(card("disclaimer: hub"),))

    without, with_it = (build_site(each)["mindhub/2.3/lenet_mnist/index.html"] for each in (made, named))

    assert "Only for research." not in texts(without, "p")
    assert "Only for research." in texts(with_it, "p")


def test_a_disclaimer_in_the_text_is_led_to_from_the_licence():
    page = build_site(site(card(body="## Disclaimer\n\nNone.\n")))["mindhub/2.3/lenet_mnist/index.html"]

    assert "#d-disclaimer" in [node.attributes.get("href") for node in dom(page)]


def test_source_code_is_led_to_at_its_commit():
    commit = "ab" * 20
    patch = f"repo-link: https://gitee.com/mindspore/models/tree/r1.9/research/cv/x\nrepo-commit: {commit}\n# no smoke"

    page = build_site(site(card(patch)))["mindhub/2.3/lenet_mnist/index.html"]

    assert f"https://gitee.com/mindspore/models/tree/{commit}/research/cv/x" in [
        node.attributes.get("href") for node in dom(page)
    ]
    assert any(f"checkout {commit}" in text for text in texts(page, "code"))


@pytest.mark.parametrize(
    "link", ["https://gitee.com/a/b/tree/r1/$(id)", "https://evil.org/a/b/tree/r1/x", "https://gitee.com/a/b/tree/r1?x"]
)
def test_an_address_of_unknown_form_makes_no_shell_line(link):
    page = build_site(site(card(f"repo-link: '{link}'\n# no smoke")))["mindhub/2.3/lenet_mnist/index.html"]

    assert not [text for text in texts(page, "code") if "git clone" in text]


def test_publishers_say_who_answers_for_them():
    publisher = Publisher("mindhub", "The MindHub authors", ("someone",), "hub@example.org", "https://example.org/hub")

    page = build_site(site(card(), publishers={"mindhub": publisher}))["publishers/index.html"]

    assert "hub@example.org" in texts(page, "dd")
    assert "https://example.org/hub" in [node.attributes.get("href") for node in dom(page)]


def test_health_counts_findings_and_shows_accepted_faults_with_their_last_day():
    waivers = (
        Waiver(1, "FD001", "mindhub/2.3/*", "later", "someone", dt.date(2026, 5, 1)),
        Waiver(0, "AS001", "mindhub/2.3/lenet_mnist", "why not", "else", dt.date(2026, 1, 2)),
    )
    findings = (
        finding("mindhub/2.3/lenet_mnist", "AS001", waiver="why not"),
        finding("mindhub/2.3/lenet_mnist", "FD003", severity=Severity.WARNING),
        finding("waivers.yaml", "WV001", path=(0,)),
    )
    records = {"mindhub/2.3/lenet_mnist": record(due="MindSpore 2.11 is out")}

    pages = build_site(site(card(), waivers=waivers, findings=findings, records=records))
    data, page = json.loads(pages["health/index.json"]), pages["health/index.html"]

    assert data["findings"] == {"error": 1, "warning": 1, "advice": 0}
    assert {"code": "AS001", "findings": 0, "accepted": 1} in data["rules"]
    assert data["due"] == [{"uid": "mindhub/2.3/lenet_mnist", "date": "2026-02-03", "why": "MindSpore 2.11 is out"}]
    assert [node.text for node in dom(page) if node.tag == "time" and "2026-01" in node.text] == ["2026-01-02"]
    assert "expired" in texts(page, "span", "tag")


def test_health_says_when_addresses_last_answered():
    reached = {"https://x.org/a.ckpt": "2026-02-01"}

    data = json.loads(build_site(site(scored("a", 90), scored("b", 80), reached=reached))["health/index.json"])

    assert data["addresses"] == [{"uid": "mindhub/2.3/a_mnist", "url": "https://x.org/a.ckpt", "reached": "2026-02-01"}]
    assert data["addresses_never_asked"] == 1


def test_every_key_of_the_schema_has_a_page_in_both_languages():
    pages = build_site(sample())
    keys = json.loads(pages["keys/index.json"])["keys"]

    assert len(keys) > 20
    for key in keys:
        english, chinese = (pages[f"{prefix}keys/{key['name']}/index.html"] for prefix in ("", "zh/"))
        assert texts(english, "h1") == [key["name"]]
        assert texts(english, "p", "lead")[0].isascii(), key["name"]
        assert re.search("[\u3400-\u9fff]{2}", texts(chinese, "p", "lead")[0]), key["name"]


def test_a_key_shows_what_cards_write_and_which_rules_name_it():
    pages = build_site(site(card("license: MIT")))
    data = json.loads(pages["keys/license/index.json"])

    assert data["values"] == [{"value": "MIT", "cards": 1}]
    assert "FD003" in data["rules"]


def test_the_matrix_has_a_column_for_each_version_and_device_that_ran():
    new = record(uid="mindhub/2.3/lenet_mnist")
    old = record(
        {"load": "failed"},
        uid="mindhub/2.3/lenet_mnist",
        date="2025-01-01",
        environment={"mindspore": "2.7.0", "device": "cpu"},
    )
    runs = {"mindhub/2.3/lenet_mnist": (old.evidence, new.evidence)}

    pages = build_site(
        site(card(PORTS), card(uid="mindhub/2.3/other"), records={"mindhub/2.3/lenet_mnist": new}, runs=runs)
    )
    data, page = json.loads(pages["matrix/index.json"]), pages["matrix/index.html"]

    assert [(column["mindspore"], column["device"]) for column in data["columns"]] == [("2.7", "cpu"), ("2.10", "cpu")]
    assert [cell["failed"] for cell in data["rows"][0]["cells"]] == ["load", None]
    assert "1 card was run. 1 card was not, or never came to start its network." in texts(page, "p", "counted")


def test_what_is_new_comes_newest_first():
    cards = [
        card(f'model-name: n{day}\nupdate-time: "2026-01-{day}"', uid=f"mindhub/2.3/n{day}") for day in (10, 12, 11)
    ]

    data = json.loads(build_site(site(*cards))["news/index.json"])

    assert [item["date"] for item in data["changed"]] == ["2026-01-12", "2026-01-11", "2026-01-10"]


def test_an_old_name_leads_to_the_card_of_today():
    aliases = {"mindhub/gpu/2.3/lenet_mnist": "mindhub/2.3/lenet_mnist", "mindhub/2.3/gone": "mindhub/2.3/nowhere"}

    pages = build_site(site(card(), aliases=aliases))
    page = pages["mindhub/gpu/2.3/lenet_mnist/index.html"]

    (refresh,) = [node for node in dom(page) if node.attributes.get("http-equiv") == "refresh"]
    assert refresh.attributes["content"] == "0; url=../../../../mindhub/2.3/lenet_mnist/index.html"
    assert json.loads(pages["mindhub/gpu/2.3/lenet_mnist/index.json"])["uid"] == "mindhub/2.3/lenet_mnist"
    assert not [path for path in pages if path.startswith("mindhub/2.3/gone")]
    assert "mindhub/gpu/2.3/lenet_mnist" in " ".join(texts(pages["mindhub/2.3/lenet_mnist/index.html"], "dd"))


def test_an_old_name_that_is_a_card_today_is_the_card():
    pages = build_site(
        site(card(), card(uid="mindhub/2.3/old"), aliases={"mindhub/2.3/OLD": "mindhub/2.3/lenet_mnist"})
    )

    assert texts(pages["mindhub/2.3/old/index.html"], "p", "uid")[0].startswith("mindhub/2.3/old")


def test_each_step_is_explained_by_a_model_that_took_it():
    uid = "mindhub/2.3/lenet_mnist"
    outputs = (Output((1, 10), "float32", (0.5,), "0" * 64),)

    page = build_site(site(card(PORTS), records={uid: record(measured=(measured(97.48),), outputs=outputs)}))
    said = texts(page["status/index.html"], "span", "example")

    assert said == [
        "Here: lenet: 247 kB in 2 tensors, with the claimed sha256.",
        "Here: lenet: 12 parameters, each in its place.",
        "Here: lenet: in 0.25 s, with outputs of 1 × 10.",
        "Here: lenet: on 2026-02-03, the recorded values again.",
        "Here: lenet: accuracy 97.48 % measured. The card claims 97.5 %.",
    ]


def test_states_beside_the_steps_are_explained_by_cards_that_have_them():
    cards = [card(PORTS, uid=f"mindhub/2.3/{name}") for name in ("failed", "old", "sent", "never")]
    records = {
        "mindhub/2.3/failed": record({"load": "failed"}),
        "mindhub/2.3/old": record(outdated="asset"),
        "mindhub/2.3/sent": record(made_by="reported"),
    }

    page = build_site(site(*cards, records=records))["status/index.html"]
    links = [
        node.attributes["href"] for node in dom(page) if node.tag == "a" and "#verified" in node.attributes["href"]
    ]

    assert [link.split("/")[-2] for link in links][-4:] == ["never", "failed", "old", "sent"]


def test_how_far_outputs_were_from_the_record_is_shown():
    compared = (Compared(10, 1, 0.25, 0.01), Compared(5, 0, 0.5, 0.02))

    page = build_site(site(card(PORTS), records={"mindhub/2.3/lenet_mnist": record(compared=compared)}))

    assert "15 values compared, 1 beyond the tolerance; largest difference 0.5" in texts(
        page["mindhub/2.3/lenet_mnist/index.html"], "dd"
    )


def test_a_file_says_which_one_it_took_the_place_of():
    patch = (
        "asset:\n  - file-format: ckpt\n    asset-link: https://x.org/a.ckpt\n"
        f"    asset-sha256: {SHA_A}\n    replaces: {{sha256: {SHA_B}, reason: it was cut off}}\n"
    )

    page = build_site(site(card(patch)))["mindhub/2.3/lenet_mnist/index.html"]

    assert f"takes the place of {SHA_B}: it was cut off" in texts(page, "p", "quiet")


def test_the_page_for_what_is_missing_searches_and_speaks_both_languages():
    options = Options(base_url="https://example.org/sub/")

    page = build_site(site(card(), options=options))["404.html"]

    (form,) = [node for node in dom(page) if node.tag == "form"]
    assert form.attributes["action"] == "/sub/index.html"
    assert [node.attributes["href"] for node in dom(page) if node.text == "全部模型"] == ["/sub/zh/index.html"]


def test_no_text_of_a_card_becomes_markup_on_these_pages():
    names = ["author", "model-name", "backbone-name", "train-dataset", "license", "summary", "user-id"]
    patches = ["".join(f"{name}: {quoted(text)}\n" for name in names) + "evaluation: acc9\n" for text in MARKUP]
    cards = [
        card(f'{patch}mindspore-version: "{version}"\n{_asset(at)}', uid=f"mindhub/{version}/x{at}")
        for at, patch in enumerate(patches)
        for version in ("2.3", "2.4")
    ]
    plain = build_site(sample())

    pages = build_site(site(*cards, options=sample().options))

    allowed = {node.tag for path, page in plain.items() if path.endswith(".html") for node in dom(page)}
    kinds = ("versions/", "leaderboard/", "tasks/", "datasets/", "publishers/", "keys/", "news/", "compare/", "health/")
    these = {path: page for path, page in pages.items() if path.startswith(kinds) and path.endswith(".html")}
    assert len(these) > len(patches)
    for path, page in these.items():
        nodes = dom(page)
        assert {node.tag for node in nodes} <= allowed, path
        assert not [node for node in nodes if any(name.startswith("on") for name in node.attributes)], path
        assert not [node for node in nodes if "javascript:" in node.attributes.get("href", "").lower()], path


def _asset(at: int) -> str:
    return f"asset:\n  - {{file-format: ckpt, asset-link: https://x.org/{at}.ckpt, asset-sha256: {at:064x}}}\n"
