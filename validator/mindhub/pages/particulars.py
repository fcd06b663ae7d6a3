"""What stands in cards and records beside what their page tells in words: all of it, by its own names, to unfold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mindhub.pages.views import Fact, Link, Particulars

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mindhub.pages.entries import Entry
    from mindhub.pages.words import Words
    from mindhub.smoke.evidence import Evidence
    from mindhub.smoke.network_runs import NetworkRun

#: Values of a list that are shown; the JSON beside the page has them all.
_MOST = 24
#: Tensors that are shown of a network whose file was not fetched.
_MOST_TENSORS = 60
_RECORD = ("made-by", "network-parameters", "measured", "outputs", "compared")
_OWN = "x-"  #: what keys begin with that a registry adds for itself


def particulars(entry: Entry, words: Words) -> tuple[Particulars, ...]:
    """Return how a card says it is run, what its record and the run of its network hold, and its own keys."""
    front = entry.card.front or {}
    record = entry.record.evidence if entry.record else None
    found = (
        ("card.contract", {"smoke": front.get("smoke")} if front.get("smoke") is not None else {}),
        ("card.record-all", _record(record) if record else {}),
        ("card.network-run", _network_run(entry.network_run) if entry.network_run else {}),
        ("card.own-keys", {key: value for key, value in front.items() if key.startswith(_OWN)}),
    )
    return tuple(
        Particulars(words(key), tuple(Fact(name, (Link(text),), code=True) for name, text in flat(value)))
        for key, value in found
        if value
    )


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value with its name: `inputs.1.shape`; a list of plain values in one line."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        for at, item in enumerate(value, 1):
            yield from flat(item, f"{name}.{at}")
    elif isinstance(value, list | tuple):
        more = f", … ({len(value):,})" if len(value) > _MOST else ""
        yield name, f"[{', '.join(map(_text, value[:_MOST]))}{more}]"
    else:
        yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _record(record: Evidence) -> Mapping[str, Any]:
    """Return what a record holds that the panel above does not say: the measurements and outputs in full."""
    whole = record.to_json()
    kinds = {stage.name: stage.kind for stage in record.stages if stage.kind}
    kept: dict[str, Any] = {
        key: whole[key] for key in ("made-by", "network-parameters", "measured", "outputs", "compared") if key in whole
    }
    return {**kept, **({"kind": kinds} if kinds else {}), **record.more}


def _network_run(run: NetworkRun) -> Mapping[str, Any]:
    """Return the record of a run with random weights, the names of its tensors one to a line."""
    whole = run.to_json()
    tensors = whole.pop("table", None) or []
    lines = {row["name"]: f"{row['dtype']} {row['shape']}" for row in tensors[:_MOST_TENSORS]}
    if len(tensors) > _MOST_TENSORS:
        lines["…"] = f"{len(tensors):,}"
    return {**whole, **({"table": lines} if lines else {})}
