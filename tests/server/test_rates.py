"""Token buckets: how many requests they let through, and how much they remember."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.server.core.rates import Buckets, Rate


class Timer:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="timer")
def _timer() -> Timer:
    return Timer()


def test_a_burst_and_then_as_the_bucket_fills(timer: Timer) -> None:
    buckets = Buckets(Rate(2, 4), timer)
    assert [buckets.take("ada") for _ in range(6)] == [0, 0, 0, 0, 0.5, 0.5]
    timer.now += 0.5
    assert [buckets.take("ada") for _ in range(2)] == [0, 0.5]
    timer.now += 100
    assert [buckets.take("ada") for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_each_key_has_its_own(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 1), timer)
    assert [buckets.take(name) for name in ("ada", "ben", "ada")] == [0, 0, 1]


def test_looking_takes_nothing(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 2), timer)
    assert [buckets.wait("ada") <= 0 for _ in range(5)] == [True] * 5
    assert len(buckets) == 0
    buckets.take("ada", 2)
    assert buckets.wait("ada") == 1


def test_one_that_counts_as_many_empties_the_bucket_and_no_more(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 5), timer)
    buckets.take("ada")
    buckets.take("ada", 1000)
    assert buckets.wait("ada") == 1


def test_memory_is_bounded_however_many_keys_come(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 10), timer, most_keys=100)
    buckets.take("the first", 10)
    for number in range(10_000):
        buckets.take(number)
        assert len(buckets) <= 100
    assert buckets.wait("the first") <= 0, "forgotten, which is in its favour"


def test_what_is_used_is_remembered_beside_strangers(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 10), timer, most_keys=100)
    for number in range(1000):
        if number % 20 == 0:
            buckets.take("busy", 10)
        buckets.take(number)
        assert buckets.wait("busy") > 0


def test_what_is_full_again_is_forgotten(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 10), timer)
    for number in range(1000):
        buckets.take(number)
    for _ in range(2):
        timer.now += 11
        buckets.take("ada")
    assert len(buckets) <= 2


@given(
    st.floats(0.1, 1000),
    st.integers(1, 100),
    st.lists(st.floats(0, 10), min_size=1, max_size=60),
)
def test_requests_never_exceed_burst_and_refill(per_second: float, burst: int, pauses: list[float]) -> None:
    timer = Timer()
    buckets = Buckets(Rate(per_second, burst), timer)
    taken = 0
    for pause in pauses:
        timer.now += pause
        taken += buckets.take("ada") == 0
        assert taken <= burst + per_second * (timer.now - 1000) + 1e-6


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0), (float("nan"), 1)])
def test_a_rate_that_is_none(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="a rate needs"):
        Rate(per_second, burst)
