"""Every field of the data reaches a page and its JSON: each is changed alone, and both have to change with it.

The fields are the leaves of the schemas. One that is new there fails here until it is planted below, and then until a
page shows it.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path

import pytest
import yaml

from mindhub.card import parse_card
from mindhub.model import Uid
from mindhub.pages import Options, Record, build_site, guard
from mindhub.pages.inputs import SiteError
from mindhub.publishers import Publisher
from mindhub.resources import schema
from mindhub.smoke.evidence import Evidence
from mindhub.smoke.network_runs import NetworkRun
from mindhub.source import CardFile
from mindhub.vocabulary import load_vocabulary
from mindhub.waivers import Waiver
from pages.sites import card, site, table, theme

UID = "mindhub/2.3/lenet_mnist"
A, B = "a" * 64, "b" * 64
#: leaf -> what the card says, and what it says instead. A leaf that excludes others replaces what holds them.
CARD = {
    "model-name": ("lenet", "lenet-marked"),
    "backbone-name": ("lenet", "backbone-marked"),
    "module-type": ("cv-image-classification", "nlp"),
    "fine-tunable": (True, False),
    "model-version": ("1.0", "1.7-marked"),
    "train-dataset": ("mnist", "cola"),
    "evaluation[].metric": ("accuracy", "F1"),
    "evaluation[].value": (91.25, 92.75),
    "evaluation[].dataset": ("mnist", "cola"),
    "evaluation[].split": ("test", "dev-marked"),
    "author": ("Somebody", "Somebody Marked"),
    "update-time": ("2026-01-31", "2026-01-17"),
    "repo-link": ("https://gitee.com/mindspore/models/tree/r2.3/a", "https://gitee.com/mindspore/models/tree/r2.3/b"),
    "repo-commit": ("c" * 40, "d" * 40),
    "user-id": ("mindhub", "marked"),
    "used-for": ("inference", "used-for-marked"),
    "asset[].file-format": ("ckpt", "onnx"),
    "asset[].asset-link": ("https://x.org/a.ckpt", "https://x.org/b.ckpt"),
    "asset[].asset-sha256": (A, B),
    "asset[].asset-size": (1000, 77000000),
    "asset[].mirrors[]": ("https://x.org/mirror", "https://x.org/mirror-marked"),
    "asset[].replaces.sha256": (A, B),
    "asset[].replaces.reason": ("it was cut", "it was marked"),
    "license": ("Apache-2.0", "MIT"),
    "disclaimer": ("one", "two"),
    "summary": ("Reads digits", "Reads marked digits"),
    "devices[]": ("cpu", "ascend"),
    "tags[]": ("small", "tag-marked"),
    "paper": ("https://x.org/paper", "https://x.org/paper-marked"),
    "citation.title": ("A title", "A marked title"),
    "citation.authors[]": ("An Author", "A Marked Author"),
    "citation.year": (1998, 1997),
    "citation.venue": ("A venue", "A marked venue"),
    "citation.doi": ("10.1109/5.726791", "10.1109/5.726792"),
    "citation.arxiv": ("1412.6980", "1412.6981"),
    "citation.url": ("https://x.org/work", "https://x.org/work-marked"),
    "replaced-by": ("mindhub/2.10/other", "mindhub/2.10/marked"),
    "deprecated.reason": ("it is old", "it is marked"),
    "deprecated.date": ("2026-02-01", "2026-02-17"),
    "smoke.network.source": ("file", "package"),
    "smoke.network.name": ("lenet:LeNet", "lenet:Marked"),
    "smoke.network.args[]": (10, 17),
    "smoke.network.kwargs": ({"classes": 10}, {"classes": 17}),
    "smoke.inputs[].name": ("images", "marked"),
    "smoke.inputs[].shape[]": (3, 17),
    "smoke.inputs[].dtype": ("float32", "float16"),
    "smoke.inputs[].fill.random[]": (5, 17),
    "smoke.inputs[].fill.seed": (3, 17),
    "smoke.inputs[].fill.range": (None, True),
    "smoke.inputs[].fill.constant": (None, 17),
    "smoke.outputs[].name": ("logits", "marked"),
    "smoke.outputs[].shape[]": (10, 17),
    "smoke.outputs[].dtype": ("float32", "float16"),
    "smoke.outputs[].rtol": (0.001, 0.0017),
    "smoke.outputs[].atol": (0.002, 0.0017),
    "smoke.outputs[].differing": (0.01, 0.017),
    "smoke.ignore-extra[]": ("^adam_", "^marked_"),
    "smoke.modes[]": ("graph", "pynative"),
    "smoke.limits.seconds": (120, 117),
    "smoke.limits.memory": ("1500MB", "1700MB"),
    "smoke.evaluate.dataset": ("sklearn:digits", "sklearn:marked"),
    "smoke.evaluate.split": ("test", "marked"),
    "smoke.evaluate.preprocess": ({"scale": 16}, {"scale": 17}),
    "smoke.evaluate.metric": ("accuracy", "F1"),
    "smoke.evaluate.tolerance": (0.1, 0.17),
    "x-*": ("anything", "anything-marked"),
}  # fmt: skip
RECORD = {
    "made-by": ("hub", "reported"),
    "date": ("2026-02-03", "2026-02-17"),
    "digests.claims": (A, B),
    "digests.asset": (A, B),
    "digests.network": (A, B),
    "digests.contract": (A, B),
    "digests.*": (A, B),
    "environment.*": ("a sandbox", "a marked sandbox"),
    "stages[].name": ("fetch", "hash"),
    "stages[].verdict": ("passed", "failed"),
    "stages[].reason": ("a reason", "a marked reason"),
    "stages[].seconds": (1.5, 17.25),
    "stages[].memory": (1_000_000, 17_000_000),
    "stages[].kind": ("a-kind", "a-marked-kind"),
    "measured[].metric": ("accuracy", "f1"),
    "measured[].claimed": (91.25, 91.75),
    "measured[].measured": (91.5, 91.75),
    "measured[].tolerance": (0.5, 0.75),
    "measured[].dataset": ("sklearn:digits", "sklearn:marked"),
    "measured[].split": ("test", "marked"),
    "measured[].samples": (360, 1717),
    "measured[].dataset_digest": (A, B),
    "outputs[].shape[]": (10, 17),
    "outputs[].dtype": ("float32", "float16"),
    "outputs[].values[]": (0.25, 0.17),
    "outputs[].digest": (A, B),
    "compared[].elements": (10, 1717),
    "compared[].differing": (0, 17),
    "compared[].largest": (0.001, 0.0017),
    "compared[].mean": (0.0001, 0.00017),
    "network-parameters": (61_706, 17_000_000),
    "training-state[]": ("learning_rate", "marked_rate"),
    "notes[]": ("a note", "a marked note"),
    "table": (table("conv1.weight", "fc1.bias").to_json(), table("conv1.weight", "marked").to_json()),
}
NETWORK_RUN = {
    "made-by": ("hub", "reported"),
    "date": ("2026-02-03", "2026-02-17"),
    "digests.network": (A, B),
    "digests.contract": (A, B),
    "environment.*": ("a sandbox", "a marked sandbox"),
    "stages[].verdict": ("passed", "failed"),
    "stages[].reason": ("a reason", "a marked reason"),
    "stages[].seconds": (1.5, 17.25),
    "stages[].memory": (1_000_000, 17_000_000),
    "stages[].kind": ("a-kind", "a-marked-kind"),
    "network-parameters": (61_706, 17_000_000),
    "checkpoint-bytes": (246_813, 17_000_000),
    "outputs[].shape[]": (10, 17),
    "outputs[].dtype": ("float32", "float16"),
    "arguments.*": (["shape", 1], ["shape", 17]),
    "table[].name": ("conv1.weight", "marked.weight"),
    "table[].shape[]": (3, 17),
    "table[].dtype": ("float32", "float16"),
}
PUBLISHER = {
    "title": ("The hub", "The marked hub"),
    "owners[]": ("owner", "marked"),
    "contact": ("a@example.org", "marked@example.org"),
    "url": ("https://example.org/a", "https://example.org/marked"),
}
WAIVER = {
    "[].rule": ("AS001", "AS002"),
    "[].uid": (UID, "mindhub/*/*"),
    "[].reason": ("for now", "for the marked"),
    "[].reason-zh": ("暂时", "标记"),
    "[].owner": ("someone", "someone marked"),
    "[].expires": ("2030-01-01", "2030-01-17"),
}


#: What follows from other fields or from the card's place, or can only be one thing.
FIXED = {
    "card": {"mindspore-version"},
    "evidence": {"format", "status", "uid"},
    "network-run": {"format", "weights", "uid", "stages[].name"},
}
SCHEMAS = {
    "card": CARD, "evidence": RECORD, "network-run": NETWORK_RUN, "publisher": PUBLISHER, "waivers": WAIVER,
}  # fmt: skip


def fields(name):
    return [field for field in guard.fields(schema(name)) if field not in FIXED.get(name, ())]


def planted(values, marked=""):
    """Return what holds the first value of every field, and the second of the one that is marked."""
    made = {}
    for leaf, pair in values.items():
        value = pair[leaf == marked]
        parts = [part for part in re.split(r"\.|(?=\[\])", leaf) if part]
        parts = [{"[]": 0, "*": "any-key", "x-*": "x-anything"}.get(part, part) for part in parts]
        if value is not None:
            place(made, parts, copy.deepcopy(value))
    return made


def place(made, parts, value):
    first, *rest = parts
    if not rest:
        made[first] = value
        return
    place(made.setdefault(first, {}), rest, value)


def listed(made):
    """Return the same with lists where the keys are numbers."""
    if not isinstance(made, dict):
        return made
    inner = {key: listed(value) for key, value in made.items()}
    return list(inner.values()) if 0 in inner else inner


@cache
def made(name="", field=""):
    """Return the pages of a site with every field planted, and one of them marked."""
    marks = {each: listed(planted(values, field if each == name else "")) for each, values in SCHEMAS.items()}
    marks["card"]["mindspore-version"] = "2.3"
    text = f"---\n{yaml.safe_dump(marks['card'], sort_keys=False, allow_unicode=True)}---\n\n# lenet\n"
    file = CardFile(Path(f"/registry/{UID}.md"), Path("/registry"), Uid.parse(UID))
    record = {"format": 1, "uid": UID, **marks["evidence"]}
    record["status"] = "not-checked"
    first, *rest = [{"name": stage, "verdict": "passed"} for stage in ("build", "load", "run", "shape")]
    run = {"format": 1, "uid": UID, "weights": "random", **marks["network-run"]}
    run["stages"] = [first | run["stages"][0], *rest]
    waiver = marks["waivers"][0]
    options = Options(base_url="https://hub.example.org/")  # in both languages
    pages = build_site(
        site(
            parse_card(text.encode(), file, load_vocabulary()),
            card("model-name: other", uid="mindhub/2.10/other"),
            card("model-name: marked", uid="mindhub/2.10/marked"),
            records={UID: Record(Evidence.from_json(record), json.dumps(record).encode())},
            network_runs={UID: NetworkRun.from_json(run)},
            publishers={"mindhub": Publisher("mindhub", **marks["publisher"])},
            waivers=(Waiver(0, waiver["rule"], waiver["uid"], waiver["reason"], waiver["owner"],
                            dt.date.fromisoformat(waiver["expires"]), waiver["reason-zh"]),),
            disclaimers={"one": "A text.", "two": "Another text."},
            rules=(),
            theme=replace(theme(), schemas={}),
            options=options,
        )
    )  # fmt: skip
    return {path: read(path, content) for path, content in pages.items()}


def read(path, content):
    """Return what a visitor reads on a page and where its links lead; of other files, what they say."""
    text = content.decode("utf-8", "replace")
    if not path.endswith(".html"):
        return text
    text = re.sub(r"<head>.*?</head>|<script.*?</script>", "", text, flags=re.DOTALL)
    return [unescape(re.sub(r"<[^>]*>", " ", text)), re.findall(r'href="([^"]*)"', text)]


def differing(name, field, ending):
    before, after = made(), made(name, field)
    return sorted(
        path for path in before.keys() | after.keys() if path.endswith(ending) and before.get(path) != after.get(path)
    )


CASES = [(name, field) for name in SCHEMAS for field in fields(name)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_of_the_schemas_is_planted_and_known_to_the_guard(name):
    assert len(fields(name)) > 3
    assert set(fields(name)) == set(SCHEMAS[name])
    assert guard.SHOWN[f"{name}.schema.json"] == set(guard.fields(schema(name)))


@pytest.mark.parametrize("name", guard.SHOWN)
@pytest.mark.parametrize("deep", [False, True])
def test_a_field_that_no_page_shows_stops_the_build(name, deep):
    grown = json.loads(theme().schemas[name])
    node = grown.get("items", grown)
    if deep:
        node["properties"]["brand"] = node = {"type": "object", "properties": {}}
    node["properties"]["new"] = {"type": "string"}
    schemas = {**theme().schemas, name: json.dumps(grown).encode()}

    with pytest.raises(SiteError, match=r"no page shows '.*new'"):
        build_site(site(card(), theme=replace(theme(), schemas=schemas)))


@pytest.mark.parametrize(("name", "field"), CASES, ids=lambda value: value)
def test_a_field_that_changes_changes_a_page_and_its_json(name, field):
    assert [path for path in differing(name, field, ".html") if not path.startswith("cards/")] != []
    assert [path for path in differing(name, field, ".json") if not path.startswith("schema/")] != []
