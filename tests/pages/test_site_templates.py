"""Templates as they are compiled here: the same HTML as Jinja's own compiler makes, and as strict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import jinja2
import pytest
from markupsafe import Markup, escape

from mindhub.pages import templates
from mindhub.pages.templates import Renderer, safe
from mindhub.pages.words import Words
from mindhub.vocabulary import load_vocabulary
from pages.sites import theme


@dataclass(frozen=True, slots=True)
class View:
    """What the templates of these tests see."""

    text: str = "a<b>&\"'c\0é"
    html: Markup = Markup("<i>é</i>")  # noqa: RUF009 - Markup cannot be changed
    number: int = 3
    items: tuple[str, ...] = ("<x>", "y")
    inner: View | None = None


STRINGS = {"one": "<1 & 'one'>", "say": "{what} said", "nav.a": "A", "nav.b": "B&"}
CASES = {
    "text and attributes": '<a title="{{ page.text }}">{{ page.html }}{{ page.number }}{{ page.inner.text }}</a>',
    "a string": "{{ t('one') }}<p title=\"{{ t('one') }}\">",
    "a string with values": "{{ t('say', what='<') }}{{ t('say', what=page.text) }}",
    "a string whose key is made in a loop": "{% for a in ['a', 'b'] %}{{ t('nav.' ~ a) }}-{{ a }}{% endfor %}",
    "loops in loops over what is written there": (
        "{% for a, all in [('<a', ['a', 'b']), ('b', ['b'])] %}<{{ a }}{% for n in all %}{{ t('nav.' ~ n) }}"
        "{% if n == page.text %}!{% endif %}{% endfor %}>{% if a == 'b' %}last{% endif %}{% endfor %}"
    ),
    "a loop that counts": "{% for a in ['a', 'b'] %}{{ a }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "a loop over values": "{% for item in page.items if item != 'y' %}{{ loop.index }}{{ item }}{% endfor %}",
    "a loop that sets its own name": "{% for a in ['a'] %}{% set a = page.text %}{{ a }}{% endfor %}",
    "a macro with a default": "{% macro m(a, b='<') %}{{ a }}{{ b }}{% endmacro %}{{ m(page.text) }}{{ m(1, b='&') }}",
    "a macro from elsewhere": "{% from 'piece' import twice %}{{ twice(page.text) }}{{ twice(page.html) }}",
    "another template inside": "{% set row = page %}{% include 'part' %}",
    "a block of another template": "{% extends 'base' %}{% block content %}{{ page.text }}{% endblock %}",
    "a caller": "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}{{ page.text }}{% endcall %}",
    "a filter": "{{ page.items|length }}{{ page.text|upper }}{{ page.items|join(', ') }}",
    "text that is joined": "{{ '<' ~ page.text ~ page.html }}",
    "a set block": "{% set made %}<b>{{ page.text }}</b>{% endset %}{{ made }}",
}  # fmt: skip
OTHERS = {
    "piece": "{% macro twice(a) %}{{ a }}{{ t('one') }}{{ a }}{% endmacro %}",
    "part": "<li>{{ row.text }}</li>",
    "base": "<main title=\"{{ t('one') }}\">{% block content %}{% endblock %}</main>",
}


def renderer(source, words):
    return Renderer(replace(theme(), templates={**OTHERS, "it": source}), words)


@pytest.fixture(scope="module")
def words():
    return Words("en", STRINGS, load_vocabulary())


@pytest.mark.parametrize("source", CASES.values(), ids=CASES)
def test_a_template_makes_what_jinja_makes_of_it(source, words):
    view = View(inner=View("<inner>"))
    plain = jinja2.Environment(
        loader=jinja2.DictLoader({**OTHERS, "it": source}), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    plain.globals["t"] = words

    assert renderer(source, words).render("it", view).decode() == plain.get_template("it").render(page=view)


MISSING = (
    "{{ page.nothing }}", "{{ nothing }}", "{{ nothing.text }}", "{{ t('nothing') }}", "{{ page.inner.text }}",
    "{% for a in ['a'] %}{{ t('nothing.' ~ a) }}{% endfor %}",
)  # fmt: skip


@pytest.mark.parametrize("source", MISSING)
def test_what_does_not_exist_is_no_silence(source, words):
    with pytest.raises((jinja2.UndefinedError, AttributeError, KeyError)):
        renderer(source, words).render("it", View())


@pytest.mark.parametrize("value", ['<a href="x">&\'', Markup("<b>"), 3, None, 1.5, "é\ud800", ""])
def test_a_value_is_escaped_as_markupsafe_does(value):
    assert safe(value) == str(escape(value))
    assert type(safe(value)) is str


def test_without_markupsafes_inner_function_escaping_is_the_same(monkeypatch):
    monkeypatch.setattr(templates.markupsafe, "_escape_inner", lambda text: text, raising=False)

    assert templates._quick_escape()("<&>\"'") == str(escape("<&>\"'"))
