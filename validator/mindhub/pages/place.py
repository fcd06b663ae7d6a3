"""One language's part of the site: where its pages lie and what surrounds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages.links import up
from mindhub.pages.views import Frame, Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.pages.inputs import Options
    from mindhub.pages.words import Words


@dataclass(frozen=True, slots=True)
class Place:
    """A language and its folder. Paths of pages are given without that folder."""

    words: Words
    prefix: str  #: empty for the first language, else `zh/`
    options: Options
    others: Mapping[str, str]  #: language -> its name in itself, for all languages of the site

    def home(self, path: str) -> str:
        """Return the way from a page to the root of this language."""
        return up(path)

    def root(self, path: str) -> str:
        """Return the way from a page to the root of the site, where JSON and files are."""
        return up(self.prefix + path)

    def frame(
        self, path: str, title: str, description: str, section: str, twin: str = "", feed: str = "feeds/new.xml"
    ) -> Frame:
        """Return what surrounds a page; its JSON is beside it in the first language unless `twin` says where.

        `feed` is the path of the feed that goes with it, in the same language.
        """
        root, base = self.root(path), self.options.base_url
        heading = title if title == self.options.title else f"{title} · {self.options.title}"
        return Frame(
            title=heading,
            description=description,
            language=self.words.language,
            site_title=self.options.title,
            root=root,
            home=self.home(path),
            twin=root + (twin or path.removesuffix(".html") + ".json"),
            languages=tuple(
                Link(name, root + folder(language, self.options) + path, language == self.words.language, language)
                for language, name in self.others.items()
            ),
            alternates=self._alternates(path),
            section=section,
            feed=self.home(path) + feed,
            url=base + (self.prefix + path).removesuffix("index.html") if base else "",
            image=f"{base}static/preview.png" if base else "",
        )

    def _alternates(self, path: str) -> tuple[Link, ...]:
        base, page = self.options.base_url, path.removesuffix("index.html")
        if not base:
            return ()
        return tuple(
            Link(name, base + folder(language, self.options) + page, language=language)
            for language, name in self.others.items()
        )


def folder(language: str, options: Options) -> str:
    """Return the folder of a language, empty or ending in `/`."""
    return "" if language == options.languages[0] else f"{language}/"
