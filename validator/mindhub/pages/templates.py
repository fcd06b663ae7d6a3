"""Jinja, set up so that a template can neither forget to escape nor name what does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from collections.abc import Callable

    from mindhub.pages.inputs import Theme
    from mindhub.pages.words import Words


class Renderer:
    """The templates of a theme in one language; a template sees `page` and the string lookup `t`."""

    def __init__(self, theme: Theme, words: Words) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.DictLoader(dict(theme.templates)),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._environment.globals["t"] = words

    def piece(self, template: str) -> Callable[[object], str]:
        """Return what makes a piece of a page out of a template that sees it as `row`."""
        found = self._environment.get_template(template)
        return lambda view: found.render(row=view)

    def render(self, template: str, page: object) -> bytes:
        """Return a page as UTF-8; a lone surrogate, which a YAML escape can make, becomes `?`."""
        return self._environment.get_template(template).render(page=page).encode("utf-8", "replace")
