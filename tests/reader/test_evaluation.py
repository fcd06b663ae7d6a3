"""The evaluation grammar reads what authors write."""

from __future__ import annotations

import pytest

from mindhub.evaluation import parse_evaluation, parse_metric
from mindhub.vocabulary import load_vocabulary

WORDS = load_vocabulary()


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("acc55.71", "accuracy", 55.71),
        ("top1acc79.3", "top1-accuracy", 79.3),
        ("F1score88", "f1", 88),
        ("AP50acc59.8", "ap50", 59.8),
        ("R10@1acc0.9", "r10-at-1", 0.9),
        ("VR@FAR=0.1%:97.5", "vr-far-0.1", 97.5),
        ("mAP@.5IoU 62", "map50", 62),
        ("mIoU: 79.6%", "miou", 79.6),
        ("acc1.72e-3", "accuracy", 0.00172),
        ("loss-0.5", "loss", -0.5),
        ("3.2mos", "mos", 3.2),
        ("2.0m", "translation-error", 2.0),
        ("pixel-level98.1", "pixel-auc", 98.1),
    ],
)
def test_a_score_is_read(text: str, name: str, value: float) -> None:
    metric = parse_metric(text, WORDS)

    assert metric is not None
    assert (metric.name, metric.value, metric.text) == (name, value, text)


@pytest.mark.parametrize("text", ["", "-", "no", "quite good", "12", "acc", "acc1.2.3", "acc 97 or so"])
def test_what_is_no_score_is_not_read(text: str) -> None:
    assert parse_metric(text, WORDS) is None


def test_parts_are_read_one_by_one() -> None:
    parts = parse_evaluation("top1acc79.3 | nonsense | top5acc94.5", WORDS)

    assert [part.metric is not None for part in parts] == [True, False, True]
    assert parts[1].text == "nonsense"


def test_every_metric_has_labels_a_unit_and_a_direction() -> None:
    terms = WORDS.kind("metrics").values()

    assert len(terms) > 150
    for term in terms:
        assert term.en
        assert term.zh
        assert term.more.get("direction") in ("higher", "lower")
        assert term.more.get("unit", "") in ("", "percent", "fraction", "db", "metre", "degree")
