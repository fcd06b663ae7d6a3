"""The pages beside listings in a browser: comparing, finding tensors, old addresses, contrast, print, narrow."""

from __future__ import annotations

import pytest

from pages.sites import FAILING, FORMER, TAUGHT

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(visit, hub_folder):
    def start(path, **options):
        window = visit(hub_folder, **options)
        window.open(path)
        return window

    return start


def columns(page):
    return page.locator(".side thead .uid").all_text_contents()


def test_models_named_in_the_address_stand_side_by_side(open_page):
    page = open_page(f"compare/index.html?m={TAUGHT}&m={FAILING}").page
    page.wait_for_selector(".side tbody td")

    assert columns(page) == [TAUGHT, FAILING]
    assert page.locator("[data-field=parameters] td").all_text_contents()[0] == "12"
    assert "97.48" in page.locator("[data-field=measured] td").first.inner_text()


def test_a_model_is_added_by_name_and_the_address_keeps_it(open_page):
    page = open_page("compare/index.html").page

    page.fill("#pick", "bert")
    page.get_by_role("button", name="Add").click()
    page.wait_for_selector(".side tbody td")

    assert columns(page) == [FAILING]
    assert page.url.endswith(f"compare/?m={FAILING}")


def test_a_model_that_is_not_there_is_said_so(open_page):
    page = open_page(f"compare/index.html?m={TAUGHT}").page
    page.wait_for_selector(".side tbody td")

    page.fill("#pick", "nowhere/1.0/x")
    page.get_by_role("button", name="Add").click()
    page.wait_for_function("() => document.querySelector('.pick .said').textContent")

    assert page.locator(".pick .said").inner_text() == "There is no such model."
    assert columns(page) == [TAUGHT]


def test_a_model_can_be_removed(open_page):
    page = open_page(f"compare/index.html?m={TAUGHT}&m={FAILING}").page
    page.wait_for_selector(".side tbody td")

    page.get_by_role("button", name=f"Remove: {TAUGHT}").click()

    page.wait_for_function("() => document.querySelectorAll('.side thead .uid').length === 1")
    assert columns(page) == [FAILING]


def test_a_card_leads_to_its_comparison(open_page):
    page = open_page(f"{TAUGHT}/index.html").page

    page.get_by_role("link", name="Compare with others").click()
    page.wait_for_selector(".side tbody td")

    assert columns(page) == [TAUGHT]


def test_without_scripts_the_page_for_comparing_has_the_versions_of_models(open_page):
    page = open_page("compare/index.html", java_script_enabled=False).page

    assert page.locator(".pick").is_hidden()
    page.get_by_role("link", name="lenet").first.click()
    assert page.locator("h1").inner_text() == "Versions of lenet"


def test_tensors_are_found_by_a_part_of_their_name(open_page):
    page = open_page(f"{FAILING}/index.html").page
    assert page.locator(".tree details[open]").count() == 0

    page.fill("#tensor-q", "3.k")
    page.wait_for_function("() => document.querySelector('.tensor-search .found').textContent")

    assert page.locator(".tree tbody tr:visible th").all_text_contents() == ["bert.3.k.weight"]
    assert page.locator(".tensor-search .found").inner_text() == "1 found"

    page.fill("#tensor-q", "")
    assert page.locator(".tree tbody tr:visible").count() == 0


def test_an_old_name_leads_to_the_card(open_page):
    page = open_page(f"{FORMER}/index.html").page

    page.wait_for_url("**/mindhub/2.3/old_mnist/**")

    assert page.locator("h1").inner_text() == "old"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("resources/hub/details/index.html?MindSpore/1.7/bert_cola", FAILING),
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
    page = open_page(f"{TAUGHT}/index.html").page

    page.emulate_media(media="print")

    assert page.locator("footer.site").is_hidden()
    assert page.locator(".tensor-search").is_hidden()
    assert page.locator("h1").is_visible()
