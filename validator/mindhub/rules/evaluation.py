"""EV: whether the claimed scores can be read and can be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mindhub.evaluation import label_of, parse_evaluation, parse_metric
from mindhub.messages import say
from mindhub.model import Card, Problem, Severity
from mindhub.rules.addresses import file_name
from mindhub.rules.base import rule
from mindhub.text import did_you_mean, shorten
from mindhub.vocabulary import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mindhub.facts import Facts
    from mindhub.model import Metric

_WHOLE = 100.0  #: percent
_FRACTION = 1.0  #: the largest fraction; a percentage this small would be worse than guessing


@rule("EV001", "evaluation-grammar", Severity.WARNING)
def evaluation_grammar(card: Card, facts: Facts) -> Iterator[Problem]:
    """A score cannot be read.

    It is a metric of the vocabulary and a number behind it, several of them parted by `|`.

    Bad:
        evaluation: quite good
    Good:
        evaluation: top1acc79.3 | top5acc94.5
    """
    value = (card.front or {}).get("evaluation")
    if isinstance(value, str) and value.count("|") < len(card.evaluation):
        return  # all of it was read
    for part in parse_evaluation(value, facts.vocabulary):
        if part.metric is None:
            label = label_of(part.text)
            if label in (part.text, ""):
                message = say("{text!r} is not a metric and a number, such as 'acc97.5'", text=shorten(part.text))
                yield Problem(part.path, message)
                continue
            hint = did_you_mean(label, facts.vocabulary.spellings("metrics"))
            what = say("metric")
            message = say("{text!r} is no {what} of the vocabulary{hint}", text=shorten(label), what=what, hint=hint)
            yield Problem(part.path, message)


@rule("EV002", "metric-repeated", Severity.ERROR)
def metric_repeated(card: Card, _: Facts) -> Iterator[Problem]:
    """One metric stands twice with different numbers or places.

    One of the two is another metric's, and the card does not say which.

    Bad:
        evaluation: top1acc69.7 | top1acc89.4
    Good:
        evaluation: top1acc69.7 | top5acc89.4
    """
    if len(card.evaluation) == 1:
        return
    seen: dict[tuple[str, str | None, str | None], Metric] = {}
    for metric in card.evaluation:
        key = (fold(label_of(metric.text)), metric.dataset, metric.split)
        if key in seen:
            message = say("{text!r} repeats the metric of {other!r}", text=metric.text, other=seen[key].text)
            yield Problem(("evaluation",), message)
        seen.setdefault(key, metric)


@rule("EV003", "metric-contradicts-asset", Severity.ERROR)
def metric_contradicts_asset(card: Card, facts: Facts) -> Iterator[Problem]:
    """The asset's file name carries another score than the card.

    Bad:
        evaluation: acc97.5
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet_ascend_v230_mnist_official_cv_acc98.9.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    Good:
        evaluation: acc98.9
        asset:
          - file-format: ckpt
            asset-link: https://download.mindspore.cn/models/r2.3/lenet_ascend_v230_mnist_official_cv_acc98.9.ckpt
            asset-sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
            asset-size: 246813
    """
    if not card.evaluation:
        return
    claimed: dict[str, set[float]] = {}
    for metric in card.evaluation:
        claimed.setdefault(metric.name, set()).add(metric.value)
        if metric.unit == "fraction":  # file names hold no leading "0.": 0.1532 is written recall20acc15.32 there
            claimed[metric.name].add(round(metric.value * 100, 6))
    for asset in card.assets:
        for part in _name_parts(asset.link or ""):
            metric_in_name = parse_metric(part, facts.vocabulary)
            values = claimed.get(metric_in_name.name, set()) if metric_in_name else set()
            if metric_in_name and values and metric_in_name.value not in values:
                said = ", ".join(f"{m.value:g}" for m in card.evaluation if m.name == metric_in_name.name)
                message = say("the evaluation says {said} where the asset's name says {part!r}", said=said, part=part)
                yield Problem(("evaluation",), message)


def _name_parts(link: str) -> list[str]:
    """Return what parts of a file's name may be scores."""
    name = file_name(link) or ""
    parts = name.rsplit(".", 1)[0].split("_") if "." in name else []
    return [part for part in parts if not part.isalpha()]


@rule("EV004", "metric-out-of-range", Severity.WARNING)
def metric_out_of_range(card: Card, _: Facts) -> Iterator[Problem]:
    """A percentage is over 100 or below 0, or a fraction stands where the metric is a percentage.

    Bad:
        evaluation: top1acc793
    Good:
        evaluation: top1acc79.3
    """
    percents = [metric for metric in card.evaluation if metric.unit == "percent"]
    for metric in percents:
        if not 0 <= metric.value <= _WHOLE:
            yield Problem(("evaluation",), say("{text!r} is no percentage between 0 and 100", text=metric.text))
        elif 0 < metric.value < _FRACTION and any(other.value > _FRACTION for other in percents):
            message = say(
                "{text!r} looks like a fraction among percentages; did you mean {percent:g}?",
                text=metric.text,
                percent=metric.value * 100,
            )
            yield Problem(("evaluation",), message)


@rule("EV005", "no-evaluation", Severity.WARNING)
def no_evaluation(card: Card, _: Facts) -> Iterator[Problem]:
    """The card says nothing about how good the model is.

    Bad:
        evaluation: ""
    Good:
        evaluation: acc97.5
    """
    if card.front is not None and not card.front.get("evaluation"):
        yield Problem(("evaluation",), say("there is no evaluation: say what the model scores, on which data set"))


RULES = (evaluation_grammar, metric_repeated, metric_contradicts_asset, metric_out_of_range, no_evaluation)
