from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from mindhub.smoke.comparison import KEPT, agree, compare_recorded, compared, describe_outputs, recorded  # noqa: E402
from mindhub.smoke.contract import Expected  # noqa: E402

pytestmark = pytest.mark.mindspore

ONE = np.array([[1.0, 2.0]], np.float32)


def test_modes_agree_within_the_tolerance_and_not_beyond():
    assert agree([ONE], [ONE + np.float32(5e-5)], ()) == ""
    assert agree([ONE], [ONE + np.float32([[0, 0.5]])], ()).startswith(
        "output 0: 1 of 2 values differ, most at [0, 1]: 2.5 instead of 2"
    )
    assert "int32" in agree([ONE], [ONE.astype(np.int32)], ())


def test_recorded_values_are_spelled_as_short_as_they_can_be():
    found = recorded(np.array([0.3, 1e-9], np.float32), "float32")

    assert found.values == (0.3, 1e-09)
    assert found.shape == (2,)


def test_only_the_first_values_of_a_large_output_are_kept():
    found = recorded(np.arange(1000), "int64")

    assert found.values == tuple(map(float, range(KEPT)))


def test_a_recorded_output_is_compared_with_the_cards_tolerance():
    known = recorded(ONE, "float32")
    near = recorded(ONE + np.float32(0.01), "float32")

    assert compare_recorded([known], [known], ()) == ("", "bit for bit the recorded output")
    assert compare_recorded([near], [known], ())[0].startswith("output 0 is not the recorded one: 2 of 2 values differ")
    assert compare_recorded([near], [known], [Expected((1, 2), atol=0.1)]) == (
        "",
        "largest difference from the recorded output 0.01",
    )
    assert compare_recorded([recorded(ONE[0], "float32")], [known], ())[0] == (
        "output 0 is float32 [2], recorded float32 [1, 2]"
    )


def test_without_a_promise_an_output_need_only_be_finite():
    assert describe_outputs([ONE], ["float32"], ()) is None
    assert describe_outputs([ONE * np.inf], ["float32"], ()) == (
        "not-finite",
        "2 of 2 values of output 0 are not finite, first inf at [0, 0]",
    )


LABELS = np.array([3, 1, 4, 1, 5, 9, 2, 6], np.int32)


def test_a_near_label_is_another_label_whatever_the_tolerance():
    known, near = recorded(LABELS, "int32"), recorded(LABELS + np.eye(8, dtype=np.int32)[2], "int32")
    generous = [Expected((8,), rtol=1, atol=10)]

    assert compare_recorded([near], [known], generous)[0] == (
        "output 0 is not the recorded one: 1 of 8 whole numbers differ, first at [2]: 5 instead of 4"
    )
    assert agree([LABELS], [LABELS + 1], generous).startswith("output 0: 8 of 8 whole numbers differ")


def test_a_share_of_labels_may_differ_where_the_card_says_so():
    known, near = recorded(LABELS, "int32"), recorded(LABELS + np.eye(8, dtype=np.int32)[2], "int32")

    assert compare_recorded([near], [known], [Expected((8,), differing=0.125)])[0] == ""
    assert "at most 12.000% may" in compare_recorded([near], [known], [Expected((8,), differing=0.12)])[0]


def test_how_far_outputs_are_apart_is_kept():
    known, near = recorded(ONE, "float32"), recorded(ONE + np.float32([[0, 0.5]]), "float32")

    (found,) = compared([near], [known], [Expected((1, 2), rtol=0, atol=0.1)])

    assert (found.elements, found.differing, found.largest, found.mean) == (2, 1, 0.5, 0.25)
    assert compared([recorded(ONE[0], "float32")], [known], ()) == ()


def test_booleans_are_compared_as_labels():
    known, other = recorded(np.array([True, False]), "bool"), recorded(np.array([True, True]), "bool")

    assert compared([other], [known], ())[0].differing == 1
    assert "1 of 2 whole numbers differ, first at [1]: 1 instead of 0" in compare_recorded([other], [known], ())[0]
