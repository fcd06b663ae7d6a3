"""The parts of a card's page that come from records and files: what was verified, usage, files, tensors."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mindhub.frozen import dataclass, field
from mindhub.pages import usage
from mindhub.pages.highlight import highlight
from mindhub.pages.links import safe_url
from mindhub.pages.rows import reason, status_of
from mindhub.pages.tensors import MOST_ROWS, Branch, tree
from mindhub.pages.verified import STEPS
from mindhub.pages.views import (
    Fact,
    FileRow,
    Link,
    Port,
    Snippet,
    StageRow,
    Step,
    TensorGroup,
    TensorRow,
    Tensors,
    Usage,
    Verified,
)  # fmt: skip
from mindhub.pages.words import quantity, seconds, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mindhub.formats.table import Tensor
    from mindhub.model import Asset
    from mindhub.pages.entries import Entry
    from mindhub.pages.inputs import Options
    from mindhub.pages.words import Words
    from mindhub.smoke.evidence import Compared

_TONES = {"passed": "good", "failed": "bad"}
_MOST_OTHERS = 20  #: cards with the same file that a page names; by-sha256 has all
_UNTIMED = 0.0005  #: seconds; below it a stage did nothing worth a number


@dataclass(frozen=True, slots=True)
class File:
    """A file of a card, and what the site knows about it."""

    asset: Asset
    name: str  #: unique within the card
    content: bytes | None = field(default=None, repr=False)  #: of an embedded file that is what the card claims
    differs: bool = False  #: there are bytes, but not the claimed ones
    counted: int | None = None  #: bytes
    reached: str = ""  #: the day on which its address last answered as it should, YYYY-MM-DD


def files_of(entry: Entry, embedded: dict[int, bytes], reached: Mapping[str, str]) -> tuple[File, ...]:
    """Return a card's files; the bytes of an embedded one are offered only where size and sha256 are as claimed.

    `reached` has the day on which an address last answered as it should.
    """
    made, taken = [], set()
    for asset in entry.card.assets:
        name = usage.file_name(asset)
        name = f"{asset.index + 1}-{name}" if name.casefold() in taken else name
        taken.add(name.casefold())
        content = embedded.get(asset.index)
        right = content is not None and (
            hashlib.sha256(content).hexdigest() == usage.digest(asset) and asset.size in (None, len(content))
        )
        recorded = entry.record.evidence if entry.record and not entry.state.old else None
        same = recorded and recorded.digests.get("asset") == asset.sha256
        counted = asset.size or (recorded.table.size if recorded and same and recorded.table else None)
        made.append(
            File(asset, name, content if right else None, content is not None and not right,
                 len(content) if right and content is not None else counted, reached.get(asset.link or "", ""))
        )  # fmt: skip
    return tuple(made)


def verified_panel(entry: Entry, back: str, words: Words) -> Verified:
    """Return what was verified, when and with what; and what was not, and why.

    `back` leads from the page to the folder of its JSON.
    """
    if entry.record or entry.network_run:
        return _verified_panel(entry, back, words)
    # Most cards have neither, and say one of two things.
    found: Verified | None = words.said.get((Verified, entry.state))
    if found is None:
        found = words.said[Verified, entry.state] = _verified_panel(entry, back, words)
    return found


def _verified_panel(entry: Entry, back: str, words: Words) -> Verified:
    status, state, record = status_of(entry, words), entry.state, entry.record
    why = reason(entry, words)
    facts: tuple[Fact, ...] = ()
    stages: tuple[StageRow, ...] = ()
    more: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    if record:
        evidence = record.evidence
        values = (("date", state.date), ("mindspore", state.mindspore), ("device", words.term("devices", state.device)))
        facts = tuple(_fact(words(f"card.{key}"), value) for key, value in values if value)
        if evidence.compared:
            facts += (_fact(words("card.compared"), _compared(evidence.compared, words)),)
        stages = tuple(
            StageRow(
                words(f"stage.{stage.name}"), words(f"verdict.{stage.verdict}"), _TONES.get(stage.verdict, "none"),
                *words.recorded(stage.reason),
                seconds(stage.seconds) if stage.seconds > _UNTIMED else "", size(stage.memory) if stage.memory else "",
            )
            for stage in evidence.stages
        )  # fmt: skip
        shown = {"mindspore", "device"}
        more = (
            *(
                Fact(key, (Link(value),), language=words.foreign(value))
                for key, value in evidence.environment.items()
                if key not in shown and value
            ),
            *(_fact(f"sha256 ({key})", value, code=True) for key, value in evidence.digests.items()),
        )
        if evidence.training_state:
            more += (_fact(words("card.training-state"), ", ".join(evidence.training_state), code=True),)
        notes = evidence.notes
    if status.tone != "none":
        headline = words("card.headline.good", date=state.date, mindspore=state.mindspore or "?")
    else:
        headline = words("card.headline.none", reason=why)
    if state.failed:
        headline = words("card.headline.failed", stage=words(f"stage.{state.failed}"))
    if state.tone == "good" and why:
        notes = (words("card.why-no-further", reason=why), *notes)
    if state.failed and why:
        notes = (why, *notes)
    run = entry.network_run
    # What the published weights did says more than a run without them.
    if run and run.made_by == "hub" and run.runs and "runs" not in state.reached:
        version = run.environment.get("mindspore", "?")
        notes = (*notes, words("card.network-runs", date=run.date, mindspore=version))
    return Verified(
        status=status,
        headline=headline,
        steps=tuple(
            Step(step, words.term("status", step), words.meaning(step), pip, words(f"card.state.{pip}"))
            for step, pip in zip(STEPS, status.pips, strict=True)
        ),
        facts=facts,
        changed=words("card.changed", what=words.recorded(record.outdated)[0]) if record and record.outdated else "",
        due=words("card.due", why=words.recorded(record.due)[0]) if record and record.due else "",
        stages=stages,
        notes=notes,
        more=more,
        record=f"{back}record.json" if record else None,
    )


def _compared(outputs: Sequence[Compared], words: Words) -> str:
    """Return how far the outputs of the run were from the recorded ones."""
    return words(
        "card.compared.said",
        elements=f"{sum(output.elements for output in outputs):,}",
        differing=f"{sum(output.differing for output in outputs):,}",
        largest=f"{max(output.largest for output in outputs):.3g}",
    )


def _fact(label: str, value: str, *, code: bool = False) -> Fact:
    return Fact(label, (Link(value),), code)


def snippet(label: str, text: str, language: str) -> Snippet:
    """Return lines to copy, highlighted."""
    return Snippet(label, text, highlight(text, language))


def addresses(entry: Entry, file: File, options: Options) -> tuple[str | None, str | None]:
    """Return where a file can be had: relative to the card's JSON, and as a whole address; None where unknown."""
    if file.content is not None:
        own = f"files/{file.name}"
        whole = safe_url(f"{options.base_url}{entry.uid}/{own}") if options.base_url else None
        return own, whole
    url = None if file.asset.embedded else safe_url(file.asset.link)
    return url, url


def usage_panel(entry: Entry, files: tuple[File, ...], options: Options, words: Words) -> Usage:
    """Return the lines that are true for a card: load it where loading was verified, else fetch and check its files."""
    source = Link(entry.card.repo_link or "", safe_url(entry.card.repo_link)) if entry.card.repo_link else None
    python = usage.python_lines(entry)
    if python:
        install = words("card.install-clone" if safe_url(options.repository) else "card.install")
        lines = snippet(install, usage.install_lines(options), "bash"), snippet(words("card.python"), python, "python")
        return Usage(loads=True, said=words("card.usage.loads"), snippets=lines, source=source)
    snippets = []
    for file in files:
        _, whole = addresses(entry, file, options)
        text = usage.shell_lines(file.asset, whole)
        label = words("card.download" if whole else "card.check", name=usage.file_name(file.asset))
        if text and (whole or file.content is not None):
            snippets.append(snippet(label, text, ""))
    code = usage.source_of(entry)
    if code:
        snippets.append(
            snippet(words("card.source-at" if code.commit else "card.source"), usage.source_lines(code), "")
        )
        source = Link(code.address.removeprefix("https://"), code.address)
    run = entry.network_run
    known = bool(run and run.made_by == "hub" and run.runs)
    said = words(f"card.usage.{'network' if known else 'no-load' if entry.card.assets else 'nothing'}")
    return Usage(loads=False, said=said, snippets=tuple(snippets), source=source)


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways from a card's page to what it points to."""

    back: str  #: to the folder of its JSON
    root: str  #: to the root of the site
    home: str  #: to the root of the language
    sharing: Mapping[str, Sequence[str]]  #: sha256 -> uids of the cards that name it, where there are several


def file_rows(entry: Entry, files: tuple[File, ...], ways: Ways, options: Options, words: Words) -> tuple[FileRow, ...]:
    """Return the rows of the file table."""
    rows = []
    hashed = _hashed(entry)
    for file in files:
        asset = file.asset
        href, _ = addresses(entry, file, options)
        if file.content is not None and href:
            href = ways.back + href
        link = Link(file.name if asset.embedded or href else asset.link or file.name, href)
        mirrors = tuple(Link(mirror, safe_url(mirror)) for mirror in asset.mirrors)
        sha256 = usage.digest(asset)
        others = [uid for uid in ways.sharing.get(sha256, ()) if uid != entry.uid]
        rows.append(
            FileRow(
                file.name, asset.file_format or "", size(file.counted) if file.counted else "",
                sha256 or asset.sha256 or "", words(remark) if (remark := _remark(file, href)) else "",
                link, mirrors, words("card.file.reached", date=file.reached) if file.reached else "",
                words("card.file.hashed", date=hashed) if hashed and asset.index == 0 else "",
                tuple(Link(uid, f"{ways.home}{uid}/index.html") for uid in others[:_MOST_OTHERS]),
                words.plural("card.file.others", len(others)) if others else "",
                f"{ways.root}by-sha256/{sha256}.json" if sha256 else "",
                _replaces(entry, asset, words),
            )
        )  # fmt: skip
    return tuple(rows)


def _replaces(entry: Entry, asset: Asset, words: Words) -> str:
    """Return which published file this one took the place of, and why; empty where it is the first."""
    items = (entry.card.front or {}).get("asset")
    item = items[asset.index] if isinstance(items, list) and asset.index < len(items) else None
    said = item.get("replaces") if isinstance(item, dict) else None
    if not isinstance(said, dict):
        return ""
    return words("card.file.replaces", sha256=said.get("sha256", ""), reason=said.get("reason", ""))


def _hashed(entry: Entry) -> str:
    """Return the day on which the file's bytes were compared with size and sha256; empty where that does not count."""
    state = entry.state
    if not entry.record or state.old or state.reported:
        return ""
    from mindhub.smoke.evidence import PASSED

    stage = entry.record.evidence.stage("hash")
    return state.date if stage and stage.verdict == PASSED else ""


def _remark(file: File, href: str | None) -> str:
    if file.differs:
        return "card.file.differs"
    if file.asset.embedded and file.content is None:
        return "card.file.missing"
    if file.asset.link and href is None:
        return "card.file.unsafe"
    if not usage.digest(file.asset):
        return "card.file.no-sha256"
    return "card.file.embedded" if file.content is not None else ""


def ports(entry: Entry, words: Words) -> tuple[Port, ...]:
    """Return the network's inputs and outputs as the card declares them."""
    return tuple(
        Port(words(f"card.{side}"), item.name, shape(item.shape), item.dtype)
        for side, items in (
            ("input", usage.signatures(entry, "inputs")),
            ("output", usage.signatures(entry, "outputs")),
        )
        for item in items
    )


def shape(sizes: tuple[int, ...]) -> str:
    """Return the shape of a tensor as people read it: `1 × 3 × 224 × 224`."""
    return " × ".join(map(str, sizes)) or "()"


def tensor_panel(entry: Entry, words: Words) -> Tensors | None:
    """Return the tensor table of the record; None where there is none or it is of another file."""
    table = entry.record.evidence.table if entry.record and not entry.state.old else None
    if table is None:
        return None
    small = len(table.tensors) <= MOST_ROWS
    return Tensors(
        totals=words(
            "card.tensors.totals",
            tensors=f"{len(table.tensors):,}", parameters=f"{table.parameters:,}", size=size(table.nbytes),
        ),
        dtypes=", ".join(f"{count:,} × {dtype}" for dtype, count in table.dtypes.items()),
        group=_group(tree(table.tensors), words, top=True) if small else None,
        too_many="" if small else words("card.tensors.too-many"),
        remarks=table.suspicious,
    )  # fmt: skip


def _group(branch: Branch, words: Words, *, top: bool = False) -> TensorGroup:
    totals = words(
        "card.tensors.group",
        tensors=f"{branch.count:,}", parameters=quantity(branch.parameters), size=size(branch.nbytes),
    )  # fmt: skip
    rows = tuple(_tensor(tensor) for tensor in branch.tensors)
    return TensorGroup(branch.label, totals, rows, tuple(_group(below, words) for below in branch.branches), top)


def _tensor(tensor: Tensor) -> TensorRow:
    return TensorRow(tensor.name, shape(tensor.shape), tensor.dtype, f"{tensor.size:,}", size(tensor.nbytes))
