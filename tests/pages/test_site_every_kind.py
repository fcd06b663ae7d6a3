"""Every kind of page, in both languages: no barriers in either colour scheme, no messages, nothing from elsewhere.

The pages are chosen from what a build made: one of each kind that their JSON tells apart, and as many more as it takes
to see every element with every class that occurs anywhere on two sites, this registry's and that of the tests.
"""

from __future__ import annotations

import json
import posixpath
import re

import pytest

from conftest import ROOT
from mindhub.cli.site import build
from pages.browsing import Visit
from pages.sites import FAILING, TAUGHT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LANGUAGES = ("en", "zh")
ELEMENT = re.compile(r"<([a-z][a-z0-9]*)\b([^>]*)>")
CLASSES = re.compile(r'\bclass="([^"]*)"')
TWIN = re.compile(r'<link rel="alternate" type="application/json" href="([^"]*)"')
REFRESH = re.compile(r'<meta http-equiv="refresh"[^>]*>')
#: Pages as a visitor makes them.
STATES = (
    f"site/compare/index.html?m={TAUGHT}&m={FAILING}",
    "registry/index.html?q=resnett",
    "site/index.html?q=zzzzzz&version=2.3",
)


@pytest.fixture(scope="module")
def sites(tmp_path_factory, hub_folder):
    """A folder with both sites."""
    root = tmp_path_factory.mktemp("kinds")
    assert build(registry=ROOT / "registry", out=root / "registry") == 0
    # At the address that the site of the tests says it has; its page for what is missing is found by that alone.
    (root / "site").symlink_to(hub_folder)
    return root


def kind(folder, path, content):
    """Return what kind of page it is, as its JSON tells; of listings, what is listed."""
    if path == "404.html":
        return path
    twin = posixpath.normpath(posixpath.join(posixpath.dirname(path), TWIN.search(content)[1]))
    told = json.loads((folder / twin).read_text("utf-8"))["kind"]
    parts = path.removeprefix("zh/").split("/")
    return f"{told}/{parts[0]}" if told == "listing" and len(parts) > 1 else told


def looks(content):
    classes = ((tag, CLASSES.search(rest)) for tag, rest in set(ELEMENT.findall(content)))
    return {(tag, name) for tag, found in classes for name in (found[1].split() if found else [""])}


def chosen(sites, language):
    """Return the pages to look at: few, and small ones where they will do."""
    pages, kinds = {}, {}
    for name in ("site", "registry"):
        folder = sites / name
        for file in sorted(folder.rglob("*.html")):
            path = file.relative_to(folder).as_posix()
            if path.startswith("zh/") == (language == "zh"):
                content = file.read_text("utf-8")
                pages[f"{name}/{path}"] = content
                kinds[f"{name}/{path}"] = kind(folder, path, content)
    shown = {path: looks(content) for path, content in pages.items()}
    size = {path: 60 + content.count("<") for path, content in pages.items()}
    todo = {*kinds.values()}.union(*shown.values())
    assert len(set(kinds.values())) > 25
    picked = []
    while todo:
        best = max(pages, key=lambda path: len(todo & {*shown[path], kinds[path]}) / size[path])
        todo -= {*shown[best], kinds[best]}
        picked.append(best)
    return picked


def stay(route):
    """Give the page that leads on to another without its leading on, to look at it."""
    answer = route.fetch()
    route.fulfill(response=answer, body=REFRESH.sub("", answer.text()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_kind_of_page_has_barriers_or_messages_or_asks_others_or_scrolls_sideways(browser, serve, sites, language):
    picked = [*chosen(sites, language), *STATES]
    window = Visit(browser, serve(sites))
    faults = []
    for path in picked:
        if path not in STATES and REFRESH.search((sites / path).read_text("utf-8")):
            window.page.route(f"**/{path}", stay)

    for path in picked:
        page = window.open(path if path not in STATES or language == "en" else path.replace("/", "/zh/", 1))
        for width in (320, 380, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("() => document.documentElement.scrollWidth") > width:
                faults.append(f"{page.url}: scrolls sideways at {width}")
        faults += window.barriers()
    window.page.wait_for_load_state("networkidle")

    assert faults == []
    # Pagefind says so of a machine that has no time for it, and goes on.
    assert [text for text in window.messages if "Worker initialization timeout" not in text] == []
    assert window.foreign() == []
    window.context.close()
