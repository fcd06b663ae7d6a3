"""The site in a browser: filters without scripts, search with them, nothing from elsewhere, nothing overflowing."""

from __future__ import annotations

import pytest

from conftest import QuietHandler, served
from mindhub.pages import Options, build_site
from mindhub.pages.folder import write_site
from mindhub.pages.site import MINISEARCH
from pages.browsing import PATIENCE, Visit
from pages.sites import TAUGHT, card, site, theme

CARD = f"{TAUGHT}/index.html"
pytestmark = pytest.mark.browser


def choose(page, kind, value):
    page.locator(f'input[name="{kind}"][value="{value}"]').check(force=True)


def counted(page):
    """Return the number beside "Models shown", which the style sheet counts."""
    return page.evaluate(
        "() => { const shown = getComputedStyle(document.querySelector('.shown b'), '::after').content;"
        " return [shown, [...document.querySelectorAll('.models > li')].filter(li => li.checkVisibility()).length] }"
    )


def test_filters_hide_and_show_without_scripts(visit):
    window = visit(java_script_enabled=False)
    page = window.open("index.html")
    assert sorted(window.shown()) == ["bert", "gru", "lenet", "old"]

    choose(page, "domain", "nlp")
    assert window.shown() == ["bert"]

    choose(page, "dataset", "mnist")
    assert window.shown() == []

    choose(page, "domain", "")
    assert sorted(window.shown()) == ["gru", "lenet", "old"]

    choose(page, "status", "not-checked")
    assert sorted(window.shown()) == ["gru", "old"]

    page.get_by_role("button", name="Reset").click()
    assert len(window.shown()) == 4


def test_filters_can_be_used_with_the_keyboard_alone(visit):
    window = visit(java_script_enabled=False)
    page = window.open("index.html")

    page.locator('input[name="version"][value=""]').focus()
    # 2.10, what was run with it, 2.3, 1.7
    for _ in range(4):
        page.keyboard.press("ArrowDown")

    assert window.shown() == ["bert"]


def test_the_number_shown_is_counted_by_the_style_sheet(visit):
    page = visit().open("index.html")
    assert counted(page) == ["counter(shown)", 4]

    choose(page, "domain", "nlp")

    assert counted(page)[1] == 1


def searching(window, path="index.html"):
    """Open a listing and wait until names can be searched."""
    if MINISEARCH not in theme().static:
        pytest.skip("MiniSearch is not installed: run make")
    page = window.open(path)
    page.focus("#q")
    page.wait_for_function("() => window.MiniSearch")
    return page


def test_search_finds_names_labels_and_misspellings(visit):
    window = visit()
    page = searching(window)
    found = {}
    for query in ("lenet", "lnet", "图像分类", "英语", "English sentence", "cola", "mindhub/2.3/old", "zzzzzz"):
        page.fill("#q", query)
        found[query] = sorted(window.shown())

    assert found == {
        "lenet": ["gru", "lenet", "old"],
        "lnet": ["lenet"],
        "图像分类": ["gru", "lenet", "old"],
        "英语": [],
        "English sentence": ["bert"],
        "cola": ["bert"],
        "mindhub/2.3/old": ["old"],
        "zzzzzz": [],
    }
    assert page.locator(".nothing").is_visible()


def test_what_is_called_like_the_query_comes_first(visit):
    window = visit()
    page = window.open("index.html")

    page.fill("#q", "lenet")

    assert window.shown()[0] == "lenet"


def test_a_misspelt_name_finds_the_model_called_so_before_those_that_only_contain_it(visit, tmp_path):
    names = {"Face-ResNet50": "face_resnet50", "ResNet-50": "resnet50_imagenet", "ResNet-101": "resnet101"}
    cards = [card(f"model-name: {name}", uid=f"mindhub/2.3/{stem}") for name, stem in names.items()]
    write_site(build_site(site(*cards)), tmp_path / "out")
    window = visit(tmp_path / "out")
    page = searching(window)

    page.fill("#q", "resnett50")

    assert window.shown()[0] == "ResNet-50"


def test_the_address_keeps_the_choice(visit):
    window = visit()
    page = window.open("index.html")
    page.fill("#q", "lenet")
    choose(page, "version", "2.3")
    page.select_option("#sort", "name")
    address = page.url
    before = window.shown()

    page.goto("about:blank")
    page.goto(address)

    assert address.endswith("/?q=lenet&version=2.3&sort=name")
    assert window.shown() == before == ["gru", "lenet", "old"]
    assert page.input_value("#q") == "lenet"


def test_the_first_result_is_there_with_the_key_press(visit):
    page = searching(visit())

    shown = page.evaluate(
        "() => { const box = document.getElementById('q'); box.value = 'lnet';"
        " box.dispatchEvent(new Event('input', { bubbles: true }));"
        " return [...document.querySelectorAll('.models > li')].filter(li => li.checkVisibility()).length }"
    )

    assert shown == 1


def test_keys_lead_to_the_search_through_its_results_and_back(visit):
    page = visit().open("index.html")
    focused = "() => document.activeElement.id || document.activeElement.textContent"
    steps = []
    for key in ("/", "b", "e", "r", "ArrowDown", "Escape", "Escape"):
        page.keyboard.press(key)
        steps.append(page.evaluate(focused))

    assert steps == ["q", "q", "q", "q", "bert", "q", "q"]
    assert page.input_value("#q") == ""


def test_counts_follow_the_choice(visit):
    page = visit().open("index.html")
    count = page.locator('label:has(input[name="version"][value="1.7"]) .count')
    before = count.inner_text()

    choose(page, "domain", "cv")

    assert (before, count.inner_text()) == ("1", "0")


def test_rows_sort_by_a_score_the_best_first(visit, tmp_path):
    cards = [card(f"model-name: net{n}\nevaluation: acc{90 + n}", uid=f"mindhub/2.3/net{n}") for n in range(3)]
    write_site(build_site(site(*cards)), tmp_path / "out")
    window = visit(tmp_path / "out")
    page = window.open("index.html")

    page.select_option("#sort", "mnist/accuracy")

    assert window.shown() == ["net2", "net1", "net0"]


def test_a_screen_reader_is_told_how_many_are_shown(visit):
    page = visit().open("index.html")

    page.fill("#q", "bert")

    page.wait_for_function("() => document.querySelector('.live').textContent === '1 models shown'")


def test_sorting_by_verified_state_puts_the_furthest_first(visit):
    window = visit()
    page = window.open("index.html")

    page.select_option("#sort", "status")

    assert window.shown()[0] == "lenet"


def test_searching_a_listing_of_several_pages_searches_all_of_them(visit, tmp_path):
    cards = [card(f"model-name: net{n}", uid=f"mindhub/2.3/net{n}") for n in range(5)]
    write_site(build_site(site(*cards, options=Options(languages=("en",), page_size=2))), tmp_path / "out")
    window = visit(tmp_path / "out")
    page = window.open("index.html")
    first = window.shown()

    page.fill("#q", "net")
    page.wait_for_function("() => document.querySelectorAll('.models > li').length === 5")

    assert len(first) == 2
    assert sorted(window.shown()) == [f"net{n}" for n in range(5)]
    page.get_by_role("link", name="net4", exact=True).click()
    assert page.locator("h1").inner_text() == "net4"


def test_a_copy_button_copies(visit):
    window = visit(permissions=["clipboard-read", "clipboard-write"])
    page = window.open(CARD)
    # Else the button says what it did for a moment only, which a busy machine misses.
    page.evaluate("() => { window.setTimeout = () => 0 }")

    page.get_by_role("button", name="Copy the name").click()
    page.get_by_text("Copied").wait_for()
    name = page.evaluate("() => navigator.clipboard.readText()")
    page.locator(".code .copy").nth(1).click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('import mindhub')")

    assert name == "mindhub/2.10/lenet_mnist"


def test_without_scripts_there_is_no_button_that_does_nothing(visit):
    page = visit(java_script_enabled=False).open(CARD)

    assert page.locator("button:visible").count() == 0


def test_the_dark_scheme_is_dark_and_the_light_one_light(visit):
    shades = {}
    for scheme in ("light", "dark"):
        page = visit(color_scheme=scheme).open("index.html")
        shades[scheme] = page.evaluate(
            "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        )

    assert min(shades["light"]) > 200
    assert max(shades["dark"]) < 60


def test_printing_leaves_out_what_cannot_be_clicked_on_paper(visit):
    page = visit().open("index.html")

    page.emulate_media(media="print")

    assert page.locator(".filters").is_hidden()
    assert page.locator(".models > li").first.is_visible()


def test_printing_unfolds_what_is_folded_without_scripts_too(visit):
    page = visit(java_script_enabled=False).open(CARD)
    visible = "() => [...document.querySelectorAll('.main details > :last-child')].map(item => item.checkVisibility())"
    before = page.evaluate(visible)

    page.emulate_media(media="print")

    assert before.count(False) >= 4
    assert page.evaluate(visible) == [True] * len(before)


def test_paper_is_white_whatever_the_screen_is(visit):
    page = visit(color_scheme="dark").open(CARD)
    colours = "() => ['a', 'h1', '.tag', 'pre span'].map(name => getComputedStyle(document.querySelector(name)).color)"

    page.emulate_media(media="print", color_scheme="dark")
    dark = page.evaluate(colours)
    page.emulate_media(media="print", color_scheme="light")

    assert dark == page.evaluate(colours)
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_site_works_from_a_file(browser, sample_folder):
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto((sample_folder / "index.html").as_uri())

    page.get_by_role("link", name="lenet", exact=True).first.click()

    assert page.locator("h1").inner_text().startswith("lenet")
    context.close()


@pytest.fixture
def host(sample_folder):
    """A host that has the site in a folder and answers with its page for what is missing, at any depth."""

    class Host(QuietHandler):
        def send_error(self, code, *_):
            content = (sample_folder / "404.html").read_bytes()
            self.send_response(code)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with served(sample_folder.parent.parent, Host) as address:
        yield address


@pytest.mark.parametrize("depth", ["x.html", "mindhub/2.10/lenet_mnist_cn/index.html", "a/b/c/d/e/f/g"])
def test_the_page_for_what_is_missing_finds_the_site_that_nobody_said_the_address_of(browser, host, depth):
    window = Visit(browser, host)
    page = window.open(f"sub/site/{depth}")
    page.wait_for_function("() => document.querySelector('.missing input').value")

    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/sub/site/?q=*")

    assert page.locator("h1").inner_text() == "Models for MindSpore"
    assert [text for text in window.messages if "404" not in text] == []
    window.context.close()


def test_the_page_for_what_is_missing_works_from_a_file(browser, sample_folder):
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto((sample_folder / "404.html").as_uri())

    page.get_by_role("link", name="Browse").first.click()

    assert page.locator("h1").inner_text() == "Browse by kind"
    context.close()
