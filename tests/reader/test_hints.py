"""What people are asked whether they meant it."""

from __future__ import annotations

from itertools import permutations

import pytest

from mindhub.text import did_you_mean


@pytest.mark.parametrize("known", list(permutations(("Apache-1.0", "Apache-1.1", "Apache-2.0"))))
def test_of_names_as_near_the_same_one_is_offered_in_whatever_order_they_come(known):
    assert did_you_mean("Apache-0.0", known) == "; did you mean 'Apache-2.0'?"


def test_nothing_is_offered_where_nothing_is_near():
    assert did_you_mean("xyz", ("Apache-2.0", "MIT")) == ""
