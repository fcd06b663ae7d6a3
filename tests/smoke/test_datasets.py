from __future__ import annotations

import pytest

from mindhub.smoke.datasets import DATASETS, load_split

np = pytest.importorskip("numpy")
pytest.importorskip("sklearn")

SIZES = [
    ("sklearn:digits", 1438, 359, 64),
    ("sklearn:wine", 142, 36, 13),
    ("sklearn:breast_cancer", 455, 114, 30),
    ("sklearn:diabetes", 354, 88, 10),
]


def test_every_dataset_has_a_case_below():
    assert sorted(DATASETS) == sorted(name for name, *_ in SIZES)


@pytest.mark.parametrize(("dataset", "train", "test", "features"), SIZES)
def test_a_fifth_is_held_out(dataset, train, test, features):
    training, held_out = load_split(dataset, "train"), load_split(dataset, "test")

    assert training.inputs[0].shape == (train, features)
    assert held_out.inputs[0].shape == (test, features)
    assert len(training.targets) == train
    assert len(held_out.targets) == test


@pytest.mark.parametrize("dataset", DATASETS)
def test_train_and_test_together_are_all_samples_and_share_none(dataset):
    parts = [load_split(dataset, split).inputs[0] for split in ("train", "test")]
    everything = load_split(dataset, "all").inputs[0]

    together = np.concatenate(parts)

    assert together.shape == everything.shape
    assert np.array_equal(together[np.lexsort(together.T)], everything[np.lexsort(everything.T)])


@pytest.mark.parametrize("dataset", ["sklearn:digits", "sklearn:wine", "sklearn:breast_cancer"])
def test_each_class_is_held_out_in_the_same_proportion(dataset):
    held_out = np.bincount(load_split(dataset, "test").targets)
    everything = np.bincount(load_split(dataset, "all").targets)

    assert np.all(np.abs(held_out - everything / 5) < 1)


def test_the_held_out_regression_targets_spread_like_all_of_them():
    held_out, everything = load_split("sklearn:diabetes", "test"), load_split("sklearn:diabetes", "all")

    assert held_out.targets.mean() == pytest.approx(everything.targets.mean(), abs=1)
    assert held_out.targets.std() == pytest.approx(everything.targets.std(), abs=2)


def test_the_split_is_known_sample_by_sample():
    # The first zeros of the digits stand at 0, 10, 20, 30, 36, 48, 49, 55: the third and the eighth are held out.
    everything, held_out = load_split("sklearn:digits", "all"), load_split("sklearn:digits", "test")
    zeros = held_out.inputs[0][held_out.targets == 0]

    assert np.array_equal(zeros[0], everything.inputs[0][20])
    assert np.array_equal(zeros[1], everything.inputs[0][55])


def test_the_digest_is_that_of_the_dataset_whatever_the_split_and_the_preprocessing():
    digests = {
        load_split("sklearn:wine", "train").digest,
        load_split("sklearn:wine", "test", {"scale": 2, "dtype": "float64"}).digest,
    }

    assert digests == {"c7913eb2f82846341cad022e854752489bfb3ce63928822561f786e549e6dd00"}
    assert load_split("sklearn:digits", "test").digest not in digests


def test_features_are_scaled_then_shaped_then_converted():
    raw = load_split("sklearn:digits", "test").inputs[0]

    split = load_split("sklearn:digits", "test", {"dtype": "float32", "reshape": [1, 8, 8], "scale": 0.0625})

    assert split.inputs[0].shape == (359, 1, 8, 8)
    assert split.inputs[0].dtype == np.float32
    assert split.inputs[0].max() == 1
    assert np.array_equal(split.inputs[0][0].ravel() * 16, raw[0])


def test_an_autoencoder_gets_its_own_input_as_the_target():
    split = load_split("sklearn:digits", "test", {"scale": 0.0625, "targets": "inputs"})

    assert np.array_equal(split.targets, split.inputs[0])


def test_the_diabetes_features_are_in_their_own_units():
    ages = load_split("sklearn:diabetes", "all").inputs[0][:, 0]

    assert (ages.min(), ages.max()) == (19, 79)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sklearn:digit", "test", {}), "'sklearn:digit' is not a dataset; did you mean 'sklearn:digits'?"),
        (("digits", "test", {}), "'digits' is not a dataset; did you mean 'sklearn:digits'?"),
        (("imagenet2012", "test", {}), "'imagenet2012' is not a dataset; known: sklearn:breast_cancer, "),
        (("sklearn:wine", "tset", {}), "'tset' is not a split; did you mean 'test'?"),
        (("sklearn:wine", "test", {"scael": 1}), "'scael' is not a preprocess key; did you mean 'scale'?"),
        (("sklearn:wine", "test", {"scale": "0.5"}), "preprocess scale: '0.5' is not a finite number"),
        (("sklearn:wine", "test", {"scale": float("nan")}), "preprocess scale: nan is not a finite number"),
        (("sklearn:wine", "test", {"reshape": 13}), "preprocess reshape: 13 is not a list of positive whole numbers"),
        (("sklearn:wine", "test", {"reshape": [2, 7]}), "[2, 7] holds 14 numbers; a sample has 13"),
        (("sklearn:wine", "test", {"dtype": "str"}), "preprocess dtype: 'str' is not one of float16, float32, "),
        (("sklearn:wine", "test", {"targets": "labels"}), "preprocess targets: 'labels' is not 'inputs'"),
    ],
)
def test_what_is_not_known_is_said_with_what_would_do(arguments, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        load_split(*arguments)

    assert message in str(caught.value)
