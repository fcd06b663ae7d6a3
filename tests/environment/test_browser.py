"""The browser and serve fixtures, and what is reported where there is no browser."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!doctype html><meta charset="utf-8"><title>图像分类</title>
<link rel="stylesheet" href="style.css"><h1>no script</h1><script src="script.js"></script>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "style.css").write_text("h1 { color: rgb(1, 2, 3) }", encoding="utf-8")
    (tmp_path / "script.js").write_text("document.querySelector('h1').textContent = 'script'", encoding="utf-8")
    return tmp_path


def test_the_browser_loads_a_served_page_with_its_style_and_its_script(browser, serve, site):
    page = browser.new_page()

    page.goto(serve(site) + "/")

    assert page.title() == "图像分类"
    assert page.inner_text("h1") == "script"
    assert page.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
    page.close()


def test_the_browser_shows_pages_without_javascript(browser, serve, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(serve(site) + "/")

    assert page.inner_text("h1") == "no script"
    context.close()


def test_a_screenshot_is_a_png_of_the_size_asked_for(browser, serve, site):
    page = browser.new_page(viewport={"width": 320, "height": 200})
    page.goto(serve(site) + "/")

    picture = page.screenshot()

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (320, 200)
    page.close()


def test_two_folders_are_served_at_once_and_neither_sees_the_other(serve, site, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "only-here.txt").write_text("here", encoding="utf-8")
    first, second = serve(site), serve(other)

    with urllib.request.urlopen(f"{second}/only-here.txt") as answer:
        assert answer.read() == b"here"
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urllib.request.urlopen(f"{first}/only-here.txt")
    caught.value.close()


def pytest_run(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in ("CI", "MINDHUB_REQUIRE_BROWSER")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--basetemp={tmp_path}/inner"]
    target = f"{__file__}::test_the_browser_loads_a_served_page_with_its_style_and_its_script"
    return subprocess.run(
        [*command, target],
        cwd=ROOT,
        env={**env, "MINDHUB_CHROMIUM": "/nowhere/chromium", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_without_a_browser_the_tests_are_reported_as_not_run_with_the_reason(tmp_path):
    pytest.importorskip("playwright")

    answer = pytest_run(tmp_path)

    assert answer.returncode == 0
    assert "browser tests NOT RUN" in answer.stdout
    assert "1 tests: Skipped: /nowhere/chromium does not start" in answer.stdout
    assert "1 skipped" in answer.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("variable", ["CI", "MINDHUB_REQUIRE_BROWSER"])
def test_where_a_browser_is_required_its_absence_is_a_failure(tmp_path, variable):
    pytest.importorskip("playwright")

    answer = pytest_run(tmp_path, **{variable: "1"})

    assert answer.returncode == 1
    assert "/nowhere/chromium does not start" in answer.stdout
