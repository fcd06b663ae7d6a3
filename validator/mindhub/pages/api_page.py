"""The page that documents what programs read, with examples out of the same build."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mindhub.pages.listing_views import Api
from mindhub.pages.panels import snippet
from mindhub.pages.views import Fact, Link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from mindhub.pages.place import Place


def api_page(place: Place, schemas: Sequence[str], sample: Mapping[str, Any] | None) -> tuple[str, Api]:
    """Return the page that documents the JSON, with an example out of this very build."""
    path, words = "api/index.html", place.words
    root = place.root(path)
    rows = [
        Fact("api.index", (Link("index.json", f"{root}index.json"),)),
        Fact(
            "api.card",
            (Link("<publisher>/<version>/<name>/index.json", f"{root}{sample['uid']}/index.json" if sample else None),),
        ),
        Fact("api.record", (Link("<publisher>/<version>/<name>/record.json"),)),
        Fact("api.facet", (Link("domain/<name>/index.json, dataset/…, version/…, status/…"),)),
        Fact("api.rules", (Link("rules/index.json", f"{root}rules/index.json"),)),
        Fact("api.status", (Link("status/index.json", f"{root}status/index.json"),)),
        Fact("api.schema", tuple(Link(f"schema/{name}", f"{root}schema/{name}") for name in schemas)),
    ]
    text = json.dumps(sample, indent=2, ensure_ascii=False) + "\n" if sample else ""
    title, lead = words("api.title"), words("api.lead")
    return path, Api(
        place.frame(path, title, lead, "api", "index.json"),
        title,
        lead,
        tuple(Fact(words(row.label), row.values, code=True) for row in rows),
        (snippet(words("api.sample"), text, "json"),) if text else (),
    )
