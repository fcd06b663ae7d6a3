"""A model as a row of a listing, and the small pieces that rows and card pages share."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from mindhub.pages.entries import slug
from mindhub.pages.facets import KINDS, group_tokens
from mindhub.pages.listing_views import Chip, Row
from mindhub.pages.verified import NOT_CHECKED, STEPS, failed_step
from mindhub.pages.views import Score, Status
from mindhub.pages.words import measured_score, quantity, score, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mindhub.model import Metric
    from mindhub.pages.entries import Entry, Named
    from mindhub.pages.verified import State
    from mindhub.pages.words import Words
    from mindhub.smoke.evidence import Measured
    from mindhub.vocabulary import Term, Vocabulary

#: Scores that fit into a row.
_SHOWN = 2


def status_of(entry: Entry, words: Words) -> Status:
    """Return how far a card was verified, in words."""
    state = entry.state
    broken = failed_step(entry.record.evidence) if state.failed and entry.record else ""
    found: Status | None = words.said.get((state, broken))
    if found is None:
        found = words.said[state, broken] = _status(state, broken, words)
    return found


def _status(state: State, broken: str, words: Words) -> Status:
    pips = tuple("failed" if step == broken else "reached" if step in state.reached else "open" for step in STEPS)
    if state.failed:
        word = words("status.failed-at", stage=words(f"stage.{state.failed}"))
    elif state.old:
        word = words("status.outdated")
    elif state.reported:
        word = words("status.reported")
    else:
        word = words.term("status", state.step)
    return Status(word, state.tone, pips, _reason(state, words), "" if state.old else state.date)


def reason(entry: Entry, words: Words) -> str:
    """Return why a card was not verified further; empty where nobody says."""
    return _reason(entry.state, words)


def _reason(state: State, words: Words) -> str:
    if state.said or not state.reason:
        return words.recorded(state.reason)[0]
    return words(state.reason)


def scores_of(entry: Entry, words: Words) -> tuple[Score, ...]:
    """Return a card's scores; each with what was measured, where that counts."""
    usable = entry.record and not entry.state.old and not entry.state.reported
    measured = list(entry.record.evidence.measured) if usable and entry.record else []
    made = []
    for metric in entry.card.evaluation:
        match = next((item for item in measured if item.metric == metric.name), None)
        if match:
            measured.remove(match)
        made.append(_score(metric, match, entry, words))
    for item in measured:
        term = words.vocabulary.find("metrics", item.metric)
        unit = str(term.more.get("unit", "")) if term else ""
        made.append(
            Score(words.term("metrics", item.metric), "", words.term("datasets", item.dataset.removeprefix("sklearn:")),
                  measured_score(item.measured, unit), "", _detail(item, words))
        )  # fmt: skip
    return tuple(made)


def _score(metric: Metric, match: Measured | None, entry: Entry, words: Words) -> Score:
    dataset = words.term("datasets", metric.dataset or (entry.dataset.en if entry.dataset else ""))
    dataset = f"{dataset}, {words.split(metric.split)}" if metric.split else dataset
    label = words.term("metrics", metric.name)
    claimed = score(metric.value, metric.unit)
    if match is None:
        return Score(label, claimed, dataset)
    apart = round(match.measured - metric.value, 6)
    sign = "+" if apart > 0 else "−" if apart < 0 else "±"
    difference = f"{sign}{score(abs(apart), metric.unit)}"
    return Score(
        label, claimed, dataset, measured_score(match.measured, metric.unit), difference,
        _detail(match, words),
    )  # fmt: skip


def _detail(item: Measured, words: Words) -> str:
    split = words.split(item.split) or words("card.no-split")
    return words("card.measured-detail", samples=f"{item.samples:,}", split=split, tolerance=f"{item.tolerance:.6g}")


def summary_of(entry: Entry, words: Words) -> str:
    """Return one sentence about a card: its own, or one made of its facts where its own says no more than its name."""
    said = entry.said.get(words.language)
    if said and said.summary:
        return said.summary
    if entry.card.summary and not entry.plain:
        return entry.card.summary
    first = next(iter(entry.card.evaluation), None)
    key = entry.task or entry.domain, entry.dataset, first, entry.parameters, entry.size
    found: str | None = words.said.get(key)
    if found is None:
        found = words.said[key] = _generated(*key, words)
    return found or entry.card.summary or ""


def _generated(
    kind: Named | None,
    dataset: Named | None,
    first: Metric | None,
    parameters: int | None,
    size_: int | None,
    words: Words,
) -> str:
    """Return a sentence made of facts: the task or domain, the data set, the first score, parameters and bytes."""
    parts = []
    if kind and dataset:
        label = {"task": kind.label(words.language), "dataset": dataset.label(words.language)}
        parts.append(words("generated.on", **label))
    elif kind:
        parts.append(kind.label(words.language))
    if first:
        label = {"label": words.term("metrics", first.name), "value": score(first.value, first.unit)}
        parts.append(words("generated.score", **label))
    if parameters:
        parts.append(words("generated.parameters", parameters=quantity(parameters)))
    if size_:
        parts.append(size(size_))
    text = words("generated.join").join(parts)
    return text[:1].upper() + text[1:] + words("generated.end") if text else ""


def summary_in(entry: Entry, words: Words) -> str:
    """Return the language of `summary_of`, where it is the card's own in another one than the page's."""
    said = entry.said.get(words.language)
    own = not (said and said.summary) and not entry.plain
    return words.foreign(entry.card.summary or "") if own else ""


def badges_of(entry: Entry, words: Words) -> tuple[str, ...]:
    """Return the small remarks beside a name."""
    chosen = (("teaching", entry.teaching), ("deprecated", entry.deprecated), ("archived", entry.archived))
    return tuple(words(f"badge.{name}") for name, true in chosen if true)


def version_label(entry: Entry) -> str:
    """Return a version as a switcher shows it, with the device of a legacy path."""
    return f"{entry.version.en} {entry.device}" if entry.device else entry.version.en


def row_of(group: Sequence[Entry], home: str, words: Words) -> Row:
    """Return a model as a row; its first card leads, the others are chips."""
    entry = group[0]
    language = words.language
    kinds = [name.label(language) for name in (entry.task, entry.domain) if name]
    chips = tuple(_chip(card, entry, home) for card in group)
    return Row(
        href=f"{home}{entry.uid}/index.html",
        name=entry.label(language),
        uid=entry.uid,
        summary=summary_of(entry, words),
        summary_language=summary_in(entry, words),
        kind=kinds[0] if kinds else "",
        dataset=entry.dataset.label(language) if entry.dataset else "",
        scores=scores_of(entry, words)[:_SHOWN],
        parameters=quantity(entry.parameters) if entry.parameters else "",
        size=size(entry.size) if entry.size else "",
        updated=entry.updated,
        versions=chips,
        identical=any(chip.same for chip in chips),
        ran=entry.ran,
        badges=badges_of(entry, words),
        status=_brief(entry, words),
        tokens=tuple((kind, " ".join(group_tokens(group, kind))) for kind in KINDS),
        by_parameters=entry.parameters or 0,
        by_size=entry.size or 0,
        by_step=0 if entry.state.step == NOT_CHECKED else STEPS.index(entry.state.step) + 1,
        by_score=" ".join(f"{key}={value:.12g}" for key, value in dict(_by_score(group, words)).items()),
        words=_search_words(entry, words.vocabulary),
    )


def _brief(entry: Entry, words: Words) -> Status:
    """Return how far a card was verified; that nobody said how to run it goes without saying in a list."""
    status = status_of(entry, words)
    return replace(status, note="") if entry.state.reason == "reason.no-contract" else status


def _chip(card: Entry, lead: Entry, home: str) -> Chip:
    same = card is not lead and bool(card.weights) and card.weights == lead.weights
    return Chip(version_label(card), f"{home}{card.uid}/index.html", card is lead, same)


def _by_score(group: Sequence[Entry], words: Words) -> Iterator[tuple[str, float]]:
    """Yield the leading card's scores under `<data set>/<metric>`, for sorting."""
    entry = group[0]
    for metric in reversed(entry.card.evaluation):
        where = entry.dataset.slug if entry.dataset else ""
        if metric.dataset:
            term = words.vocabulary.find("datasets", metric.dataset)
            where = slug(term.name if term else metric.dataset)
        if where and math.isfinite(metric.value):
            yield f"{where}/{metric.name}", metric.value


def scored(groups: Iterable[Sequence[Entry]], words: Words) -> Counter[str]:
    """Count the models of a listing by what they can be compared by: `<data set>/<metric>`."""
    return Counter(key for group in groups for key in dict(_by_score(group, words)))


#: What scores of this kind are claimed for, by domain, where a card names no task of its own.
_IMPLIED = {("cv", "top1-accuracy"): "image-classification", ("cv", "top5-accuracy"): "image-classification"}


def implied_task(entry: Entry, vocabulary: Vocabulary) -> Term | None:
    """Return the task that a card means without naming it: for the search alone, which may be generous.

    In computer vision a top-1 accuracy is one of image classification, and a task called classification is that.
    """
    domain = entry.domain.slug if entry.domain else ""
    if domain == "cv" and entry.task and entry.task.slug == "classification":
        return vocabulary.find("tasks", "image-classification")
    found = None if entry.task else next((_IMPLIED.get((domain, item.name)) for item in entry.card.evaluation), None)
    return vocabulary.find("tasks", found) if found else None


def _search_words(entry: Entry, vocabulary: Vocabulary) -> str:
    """Return what a search should find beside the visible text: labels in all languages, spellings, backbone, tags."""
    words: list[str] = []
    for name in (entry.domain, entry.task, entry.dataset):
        if name:
            words += [name.slug, name.en, name.zh, *name.words]
    kind = implied_task(entry, vocabulary)
    if kind:
        words += [kind.en, kind.zh]
    words += [entry.card.backbone_name or "", *entry.card.tags]
    words += [entry.name, *(said.title for said in entry.said.values())]
    return " ".join(dict.fromkeys(word.casefold() for word in words if word))
