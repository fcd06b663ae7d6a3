"""The pages beside listings in a browser: comparing, finding tensors, old addresses, contrast, print, narrow."""

from __future__ import annotations

import datetime as dt
import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from mindhub.model import Finding, Severity
from mindhub.pages import build_site
from mindhub.pages.folder import write_site
from mindhub.publishers import Publisher
from mindhub.waivers import Waiver
from pages.sites import card, measured, record, sample, table
from pages.test_site_browser import Visit

LENET, BERT = "mindhub/2.10/lenet_mnist", "mindspore/1.7/bert_cola"
OLD = "mindhub/gpu/2.3/old_mnist"
PAGES = (
    "leaderboard/index.html", "leaderboard/mnist/accuracy/index.html", "versions/mindhub/lenet_mnist/index.html",
    f"compare/index.html?m={LENET}&m={BERT}", "compare/index.html", "tasks/index.html", "datasets/index.html",
    "publishers/index.html", "matrix/index.html", "health/index.html", "keys/index.html", "keys/asset/index.html",
    "news/index.html", "status/index.html", "404.html", "resources/hub/details/index.html", f"{LENET}/index.html",
    "zh/leaderboard/mnist/accuracy/index.html", "zh/health/index.html", "zh/keys/asset/index.html",
)  # fmt: skip
pytestmark = pytest.mark.browser


def everything():
    """Return the sample with all that these pages show: leaderboards, old names, accepted faults, runs, doubts."""
    base = sample()
    uid = LENET
    other = card(
        "model-name: vgg\nevaluation: acc91.5\nasset:\n  - {file-format: ckpt, asset-link: https://x.org/v.ckpt, "
        f"asset-sha256: {'d' * 64}}}\n",
        uid="mindhub/2.3/vgg_mnist",
    )
    findings = (
        Finding("AS001", "s", Severity.ERROR, "f.md", "a fault", uid=uid, waiver="for now"),
        Finding("EV001", "s", Severity.WARNING, "f.md", "another", uid="mindhub/2.3/gru_mnist"),
        Finding("FD003", "s", Severity.ADVICE, "f.md", "a third", uid="mindhub/2.3/vgg_mnist"),
    )
    many = record(
        {"load": "failed"}, table=table(*(f"bert.{layer}.{part}.weight" for layer in range(12) for part in "qkv"))
    )
    records = {
        **base.records,
        "mindhub/2.3/vgg_mnist": record(measured=(measured(91.4),), network_parameters=5_000_000),
        BERT: many,
    }
    return replace(
        base,
        cards=(*base.cards, other),
        records=records,
        findings=findings,
        aliases={OLD: "mindhub/2.3/old_mnist"},
        publishers={"mindhub": Publisher("mindhub", "The hub", ("a",), "a@example.org", "https://example.org/")},
        waivers=(Waiver(0, "AS001", uid, "for now", "someone", dt.date(2030, 1, 1)),),
        reached={"https://x.org/v.ckpt": "2026-01-02"},
        options=replace(base.options, base_url="https://hub.example.org/site/"),
    )


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    out = tmp_path_factory.mktemp("atlas") / "sub" / "site"
    write_site(build_site(everything()), out)
    return out


@pytest.fixture
def open_page(browser, serve, hub):
    opened = []

    def start(path, **options):
        window = Visit(browser, serve(hub.parent) + "/site", **options)
        opened.append(window)
        window.open(path)
        return window

    yield start
    for each in opened:
        each.context.close()


@pytest.fixture(scope="session")
def axe_script():
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_fault(open_page, axe_script, path, scheme):
    page = open_page(path, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce").page
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true })")
    page.evaluate(axe_script)

    found = page.evaluate(
        "() => axe.run().then(result => result.violations.map("
        "fault => [fault.id, fault.nodes.map(node => node.target + ' ' + node.failureSummary)]))"
    )

    assert found == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_messages_or_asks_others_or_scrolls_sideways(open_page, path):
    window = open_page(path, viewport={"width": 340, "height": 800})

    window.page.wait_for_load_state("networkidle")

    assert window.messages == []
    assert [url for url in window.requests if not url.startswith((window.address, "data:"))] == []
    assert window.page.evaluate("() => document.documentElement.scrollWidth") <= 340


def columns(page):
    return page.locator(".side thead .uid").all_text_contents()


def test_models_named_in_the_address_stand_side_by_side(open_page):
    page = open_page(f"compare/index.html?m={LENET}&m={BERT}").page
    page.wait_for_selector(".side tbody td")

    assert columns(page) == [LENET, BERT]
    assert page.locator("[data-field=parameters] td").all_text_contents()[0] == "12"
    assert "97.48" in page.locator("[data-field=measured] td").first.inner_text()


def test_a_model_is_added_by_name_and_the_address_keeps_it(open_page):
    page = open_page("compare/index.html").page

    page.fill("#pick", "bert")
    page.get_by_role("button", name="Add").click()
    page.wait_for_selector(".side tbody td")

    assert columns(page) == [BERT]
    assert page.url.endswith(f"compare/?m={BERT}")


def test_a_model_that_is_not_there_is_said_so(open_page):
    page = open_page(f"compare/index.html?m={LENET}").page
    page.wait_for_selector(".side tbody td")

    page.fill("#pick", "nowhere/1.0/x")
    page.get_by_role("button", name="Add").click()
    page.wait_for_function("() => document.querySelector('.pick .said').textContent")

    assert page.locator(".pick .said").inner_text() == "There is no such model."
    assert columns(page) == [LENET]


def test_a_model_can_be_removed(open_page):
    page = open_page(f"compare/index.html?m={LENET}&m={BERT}").page
    page.wait_for_selector(".side tbody td")

    page.get_by_role("button", name=f"Remove: {LENET}").click()

    page.wait_for_function("() => document.querySelectorAll('.side thead .uid').length === 1")
    assert columns(page) == [BERT]


def test_a_card_leads_to_its_comparison(open_page):
    page = open_page(f"{LENET}/index.html").page

    page.get_by_role("link", name="Compare with others").click()
    page.wait_for_selector(".side tbody td")

    assert columns(page) == [LENET]


def test_without_scripts_the_page_for_comparing_has_the_versions_of_models(open_page):
    page = open_page("compare/index.html", java_script_enabled=False).page

    assert page.locator(".pick").is_hidden()
    page.get_by_role("link", name="lenet").first.click()
    assert page.locator("h1").inner_text() == "Versions of lenet"


def test_tensors_are_found_by_a_part_of_their_name(open_page):
    page = open_page(f"{BERT}/index.html").page
    assert page.locator(".tree details[open]").count() == 0

    page.fill("#tensor-q", "3.k")
    page.wait_for_function("() => document.querySelector('.tensor-search .found').textContent")

    assert page.locator(".tree tbody tr:visible th").all_text_contents() == ["bert.3.k.weight"]
    assert page.locator(".tensor-search .found").inner_text() == "1 found"

    page.fill("#tensor-q", "")
    assert page.locator(".tree tbody tr:visible").count() == 0


def test_an_old_name_leads_to_the_card(open_page):
    page = open_page(f"{OLD}/index.html").page

    page.wait_for_url("**/mindhub/2.3/old_mnist/**")

    assert page.locator("h1").inner_text() == "old"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("resources/hub/details/index.html?MindSpore/1.7/bert_cola", BERT),
        ("resources/hub/details/en/index.html?2505/MindHub/gpu/2.3/old_mnist", "mindhub/2.3/old_mnist"),
    ],
)
def test_an_address_of_the_old_hub_leads_to_the_card(open_page, path, target):
    page = open_page(path).page

    page.wait_for_url(f"**/{target}/**")

    assert page.locator("p.uid code").inner_text() == target


@pytest.mark.parametrize("query", ["", "//evil.example/x", "javascript:alert(1)", "a/../../b", "%2e%2e/1/x", "%zz/1/x"])
def test_an_address_that_names_no_card_leads_nowhere(open_page, query):
    window = open_page(f"resources/hub/details/index.html?{query}")
    page = window.page
    page.wait_for_load_state("networkidle")

    assert "/resources/hub/details/" in page.url
    assert not [message for message in window.messages if "404" not in message]


def test_the_page_for_what_is_missing_offers_the_name_to_the_search(open_page):
    page = open_page("404.html").page

    assert page.locator(".missing input").input_value() == "404"


def test_a_plot_leads_to_the_cards(open_page):
    page = open_page("leaderboard/mnist/accuracy/index.html").page

    page.locator(".plot a").first.focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/mindhub/**")


def test_printing_a_card_leaves_out_what_cannot_be_clicked_on_paper(open_page):
    page = open_page(f"{LENET}/index.html").page

    page.emulate_media(media="print")

    assert page.locator("footer.site").is_hidden()
    assert page.locator(".tensor-search").is_hidden()
    assert page.locator("h1").is_visible()
