"""The only part of the site's building that reads and writes: theme and registry in, a folder out."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mindhub import figures
from mindhub.pages import beside, fulltext
from mindhub.pages.entries import version_key
from mindhub.pages.inputs import Options, Record, SiteError, SiteInput, Theme
from mindhub.pages.site import MINISEARCH
from mindhub.recorded import MADE, PRESENT
from mindhub.resources import read_own, schema_dir, site_dir, vendor_dir
from mindhub.source import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from mindhub.model import Card, Report
    from mindhub.smoke.evidence import Evidence
    from mindhub.smoke.network_runs import NetworkRun
    from mindhub.source import Registry

#: A file this long is an asset of its own host; the site copies only what lies in the registry.
_LARGEST_EMBEDDED = 64 * 1024 * 1024


def load_theme(folder: Path | None = None) -> Theme:
    """Read templates, static files, strings and schemas; raises SiteError naming what is missing."""
    base = folder or site_dir()
    try:
        static = {path.name: path.read_bytes() for path in sorted((base / "static").iterdir()) if path.is_file()}
        if folder is None and (found := vendor_dir() / MINISEARCH).is_file():
            static[MINISEARCH] = found.read_bytes()
        templates = {path.name: path.read_text("utf-8") for path in sorted((base / "templates").glob("*.html"))}
        strings = {path.stem: read_own(path) for path in sorted((base / "i18n").glob("*.yaml"))}
        schemas = {path.name: path.read_bytes() for path in sorted(schema_dir().glob("*.schema.json"))}
    except OSError as error:
        raise SiteError(f"the site's own files cannot be read: {error}") from None
    return Theme(templates, static, strings, schemas)


def read_embedded(cards: Iterable[Card], registry: Registry) -> dict[tuple[str, int], bytes]:
    """Return the bytes of every embedded asset inside the registry that is a regular file, by (uid, place)."""
    found: dict[tuple[str, int], bytes] = {}
    for card in cards:
        for asset in card.assets:
            path = registry.asset_path(card.path, asset.link or "") if asset.embedded and card.uid else None
            if path is not None and path.stat().st_size <= _LARGEST_EMBEDDED:
                found[str(card.uid), asset.index] = path.read_bytes()
    return found


def read_figures(cards: Iterable[Card], registry: Registry) -> dict[tuple[str, str], bytes]:
    """Return the pictures beside the cards that their texts show and that can do no harm, by (uid, file name)."""
    found: dict[tuple[str, str], bytes] = {}
    for card in cards:
        for name in figures.names(card.body) if card.uid else ():
            path = registry.asset_path(card.path, name)
            if path is None or path.stat().st_size > figures.LARGEST:
                continue
            data = path.read_bytes()
            if not figures.fault(name, data):
                found[str(card.uid), name] = data
    return found


def read_records(
    cards: Iterable[Card], registry: Registry, known: Iterable[Record] = ()
) -> tuple[dict[str, Record], list[str]]:
    """Return the records beside the cards by uid, and a sentence for each that cannot be read.

    `known` are those of the registry's other cards.
    """
    recorded = beside.having(cards, PRESENT)
    if not recorded:
        return {}, []
    from mindhub.smoke.contract import source_digest
    from mindhub.smoke.evidence import EvidenceError, evidence_path, freshness, read_evidence
    from mindhub.smoke.harness import code_digest

    read: list[tuple[Card, Evidence, bytes]] = []
    records: dict[str, Record] = {}
    faults: list[str] = []
    for card in recorded:
        path = evidence_path(card.path)
        try:
            evidence = read_evidence(path)
            data = path.read_bytes() if evidence else b""
        except (EvidenceError, OSError) as error:
            faults.append(str(error))
            continue
        if evidence is not None:
            read.append((card, evidence, data))
    newest = _newest((*(evidence for _, evidence, _ in read), *(record.evidence for record in known)))
    for card, evidence, data in read:
        fresh = freshness(card, evidence, source_digest(card, registry.root), newest, code_digest())
        kind, _, what = fresh.partition(": ")
        records[str(card.uid)] = Record(
            evidence, data, what if kind == "outdated" else "", what if kind == "due" else ""
        )
    return records, faults


def _newest(runs: Iterable[Evidence]) -> str:
    """Return the newest MindSpore that the registry itself runs, by which older records are due.

    Not the one installed here: a site is the same wherever it is built.
    """
    return max((run.environment.get("mindspore", "") for run in runs), key=version_key, default="")


def read_network_runs(cards: Iterable[Card], registry: Registry) -> tuple[dict[str, NetworkRun], list[str]]:
    """Return the runs with random weights that still speak about their card, and a sentence for each unreadable one."""
    found: dict[str, NetworkRun] = {}
    faults: list[str] = []
    built = [card for card in beside.having(cards, MADE) if card.smoke is not None]
    if not built:
        return found, faults
    from mindhub.smoke.contract import source_digest
    from mindhub.smoke.evidence import EvidenceError
    from mindhub.smoke.network_runs import network_run_path, read_network_run, still_holds

    for card in built:
        try:
            run = read_network_run(network_run_path(card.path))
        except EvidenceError as error:
            faults.append(str(error))
            continue
        if run and still_holds(card, run, source_digest(card, registry.root)):
            found[str(card.uid)] = run
    return found, faults


def read_options(registry: Registry) -> Options:
    """Read what `mindhub.toml` says about the site; raises SiteError naming the key that is wrong.

    `title` and `archived` stand at the top, `base-url`, `repository`, `edit-url` and `languages` under `[site]`.
    """
    path = registry.root / CONFIG_NAME
    try:
        loaded = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise SiteError(f"{path}: cannot be read: {error}") from None
    site = loaded.get("site", {})
    if not isinstance(site, dict):
        raise SiteError(f"{path}: 'site' is no table; write [site] above its keys")

    def text(table: dict[str, Any], key: str, default: str = "") -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            raise SiteError(f"{path}: {key!r} is not text: {value!r}; put it in quotes")
        return value

    def texts(table: dict[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = table.get(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise SiteError(f"{path}: {key!r} is no list of texts: {value!r}; write it as ['1.7', '1.8']")
        return tuple(value)

    defaults = Options()
    base = text(site, "base-url")
    return Options(
        title=text(loaded, "title", defaults.title),
        languages=texts(site, "languages", defaults.languages) or defaults.languages,
        base_url=f"{base.rstrip('/')}/" if base else "",
        repository=text(site, "repository"),
        edit_url=text(site, "edit-url"),
        source_url=text(site, "source-url"),
        history_url=text(site, "history-url"),
        archived=frozenset(texts(loaded, "archived", ())),
    )


def gather(
    report: Report, registry: Registry, options: Options | None = None, ledger: Path | None = None
) -> tuple[SiteInput, list[str]]:
    """Return what a site of a checked registry is made from, and a sentence for each record that cannot be read.

    `ledger` is that of `mindhub verify`: with it pages say when addresses last answered as they should.
    """
    from mindhub.rules import ALL_RULES
    from mindhub.vocabulary import load_vocabulary

    chosen = options or read_options(registry)
    found, faults = _beside(report.cards, registry, chosen.languages)
    site = SiteInput(
        cards=report.cards,
        findings=report.findings,
        vocabulary=load_vocabulary(),
        theme=load_theme(),
        rules=ALL_RULES,
        **found,
        **beside.books(registry, ALL_RULES),
        disclaimers=beside.disclaimers(registry),
        reached=_reached(ledger) if ledger else {},
        options=chosen,
        fulltext=fulltext.program() is not None,
    )
    return site, faults


def gather_again(
    before: SiteInput, report: Report, registry: Registry, fresh: Sequence[Card]
) -> tuple[SiteInput, list[str]]:
    """Return what `gather` returns, where since then only these cards and what lies beside them changed, or went.

    Faults are those of the cards that changed.
    """
    uids = {str(card.uid) for card in report.cards} - {str(card.uid) for card in fresh}
    kept = {name: _of(getattr(before, name), uids) for name in _BESIDE}
    found, faults = _beside(fresh, registry, before.options.languages, kept["records"].values())
    merged: dict[str, Any] = {name: {**kept[name], **found[name]} for name in _BESIDE}
    now, then = (_newest(one.evidence for one in each.values()) for each in (merged["records"], before.records))
    if now != then:  # all other records are judged by it
        return gather(report, registry, before.options)
    return replace(before, cards=report.cards, findings=report.findings, **merged), faults


#: Fields of a SiteInput that are read beside the cards; keys are a card's uid, or begin with it.
_BESIDE = ("records", "network_runs", "runs", "translations", "embedded", "figures")


def _beside(
    cards: Sequence[Card], registry: Registry, languages: Sequence[str], known: Iterable[Record] = ()
) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a SiteInput that are read beside cards, and a sentence for each file that cannot be read."""
    records, faults = read_records(cards, registry, known)
    runs, unread = read_network_runs(cards, registry)
    history, forgotten = beside.runs(cards)
    translations, unreadable = beside.translations(cards, languages)
    found = {
        "records": records,
        "network_runs": runs,
        "runs": history,
        "translations": translations,
        "embedded": read_embedded(cards, registry),
        "figures": read_figures(cards, registry),
    }
    return found, [*faults, *unread, *unreadable, *forgotten]


def _of(found: Mapping[Any, Any], uids: Collection[str]) -> dict[Any, Any]:
    """Return the part that belongs to some cards."""
    return {key: value for key, value in found.items() if (key if isinstance(key, str) else key[0]) in uids}


def _reached(path: Path) -> dict[str, str]:
    from mindhub.assets.ledger import Ledger, LedgerError
    from mindhub.online import last_verified

    if not path.is_file():
        raise SiteError(f"{path}: no such ledger; 'mindhub verify --ledger {path}' makes one")
    try:
        with Ledger(path) as ledger:
            return last_verified(ledger)
    except LedgerError as error:
        raise SiteError(str(error)) from None
