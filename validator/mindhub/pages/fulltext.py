"""The index of all texts: made by Pagefind, where it is installed, from the bodies of the cards.

Pagefind splits its index by the language of a page and then finds nothing of the other language. All cards go into
one index, that of Chinese, whose word splitting leaves English as it is.
"""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mindhub.pages import prose
from mindhub.pages.inputs import SiteError
from mindhub.pages.kept import digest, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mindhub.body import Body
    from mindhub.model import Card
    from mindhub.pages.inputs import SiteInput
    from mindhub.pages.kept import Kept
    from mindhub.translation import Translation

#: The folder of the index on the site.
FOLDER = "pagefind"
_LANGUAGE = "zh-cn"
#: What a reader of the index in a browser needs; the rest is a search box of Pagefind's own.
_SCRIPTS = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")


def program() -> Path | None:
    """Return Pagefind's program, as its package brings it; None where it is not installed."""
    for package, name in (("pagefind_bin_extended", "pagefind_extended"), ("pagefind_bin", "pagefind")):
        found = importlib.util.find_spec(package)
        folder = Path(found.origin).parent if found and found.origin else None
        if folder and (folder / name).is_file():
            return folder / name
    return None


def files(site: SiteInput, kept: Kept | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the index of all texts of a site; none where Pagefind is not installed."""
    yield from index(texts(site, kept), program(), kept).items()


def texts(site: SiteInput, kept: Kept | None = None) -> Iterator[tuple[str, str]]:
    """Yield what Pagefind reads of each card: names of files with HTML; nothing where no index is to be made."""
    if not site.fulltext:
        return
    languages = site.options.languages
    cards = ((card, str(card.uid)) for card in site.cards if card.uid)
    for at, (card, uid) in enumerate(cards):
        said = {name: there for name in languages if (there := site.translations.get((uid, name)))}
        yield f"{at}.html", page(card.model_name or uid, f"{uid}/index.html", card, said, kept)


def page(
    name: str,
    path: str,
    card: Card,
    said: Mapping[str, Translation] | None = None,
    kept: Kept | None = None,
) -> str:
    """Return the page that Pagefind reads for a card; `path` is where the card is, from the root of a language.

    `said` is what the card says in other languages: it is found as well, and a result has its title in each.
    """
    said = said or {}
    heads = (name, card.backbone_name, card.train_dataset, card.summary, card.author)
    words = " ".join(filter(None, (*heads, *(part for each in said.values() for part in (each.title, each.summary)))))
    shown = {"title": name, "path": path} | {f"title-{language}": each.title for language, each in said.items()}
    keys = ", ".join(f"{key}[data-{key}]" for key, value in shown.items() if value)
    values = " ".join(f'data-{key}="{escape(value)}"' for key, value in shown.items() if value)
    texts = "".join(
        f"<p>{escape(_words(body, kept))}</p>" for body in (card.body, *(each.body for each in said.values()))
    )
    return (
        f'<!doctype html><html lang="{_LANGUAGE}"><body data-pagefind-body>'
        f'<p data-pagefind-meta="{keys}" {values}></p><h1>{escape(words)}</h1>{texts}</body></html>'
    )


def _words(body: Body, kept: Kept | None) -> str:
    if kept is None:
        return prose.words(body)
    key = digest("words", body.text)
    found = kept.get(key)
    if found is None:
        found = prose.words(body).encode("utf-8", "replace")
        kept.put(key, found)
    return found.decode()


def index(pages: Iterable[tuple[str, str]], tool: Path | None, kept: Kept | None = None) -> Mapping[str, bytes]:
    """Return the files of the index over pages, given as names and HTML; the same for the same pages.

    Without pages there are none: Pagefind takes a folder without pages for a mistake; and none without Pagefind.
    Raises SiteError where it fails, with its last words.
    """
    if tool is None:
        return {}
    given = [(name, html.encode("utf-8", "replace")) for name, html in pages]
    if not given or kept is None:
        return _indexed(given, tool) if given else {}
    about = tool.stat()
    made = hashlib.sha256(repr((_LANGUAGE, about.st_size, about.st_mtime_ns)).encode())
    for name, html in given:
        made.update(f"{name} {len(html)}\n".encode() + html)
    key = digest("index", made.digest())
    before = kept.get(key)
    if before is None:
        before = packed(_indexed(given, tool))
        kept.put(key, before)
    return unpacked(before)


def _indexed(pages: Iterable[tuple[str, bytes]], tool: Path) -> Mapping[str, bytes]:
    import subprocess

    with tempfile.TemporaryDirectory(prefix="mindhub-text-") as folder:
        source, made = Path(folder, "source"), Path(folder, "made")
        source.mkdir()
        for name, html in pages:
            (source / name).write_bytes(html)
        done = subprocess.run(  # noqa: S603 - the program of an installed package
            [tool, "--site", source, "--output-path", made, "--force-language", _LANGUAGE],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SiteError(f"pagefind failed: {(done.stderr or done.stdout).strip()[-300:]}")
        return {
            f"{FOLDER}/{path.relative_to(made).as_posix()}": path.read_bytes()
            for path in sorted(made.rglob("*"))
            if path.is_file()
            and (path.parent != made or path.name in _SCRIPTS or path.name.startswith(("wasm", "pagefind.")))
        }
