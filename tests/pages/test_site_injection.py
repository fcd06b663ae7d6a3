"""What a card says cannot become code, load anything, or lead where a browser must not go."""

from __future__ import annotations

import json
import re

import pytest

from mindhub.model import Finding, Severity
from mindhub.pages import build_site
from mindhub.pages.links import safe_url
from pages.payloads import ADDRESSED, ADDRESSES, MARKUP, WRITTEN
from pages.sites import PORTS, Node, card, dom, record, site

UID = "mindhub/2.3/lenet_mnist"

#: What the templates themselves use, and what bodies may have besides.
TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "link",
        "script",
        "body",
        "a",
        "header",
        "div",
        "svg",
        "rect",
        "nav",
        "ul",
        "li",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "code",
        "button",
        "pre",
        "span",
        "section",
        "ol",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "aside",
        "footer",
        "strong",
        "em",
        "br",
        "hr",
        "blockquote",
        "i",
        "b",
        "time",
        "label",
        "input",
    ]
)
ATTRIBUTES = frozenset(
    [
        "class",
        "id",
        "href",
        "rel",
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "property",
        "type",
        "src",
        "defer",
        "viewbox",
        "width",
        "height",
        "aria-hidden",
        "aria-label",
        "aria-labelledby",
        "aria-current",
        "x",
        "y",
        "rx",
        "tabindex",
        "hidden",
        "scope",
        "data-copy",
        "data-copy-code",
        "data-copied",
        "data-press",
        "data-query",
        "hreflang",
        "open",
        "datetime",
        "start",
        "download",
        "for",
        "autocomplete",
        "spellcheck",
        "role",
        "data-text",
        "data-twin",
    ]
)
KEYS = [
    "model-name",
    "backbone-name",
    "module-type",
    "model-version",
    "train-dataset",
    "evaluation",
    "author",
    "update-time",
    "repo-link",
    "repo-commit",
    "user-id",
    "used-for",
    "mindspore-version",
    "license",
    "summary",
    "paper",
    "replaced-by",
]
_SCHEME = re.compile(r"[\x00-\x20]*[a-z][a-z0-9+.\-\x00-\x20]*:", re.IGNORECASE)


def violations(page: bytes) -> list[str]:
    """Return everything in a page that no template of ours and no harmless Markdown makes."""
    found = []
    for node in dom(page):
        if node.tag not in TAGS:
            found.append(f"<{node.tag}>")
        found += [f"<{node.tag} {name}>" for name in node.attributes if name not in ATTRIBUTES]
        if node.tag == "script" and not _harmless(node):
            found.append("a script")
        for name in ("href", "src"):
            target = node.attributes.get(name, "")
            if target.startswith(("//", "/", "\\")):
                found.append(f"{name}={target!r}")
            if _SCHEME.match(target) and safe_url(target) is None:
                found.append(f"{name}={target!r}")
    return found


def _harmless(script: Node) -> bool:
    """Tell whether a script is one of ours, or data that nothing ends before its time."""
    text = "".join(script.texts)
    if script.attributes.get("type") == "application/ld+json":
        return "src" not in script.attributes and not set(text) & set("<>&") and bool(json.loads(text))
    return not text and bool(re.fullmatch(r"(\.\./)*static/(site|tensors)\.js", script.attributes.get("src", "")))


def page_of(patch: str = PORTS, *, body: str = "", **changes) -> bytes:
    return build_site(site(card(patch, body=body), rules=(), **changes))[f"{UID}/index.html"]


def pages_of(patches=(), bodies=(), **changes) -> list[tuple[str, bytes]]:
    """Build one site with a card per patch or body: a site per card would take minutes."""
    made = [(text, card(text, uid=f"mindhub/2.3/x{at}")) for at, text in enumerate(patches)]
    made += [(text, card(PORTS, body=text, uid=f"mindhub/2.3/y{at}")) for at, text in enumerate(bodies)]
    pages = build_site(site(*(each for _, each in made), rules=(), **changes))
    assert made
    return [(text, pages[f"{each.uid}/index.html"]) for text, each in made]


def in_one_body(forms, payloads) -> str:
    return "\n\n<!-- -->\n\n".join(form.replace("{0}", "{}").replace("{}", text) for form in forms for text in payloads)


def quoted(text: str) -> str:
    """Return a YAML double-quoted scalar."""
    return '"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\u{ord(c):04x}" for c in text) + '"'


def test_the_check_itself_sees_what_it_should():
    bad = b'<p onclick="x"><a href="java\tscript:x">x</a><iframe></iframe><a href="//x">y</a></p>'

    assert len(violations(bad)) == 4


@pytest.mark.slow
@pytest.mark.parametrize("form", ADDRESSED)
def test_no_address_of_a_body_gets_through(form):
    bodies = [form.replace("{0}", "{}").replace("{}", address) for address in ADDRESSES]

    for text, page in pages_of(bodies=bodies):
        assert violations(page) == [], text


@pytest.mark.slow
@pytest.mark.parametrize("form", WRITTEN)
def test_no_html_of_a_body_gets_through(form):
    for text, page in pages_of(bodies=[form.replace("{}", text) for text in MARKUP]):
        assert violations(page) == [], text


def test_all_of_it_together_does_not_get_through_either():
    assert violations(page_of(body=in_one_body(ADDRESSED, ADDRESSES) + in_one_body(WRITTEN, MARKUP))) == []


def test_raw_html_can_be_read_as_text():
    page = page_of(body="<b onclick=x>bold</b>\n\n<script>alert(1)</script>\n")

    assert "<script>alert(1)</script>" in [node.text for node in dom(page) if node.tag == "code"]


def test_no_value_of_the_front_matter_gets_through():
    payloads = [*MARKUP, *ADDRESSES]
    patches = ["".join(f"{key}: {quoted(text)}\n" for key in KEYS) for text in payloads]
    cards = [card(patch, uid=f"mindhub/2.3/x{at}") for at, patch in enumerate(patches)]
    pages = {path: page for path, page in build_site(site(*cards, rules=())).items() if path.endswith(".html")}

    assert all(f"mindhub/2.3/x{at}/index.html" in pages for at in range(len(payloads)))
    for path, page in pages.items():
        if path.startswith("mindhub/"):
            assert violations(page) == [], path
        assert not [node for node in dom(page) if node.tag in ("iframe", "img", "object", "embed", "style")], path


def test_no_value_of_a_list_gets_through():
    patches = [
        (
            f"tags: [{value}]\ndevices: [{value}]\ndeprecated: {{reason: {value}, date: {value}}}\n"
            f"asset:\n  - {{file-format: {value}, asset-link: {value}, asset-sha256: {value}, mirrors: [{value}]}}\n"
            f"evaluation: [{{metric: {value}, value: 1, dataset: {value}, split: {value}}}]\n"
            f"smoke: {{network: {{source: file, name: {value}}},"
            f" inputs: [{{name: {value}, shape: [1], dtype: {value}}}]}}\n"
        )
        for value in map(quoted, [*MARKUP, *ADDRESSES])
    ]
    records = {f"mindhub/2.3/x{at}": record() for at in range(len(patches))}

    for text, page in pages_of(patches, records=records):
        assert violations(page) == [], text


def test_no_word_of_a_record_or_a_finding_gets_through():
    uids = {f"mindhub/2.3/x{at}": text for at, text in enumerate(MARKUP)}
    findings = tuple(
        Finding("XX001", text, Severity.ERROR, "f.md", text, uid=uid, waiver=text) for uid, text in uids.items()
    )
    records = {
        uid: record(environment={"mindspore": text, "device": text, text: text}, notes=(text,), training_state=(text,))
        for uid, text in uids.items()
    }

    for text, page in pages_of([PORTS] * len(uids), findings=findings, records=records):
        assert violations(page) == [], text


def test_a_name_cannot_leave_the_style_sheet_of_the_filters():
    names = [*MARKUP, *ADDRESSES, '"]{}*{display:none}', "a'b\\", "数据集"]
    cards = [card(f"train-dataset: {quoted(text)}", uid=f"mindhub/2.3/x{at}") for at, text in enumerate(names)]

    sheet = build_site(site(*cards, rules=()))["static/filters.css"].decode()

    rule = (
        r'main:has\(\[name=[a-z]+\]\[value="[a-z0-9.-]+"\]:checked\) '
        r'\.models>li:not\(\[data-[a-z]+~="[a-z0-9.-]+"\]\)\{display:none\}'
    )
    lines = sheet.splitlines()
    assert len(lines) > 20
    assert [line for line in lines if not re.fullmatch(rule, line)] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_none_of_the_addresses_is_safe(address):
    assert safe_url(address) is None


@pytest.mark.parametrize(
    "address", ["https://x.org", "HTTPS://x.org/a?b=c&d#e", "https://x.org:8443/图", "https://x.org/Moore's_law_(a)"]
)
def test_usual_addresses_are_safe(address):
    assert safe_url(address) == address


def test_links_to_others_do_not_vouch_for_them():
    nodes = dom(page_of(body="[x](https://x.org) <https://y.org>\n"))
    outward = [node for node in nodes if node.tag == "a" and "//" in node.attributes["href"]]

    assert len(outward) >= 3
    assert {node.attributes["rel"] for node in outward} == {"nofollow noopener ugc"}


def test_pictures_of_other_hosts_become_links():
    nodes = dom(page_of(body="![a plot](https://x.org/plot.png)\n"))

    assert not [node for node in nodes if node.tag == "img"]
    assert "a plot" in [node.text for node in nodes if node.attributes.get("href") == "https://x.org/plot.png"]


def test_numbers_that_json_lacks_and_broken_characters_stop_nothing():
    broken = card('evaluation: [{metric: accuracy, value: 1e999}]\nsummary: "\\ud800 x"\nx-y: [1e999]\n')

    pages = build_site(site(broken))

    assert b"Infinity" not in pages["index.json"]
    assert violations(pages[f"{UID}/index.html"]) == []
