"""What `import mindhub` offers: load a verified network, look a card up, list cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mindhub.model import Uid
from mindhub.source import Registry, SourceError, open_registry

if TYPE_CHECKING:
    import builtins
    from pathlib import Path

    from mindspore import nn

    from mindhub.formats import TensorTable
    from mindhub.model import Asset, Card, Metric
    from mindhub.smoke.contract import Contract


class MindHubError(Exception):
    """What `load`, `info` and `list` raise: `uid` says for which card, the message what is wrong and what would do."""

    def __init__(self, message: str, uid: str = "") -> None:
        super().__init__(message, uid)
        self.message, self.uid = message, uid

    def __str__(self) -> str:
        return f"{self.uid}: {self.message}" if self.uid else self.message


class UnknownCard(MindHubError):  # noqa: N818 - reads as what it says
    """No registry, or no card of this name in it."""


class Unverified(MindHubError):  # noqa: N818 - reads as what it says
    """The checkpoint could not be had, or is not what the card claims; nothing was loaded."""


class NotLoadable(MindHubError):  # noqa: N818 - reads as what it says
    """The card names no network that can be built here, or the checkpoint does not fit it."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a card."""

    format: str
    link: str
    sha256: str
    size: int | None  #: bytes, where the card says


@dataclass(frozen=True, slots=True)
class Info:
    """What a card says, and how far that was verified."""

    uid: str
    title: str
    summary: str
    licence: str
    module_type: str
    dataset: str
    mindspore: str  #: the version it was made with
    metrics: tuple[Metric, ...]
    files: tuple[File, ...]
    status: str  #: of the ladder, as `loads` or `score-re-measured`; of the registry's own runs only
    date: str  #: of the run that found that out; empty where there was none

    def __str__(self) -> str:
        from mindhub.vocabulary import load_vocabulary

        status = load_vocabulary().kind("status")[self.status].en
        rows = [
            ("summary", self.summary),
            ("task", self.module_type),
            ("data set", self.dataset),
            ("scores", ", ".join(_spelled(metric) for metric in self.metrics)),
            ("licence", self.licence),
            ("MindSpore", self.mindspore),
            *(("file", _described(file)) for file in self.files),
            ("verified", f"{status}, {self.date}" if self.date else status),
        ]
        lines = [f"  {label:9}  {text}" for label, text in rows if text]
        return "\n".join([f"{self.title} ({self.uid})", *lines])


def load(uid: str, *, registry: str | Path | None = None) -> nn.Cell:
    """Return the network of a card with its weights, in evaluation mode.

    The checkpoint is taken from the registry, or downloaded once and kept, so that later calls work offline. Each time
    its size and sha256 are compared with the card's, its structure is read before MindSpore opens it, and every
    parameter of the network must be in it with its shape and type. The network's reviewed definition comes from the
    registry and runs in this process; where the file is a MindIR, it is a graph, and no code. Raises MindHubError.
    """
    home = _registry(registry)
    card = _card(home, uid)
    path, table = _verified(home, card)
    from mindhub.smoke.contract import REVIEWED, ContractError, parse_contract

    if card.smoke is None:
        raise NotLoadable("the card names no network (it has no smoke section), so there is nothing to load into", uid)
    try:
        contract = parse_contract(card.smoke)
    except ContractError as error:
        raise NotLoadable(str(error), uid) from None
    if contract.source not in (*REVIEWED, "mindir"):
        raise NotLoadable(
            f"networks from {contract.source!r} are not loaded into this process; `mindhub smoke` runs them", uid
        )
    return _loaded(home, uid, contract, path, table)


def info(uid: str, *, registry: str | Path | None = None) -> Info:
    """Return what a card says and how far it was verified; `print` it to read it. Raises MindHubError."""
    home = _registry(registry)
    return _info(home, _card(home, uid))


def list(  # noqa: A001 - the name a user reads: mindhub.list()
    query: str | None = None,
    *,
    domain: str | None = None,
    dataset: str | None = None,
    mindspore: str | None = None,
    registry: str | Path | None = None,
) -> builtins.list[Info]:
    """Return the cards that match, in the order of their names; without conditions all of them.

    Every word of `query` must occur in the name, title, summary or tags; `domain`, `dataset` and `mindspore` must be
    the card's own, in any spelling of the vocabulary. Cards that cannot be read are left out. Raises MindHubError.
    """
    from mindhub.card import read_card
    from mindhub.vocabulary import load_vocabulary

    home, vocabulary = _registry(registry), load_vocabulary()
    wanted_domain = _term("domains", domain)
    wanted_dataset = _term("datasets", dataset)
    found = []
    for file in home.files():
        try:
            card = read_card(file, vocabulary)
        except SourceError:
            continue
        if card.uid is None or card.front is None or not _has_words(card, query):
            continue
        own = vocabulary.module_type(card.module_type or "")[0]
        if wanted_domain and (own is None or own.name != wanted_domain):
            continue
        if wanted_dataset and _term("datasets", card.train_dataset) != wanted_dataset:
            continue
        if mindspore and mindspore not in (card.mindspore_version, card.uid.version):
            continue
        found.append(_info(home, card))
    return found


def _registry(path: str | Path | None) -> Registry:
    from pathlib import Path

    try:
        return open_registry(Path(path) if path is not None else None)
    except SourceError as error:
        raise UnknownCard(str(error)) from None


def _card(home: Registry, uid: str) -> Card:
    from mindhub.card import read_card
    from mindhub.vocabulary import load_vocabulary

    try:
        file = home.card_file(Uid.parse(_today(home, uid)))
        card = read_card(file, load_vocabulary())
    except ValueError as error:
        raise UnknownCard(str(error)) from None
    except SourceError as error:
        raise UnknownCard(error.reason) from None
    if card.front is None:
        fault = card.faults[0][1].message if card.faults else "it has no front matter"
        raise UnknownCard(f"the card cannot be read: {fault}", uid)
    return card


def _today(home: Registry, uid: str) -> str:
    """Return the name a card has today: old names are kept in the registry's aliases."""
    from mindhub.aliases import NAME, parse_aliases
    from mindhub.documents import load

    path = home.root / NAME
    data = load(path)
    return uid if data is None else parse_aliases(data, path).resolve(uid)


def _loaded(home: Registry, uid: str, contract: Contract, path: Path, table: TensorTable) -> nn.Cell:
    """Build the network and load the checkpoint strictly, or raise NotLoadable."""
    import tempfile
    from pathlib import Path

    from mindhub.smoke.loading import LoadMismatch, NetworkError, NetworkUnavailable, build, load_strict
    from mindhub.smoke.runner import REMEDY, mindspore_version

    if not mindspore_version():
        raise NotLoadable(REMEDY, uid)
    with tempfile.TemporaryDirectory(prefix="mindhub-") as folder:
        # MindSpore wants the ending, which a file in the store does not have.
        link = Path(folder, f"model.{table.format}")
        link.symlink_to(path.resolve())
        if contract.source == "mindir":
            return _graph(link, uid)
        try:
            network = build(home.root, contract.network)
            load_strict(network, link, table.tensors, contract.ignore_extra)
        except (LoadMismatch, NetworkError, NetworkUnavailable) as error:
            raise NotLoadable(str(error), uid) from error
    return network.set_train(False)


def _graph(path: Path, uid: str) -> nn.Cell:
    """Return the network of a MindIR file, which holds its weights; a graph computes and runs no Python."""
    import mindspore
    from mindspore import nn

    try:
        return nn.GraphCell(mindspore.load(str(path)))
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise NotLoadable(f"MindSpore {mindspore.__version__} cannot load the graph: {reason}", uid) from error


def _verified(home: Registry, card: Card) -> tuple[Path, TensorTable]:
    """Return the card's checkpoint and its tensor table, or raise Unverified."""
    from mindhub.assets.guard import Guard
    from mindhub.assets.store import Store
    from mindhub.smoke.files import Source, check_files

    checked = check_files(card, Source(home, Store(), Guard()))
    missed = next((stage for stage in checked.stages if stage.verdict != "passed"), None)
    if missed is not None or checked.path is None or checked.table is None:
        raise Unverified(missed.reason if missed else "the checkpoint could not be verified", str(card.uid))
    return checked.path, checked.table


def _info(home: Registry, card: Card) -> Info:
    status, date = _status(home, card)
    return Info(
        uid=str(card.uid),
        title=card.title or card.model_name or str(card.uid),
        summary=card.summary or "",
        licence=card.license or "",
        module_type=card.module_type or "",
        dataset=card.train_dataset or "",
        mindspore=card.mindspore_version or "",
        metrics=card.evaluation,
        files=tuple(_file(asset) for asset in card.assets),
        status=status,
        date=date,
    )


def _status(home: Registry, card: Card) -> tuple[str, str]:
    """Return status and date of the registry's own record, as long as it speaks about the card as it is."""
    from mindhub.smoke.contract import source_digest
    from mindhub.smoke.evidence import EvidenceError, evidence_path, freshness, read_evidence

    try:
        evidence = read_evidence(evidence_path(card.path))
    except EvidenceError:
        return "not-checked", ""
    network = source_digest(card, home.root)
    if evidence is None or evidence.made_by != "hub" or freshness(card, evidence, network).startswith("outdated"):
        return "not-checked", ""
    return evidence.status, evidence.date


def _has_words(card: Card, query: str | None) -> bool:
    text = " ".join(filter(None, [str(card.uid), card.title, card.model_name, card.summary, *card.tags])).casefold()
    return all(word in text for word in (query or "").casefold().split())


def _term(kind: str, text: str | None) -> str:
    """Return the canonical name of a spelling, the spelling itself where the vocabulary lacks it."""
    from mindhub.vocabulary import fold, load_vocabulary

    term = load_vocabulary().find(kind, text) if text else None
    return term.name if term else fold(text or "")


def _file(asset: Asset) -> File:
    return File(asset.file_format or "", asset.link or "", asset.sha256 or "", asset.size)


def _described(file: File) -> str:
    size = f", {file.size:,} bytes" if file.size else ""
    return f"{file.link} ({file.format}{size}, sha256 {file.sha256[:12]}…)"


def _spelled(metric: Metric) -> str:
    unit = {"percent": " %", "fraction": "", "": ""}.get(metric.unit, f" {metric.unit}")
    return f"{metric.name} {metric.value:g}{unit}"
