"""Small valid cards for tests: told only what differs."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SHA = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
OTHER = "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"
UID = "mindhub/2.3/lenet_mnist"

FRONT = f"""\
model-name: lenet
backbone-name: lenet
module-type: cv-image-classification
fine-tunable: True
model-version: "1.0"
train-dataset: mnist
evaluation: acc97.5
author: The authors
update-time: "2026-01-31"
repo-link: https://gitee.com/mindspore/models/tree/r2.3/official/cv/lenet
user-id: mindhub
used-for: inference
mindspore-version: "2.3"
asset:
  - file-format: ckpt
    asset-link: https://download.mindspore.cn/models/r2.3/lenet.ckpt
    asset-sha256: {SHA}
    asset-size: 246813
license: Apache-2.0
summary: Classifies 28×28 images of handwritten digits
smoke:
  network: {{source: file, name: "lenet:LeNet"}}
"""

BODY = """
## Introduction

A small network.

## Usage

```python
import mindhub

network = mindhub.load("UID")
```

## Citation

The paper.
"""


def blocks(front: str) -> list[tuple[str, str]]:
    """Split front matter into (key, its lines); what stands before the first key has the key ''."""
    parts = re.split(r"^(?=[^\s#-])", front, flags=re.MULTILINE)
    return [
        (re.split("[:：]", part)[0], part if part.endswith("\n") else part + "\n") for part in parts if part.strip()
    ]


def front_matter(patch: str = "") -> str:
    """Return the valid front matter with the patch's keys in place of its own; `# no KEY` leaves one out."""
    removed = set(re.findall(r"^# no (\S+)", patch, flags=re.MULTILINE))
    patched = blocks(re.sub(r"^# no .*\n", "", patch, flags=re.MULTILINE))
    keys = {key for key, _ in patched} | removed
    kept = [text for key, text in blocks(FRONT) if key not in keys]
    return "".join([*kept, *(text for _, text in patched)])


def card_text(patch: str = "", *, body: str = "", uid: str = UID) -> str:
    """Return a whole card; a body with an Introduction replaces the valid one, another is put behind it."""
    text = body if "## Introduction" in body else BODY + ("\n" + body if body else "")
    return f"---\n{front_matter(patch)}---\n{text.replace('UID', uid).rstrip()}\n"


def write_card(root: Path, text: str | bytes, uid: str = UID) -> Path:
    """Put a card into a registry folder and return its path."""
    path = root / f"{uid}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def write_network_run(card: Path, root: Path, changes: Mapping[str, Any]) -> Path:
    """Put a run with random weights beside a card whose record has the tensor fc.weight, float32 [2, 3]."""
    from mindhub.card import read_card
    from mindhub.facts import load_facts
    from mindhub.formats.table import Tensor, TensorTable
    from mindhub.smoke.evidence import contract_digest
    from mindhub.source import card_file

    write_record(card, root, {})
    record = card.with_suffix(".evidence.json")
    table = TensorTable("ckpt", 64, (Tensor("fc.weight", (2, 3), "float32", 24, 40),)).to_json()
    record.write_text(json.dumps({**json.loads(record.read_text()), "table": table}), encoding="utf-8")
    contract = contract_digest(read_card(card_file(card, root), load_facts().vocabulary))
    run: dict[str, Any] = {
        "format": 1,
        "uid": UID,
        "weights": "random",
        "made-by": "hub",
        "date": "2026-02-01",
        "digests": {"network": "6" * 64, "contract": contract},
        "environment": {"mindspore": "2.10.0", "device": "CPU", "sandbox": "limits"},
        "stages": [{"name": name, "verdict": "passed"} for name in ("build", "load", "run", "shape")],
        "network-parameters": 6,
        "checkpoint-bytes": 64,
        "outputs": [{"shape": [1, 2], "dtype": "float32"}],
        "table": [{"name": "fc.weight", "shape": [2, 3], "dtype": "float32"}],
    }
    for key, value in changes.items():
        run[key] = run[key] | value if isinstance(value, dict) else value
    path = card.with_suffix(".network.json")
    path.write_text(json.dumps(run), encoding="utf-8")
    return path


def write_record(card: Path, root: Path, changes: Mapping[str, Any]) -> Path:
    """Put a record of the registry's own beside a card, as a run that passed leaves it but for the changes."""
    from mindhub.card import read_card
    from mindhub.facts import load_facts
    from mindhub.smoke.evidence import claims_digest, contract_digest, evidence_path
    from mindhub.source import card_file

    read = read_card(card_file(card, root), load_facts().vocabulary)
    values = (0.25, 0.75)
    record: dict[str, Any] = {
        "format": 1,
        "uid": str(read.uid),
        "made-by": "hub",
        "date": "2026-02-01",
        "status": "runs",
        "digests": {
            "claims": claims_digest(read),
            "asset": read.assets[0].sha256,
            "network": "6" * 64,
            "contract": contract_digest(read),
        },
        "environment": {"mindspore": "2.10.0", "device": "CPU", "sandbox": "limits"},
        "stages": [
            {"name": name, "verdict": "passed"} for name in ("fetch", "hash", "scan", "build", "load", "run", "shape")
        ],
        "measured": [],
        "outputs": [
            {
                "shape": [1, 2],
                "dtype": "float32",
                "values": list(values),
                "digest": hashlib.sha256(struct.pack("<2f", *values)).hexdigest(),
            }
        ],
        "network-parameters": 61706,
        "training-state": [],
        "notes": [],
        "table": None,
    }
    for key, value in changes.items():
        record[key] = record[key] | value if isinstance(value, dict) else value
    path = evidence_path(card)
    path.write_text(json.dumps(record), encoding="utf-8")
    return path
