from __future__ import annotations

import pytest

from mindhub.smoke.datasets import DATASETS, load_split
from mindhub.smoke.graphs import blocks_adjacency, karate_adjacency
from mindhub.smoke.reviews import written
from mindhub.smoke.samples import Dice

np = pytest.importorskip("numpy")
pytest.importorskip("sklearn")

SIZES = [
    ("sklearn:digits", 1438, 359, 64),
    ("sklearn:wine", 142, 36, 13),
    ("sklearn:breast_cancer", 455, 114, 30),
    ("sklearn:diabetes", 354, 88, 10),
    ("sklearn:iris", 120, 30, 4),
    ("made:clicks", 16000, 4000, 6),
    ("made:ratings", 3600, 900, 2),
    ("made:reviews", 2400, 600, 96),
    ("made:tones", 960, 240, 1024),
]
#: What datasets of their own split hold out, and why no fifth of the samples: see their loaders.
OWN_SPLITS = [
    ("sklearn:sample_images", 390, 130, 1024),
    ("made:blocks", 16, 144, 1),
    ("made:karate", 2, 32, 1),
    ("made:load", 1137, 261, 168),
]


def test_every_dataset_has_a_case_below():
    assert sorted(DATASETS) == sorted(name for name, *_ in SIZES + OWN_SPLITS)


@pytest.mark.parametrize(("dataset", "train", "test", "features"), SIZES + OWN_SPLITS)
def test_a_fifth_is_held_out_or_what_the_loader_says(dataset, train, test, features):
    training, held_out = load_split(dataset, "train"), load_split(dataset, "test")

    assert training.inputs[0].shape == (train, features)
    assert held_out.inputs[0].shape == (test, features)
    assert len(training.targets) == train
    assert len(held_out.targets) == test


@pytest.mark.parametrize("dataset", [name for name in DATASETS if name != "made:load"])
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
        (("imagenet2012", "test", {}), "'imagenet2012' is not a dataset; known: made:blocks, "),
        (("sklearn:wine", "tset", {}), "'tset' is not a split; did you mean 'test'?"),
        (("sklearn:wine", "test", {"scael": 1}), "'scael' is not a preprocess key; did you mean 'scale'?"),
        (("sklearn:wine", "test", {"scale": "0.5"}), "preprocess scale: '0.5' is not a finite number"),
        (("sklearn:wine", "test", {"scale": float("nan")}), "preprocess scale: nan is not a finite number"),
        (("sklearn:wine", "test", {"reshape": 13}), "preprocess reshape: 13 is not a list of positive whole numbers"),
        (("sklearn:wine", "test", {"reshape": [2, 7]}), "[2, 7] holds 14 numbers; a sample has 13"),
        (("sklearn:wine", "test", {"dtype": "str"}), "preprocess dtype: 'str' is not one of float16, float32, "),
        (("sklearn:wine", "test", {"targets": "labels"}), "preprocess targets: 'labels' is not 'inputs'"),
        (("sklearn:wine", "test", {"noise": {"deviation": 0}}), "is not of the form {deviation: 0.1, seed: 0}"),
        (("sklearn:wine", "test", {"shrink": 1}), "preprocess shrink: 1 is not a whole number from 2"),
        (("sklearn:wine", "test", {"shrink": 2}), "samples of the shape [13] have no squares of 2 by 2"),
    ],
)
def test_what_is_not_known_is_said_with_what_would_do(arguments, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        load_split(*arguments)

    assert message in str(caught.value)


def test_noise_is_added_to_the_input_and_not_to_the_target():
    steps = {"scale": 1 / 255, "targets": "inputs", "noise": {"deviation": 0.1, "seed": 3}}

    split, other = (load_split("sklearn:sample_images", "test", {**steps, **more}) for more in ({}, {"scale": 1}))
    difference = split.inputs[0].astype(float) - split.targets

    assert difference.std() == pytest.approx(0.1, rel=0.01)
    assert abs(difference.mean()) < 0.001
    assert other.targets.max() <= 255
    assert split.targets.max() <= 1


def test_a_sample_has_the_same_noise_in_each_split():
    steps = {"noise": {"deviation": 1, "seed": 1}}

    noisy, held_out = load_split("sklearn:wine", "all", steps), load_split("sklearn:wine", "test", steps)

    assert all(any(np.array_equal(row, other) for other in noisy.inputs[0]) for row in held_out.inputs[0][:5])


def test_shrinking_takes_the_means_of_squares_and_leaves_the_target():
    plain = load_split("sklearn:sample_images", "test", {"reshape": [1, 32, 32]}).inputs[0]

    split = load_split("sklearn:sample_images", "test", {"targets": "inputs", "reshape": [1, 32, 32], "shrink": 2})

    assert split.inputs[0].shape == (130, 1, 16, 16)
    assert split.inputs[0][0, 0, 0, 0] == plain[0, 0, :2, :2].mean()
    assert np.array_equal(split.targets, plain)


def test_the_held_out_pieces_are_the_right_quarter_of_both_photographs():
    from sklearn.datasets import load_sample_images

    grey = np.round(load_sample_images().images[0] @ np.array((0.299, 0.587, 0.114)))

    first = load_split("sklearn:sample_images", "test").inputs[0][0].reshape(32, 32)

    assert np.array_equal(first, grey[:32, 15 * 32 : 16 * 32])


def test_no_hour_of_the_load_is_in_both_splits():
    training, held_out = (load_split("made:load", split, {"dtype": "float64"}) for split in ("train", "test"))

    hours = [
        {value for part in (split.inputs[0], split.targets) for value in np.round(part.astype(float), 4).ravel()}
        for split in (training, held_out)
    ]

    # Values have six decimals and hardly ever repeat: what is in both must be chance.
    assert len(hours[0] & hours[1]) < len(hours[1]) / 50


def test_the_karate_club_is_that_of_the_paper():
    adjacency = karate_adjacency()

    assert np.array_equal(adjacency, adjacency.T)
    assert adjacency.sum() / 2 == 78
    assert adjacency.sum(axis=1)[[0, 32, 33]].tolist() == [16, 12, 17]
    assert load_split("made:karate", "train").targets.tolist() == [0, 1]
    assert load_split("made:karate", "all").targets.sum() == 17


def test_communities_are_denser_inside():
    adjacency = blocks_adjacency()
    same = np.arange(160)[:, None] // 40 == np.arange(160) // 40

    assert np.array_equal(adjacency, adjacency.T)
    assert not adjacency.diagonal().any()
    assert adjacency[same].mean() > 6 * adjacency[~same].mean()


def test_reviews_are_different_and_no_word_decides_them():
    texts, labels = written()

    assert len(set(texts)) == 3000
    assert sum(labels) == pytest.approx(1500, abs=75)
    for word in ("excellent", "awful", "not", "but", "精彩", "糟糕", "不", "但是"):
        having = [label for text, label in zip(texts, labels, strict=True) if word in text]
        assert len(having) > 40, word
        assert 0.35 < sum(having) / len(having) < 0.65, word


def test_made_data_are_the_same_on_every_machine():
    digests = {name: load_split(name, "test").digest[:16] for name in DATASETS if name.startswith("made:")}

    assert digests == {
        "made:blocks": "e98e4d43ff9ad711",
        "made:clicks": "1195199ca3e2ce8f",
        "made:karate": "8b2d26a14d4352a8",
        "made:load": "8c333e66a390b834",
        "made:ratings": "13207431745ef19e",
        "made:reviews": "c21ce9aa2a4a4be6",
        "made:tones": "3b30297fbef9e1d5",
    }


def test_the_dice_are_uniform_and_normal():
    dice = Dice(0)

    uniform, normal = dice.uniform(100_000), dice.normal(100_000)

    assert 0 <= uniform.min() < 0.001
    assert 0.999 < uniform.max() < 1
    assert uniform.mean() == pytest.approx(0.5, abs=0.005)
    assert (normal.mean(), normal.std()) == pytest.approx((0, 1), abs=0.01)
    assert np.percentile(normal, 97.5) == pytest.approx(1.96, abs=0.03)
