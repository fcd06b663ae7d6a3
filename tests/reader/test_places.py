"""Places of values in little room."""

from __future__ import annotations

import pickle
import sys

import pytest

from mindhub.places import Places

GIVEN = {("title",): (2, 8), ("asset", 0, "asset-link"): (300, 420), (): (0, 500)}


def test_places_read_like_the_dictionary_they_were_made_of():
    places = Places(GIVEN)

    assert places == GIVEN
    assert list(places) == list(GIVEN)
    assert list(places.items()) == list(GIVEN.items())
    assert places["asset", 0, "asset-link"] == (300, 420)
    assert ("title",) in places
    assert places.get(("title",)) == (2, 8)
    assert places.get(("license",)) is None
    assert places.get(("license",), (0, 1)) == (0, 1)


def test_a_path_that_has_no_place_is_a_key_error():
    with pytest.raises(KeyError):
        Places(GIVEN)["license",]


def test_cards_with_the_same_values_share_their_paths():
    one, other = Places(GIVEN), Places({("title",): (9, 11), ("asset", 0, "asset-link"): (12, 13), (): (0, 14)})

    assert [id(path) for path in one] == [id(path) for path in other]


def test_the_same_values_in_another_order_keep_theirs():
    turned = dict(reversed(GIVEN.items()))

    assert list(Places(turned).items()) == list(turned.items())


def test_places_survive_a_way_to_another_process():
    assert pickle.loads(pickle.dumps(Places(GIVEN))) == GIVEN


def test_a_hundred_places_take_a_kilobyte():
    many = Places({("asset", number, "asset-link"): (1000 + number, 2000 + number) for number in range(100)})

    assert sys.getsizeof(many._chars) < 1024
