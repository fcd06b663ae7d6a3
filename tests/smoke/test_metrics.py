from __future__ import annotations

import math

import pytest

from mindhub.smoke.metrics import METRICS, measure

np = pytest.importorskip("numpy")

SCORES = np.array([[2.0, 1, 0], [0, 2, 1], [0, 1, 2], [3, 2, 1]])
CLASSES = np.array([0, 1, 2, 1])


def test_accuracy_is_the_percentage_of_highest_scores_at_the_right_class():
    assert measure("accuracy", SCORES, CLASSES) == 75
    assert measure("top1-accuracy", SCORES, CLASSES) == 75


def test_top5_accuracy_counts_a_class_among_the_five_highest_scores():
    scores = np.tile(np.arange(7.0), (7, 1))

    assert measure("top5-accuracy", scores, np.arange(7)) == pytest.approx(500 / 7)


def test_of_equal_scores_the_lower_class_wins():
    assert measure("accuracy", np.zeros((2, 3)), np.array([0, 1])) == 50


def test_f1_is_that_of_class_one():
    scores = np.eye(2)[[1, 1, 0, 0, 1]]
    targets = np.array([1, 0, 0, 1, 1])

    assert measure("f1", scores, targets) == pytest.approx(100 * 2 * 2 / (2 * 2 + 1 + 1))


def test_macro_f1_is_the_mean_over_the_classes_that_occur():
    assert measure("macro-f1", SCORES, CLASSES) == pytest.approx(100 * (2 / 3 + 2 / 3 + 1) / 3)


def test_auc_is_the_share_of_pairs_in_the_right_order_and_ties_count_half():
    targets = np.array([0, 1, 0, 1])

    assert measure("auc", np.array([[0.1], [0.4], [0.4], [0.8]]), targets) == 3.5 / 4
    assert measure("auc", np.array([[1.0, 0], [0, 1], [1, 0], [0, 1]]), targets) == 1
    assert measure("auc", np.zeros((4, 1)), targets) == 0.5


def test_auc_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(0)
    targets, scores = generator.integers(0, 2, 200), generator.integers(0, 20, 200) / 7

    assert measure("auc", scores[:, None], targets) == pytest.approx(metrics.roc_auc_score(targets, scores))


@pytest.mark.parametrize(
    ("metric", "value"),
    [("mse", 1.5), ("rmse", math.sqrt(1.5)), ("mae", 1.0), ("r2", 1 - 1.5 / 1.25)],
)
def test_regression_metrics_follow_their_formulas(metric, value):
    outputs, targets = np.array([1.0, 3, 5, 3]), np.array([1.0, 2, 3, 4])

    assert measure(metric, outputs, targets) == pytest.approx(value)


def test_a_column_of_predictions_is_not_stretched_to_a_matrix():
    assert measure("mse", np.array([[1.0], [2.0]]), np.array([1.0, 2.0])) == 0


def test_psnr_is_ten_times_the_logarithm_of_the_inverse_error():
    targets = np.array([[0.0, 1.0]])

    assert measure("psnr", targets + 0.1, targets) == pytest.approx(20)
    assert measure("psnr-y", targets + 0.1, targets) == pytest.approx(20)
    assert measure("psnr", targets, targets) == math.inf


def test_sums_are_taken_in_double_precision():
    outputs = np.full(100_000, 0.1, np.float32)

    assert measure("mae", outputs, np.zeros(100_000, np.float32)) == pytest.approx(float(np.float32(0.1)), rel=1e-12)


@pytest.mark.parametrize(
    ("metric", "outputs", "targets", "message"),
    [
        ("acuracy", SCORES, CLASSES, "'acuracy' is not a metric that can be measured; did you mean 'accuracy'?"),
        ("bleu", SCORES, CLASSES, "'bleu' is not a metric that can be measured; known: accuracy, "),
        ("accuracy", SCORES[:2], CLASSES, "accuracy: 2 outputs for 4 targets"),
        ("accuracy", SCORES[:0], CLASSES[:0], "accuracy: 0 outputs for 0 targets"),
        ("accuracy", SCORES * np.nan, CLASSES, "accuracy: 12 of 12 outputs are not finite"),
        ("accuracy", CLASSES, CLASSES, "expected scores (samples, classes) and classes (samples,), got [4] and [4]"),
        ("accuracy", SCORES, CLASSES + 1, "class 3 among the targets, but scores for 3 classes"),
        ("top5-accuracy", SCORES, CLASSES, "top5-accuracy of 3 classes is always 100; use accuracy"),
        ("f1", SCORES, CLASSES, "f1 is defined for two classes, here are 3; use macro-f1"),
        ("f1", SCORES[:1, :2], CLASSES[:1], "f1 is not defined: class 1 is neither predicted nor among the targets"),
        ("mse", SCORES, CLASSES, "outputs have the shape [4, 3], targets [4]"),
        ("r2", np.zeros(3), np.ones(3), "r2 is not defined: all targets are equal"),
        ("psnr", SCORES, SCORES, "psnr is taken of signals between 0 and 1; the targets reach from 0 to 3"),
    ],
)
def test_what_cannot_be_measured_is_said(metric, outputs, targets, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        measure(metric, outputs, targets)

    assert message in str(caught.value)


def test_every_metric_is_a_name_of_the_vocabulary():
    from mindhub.vocabulary import load_vocabulary

    known = load_vocabulary().kind("metrics")

    assert METRICS
    assert set(METRICS) <= set(known)
