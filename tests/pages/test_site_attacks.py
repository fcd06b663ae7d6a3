"""Thousands of attacks in every field and in the body: none gets through, for Python's parser and for Chromium's."""

from __future__ import annotations

import pytest

from mindhub.pages import build_site, prose
from mindhub.pages.machine import script
from mindhub.pages.markup import Setting
from pages.payloads import corpus
from pages.sites import card, site
from pages.test_site_injection import KEYS, quoted, violations

pytestmark = pytest.mark.slow
UID = "mindhub/2.3/lenet_mnist"

#: Run in Chromium: parse each fragment as a page would, and report what could run, load or lead astray.
LOOK = """fragments => {
  const tags = new Set(("H3 H4 H5 H6 P BR HR EM STRONG DEL S CODE PRE BLOCKQUOTE UL OL LI " +
    "TABLE THEAD TBODY TR TH TD A SPAN DIV DETAILS SUMMARY").split(" "));
  const names = new Set("id href rel class tabindex start scope".split(" "));
  const found = [];
  for (const html of fragments) {
    const body = new DOMParser().parseFromString(html, "text/html").body;
    for (const node of body.querySelectorAll("*")) {
      if (!tags.has(node.tagName)) found.push([html, node.tagName]);
      for (const { name } of node.attributes) if (!names.has(name)) found.push([html, name]);
      const inside = node.getAttribute("href")?.startsWith("#");
      if (node.tagName === "A" && node.protocol !== "https:" && !inside) found.push([html, node.href]);
    }
  }
  return found;
}"""
#: Run in Chromium: put everything into a page that forbids nothing, and see whether anything runs.
RUN = """async fragments => {
  window.ran = [];
  for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.ran.push(name);
  for (const html of fragments) {
    const box = document.createElement("div");
    box.innerHTML = html;
    document.body.append(box);
    for (const node of box.querySelectorAll("a")) if (!node.href.startsWith("https:")) node.click();
  }
  // What fails to load says so in its turn: whatever could run has run when the last of them has failed.
  await new Promise(done => { const last = new Image(); last.onerror = done; last.src = "x"; });
  await new Promise(done => setTimeout(done, 300));
  return window.ran;
}"""


def rendered(attacks):
    setting = Setting(UID, {}, "old")
    return [str(prose.render(card(body=text).body, setting)) for text in attacks]


@pytest.fixture(scope="module")
def fragments():
    attacks = corpus()
    assert len(attacks) > 5000
    return rendered(attacks)


def test_no_attack_in_a_body_gets_through(fragments):
    whole = "".join(f"<div>{html}</div>" for html in fragments).encode("utf-8", "replace")

    assert violations(whole) == []


def test_no_attack_in_a_field_gets_through():
    attacks = corpus()
    # A field each: what one could do, another one beside it does not hide, for each is looked for by its own name.
    cards = [
        card(
            "".join(f"{key}: {quoted(attacks[(at + step) % len(attacks)])}\n" for step, key in enumerate(KEYS)),
            uid=f"mindhub/2.3/x{at}",
        )
        for at in range(0, len(attacks), len(KEYS))
    ]
    pages = build_site(site(*cards, rules=()))
    found = {path: page for path, page in pages.items() if path.startswith("mindhub/") and path.endswith(".html")}

    assert len(found) * len(KEYS) > 5000
    assert {path: faults for path, page in found.items() if (faults := violations(page))} == {}


def test_no_attack_leaves_structured_data():
    assert [text for text in corpus() if set(script({"name": text})) & set("<>&")] == []


def test_chromium_finds_nothing_that_runs_or_leads_astray(browser, fragments):
    page = browser.new_page()

    # The look sees what it should.
    assert len(page.evaluate(LOOK, list(corpus()))) > 5000
    assert page.evaluate(LOOK, ["<img src=x onerror=alert(1)>", '<a href="java\tscript:x">x</a>']) != []
    assert page.evaluate(LOOK, fragments) == []
    page.close()


def test_chromium_runs_nothing_of_it_even_where_no_policy_forbids_it(browser, fragments):
    page = browser.new_page()
    page.set_content("<!doctype html><title>x</title>")

    harmless = page.evaluate(RUN, fragments)
    dangerous = page.evaluate(RUN, ["<img src=x onerror=alert(1)>"])

    assert harmless == []
    assert dangerous == ["alert"]
    page.close()
