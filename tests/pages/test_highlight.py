"""Code is highlighted around its short literals, and reads as if it had been highlighted as a whole."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindhub.pages.highlight import _highlighted, _lexer, highlight

LANGUAGES = ("python", "bash", "json", "yaml", "console")
#: What lines are made of, so that quotes open and close where a pattern does not expect it.
PIECES = st.sampled_from(
    ["'", '"', "'''", '"""', "a", "if", "0", "x.y/z-1", "mindhubBlank", "\\", "%", "{", "}", "#", "$ ", ">>> ", ":",
     "- ", "f", "r", "b", "(", ")", "[", "]", ",", "=", " ", "\n", "    ", "<", "&", "é", "import ", "print", "\\N{",
     "%(", "`"]
)  # fmt: skip


def whole(code, language):
    return _highlighted.__wrapped__(code, _lexer(language))


@pytest.mark.parametrize("language", LANGUAGES)
@given(code=st.lists(PIECES, min_size=1, max_size=24).map("".join))
@example(code="x = 'a b'if'c d'\n")
@example(code='"a b"if"c d" + \'lenet\'\n')
@example(code='"""x"\'y\'"""\n"z"\n')
@example(code='print("%"s"d" % \'v\', f"{a["b"]}")\n')
@example(code="mindhubBlank = 'mindhubBlank'\n")
@example(code="# it's 'so'\nname = 'don\\'t' 'x'\n")
@settings(deadline=None)
def test_code_is_highlighted_as_if_as_a_whole(language, code):
    assert highlight(code, language) == whole(code, language)


@pytest.mark.parametrize("value", ["mindspore/1.9/lenet_mnist", "a", "0", "-", "if", "1.7", "..", "/"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_literal_of_any_name_is_highlighted_alike(language, value):
    code = f'network = load("{value}", name=\'{value}\')\n"{value}": "{value}"\n- "{value}"\n$ run "{value}"\n'

    assert highlight(code, language) == whole(code, language)
