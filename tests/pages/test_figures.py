from __future__ import annotations

from pathlib import Path

import pytest

from mindhub import figures
from mindhub.pages import prose
from mindhub.pages.markup import Setting
from pages.sites import card

CARDS = Path(__file__).resolve().parents[2] / "registry" / "mindhub"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
SHOWN = [
    (path.parent / name, path.name)
    for path in sorted(CARDS.glob("*/*.md"))
    for name in figures.names(card(body=path.read_text(encoding="utf-8").split("---\n", 2)[2]).body)
]


def html(text, *names):
    return str(prose.render(card(body=text).body, Setting("a/1/b", {}, "old", figures=frozenset(names))))


def test_a_picture_beside_the_card_is_shown_with_its_words():
    shown = html('![a "plot" & more](plot.svg)', "plot.svg")

    assert '<img src="files/plot.svg" alt="a &quot;plot&quot; &amp; more" loading="lazy">' in shown


@pytest.mark.parametrize("target", ["other.svg", "../plot.svg", "files/plot.svg", "https://example.org/plot.svg", ""])
def test_no_other_picture_is_loaded(target):
    assert "<img" not in html(f"![words]({target})", "plot.svg")


def test_only_plain_names_beside_the_card_are_figures():
    text = "![a](a.svg) ![b](b.png) ![c](../c.svg) ![d](d.gif) ![e](https://example.org/e.svg) [f](f.svg)"

    assert list(figures.names(card(body=text).body)) == ["a.svg", "b.png"]


def test_a_plain_drawing_is_without_fault():
    drawing = f'{HEAD}<title>x</title><rect width="1" height="1" fill="#fff"/><text x="0">a: b</text></svg>'

    assert figures.fault("a.svg", drawing.encode()) == ""


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onload="alert(1)"/>',
        '<a href="https://example.org/">x</a>',
        '<image href="https://example.org/a.png"/>',
        "<foreignObject/>",
        "<style>rect { fill: red }</style>",
        '<rect fill="url(https://example.org/a)"/>',
        '<rect fill="URL(#a)"/>',
        '<rect style="fill: red"/>',
        '<g xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></g>',
        '<g xmlns:x="http://www.w3.org/1999/xlink"/>',
        '<animate attributeName="href"/>',
    ],
)
def test_a_drawing_that_could_do_more_than_be_looked_at_is_not_shown(inside):
    assert "which a picture may not have" in figures.fault("a.svg", f"{HEAD}{inside}</svg>".encode())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.svg", f'<?xml-stylesheet href="a.css"?>{HEAD}</svg>', "which a picture may not have"),
        ("a.svg", f'<!DOCTYPE svg [<!ENTITY a "b">]>{HEAD}&a;</svg>', "which a picture may not have"),
        ("a.svg", "<svg>", "is no SVG: "),
        ("a.svg", "<html/>", "'html', which a picture may not have"),
        ("a.png", HEAD, "is no PNG"),
        ("a.svg", HEAD + " " * 30_000, "a picture may have 30,000"),
    ],
)
def test_what_is_no_picture_is_not_shown(name, data, said):
    assert said in figures.fault(name, data.encode())


def test_there_are_pictures_in_both_languages():
    assert sum(name.endswith(".zh.md") for _, name in SHOWN) == len(SHOWN) / 2 >= 15


@pytest.mark.parametrize(("path", "name"), SHOWN, ids=lambda value: getattr(value, "name", value))
def test_the_pictures_of_the_registry_are_there_and_small(path, name):
    assert figures.fault(path.name, path.read_bytes()) == ""
