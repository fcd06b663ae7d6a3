"""Snippets of VS Code for the keys of a card, made from the card schema and the vocabulary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mindhub.resources import schema
from mindhub.scaffold.card import KEYS
from mindhub.scaffold.questions import choices
from mindhub.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from mindhub.vocabulary import Vocabulary

#: A list of more than that many choices is no help.
_MOST = 400
_BLOCKS = {
    "asset": (
        "asset:",
        "  - file-format: ${1|ckpt,mindir,safetensors,onnx|}",
        "    asset-link: ${2:address or file beside the card}",
    ),
    "smoke": (
        "smoke:",
        '  network: {source: ${1|file,package,mindir,hub-conf,export|}, name: "${2:module:factory}"}',
        "  inputs:",
        "    - {name: ${3:images}, shape: [${4:1, 3, 224, 224}], dtype: ${5:float32}}",
    ),
    "devices": ("devices: [${1|ascend,gpu,cpu|}]",),
    "model-version": ('model-version: "${1:1.0}"',),
    "mindspore-version": ('mindspore-version: "${1:2.10}"',),
    "update-time": ('update-time: "${CURRENT_YEAR}-${CURRENT_MONTH}-${CURRENT_DATE}"',),
}


def snippets() -> str:
    """Return the file: a snippet per key, with the schema's description and the vocabulary's names."""
    properties = schema("card")["properties"]
    vocabulary = load_vocabulary()
    made = {
        f"card: {key}": {
            "scope": "markdown",
            "prefix": key,
            "body": list(_BLOCKS.get(key, (f"{key}: {_value(key, properties[key], vocabulary)}",))),
            "description": properties[key].get("description", ""),
        }
        for key in KEYS
        if key in properties
    }
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def _value(key: str, node: dict[str, Any], vocabulary: Vocabulary) -> str:
    names = choices(key, vocabulary)
    if key in ("train-dataset", "used-for", "fine-tunable") and 0 < len(names) <= _MOST:
        return f"${{1|{','.join(names)}|}}"
    if key == "license":
        return f"${{1|{','.join(sorted(vocabulary.kind('licences')))}|}}"
    if key == "module-type":
        domains, tasks = (",".join(sorted(vocabulary.kind(kind))) for kind in ("domains", "tasks"))
        return f"${{1|{domains}|}}-${{2|{tasks}|}}"
    return "${1|True,False|}" if node.get("type") == "boolean" else "$1"
