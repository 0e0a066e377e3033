"""The linearizability checker: it accepts a history if some order explains it, and no other."""

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster.linearizability import UNKNOWN, Operation, explain
from tests.cluster.room_model import DONE, MISSING, RoomState, apply

FIRST = RoomState(0, frozenset())


def op(sent: float, answered: float, name: str, argument: object, answer: object) -> Operation:
    return Operation(sent, answered, name, argument, answer)


def put(raw_id: str, role: str | None) -> tuple[tuple[str, str | None], ...]:
    return ((raw_id, role),)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([op(1, 2, "update", 5, 5), op(3, 4, "get", None, 5)], id="a read after a write"),
        pytest.param([op(1, 4, "update", 5, 5), op(2, 3, "get", None, 0)], id="a concurrent read before the write"),
        pytest.param([op(1, 4, "update", 5, 5), op(2, 3, "get", None, 5)], id="a concurrent read after the write"),
        pytest.param(
            [op(1, 9, "update", 5, 5), op(1, 9, "update", 6, 6), op(10, 11, "get", None, 5)], id="writes in any order"
        ),
        pytest.param([op(1, 2, "update", 5, UNKNOWN), op(3, 4, "get", None, 0)], id="a lost write that did not happen"),
        pytest.param(
            [op(1, 2, "update", 5, UNKNOWN), op(3, 4, "get", None, 0), op(5, 6, "get", None, 5)],
            id="a lost write that happened late",
        ),
        pytest.param([op(1, 2, "delete", None, DONE), op(3, 4, "get", None, MISSING)], id="a read after deletion"),
        pytest.param(
            [
                op(1, 2, "roster", put("ada", "Presenter"), DONE),
                op(3, 4, "list", None, frozenset({("ada", "Presenter")})),
            ],
            id="a roster after a change",
        ),
    ],
)
def test_a_linearizable_history_is_accepted(history: Sequence[Operation]) -> None:
    assert explain(history, FIRST, apply) is None


@pytest.mark.parametrize(
    ("history", "culprit"),
    [
        pytest.param([op(1, 2, "update", 5, 5), op(3, 4, "get", None, 0)], 1, id="an acknowledged write is lost"),
        pytest.param([op(1, 2, "get", None, 5), op(3, 4, "update", 5, 5)], 0, id="a value before it was written"),
        pytest.param(
            [op(1, 9, "update", 5, 5), op(2, 3, "get", None, 5), op(4, 5, "get", None, 0)], 2, id="time goes backwards"
        ),
        pytest.param(
            [op(1, 2, "update", 5, UNKNOWN), op(3, 4, "get", None, 5), op(5, 6, "get", None, 0)],
            2,
            id="a lost write was read and then disappears",
        ),
        pytest.param([op(1, 2, "delete", None, DONE), op(3, 4, "get", None, 0)], 1, id="a deleted room comes back"),
        pytest.param(
            [
                op(1, 2, "roster", (("ada", "Presenter"), ("bob", "Attendee")), UNKNOWN),
                op(3, 4, "list", None, frozenset({("ada", "Presenter")})),
            ],
            1,
            id="half of a change",
        ),
        pytest.param(
            [
                op(1, 2, "roster", put("ada", "Presenter"), DONE),
                op(1, 2, "roster", put("bob", "Attendee"), DONE),
                op(3, 4, "list", None, frozenset({("bob", "Attendee")})),
            ],
            2,
            id="one change overwrites another",
        ),
    ],
)
def test_an_impossible_answer_is_found(history: Sequence[Operation], culprit: int) -> None:
    assert explain(history, FIRST, apply) == history[culprit]


CALLS = st.one_of(
    st.tuples(st.just("update"), st.integers(1, 3)),
    st.tuples(st.just("get"), st.none()),
    st.tuples(st.just("list"), st.none()),
    st.tuples(st.just("delete"), st.none()),
    st.tuples(
        st.just("roster"),
        st.tuples(st.tuples(st.sampled_from(["ada", "bob"]), st.sampled_from(["Presenter", "Attendee", None]))),
    ),
)


@given(st.lists(CALLS, max_size=8), st.randoms(use_true_random=False))
def test_a_real_order_is_accepted(calls: list[tuple[str, object]], chance: random.Random) -> None:
    """Each operation happens at its place in the list, and is sent some time before and answered some time after."""
    state: object = FIRST
    history = []
    for place, (name, argument) in enumerate(calls):
        state, answer = apply(state, name, argument)
        reported = UNKNOWN if chance.random() < 0.2 else answer
        history.append(op(place - chance.uniform(0, 3), place + chance.uniform(0, 3), name, argument, reported))
    assert explain(history, FIRST, apply) is None


@given(
    st.lists(
        st.tuples(CALLS, st.sampled_from([0, 1, 2, 3, MISSING, DONE, UNKNOWN]), st.integers(0, 5), st.integers(0, 5)),
        max_size=4,
    )
)
def test_the_checker_agrees_with_trying_every_order(drawn: list[tuple[tuple[str, object], object, int, int]]) -> None:
    history = [op(min(a, b), max(a, b), name, argument, answer) for (name, argument), answer, a, b in drawn]
    assert (explain(history, FIRST, apply) is None) == _has_an_order(history)


def _has_an_order(history: Sequence[Operation]) -> bool:
    certain = [operation for operation in history if operation.answer != UNKNOWN]
    lost = [operation for operation in history if operation.answer == UNKNOWN]
    return any(
        _explains(order)
        for count in range(len(lost) + 1)
        for some in itertools.combinations(lost, count)
        for order in itertools.permutations([*certain, *some])
    )


def _explains(order: Sequence[Operation]) -> bool:
    state: object = FIRST
    for place, operation in enumerate(order):
        if any(later.answer != UNKNOWN and later.answered < operation.sent for later in order[place + 1 :]):
            return False
        state, answer = apply(state, operation.name, operation.argument)
        if operation.answer not in (UNKNOWN, answer):
            return False
    return True
