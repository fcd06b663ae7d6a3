"""The page that documents what programs read, with examples out of the same build."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass
from mindhub.pages.listing_views import Api
from mindhub.pages.panels import snippet
from mindhub.pages.views import Fact, Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from mindhub.pages.inputs import Options
    from mindhub.pages.place import Place


@dataclass(frozen=True, slots=True)
class Samples:
    """Files of this very build that show what the addresses hold."""

    uid: str
    summary: Mapping[str, Any]  #: the card as listings hold it
    shard: str  #: path of the shard it is in
    sha256: str  #: of its first file; empty where it has none
    by_sha256: bytes
    feed: bytes


def api_page(place: Place, schemas: Sequence[str], samples: Samples | None) -> tuple[str, Api]:
    """Return the page that documents what programs read, with examples out of this very build."""
    path, words = "api/index.html", place.words
    root = place.root(path)
    title, lead = words("api.title"), words("api.lead")
    rows = [
        (key, tuple(Link(text, f"{root}{to}" if to else None) for text, to in links)) for key, links in _rows(samples)
    ]
    rows.append(("api.schema", tuple(Link(f"schema/{name}", f"{root}schema/{name}") for name in schemas)))
    return path, Api(
        place.frame(path, title, lead, "api"),
        title,
        lead,
        tuple(Fact(words(key), links, code=True) for key, links in rows),
        tuple(
            snippet(words(f"api.sample.{name}"), text, language)
            for name, text, language in (_texts(samples, place.options) if samples else ())
        ),
    )


def _rows(samples: Samples | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the addresses with what they hold; the ones of the sample are links."""
    uid = samples.uid if samples else ""

    def of_card(name: str) -> str:
        return f"{uid}/{name}" if uid else ""

    record = of_card("record.json") if samples and samples.summary["status"]["step"] != "not-checked" else ""
    by_hash = f"by-sha256/{samples.sha256}.json" if samples and samples.sha256 else ""
    return [
        ("api.index", [("index.json", "index.json")]),
        ("api.shards", [("index/index.json", "index/index.json"), (_SHARD, samples.shard if samples else "")]),
        ("api.card", [(f"{_UID}/index.json", of_card("index.json"))]),
        ("api.record", [(f"{_UID}/record.json", record)]),
        ("api.by-sha256", [("by-sha256/<sha256>.json", by_hash)]),
        ("api.facet", [("version/<name>/index.json, domain/…, task/…, dataset/…", "")]),
        ("api.rules", [("rules/index.json", "rules/index.json")]),
        ("api.status", [("status/index.json", "status/index.json")]),
        (
            "api.boards",
            [("leaderboard/index.json", "leaderboard/index.json"), ("leaderboard/<dataset>/<metric>/index.json", "")],
        ),
        ("api.versions", [("versions/<publisher>/<name>/index.json", "")]),
        (
            "api.overviews",
            [(f"{name}/index.json", f"{name}/index.json") for name in ("tasks", "datasets", "publishers")],
        ),
        ("api.matrix", [("matrix/index.json", "matrix/index.json")]),
        ("api.health", [("health/index.json", "health/index.json")]),
        ("api.keys", [("keys/index.json", "keys/index.json"), ("keys/<key>/index.json", "")]),
        (
            "api.moved",
            [("<old name>/index.json", ""), ("resources/hub/details/index.json", "resources/hub/details/index.json")],
        ),
        ("api.feeds", [(f"feeds/{name}.xml", f"feeds/{name}.xml") for name in ("new", "updated", "broken")]),
        ("api.feed", [("task/<name>/feed.xml, publisher/<name>/feed.xml", "")]),
        ("api.badge", [(f"{_UID}/badge.svg", of_card("badge.svg"))]),
        ("api.sitemap", [("sitemap.xml, robots.txt", "")]),
    ]


_UID = "<publisher>/<version>/<name>"
_SHARD = "index/<publisher>/<version>.json"


def _texts(samples: Samples, options: Options) -> list[tuple[str, str, str]]:
    site = options.base_url or "https://hub.example.org/"
    uid = samples.uid
    return [
        ("card", _json(samples.summary), "json"),
        *([("by-sha256", _json(json.loads(samples.by_sha256)), "json")] if samples.sha256 else []),
        ("feed", samples.feed.decode("utf-8", "replace"), "xml"),
        ("badge", f"[![{uid}]({site}{uid}/badge.svg)]({site}{uid}/)\n", "markdown"),
        ("python", f'import mindhub\n\nmindhub.list()\nmindhub.info("{uid}")\n', "python"),
        ("shell", f"curl -fsS {site}{samples.shard} | jq -r '.cards[].uid'\n", "bash"),
    ]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
