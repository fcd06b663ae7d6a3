"""The build stops when the data has a field that no page shows: silence is how such fields get lost.

A field is a leaf of a schema: `asset[].mirrors[]` is each mirror of each file, `.*` stands for keys of any name. A new
one has to be put on a page and then named here; a test changes each field alone and looks whether a page and its JSON
change with it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mindhub.pages.inputs import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN = {
    "card.schema.json": """
        model-name backbone-name module-type fine-tunable model-version train-dataset evaluation[].metric
        evaluation[].value evaluation[].dataset evaluation[].split author update-time repo-link repo-commit user-id
        used-for mindspore-version asset[].file-format asset[].asset-link asset[].asset-sha256 asset[].asset-size
        asset[].mirrors[] asset[].replaces.sha256 asset[].replaces.reason license summary devices[] tags[] disclaimer
        paper citation.title citation.authors[] citation.year citation.venue citation.url citation.doi citation.arxiv
        replaced-by deprecated.reason deprecated.date smoke.network.source smoke.network.name smoke.network.args[]
        smoke.network.kwargs smoke.inputs[].name smoke.inputs[].shape[] smoke.inputs[].dtype
        smoke.inputs[].fill.random[] smoke.inputs[].fill.seed smoke.inputs[].fill.constant smoke.inputs[].fill.range
        smoke.outputs[].name smoke.outputs[].shape[] smoke.outputs[].dtype smoke.outputs[].rtol smoke.outputs[].atol
        smoke.outputs[].differing smoke.ignore-extra[] smoke.modes[] smoke.limits.seconds smoke.limits.memory
        smoke.evaluate.dataset smoke.evaluate.split smoke.evaluate.preprocess smoke.evaluate.metric
        smoke.evaluate.tolerance x-*
    """,
    "evidence.schema.json": """
        format uid made-by date status digests.claims digests.asset digests.network digests.contract digests.*
        environment.* stages[].name stages[].verdict stages[].reason stages[].seconds stages[].memory stages[].kind
        measured[].metric measured[].claimed measured[].measured measured[].tolerance measured[].dataset
        measured[].split measured[].samples measured[].dataset_digest outputs[].shape[] outputs[].dtype
        outputs[].values[] outputs[].digest compared[].elements compared[].differing compared[].largest compared[].mean
        network-parameters training-state[] notes[] table
    """,
    "network-run.schema.json": """
        format uid weights made-by date digests.network digests.contract environment.* stages[].name stages[].verdict
        stages[].reason stages[].seconds stages[].memory stages[].kind network-parameters checkpoint-bytes
        outputs[].shape[] outputs[].dtype arguments.* table[].name table[].shape[] table[].dtype
    """,
    "publisher.schema.json": """
        title owners[] contact url
    """,
    "waivers.schema.json": """
        [].rule [].uid [].reason [].reason-zh [].owner [].expires
    """,
}
#: Fields that are shown, by the schema that has them.
SHOWN: Mapping[str, frozenset[str]] = {name: frozenset(fields.split()) for name, fields in _SHOWN.items()}


def check(schemas: Mapping[str, bytes]) -> None:
    """Raise SiteError naming the first field of the data that no page is known to show."""
    for name, shown in SHOWN.items():
        content = schemas.get(name)
        lost = sorted(set(fields(json.loads(content))) - shown) if content else []
        if lost:
            raise SiteError(
                f"{name}: no page shows {lost[0]!r}; put it on a page and name it in mindhub/pages/guard.py"
            )


def fields(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of every leaf of a schema."""
    yield from _leaves(schema, schema.get("$defs", {}), "")


def _leaves(node: Mapping[str, Any], defs: Mapping[str, Any], at: str) -> Iterator[str]:
    if "$ref" in node:
        yield from _leaves(defs[node["$ref"].rsplit("/")[-1]], defs, at)
        return
    before = f"{at}." if at else ""
    inner = [(f"{before}{key}", child) for key, child in node.get("properties", {}).items()]
    inner += [(f"{before}{key.strip('^')}*", child) for key, child in node.get("patternProperties", {}).items()]
    inner += [(f"{before}*", node[key]) for key in ("additionalProperties",) if isinstance(node.get(key), dict)]
    inner += [(f"{at}[]", node[key]) for key in ("items",) if key in node]
    if not inner:
        yield at
    for name, child in inner:
        yield from _leaves(child, defs, name)
