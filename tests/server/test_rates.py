"""Token buckets: how many requests they allow, and how much memory they use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.server.core.rates import Buckets, Rate


class Timer:
    """A clock that only tests advance."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="timer")
def _timer() -> Timer:
    return Timer()


def test_burst_then_refill(timer: Timer) -> None:
    buckets = Buckets(Rate(2, 4), timer)
    assert [buckets.take("ada") for _ in range(6)] == [0, 0, 0, 0, 0.5, 0.5]
    timer.now += 0.5
    assert [buckets.take("ada") for _ in range(2)] == [0, 0.5]
    timer.now += 100
    assert [buckets.take("ada") for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_each_key_has_its_own_bucket(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 1), timer)
    assert [buckets.take(name) for name in ("ada", "ben", "ada")] == [0, 0, 1]


def test_wait_takes_no_tokens(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 2), timer)
    assert [buckets.wait("ada") <= 0 for _ in range(5)] == [True] * 5
    assert len(buckets) == 0
    buckets.take("ada", 2)
    assert buckets.wait("ada") == 1


def test_expensive_request_empties_the_bucket_at_most(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 5), timer)
    buckets.take("ada")
    buckets.take("ada", 1000)
    assert buckets.wait("ada") == 1


def test_memory_is_bounded_with_many_keys(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 10), timer, most_keys=100)
    buckets.take("the first", 10)
    for number in range(10_000):
        buckets.take(number)
        assert len(buckets) <= 100
    assert buckets.wait("the first") <= 0, "a forgotten key gets a full bucket"


def test_busy_key_is_remembered_among_many(timer: Timer) -> None:
    buckets = Buckets(Rate(1, 10), timer, most_keys=100)
    for number in range(1000):
        if number % 20 == 0:
            buckets.take("busy", 10)
        buckets.take(number)
        assert buckets.wait("busy") > 0


def test_full_buckets_are_forgotten(timer: Timer) -> None:
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
def test_invalid_rate(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="a rate needs"):
        Rate(per_second, burst)
