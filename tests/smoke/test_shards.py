"""Cards split among machines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindhub.smoke.shards import parse_shard, shard

NAMES = st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=20)


@given(NAMES, st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.floats(0, 500)), st.integers(1, 6))
def test_every_card_is_in_exactly_one_shard_and_keeps_its_place(names, seconds, count):
    parts = [shard(names, seconds, index, count) for index in range(1, count + 1)]

    assert sorted(name for part in parts for name in part) == sorted(names)
    assert all(part == [name for name in names if name in part] for part in parts)


def test_shards_are_balanced_by_the_time_that_cards_took():
    seconds = {"bert": 60.0, "a": 20.0, "b": 20.0, "c": 20.0}

    assert shard(["a", "b", "bert", "c"], seconds, 1, 2) == ["bert"]
    assert shard(["a", "b", "bert", "c"], seconds, 2, 2) == ["a", "b", "c"]


def test_a_card_without_a_record_counts_as_the_median():
    assert shard(["new", "short", "long"], {"short": 1.0, "long": 9.0}, 1, 2) == ["long"]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/5"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(ValueError, match="is no shard; '2/5' is the second of five"):
        parse_shard(text)
