"""The page that explains the steps of verification, each by a model of the registry that took it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.pages.panels import shape
from mindhub.pages.rows import reason, scores_of
from mindhub.pages.verified import FAILED_STATE, NOT_CHECKED, STEPS
from mindhub.pages.views import Ladder, Link, Step
from mindhub.pages.words import quantity, seconds, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mindhub.pages.entries import Entry
    from mindhub.pages.facets import Value
    from mindhub.pages.place import Place
    from mindhub.pages.words import Words
    from mindhub.smoke.evidence import Evidence


def ladder_page(place: Place, values: Sequence[Value], found: Sequence[Entry]) -> tuple[str, Ladder]:
    """Return the page, with the number of models on each step; `found` are all cards in the listing's order."""
    path, words = "status/index.html", place.words
    home = place.home(path)
    counts = {value.named.slug: value.count for value in values}

    def step(name: str, word: str, meaning: str, example: Entry | None) -> Step:
        count = counts.get(name, 0)
        return Step(
            name,
            word,
            meaning,
            "",
            "",
            words.plural("models", count) if count else "",
            f"{home}status/{name}/index.html" if count else "",
            Link(example.label(words.language), f"{home}{example.uid}/index.html#verified") if example else None,
            _said(example, name, words) if example else "",
        )

    steps = tuple(step(name, words.term("status", name), words.meaning(name), _reached(found, name)) for name in STEPS)

    def first(fits: Callable[[Entry], bool]) -> Entry | None:
        return next(filter(fits, found), None)

    others = (
        step(
            NOT_CHECKED,
            words.term("status", NOT_CHECKED),
            words.meaning(NOT_CHECKED),
            first(lambda entry: NOT_CHECKED in entry.state.tokens and not entry.state.old and not entry.state.reported),
        ),
        step(
            FAILED_STATE,
            words("status.failed"),
            words("status.failed.meaning"),
            first(lambda entry: bool(entry.state.failed)),
        ),
        step(
            "outdated", words("status.outdated"), words("status.outdated.meaning"), first(lambda entry: entry.state.old)
        ),
        step(
            "reported",
            words("status.reported"),
            words("status.reported.meaning"),
            first(lambda entry: entry.state.reported),
        ),
    )
    title, lead = words("status.title"), words("status.lead")
    return path, Ladder(place.frame(path, title, lead, "status"), title, lead, steps, others)


def _reached(found: Sequence[Entry], step: str) -> Entry | None:
    """Return a model whose last step this is, else one that went on from here; None where nobody took it."""
    last = (entry for entry in found if entry.state.step == step and not entry.state.failed)
    passed = (entry for entry in found if step in entry.state.reached)
    return next(last, None) or next(passed, None)


def _said(entry: Entry, name: str, words: Words) -> str:
    record = entry.record.evidence if entry.record else None
    if name in STEPS and record:
        return _took(entry, record, name, words)
    if name == "outdated" and entry.record:
        return words("card.changed", what=entry.record.outdated)
    if name == FAILED_STATE:
        stage = words("card.headline.failed", stage=words(f"stage.{entry.state.failed}"))
        return f"{stage} {reason(entry, words)}".strip()
    return words("card.headline.none", reason=reason(entry, words)) if reason(entry, words) else ""


def _took(entry: Entry, record: Evidence, step: str, words: Words) -> str:
    table = record.table
    if step == "file-checked" and table:
        return words("status.example.file-checked", size=size(table.size), tensors=f"{len(table.tensors):,}")
    if step == "loads":
        return words("status.example.loads", parameters=quantity(record.network_parameters))
    run = record.stage("run")
    if step == "runs" and run and record.outputs:
        outputs = ", ".join(shape(output.shape) for output in record.outputs)
        return words("status.example.runs", seconds=seconds(run.seconds), shapes=outputs)
    if step == "same-output":
        return words("status.example.same-output", date=record.date)
    score = next((item for item in scores_of(entry, words) if item.measured), None)
    if step == "score-re-measured" and score:
        said = words("status.example.score-re-measured", metric=score.label, measured=score.measured)
        return said + (f" {words('status.example.claimed', claimed=score.claimed)}" if score.claimed else "")
    return ""
