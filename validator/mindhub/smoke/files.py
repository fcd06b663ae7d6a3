"""The stages that need no framework: fetch, hash and scan of a card's checkpoint."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mindhub.assets.fetch import FetchError, FetchOutcome, Kind, Limits, fetch, fetch_any
from mindhub.assets.store import hash_file
from mindhub.formats import FormatError, scan
from mindhub.smoke.contract import LOADABLE, loadable_asset
from mindhub.smoke.evidence import FAILED, NOT_RUN, PASSED, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mindhub.assets.guard import Guard
    from mindhub.assets.store import Store
    from mindhub.formats import TensorTable
    from mindhub.model import Asset, Card
    from mindhub.source import Registry

_ORDER = ("fetch", "hash", "scan")
#: A download that ends with one of these did bring a file: another than the card claims.
_OTHER_FILE = frozenset({Kind.WRONG_HASH, Kind.WRONG_SIZE})


@dataclass(slots=True)
class Checked:
    """A card's checkpoint on this machine, as far as it is what the card says."""

    stages: list[Stage] = field(default_factory=list)
    path: Path | None = None
    sha256: str = ""  #: of the bytes, as computed
    table: TensorTable | None = None  #: None unless every stage passed


@dataclass(frozen=True, slots=True)
class Source:
    """Where files come from."""

    registry: Registry
    store: Store
    guard: Guard
    limits: Limits = field(default_factory=Limits)
    progress: Callable[[int, int | None], None] | None = None


class _Stopped(Exception):  # noqa: N818 - ends the stages, with the verdict on the last
    def __init__(self, verdict: str, kind: str, reason: str, stage: str = "") -> None:
        super().__init__(verdict, kind, reason, stage)
        self.verdict, self.kind, self.reason, self.stage = verdict, kind, reason, stage


def check_files(card: Card, source: Source, notice: Callable[[str], None] = lambda _: None) -> Checked:
    """Bring a card's checkpoint here, compare size and sha256 with the card's, and read its structure.

    Every stage gets a verdict; after one that did not pass the others read `not run`. Raises nothing.
    """
    checked = Checked()
    steps: dict[str, Callable[[Asset], str]] = {
        "fetch": lambda asset: _fetch(card, asset, source, checked),
        "hash": lambda asset: _hash(asset, checked),
        "scan": lambda asset: _scan(asset, checked),
    }
    asset = loadable_asset(card)
    stopped: _Stopped | None = None
    if card.front is None:
        fault = card.faults[0][1].message if card.faults else "it has no front matter"
        stopped = _Stopped(FAILED, "card", f"the card cannot be read: {fault}", "fetch")
    elif asset is None:
        formats = ", ".join(str(item.file_format) for item in card.assets) or "none"
        reason = f"no asset of a format that can be loaded ({', '.join(LOADABLE)}); it has {formats}"
        stopped = _Stopped(NOT_RUN, "no-asset", reason, "fetch")
    for name, step in steps.items():
        start = time.monotonic()
        if stopped is None and asset is not None:
            notice(name)
            try:
                reason = step(asset)
                checked.stages.append(_stage(name, PASSED, reason, start))
                continue
            except _Stopped as stop:
                stopped = stop
                stop.stage = stop.stage or name
        if stopped is not None:
            checked.stages.append(_after(name, stopped, start))
    return checked


def _after(name: str, stopped: _Stopped, start: float) -> Stage:
    """Return the verdict on a stage when the stages have ended, at it or before or after it."""
    if name == stopped.stage:
        return _stage(name, stopped.verdict, stopped.reason, start, stopped.kind)
    if _ORDER.index(name) < _ORDER.index(stopped.stage):
        return _stage(name, PASSED, "", start)
    ended = "failed" if stopped.verdict == FAILED else "did not run"
    return Stage(name, NOT_RUN, f"{stopped.stage} {ended}", kind="earlier")


def _stage(name: str, verdict: str, reason: str, start: float, kind: str = "") -> Stage:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Stage(name, verdict, reason, round(time.monotonic() - start, 3), memory, kind)


def _fetch(card: Card, asset: Asset, source: Source, checked: Checked) -> str:
    if not asset.link:
        raise _Stopped(FAILED, "no-link", "the asset has no link")
    if asset.embedded:
        checked.path = source.registry.asset_path(card.path, asset.link)
        if checked.path is None:
            reason = f"{asset.link!r} is no regular file beside the card and inside the registry"
            raise _Stopped(FAILED, "no-file", reason)
        return "beside the card"
    try:
        outcome = _download(asset, source)
    except FetchError as error:
        raise _not_fetched(error) from None
    checked.path = outcome[0]
    return outcome[1]


def _download(asset: Asset, source: Source) -> tuple[Path, str]:
    """Return a remote asset's file in the store, and a word on where it came from."""
    link, sha256 = str(asset.link), asset.sha256
    # A mirror can be believed only by the hash of its bytes.
    urls = [link, *(asset.mirrors if sha256 else ())]
    for _ in range(2):
        outcome = _fetch_any(urls, sha256, asset.size, source)
        if not outcome.cached:
            return outcome.path, f"{outcome.size / 1e6:,.1f} MB from {outcome.url}"
        if source.store.verify(outcome.sha256):
            return outcome.path, "from the store"
        # The stored copy was damaged and is gone now: fetch it anew.
    raise FetchError(Kind.LOCAL, link, f"the copy in {source.store.root} is damaged again and again")


def _fetch_any(urls: list[str], sha256: str | None, size: int | None, source: Source) -> FetchOutcome:
    if sha256 is None:
        return fetch(
            urls[0],
            store=source.store,
            guard=source.guard,
            size=size,
            limits=source.limits,
            progress=source.progress,
        )
    return fetch_any(
        urls,
        store=source.store,
        guard=source.guard,
        sha256=sha256,
        size=size,
        limits=source.limits,
        progress=source.progress,
    )


def _not_fetched(error: FetchError) -> _Stopped:
    text = "\n  ".join([str(error), *getattr(error, "__notes__", ())])
    if error.kind in _OTHER_FILE:
        return _Stopped(FAILED, str(error.kind), text, "hash")
    if error.fault:
        return _Stopped(FAILED, str(error.kind), text)
    return _Stopped(NOT_RUN, str(error.kind), f"{error.kind}: {text}")


def _hash(asset: Asset, checked: Checked) -> str:
    if checked.path is None:
        raise _Stopped(FAILED, "no-file", "there is no file")
    try:
        checked.sha256, size = hash_file(checked.path)
    except OSError as error:
        raise _Stopped(FAILED, "no-file", f"the file cannot be read: {error.strerror or error}") from None
    if asset.size is not None and size != asset.size:
        raise _Stopped(FAILED, "wrong-size", f"the card claims {asset.size:,} bytes, the file has {size:,}")
    if not asset.sha256:
        raise _Stopped(FAILED, "no-claim", f"the card claims no sha256; the file has {checked.sha256}")
    if asset.sha256.lower() != checked.sha256:
        reason = f"the card claims sha256 {asset.sha256}, the file has {checked.sha256}"
        raise _Stopped(FAILED, "wrong-hash", reason)
    return f"{size:,} bytes"


def _scan(asset: Asset, checked: Checked) -> str:
    try:
        if checked.path is None:
            raise _Stopped(FAILED, "no-file", "there is no file")
        table = scan(checked.path, str(asset.file_format))
    except FormatError as error:
        # People know the file by its link, not by its place in the store.
        error.file = str(asset.link).rpartition("/")[2]
        raise _Stopped(FAILED, f"format-{error.kind}", str(error)) from None
    except OSError as error:
        raise _Stopped(FAILED, "no-file", f"the file cannot be read: {error.strerror or error}") from None
    checked.table = table
    return f"{len(table.tensors)} tensors, {table.parameters:,} elements"
