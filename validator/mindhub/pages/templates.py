"""Jinja, set up so that a template can neither forget to escape nor name what does not exist."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from collections.abc import Callable

    from mindhub.pages.inputs import Theme
    from mindhub.pages.words import Words


class Renderer:
    """The templates of a theme in one language; a template sees `page` and the string lookup `t`."""

    def __init__(self, theme: Theme, words: Words) -> None:
        key = _Key(words)
        self._environment = _environment(tuple(theme.templates.items()), tuple(words.strings.items()), key)

    def piece(self, template: str) -> Callable[[object], str]:
        """Return what makes a piece of a page out of a template that sees it as `row`."""
        found = self._environment.get_template(template)
        return lambda view: found.render(row=view)

    def render(self, template: str, page: object) -> bytes:
        """Return a page as UTF-8; a lone surrogate, which a YAML escape can make, becomes `?`."""
        return self._environment.get_template(template).render(page=page).encode("utf-8", "replace")


class _Key:
    """Words, compared by their vocabulary: their strings are part of the key by themselves."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def __hash__(self) -> int:
        return hash((self.words.language, id(self.words.vocabulary)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Key)
            and self.words.language == other.words.language
            and self.words.vocabulary is other.words.vocabulary
        )


@lru_cache(maxsize=8)
def _environment(
    templates: tuple[tuple[str, str], ...],
    strings: tuple[tuple[str, str], ...],  # noqa: ARG001 - of the key: other strings are another environment
    key: _Key,
) -> jinja2.Environment:
    """Return the templates, compiled once: that takes longer than a page, and a site is built anew at every change."""
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(dict(templates)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["t"] = key.words
    return environment
