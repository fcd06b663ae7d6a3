"""What search engines, feed readers and READMEs take: sitemap, robots, structured data, badges."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from mindhub.pages.links import safe_url
from mindhub.pages.panels import addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.inputs import Options
    from mindhub.pages.panels import File

#: Of the 50,000 that the protocol allows in one file (sitemaps.org), to be far from its 50 MB too.
_ADDRESSES = 25_000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_SPDX = "https://spdx.org/licenses/"
#: What could end a script element, or a line in old engines.
_RISKY = re.compile("[<>&\u2028\u2029]")


def crawling(pages: Iterable[str], options: Options) -> Iterator[tuple[str, bytes]]:
    """Yield robots.txt, and where the site's address is known the sitemap, of the paths of all pages."""
    lines = ["User-agent: *", "Allow: /"]
    if options.base_url:
        found = sorted(path for path in pages if path.endswith("/index.html") or path == "index.html")
        urls = [options.base_url + path.removesuffix("index.html") for path in found]
        parts = [urls[start : start + _ADDRESSES] for start in range(0, len(urls), _ADDRESSES)]
        names = ["sitemap.xml"] if len(parts) == 1 else [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
        for name, part in zip(names, parts, strict=True):
            yield name, _xml("urlset", "url", part)
        if len(parts) > 1:
            yield "sitemap.xml", _xml("sitemapindex", "sitemap", [options.base_url + name for name in names])
        lines.append(f"Sitemap: {options.base_url}sitemap.xml")
    yield "robots.txt", ("\n".join(lines) + "\n").encode()


def _xml(root: str, each: str, urls: Sequence[str]) -> bytes:
    items = "".join(f"<{each}><loc>{escape(url, quote=False)}</loc></{each}>\n" for url in urls)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root} xmlns="{_SITEMAP}">\n{items}</{root}>\n'.encode()


def structured(entry: Entry, files: Sequence[File], options: Options, summary: str, language: str) -> Markup:
    """Return a card as schema.org's SoftwareSourceCode in JSON-LD, ready to stand in a script element."""
    card = entry.card
    url = f"{options.base_url}{entry.uid}/" if options.base_url else None
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "SoftwareSourceCode",
        "name": entry.title(language),
        "alternateName": entry.name if entry.title(language) != entry.name else None,
        "identifier": entry.uid,
        "description": summary,
        "url": url,
        "codeRepository": safe_url(card.repo_link),
        "runtimePlatform": f"MindSpore {entry.version.en}",
        "version": card.model_version,
        "dateModified": entry.updated or None,
        "license": _SPDX + entry.license.en if entry.license and re.fullmatch(r"[\w.+-]+", entry.license.en) else None,
        "author": {"@type": "Organization", "name": card.author} if card.author else None,
        "keywords": [named.label(language) for named in (entry.domain, entry.task) if named] + list(card.tags),
        "isBasedOn": {"@type": "Dataset", "name": entry.dataset.label(language)} if entry.dataset else None,
        "associatedMedia": [_download(entry, file, options) for file in files],
    }
    return script({key: value for key, value in data.items() if value})


def _download(entry: Entry, file: File, options: Options) -> dict[str, Any]:
    address, whole = addresses(entry, file, options)
    data = {
        "@type": "DataDownload",
        "name": file.name,
        "contentUrl": whole or (address if address and "//" in address else None),
        "encodingFormat": file.asset.file_format,
        "contentSize": f"{file.counted} B" if file.counted else None,
        "sha256": file.asset.sha256,
    }
    return {key: value for key, value in data.items() if value}


def catalogue(title: str, lead: str, options: Options) -> Markup:
    """Return the site as schema.org's WebSite, with its search where its address is known."""
    data: dict[str, Any] = {"@context": "https://schema.org", "@type": "WebSite", "name": title, "description": lead}
    if options.base_url:
        target = {"@type": "EntryPoint", "urlTemplate": f"{options.base_url}?q={{query}}"}
        data["url"] = options.base_url
        data["potentialAction"] = {"@type": "SearchAction", "target": target, "query-input": "required name=query"}
    return script(data)


#: As `json.dumps` would make one for each card.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def script(data: dict[str, Any]) -> Markup:
    """Return JSON that neither ends a script element nor begins a comment in one."""
    text = _ENCODER.encode(data)
    return Markup(_RISKY.sub(lambda found: f"\\u{ord(found.group()):04x}", text))  # noqa: S704 - escaped just now
