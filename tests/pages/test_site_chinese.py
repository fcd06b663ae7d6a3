"""Chinese pages: what a card says in Chinese is said in Chinese wherever the card is named."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from mindhub.check import check
from mindhub.messages import recall
from mindhub.pages import Options, build_site, fulltext
from mindhub.pages.disk import gather, read_options
from mindhub.pages.entries import entries
from mindhub.pages.folder import write_site
from mindhub.pages.plots import Axis, Point, scatter, strip
from mindhub.smoke.evidence import PASSED, Stage
from mindhub.smoke.network_runs import NetworkRun
from mindhub.source import open_registry
from mindhub.translation import read
from pages.sites import VOID, card, dom, measured, record, site, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.pages.inputs import SiteInput

LENET, VGG = "mindhub/2.3/lenet_mnist", "mindhub/2.3/vgg_mnist"
SAID = read("---\nsummary: 识别手写数字。\n---\n\n# 数字网络\n\n## 简介\n\n这是正文。\n", "zh")
ATOM = "{http://www.w3.org/2005/Atom}"
#: What a reader is told that is no text between tags.
TOLD = ("title", "alt", "aria-label", "content", "placeholder", "label")
#: Names of files, tensors and cards are the same in every language, and so is code.
SAME = frozenset(("code", "pre", "script", "style"))
SAME_CLASSES = frozenset(("uid", "mono", "prose"))


class Said(HTMLParser):
    """Collects the texts of a page that stand for its own language."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        classes = frozenset(told.get("class", "").split())
        other = told.get("lang", "zh-Hans")[:2] != "zh" or tag in SAME or bool(classes & SAME_CLASSES)
        other = other or bool(self.open and self.open[-1][1])
        if not other:
            self.found += [told[name] for name in TOLD if name in told]
        if tag not in VOID:
            self.open.append((tag, other))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open and not self.open[-1][1]:
            self.found.append(" ".join(data.split()))


def english(pages: dict[str, bytes], source: SiteInput) -> Iterator[str]:
    """Yield where a Chinese page calls a card by its English name though it has a Chinese one."""
    found = entries(source)
    named = [entry for entry in found if entry.title("zh") != entry.name]
    assert named, "no card has a Chinese title"
    # A card that nobody translated may be called the same.
    short = {entry.name for entry in named} - {entry.name for entry in found if entry.title("zh") == entry.name}
    # A page's description has no language of its own: what a card says in English alone may stand there.
    own = {" ".join((entry.card.summary or "").split()) for entry in found if not entry.said.get("zh")}
    long = {entry.label("en") for entry in named if entry.label("en") != entry.name}
    chinese = [path for path in pages if path.startswith("zh/") and path.endswith(".html")]
    assert len(chinese) > 20
    for path in chinese:
        reader = Said()
        reader.feed(pages[path].decode())
        for text in reader.found:
            # A name that stands by itself, or first in a list of what is said about a card.
            first = re.split(r", | · |: ", text)[0]
            if text not in own and (first in short or any(name in text for name in long)):
                yield f"{path}: {text}"


def translated(**changes: object) -> SiteInput:
    cards = (card("evaluation: acc97.5\n"), card("model-name: vgg\nevaluation: acc91.5\n# no asset", uid=VGG))
    return site(*cards, translations={(LENET, "zh"): SAID}, options=Options(), **changes)


def of_language(pages: dict[str, bytes], language: str) -> dict[str, object]:
    return json.loads(pages[f"{LENET}/index.json"])["texts"][language]


def test_an_english_name_on_a_chinese_page_is_found() -> None:
    source = translated()
    pages = build_site(source)
    pages["zh/index.html"] = pages["zh/index.html"].replace("数字网络".encode(), b"lenet")

    assert any(found.startswith("zh/index.html: lenet") for found in english(pages, source))


def test_no_page_calls_a_translated_card_by_its_english_name() -> None:
    source = translated(records={LENET: record(measured=(measured(97.48),))})

    assert list(english(build_site(source), source)) == []


@pytest.mark.slow
def test_no_page_of_this_registry_calls_a_translated_card_by_its_english_name() -> None:
    registry = open_registry()
    source, faults = gather(check([registry.root]), registry, read_options(registry))
    pages = build_site(source)

    assert not faults
    assert list(english(pages, source)) == []


def test_a_card_s_json_has_what_pages_say_in_every_language() -> None:
    pages = build_site(translated(records={LENET: record(measured=(measured(97.48),))}))

    assert of_language(pages, "zh") == {
        "name": "数字网络",
        "summary": "识别手写数字。",
        "summary_language": "zh-Hans",
        "scores": [{"metric": "准确率", "dataset": "MNIST", "claimed": "97.5\u202f%", "measured": "97.48\u202f%"}],
        "status": "指标已复测",
        "reason": None,
    }
    assert of_language(pages, "en")["name"] == "lenet"
    assert of_language(pages, "en")["scores"][0]["metric"] == "accuracy"
    assert json.loads(pages["compare/index.json"])["models"][0]["names"] == {"en": "lenet", "zh": "数字网络"}


def test_a_part_of_a_data_set_is_called_by_its_chinese_name() -> None:
    scores = "evaluation:\n  - {metric: accuracy, value: 90, split: test}\n  - {metric: f1, value: 80, split: mine}\n"
    pages = build_site(site(card(scores), options=Options()))

    assert [score["dataset"] for score in of_language(pages, "zh")["scores"]] == ["MNIST, 测试集", "MNIST, mine"]


def test_a_summary_that_nobody_translated_says_its_language() -> None:
    pages = build_site(translated())
    summaries = [node for node in dom(pages["zh/index.html"]) if node.attributes.get("class") == "summary"]

    assert [node.attributes.get("lang") for node in summaries] == [None, "en"]


def test_a_title_of_its_own_tells_apart_what_is_called_alike_in_the_other_language() -> None:
    other = card("model-name: lenet\ntrain-dataset: cifar10\n# no asset", uid="mindhub/2.3/lenet_cifar10")
    pages = build_site(site(card(), other, translations={(LENET, "zh"): SAID}, options=Options()))

    assert "数字网络" in texts(pages["zh/index.html"], "h2")
    assert "lenet · MNIST" in texts(pages["index.html"], "h2")


def test_a_plot_calls_the_points_by_their_chinese_names() -> None:
    page = build_site(translated())["zh/leaderboard/mnist/accuracy/index.html"]
    said = [node.attributes["aria-label"] for node in dom(page) if "aria-label" in node.attributes]

    assert f"数字网络，{LENET}，97.5\u202f%" in said


def test_labels_of_chinese_letters_keep_off_each_other() -> None:
    points = [Point(10.0 + at, 90.0, "多层感知机手写数字识别", "x", "x") for at in range(2)]
    plot = scatter(points, Axis("x", str), Axis("y", str), "d")
    places = re.findall(r'<text class="name (\w+)" x="([\d.]+)" y="([\d.]+)">', str(plot))

    assert len(places) == 2
    assert len({(anchor, y) for anchor, _, y in places}) == 2


def test_chinese_pages_have_feeds_of_their_own() -> None:
    pages = build_site(translated())
    feed = ET.fromstring(pages["zh/feeds/new.xml"])
    link = next(n for n in dom(pages["zh/index.html"]) if n.attributes.get("type") == "application/atom+xml")

    assert f"数字网络 ({LENET})" in [node.text for node in feed.iter(f"{ATOM}title")]
    assert f"../../zh/{LENET}/index.html" in [node.attrib["href"] for node in feed.iter(f"{ATOM}link")]
    assert feed.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "zh-Hans"
    assert link.attributes["href"] == "feeds/new.xml"
    ids = [
        {node.text for node in ET.fromstring(pages[path]).iter(f"{ATOM}id")}
        for path in ("feeds/new.xml", "zh/feeds/new.xml")
    ]
    assert not ids[0] & ids[1]


def test_texts_are_searched_in_every_language_and_found_under_the_page_s_title() -> None:
    page = fulltext.page("lenet", f"{LENET}/index.html", card(), {"zh": SAID})

    assert 'data-title="lenet"' in page
    assert 'data-title-zh="数字网络"' in page
    assert "title-zh[data-title-zh]" in page
    assert "这是正文。" in page


def test_structured_data_name_the_model_in_the_page_s_language() -> None:
    page = build_site(translated())[f"zh/{LENET}/index.html"]
    data = next(json.loads(n.text) for n in dom(page) if n.attributes.get("type") == "application/ld+json")

    assert (data["name"], data["alternateName"]) == ("数字网络", "lenet")


def test_what_runs_of_this_registry_wrote_is_said_in_chinese() -> None:
    registry = open_registry()
    source, _ = gather(check([registry.root]), registry, read_options(registry))
    reasons = [
        stage.reason
        for each in source.records.values()
        for stage in each.evidence.stages
        if stage.verdict == PASSED and stage.reason and stage.name != "shape"
    ]

    assert len(reasons) > 100
    assert [reason for reason in reasons if recall(reason, "zh") == reason] == []


def test_a_sentence_that_no_run_is_known_to_write_stays_as_it_is() -> None:
    assert recall("the disk caught fire", "zh") == "the disk caught fire"
    assert recall("12 bytes", "zh") == "12 字节"
    assert recall("12 bytes", "en") == "12 bytes"


def test_a_list_of_known_sentences_is_said_part_by_part() -> None:
    assert recall("claims, asset", "zh") == "声明、文件"
    assert recall("claims, weather", "zh") == "claims, weather"
    why = "made with MindSpore 2.9.0; made with an earlier version of the checks"
    assert recall(why, "zh") == "以 MindSpore 2.9.0 得出；以较早版本的检查程序得出"


def test_a_few_scores_stand_on_a_line_each_with_their_names() -> None:
    points = [Point(80.0 + at, 0.0, f"网络{at}", "x", "x", 79.0) for at in range(3)]
    plot = str(strip(points, Axis("x", str), "d"))
    heights = re.findall(r'<text class="name end" x="[\d.]+" y="([\d.]+)">网络(\d)<', plot)

    assert [name for _, name in heights] == ["0", "1", "2"]
    assert len({height for height, _ in heights}) == 3
    assert plot.count('class="measured"') == 3


def test_more_scores_than_names_have_room_are_dots_alone() -> None:
    plot = str(strip([Point(80.0 + at, 0.0, "n", "x", "x") for at in range(13)], Axis("x", str), "d"))

    assert plot.count("<circle") == 13
    assert 'class="name' not in plot


def test_a_network_that_ran_with_random_weights_is_not_called_unknown() -> None:
    run = NetworkRun(LENET, "hub", "2026-02-03", {}, {"mindspore": "2.10.0"}, (Stage("run", PASSED),), 61_706)
    page = build_site(site(card(), network_runs={LENET: run}))[f"{LENET}/index.html"]

    said = texts(page, "p", "said")
    assert said[0].startswith("The network is known and ran here with random weights")


def test_a_network_run_with_random_weights_says_how_many_parameters_there_are() -> None:
    run = NetworkRun(LENET, "hub", "2026-02-03", {}, {}, (), 61_706)
    (here,) = entries(site(card(), network_runs={LENET: run}))
    (elsewhere,) = entries(site(card(), network_runs={LENET: replace(run, made_by="reported")}))

    assert here.parameters == 61_706
    assert elsewhere.parameters is None


@pytest.mark.browser
def test_chinese_names_are_offered_and_compared(visit, tmp_path) -> None:
    out = tmp_path / "site"
    source = translated(records={LENET: record(measured=(measured(97.48),))})
    write_site(build_site(replace(source, fulltext=False)), out)
    page = visit(out).open("zh/compare/index.html")

    page.fill("#pick", "数字网络")
    page.locator(".pick button").click()
    page.wait_for_selector(".side tbody td")

    assert page.locator(".side thead a").all_text_contents() == ["数字网络"]
    assert page.locator("#choices option").first.text_content() == "数字网络"
    assert page.locator("[data-field=summary] td").inner_text() == "识别手写数字。"
    assert page.locator("[data-field=scores] td").inner_text().startswith("准确率 97.5")
    assert page.locator("[data-field=status] td").inner_text() == "指标已复测"
