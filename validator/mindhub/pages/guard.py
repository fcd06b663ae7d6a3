"""The build stops when the data has a field that no page shows: silence is how such fields get lost.

A field is a key of the schema of cards or of records. Adding one there means saying here where it is read; a test
makes a card with a mark in every one of these fields and looks for it on the page.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mindhub.pages.inputs import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Keys of a card that its page shows; `asset[].x` is a key of each file. What a file replaced is for the review of the
#: change: the page's JSON has it, as it has all claims.
CARD = frozenset(
    (
        "model-name", "backbone-name", "module-type", "fine-tunable", "model-version", "train-dataset", "evaluation",
        "author", "update-time", "repo-link", "repo-commit", "user-id", "used-for", "mindspore-version", "asset",
        "license", "summary", "devices", "tags", "disclaimer", "paper", "citation", "replaced-by", "deprecated",
        "smoke", "asset[].file-format", "asset[].asset-link", "asset[].asset-sha256", "asset[].asset-size",
        "asset[].mirrors", "asset[].replaces",
    )
)  # fmt: skip
#: Keys of a record; the record itself is published unchanged beside the page, which links it.
RECORD = frozenset(
    (
        "format", "uid", "made-by", "date", "status", "digests", "environment", "stages", "measured", "outputs",
        "compared", "network-parameters", "training-state", "notes", "table",
    )
)  # fmt: skip
_SCHEMAS = {"card.schema.json": CARD, "evidence.schema.json": RECORD}


def check(schemas: Mapping[str, bytes]) -> None:
    """Raise SiteError naming the first key of the data that no page is known to show."""
    for name, shown in _SCHEMAS.items():
        content = schemas.get(name)
        lost = sorted(set(_keys(json.loads(content))) - shown) if content else []
        if lost:
            raise SiteError(
                f"{name}: no page shows {lost[0]!r}; put it on the page of a card and name it in mindhub/pages/guard.py"
            )


def _keys(schema: Mapping[str, Any]) -> Iterator[str]:
    for key, node in schema.get("properties", {}).items():
        yield key
        if key == "asset":
            yield from (f"asset[].{inner}" for inner in node["items"]["properties"])
