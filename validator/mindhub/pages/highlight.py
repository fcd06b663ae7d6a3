"""Code with its tokens marked by classes, for the colours of the style sheet."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pygments.formatter import Formatter
    from pygments.lexer import Lexer

_LANGUAGES = {"python": "python", "py": "python", "python3": "python", "bash": "bash", "shell": "bash", "sh": "bash",
              "json": "json", "yaml": "yaml", "yml": "yaml", "console": "console"}  # fmt: skip
_LONGEST_HIGHLIGHTED = 20_000  #: characters; a lexer's patterns are not made for hostile megabytes


def highlight(code: str, language: str) -> Markup:
    """Return code with its tokens marked by classes; escaped text where the language is unknown."""
    pieces, literals = around_literals(code, language)
    return Markup(fill(pieces, literals))  # noqa: S704 - Pygments escapes, and no such literal needs it


def around_literals(code: str, language: str) -> tuple[tuple[str, ...], list[str]]:
    """Return highlighted code as the pieces around some of its literals, and these, which no HTML needs escaped."""
    lexer = _lexer(_LANGUAGES.get(language, ""))
    if lexer is None or len(code) > _LONGEST_HIGHLIGHTED:
        return (str(escape(code)),), []
    literals = [found[2] for found in _LITERAL.finditer(code)]
    pieces = _around_blanks(_LITERAL.sub(rf"\1{BLANK}\1", code), lexer) if literals and BLANK not in code else ()
    return (pieces, literals) if len(pieces) == len(literals) + 1 else ((str(_highlighted(code, lexer)),), [])


def fill(pieces: Sequence[str], literals: Sequence[str]) -> str:
    """Return pieces with the literals between them."""
    return "".join([part for pair in zip(pieces, literals, strict=False) for part in pair]) + pieces[-1]


#: Short text in quotes. Cards show the same lines over and over, with the name of a model or of a file in them.
_LITERAL = re.compile(r"""(["'])([A-Za-z0-9_./-]+)\1""")
BLANK = "mindhubBlank"  #: what stands for such a text, itself one
#: Kinds of tokens inside which these characters are all the same to a lexer: strings and comments.
_EVEN = re.compile(r'<span class="(?:s1|s2|sd|c1)">[^<]*</span>')


@lru_cache(maxsize=256)
def _around_blanks(code: str, lexer: Lexer) -> tuple[str, ...]:
    """Return highlighted code, cut where its blanks stand; nothing where what looks like one is none to the lexer."""
    html = str(_highlighted(code, lexer))
    return () if BLANK in _EVEN.sub("", html) else tuple(html.split(BLANK))


@lru_cache(maxsize=256)
def _highlighted(code: str, lexer: Lexer) -> Markup:
    import pygments

    return Markup(pygments.highlight(code, lexer, _formatter()).rstrip("\n") + "\n")  # noqa: S704 - Pygments escapes


@cache
def _lexer(name: str) -> Lexer | None:
    if not name:
        return None
    from pygments.lexers import get_lexer_by_name

    lexer: Lexer = get_lexer_by_name(name, stripnl=False)
    return lexer


@cache
def _formatter() -> Formatter[str]:
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(nowrap=True)
