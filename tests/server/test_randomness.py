"""Random numbers, which are fetched in blocks."""

import pytest

from openrooms.server.core.randomness import RandomNumbers


def test_numbers_differ_across_fetches():
    numbers = RandomNumbers()
    assert len({numbers.below(2**80) for _ in range(2000)}) == 2000


@pytest.mark.parametrize("limit", [1, 2, 10**14, 2**80])
def test_numbers_stay_below_the_limit(limit):
    numbers = RandomNumbers()
    assert all(0 <= numbers.below(limit) < limit for _ in range(500))


def test_whole_range_is_used():
    numbers = RandomNumbers()
    assert {numbers.below(10) for _ in range(1000)} == set(range(10))
