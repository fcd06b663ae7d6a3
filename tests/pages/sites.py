"""Sites for tests, made of cards that are told only what differs, and a reader of what came out."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cards import UID, card_text
from mindhub.card import parse_card
from mindhub.formats.table import Tensor, TensorTable
from mindhub.model import Finding, Severity, Uid
from mindhub.pages import Options, Record, SiteInput
from mindhub.pages.disk import load_theme
from mindhub.publishers import Publisher
from mindhub.rules import ALL_RULES
from mindhub.smoke.evidence import STAGES, Evidence, Measured, Stage
from mindhub.source import CardFile
from mindhub.vocabulary import load_vocabulary
from mindhub.waivers import Waiver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mindhub.model import Card

TAUGHT, FAILING = "mindhub/2.10/lenet_mnist", "mindspore/1.7/bert_cola"
FORMER = "mindhub/gpu/2.3/old_mnist"  #: an old name
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
PORTS = """smoke:
  network: {source: file, name: "lenet:LeNet"}
  inputs:
    - {name: images, shape: [1, 1, 8, 8], dtype: float32}
  outputs:
    - {name: logits, shape: [1, 10], dtype: float32}
"""

BERT = """model-name: bert
backbone-name: transformer
module-type: nlp
train-dataset: cola
mindspore-version: "1.7"
evaluation: acc55.7
summary: Says whether an English sentence is well formed.
"""
BERT_BODY = """# bert

## Introduction

See [the usage](#usage) and [another](../../mindhub/2.3/lenet_mnist.md).

## Usage

```python
import mindspore_hub as mshub
mshub.load('x')
```

| a | b |
|---|--:|
| 1 | 2 |
"""


def card(patch: str = "", *, body: str = "", uid: str = UID) -> Card:
    """Return the smallest valid card with a patch."""
    text = card_text(patch, body=body, uid=uid)
    file = CardFile(Path(f"/registry/{uid}.md"), Path("/registry"), Uid.parse(uid))
    return parse_card(text.encode(), file, load_vocabulary())


def table(*names: str) -> TensorTable:
    """Return a tensor table with tensors of these names, each 2 × 3."""
    return TensorTable("ckpt", 246813, tuple(Tensor(name, (2, 3), "float32", 24, at) for at, name in enumerate(names)))


def record(verdicts: Mapping[str, str] | None = None, *, outdated: str = "", due: str = "", **changes: Any) -> Record:
    """Return a record in which every stage passed but those named, each with its reason `because <stage>`."""
    given = dict.fromkeys(STAGES, "passed") | dict(verdicts or {})
    stages = tuple(
        Stage(name, verdict, "" if verdict == "passed" else f"because {name}", seconds=0.25, memory=300_000_000)
        for name, verdict in given.items()
    )
    evidence = Evidence(
        uid=UID,
        made_by="hub",
        date="2026-02-03",
        digests={"claims": "a" * 64, "asset": "b" * 64},
        environment={"mindspore": "2.10.0", "device": "cpu", "python": "3.11.7"},
        stages=stages,
        table=table("conv1.weight", "fc1.bias"),
        network_parameters=12,
    )
    return Record(replace(evidence, **changes), b'{"format": 1}\n', outdated, due)


def measured(value: float, metric: str = "accuracy") -> Measured:
    """Return a score measured anew."""
    return Measured(metric, 97.5, value, 0.1, "mnist", "test", 360, "c" * 64)


@cache
def theme() -> Any:
    """Return the real theme."""
    return load_theme()


def site(*cards: Card, records: Mapping[str, Record] | None = None, **changes: Any) -> SiteInput:
    """Return a site of these cards, in English alone unless `options` says otherwise."""
    options = changes.pop("options", Options(languages=("en",)))
    base = SiteInput(
        cards=cards,
        findings=(),
        vocabulary=load_vocabulary(),
        theme=theme(),
        rules=ALL_RULES,
        records=records or {},
        options=options,
    )
    return replace(base, **changes)


def sample() -> SiteInput:
    """Return a site with a bit of everything: states, versions, an embedded file, both languages."""
    content = b"weights"
    sha256 = hashlib.sha256(content).hexdigest()
    own = f"asset:\n  - {{file-format: ckpt, asset-link: lenet.ckpt, asset-sha256: {sha256}, asset-size: 7}}\n"
    many = [f"bert.layers.{layer}.{part}.weight" for layer in range(12) for part in ("query", "key", "value")]
    cards = (
        card(PORTS + own, uid="mindhub/2.10/lenet_mnist"),
        card(),
        card(
            BERT,
            uid="mindspore/1.7/bert_cola",
            body=BERT_BODY,
        ),
        card("model-name: gru\nreplaced-by: mindhub/2.10/lenet_mnist\n# no asset", uid="mindhub/2.3/gru_mnist"),
        card("model-name: old\n# no smoke\n# no evaluation", uid="mindhub/2.3/old_mnist"),
    )
    records = {
        "mindhub/2.10/lenet_mnist": record({"reproduce": "not run"}, measured=(measured(97.48),)),
        "mindhub/2.3/lenet_mnist": record(outdated="asset"),
        "mindspore/1.7/bert_cola": record({"load": "failed"}, table=table(*many)),
    }
    return site(
        *cards,
        records=records,
        embedded={("mindhub/2.10/lenet_mnist", 0): content},
        options=Options(
            edit_url="https://example.org/edit/main/registry/{file}", repository="https://example.org/r.git"
        ),
    )


def everything() -> SiteInput:
    """Return the sample with all that these pages show: leaderboards, old names, accepted faults, runs, doubts."""
    base = sample()
    uid = TAUGHT
    other = card(
        "model-name: vgg\nevaluation: acc91.5\nasset:\n  - {file-format: ckpt, asset-link: https://x.org/v.ckpt, "
        f"asset-sha256: {'d' * 64}}}\n",
        uid="mindhub/2.3/vgg_mnist",
    )
    findings = (
        Finding("AS001", "s", Severity.ERROR, "f.md", "a fault", uid=uid, waiver="for now"),
        Finding("EV001", "s", Severity.WARNING, "f.md", "another", uid="mindhub/2.3/gru_mnist"),
        Finding("FD003", "s", Severity.ADVICE, "f.md", "a third", uid="mindhub/2.3/vgg_mnist"),
    )
    many = record(
        {"load": "failed"}, table=table(*(f"bert.{layer}.{part}.weight" for layer in range(12) for part in "qkv"))
    )
    records = {
        **base.records,
        "mindhub/2.3/vgg_mnist": record(measured=(measured(91.4),), network_parameters=5_000_000),
        FAILING: many,
    }
    return replace(
        base,
        cards=(*base.cards, other),
        records=records,
        findings=findings,
        aliases={FORMER: "mindhub/2.3/old_mnist"},
        publishers={"mindhub": Publisher("mindhub", "The hub", ("a",), "a@example.org", "https://example.org/")},
        waivers=(Waiver(0, "AS001", uid, "for now", "someone", dt.date(2030, 1, 1)),),
        reached={"https://x.org/v.ckpt": "2026-01-02"},
        options=replace(base.options, base_url="https://hub.example.org/site/"),
    )


@dataclass(slots=True)
class Node:
    """An element as a browser would have it."""

    tag: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text inside, white space squeezed."""
        return " ".join("".join(self.texts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[Node] = []
        self.open: list[Node] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.nodes.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for node in self.open:
            node.texts.append(data)


def dom(page: bytes) -> list[Node]:
    """Return a page's elements in order; fails where tags do not match."""
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    assert not [node.tag for node in reader.open if node.tag != "svg"], "elements stay open"
    return reader.nodes


def texts(page: bytes, tag: str, name: str = "") -> list[str]:
    """Return the texts of elements of a tag, and of a class where one is named."""
    return [
        node.text
        for node in dom(page)
        if node.tag == tag and (not name or name in node.attributes.get("class", "").split())
    ]
