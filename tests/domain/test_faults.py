"""Faults: which requests a rule hits, and which rules make no sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.faults import (
    AccessKeyName,
    Away,
    Conditions,
    Cut,
    Effect,
    Rule,
    Traits,
    check,
    fits,
    hits,
    is_lasting,
)

CREATE = Traits("create_room", "clinic", "", "azsdk-python-communication-rooms/1.2.0 Python/3.11")
GET = Traits("get_room", "clinic", "994123", "azsdk-js-communication-rooms/1.2.0")
conditions = st.builds(
    Conditions,
    nth=st.none() | st.integers(1, 20),
    times=st.none() | st.integers(1, 20),
    probability=st.floats(0.01, 1),
    seed=st.integers(),
)


@pytest.mark.parametrize(
    ("rule", "traits", "expected"),
    [
        pytest.param(Conditions(), CREATE, True, id="no conditions"),
        pytest.param(Conditions(operation="create_room"), CREATE, True, id="the operation"),
        pytest.param(Conditions(operation="create_room"), GET, False, id="another operation"),
        pytest.param(Conditions(resource="clinic"), GET, True, id="the resource"),
        pytest.param(Conditions(resource="school"), GET, False, id="another resource"),
        pytest.param(Conditions(room="994123"), GET, True, id="the room"),
        pytest.param(Conditions(room="994123"), CREATE, False, id="no room"),
        pytest.param(Conditions(user_agent="AZSDK-JS"), GET, True, id="a part of the user agent"),
        pytest.param(Conditions(user_agent="azsdk-js"), CREATE, False, id="another user agent"),
        pytest.param(Conditions(operation="get_room", room="994"), GET, False, id="all must fit"),
    ],
)
def test_fits(rule: Conditions, traits: Traits, expected: bool):
    assert fits(rule, traits) is expected


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        pytest.param(Conditions(), [1, 2, 3, 4, 5, 6], id="every one"),
        pytest.param(Conditions(nth=3), [3], id="the third"),
        pytest.param(Conditions(times=2), [1, 2], id="the first two"),
        pytest.param(Conditions(nth=2, times=3), [2, 3, 4], id="three from the second on"),
    ],
)
def test_hits(rule: Conditions, numbers: list[int]):
    assert [count for count in range(1, 7) if hits(rule, count)] == numbers


@given(conditions, st.integers(1, 100))
def test_a_rule_hits_the_same_requests_again(rule: Conditions, count: int):
    assert hits(rule, count) == hits(rule, count)


@given(conditions)
def test_a_probability_only_takes_hits_away(rule: Conditions):
    certain = Conditions(nth=rule.nth, times=rule.times)
    assert all(hits(certain, count) for count in range(1, 60) if hits(rule, count))


@given(st.floats(0.05, 0.95), st.integers())
def test_a_probability_is_about_the_share_of_hits(probability: float, seed: int):
    rule = Conditions(probability=probability, seed=seed)
    assert abs(sum(hits(rule, count) for count in range(1, 2001)) / 2000 - probability) < 0.08


def test_seeds_select_different_requests():
    picked = [[hits(Conditions(probability=0.5, seed=seed), count) for count in range(1, 40)] for seed in (1, 2)]
    assert picked[0] != picked[1]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule(Conditions(), Effect()), "needs an effect"),
        (Rule(Conditions(nth=1), Effect(status=200)), "not an error status"),
        (Rule(Conditions(), Effect(status=599)), "not an error status"),
        (Rule(Conditions(), Effect(status=503, away=Away.DATABASE)), "has one of status, away"),
        (Rule(Conditions(), Effect(rotated_key=AccessKeyName.PRIMARY, status=401)), "has one of status, away"),
        (Rule(Conditions(), Effect(retry_after=3)), "goes with a status"),
        (Rule(Conditions(), Effect(status=429, retry_after=-1)), "from 0 to 86400"),
        (Rule(Conditions(), Effect(status=429, retry_after_date=True)), "needs retryAfter"),
        (Rule(Conditions(), Effect(delay=601)), "from 0 to 600"),
        (Rule(Conditions(), Effect(delay=float("nan"))), "from 0 to 600"),
        (Rule(Conditions(), Effect(slow_body=-1)), "from 0 to 600"),
        (Rule(Conditions(nth=0), Effect(status=500)), "numbers from 1"),
        (Rule(Conditions(times=-1), Effect(status=500)), "numbers from 1"),
        (Rule(Conditions(probability=0), Effect(status=500)), "above 0"),
        (Rule(Conditions(probability=1.5), Effect(status=500)), "above 0"),
        (Rule(Conditions(operation="get_room"), Effect(expired_certificate=True)), "takes no conditions"),
        (Rule(Conditions(), Effect(expired_certificate=True, delay=1)), "the only effect"),
    ],
)
def test_senseless_rules_are_named(rule: Rule, message: str):
    with pytest.raises(InvalidRequest, match=message):
        check(rule)


@pytest.mark.parametrize("cut", Cut)
def test_every_cut_is_a_fault(cut: Cut):
    check(Rule(Conditions(operation="create_room"), Effect(cut=cut, delay=1)))


def test_only_a_rule_without_conditions_is_lasting():
    away = Effect(away=Away.LIVEKIT)
    assert is_lasting(Rule(Conditions(), away))
    assert not is_lasting(Rule(Conditions(times=1), away))
