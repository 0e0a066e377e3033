"""Checks whether a history of one room is linearizable.

A history has the operations of all clients, with the times at which each was sent and answered. It is *linearizable* if
each operation can be placed at one instant between these times so that, one after the other, the operations give the
answers that the clients received. An operation without a usable answer may have happened at any instant after it was
sent, or never.

The search goes through the times in order. It keeps every possible state of the room, each with the set of pending
operations that have already happened in it. At an answer, it keeps only the states in which the operation has happened
with that answer; if no state is left, no order explains the history.

M. Herlihy, J. Wing: Linearizability: a correctness condition for concurrent objects (1990); J. Wing, C. Gong: Testing
and verifying concurrent objects (1993).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

Answer = Hashable
State = Hashable

UNKNOWN = "unknown"
"""The answer of an operation that may or may not have happened."""


class Operation(NamedTuple):
    """An operation of a client, with its answer; `answered` is ignored if the answer is `UNKNOWN`."""

    sent: float
    answered: float
    name: str
    argument: Hashable
    answer: Answer


Apply = Callable[[State, str, Hashable], tuple[State, Answer]]
"""The model: takes a state, an operation's name and its argument; returns the next state and the answer."""

Configuration = tuple[State, frozenset[int]]
"""A state, and the pending operations that have happened in it."""


def explain(history: Iterable[Operation], first: State, apply: Apply) -> Operation | None:
    """Return `None` if the history is linearizable, or the first operation whose answer no order explains."""
    operations = list(history)
    configurations: set[Configuration] = {(first, frozenset())}
    pending: set[int] = set()
    for number, is_answer in _events(operations):
        if not is_answer:
            pending.add(number)
            continue
        configurations = set(_after(number, operations, configurations, pending, apply))
        pending.discard(number)
        if not configurations:
            return operations[number]
    return None


def _events(operations: Sequence[Operation]) -> Iterator[tuple[int, bool]]:
    sent = [(operation.sent, 0, number) for number, operation in enumerate(operations)]
    answered = [
        (operation.answered, 1, number) for number, operation in enumerate(operations) if operation.answer != UNKNOWN
    ]
    # At equal times, sending comes first. This allows more orders, so a coarse clock cannot cause a false alarm.
    for _, is_answer, number in sorted(sent + answered):
        yield number, bool(is_answer)


def _after(
    number: int, operations: Sequence[Operation], before: set[Configuration], pending: set[int], apply: Apply
) -> Iterator[Configuration]:
    """Yield every configuration in which the operation has happened with its answer."""
    seen = set(before)
    waiting = list(before)
    while waiting:
        state, happened = waiting.pop()
        if number in happened:
            yield state, happened - {number}
            continue
        for other in pending - happened:
            operation = operations[other]
            next_state, answer = apply(state, operation.name, operation.argument)
            if operation.answer not in (UNKNOWN, answer):
                continue
            if operation.answer == UNKNOWN and next_state == state:
                # The operation changes nothing here, so skipping it loses no possibility.
                continue
            configuration = (next_state, happened | {other})
            if configuration not in seen:
                seen.add(configuration)
                waiting.append(configuration)
