"""Does a history of one room have an order that explains it?

A history is what clients saw: operations with the moments at which they were sent and answered. It is *linearizable*
if each operation can be given one instant between the two so that, one after the other, they do what was seen. An
operation without a usable answer may have happened at any instant after it was sent, or never.

The search goes through the moments in order and keeps every state that the room may be in, together with which of the
operations under way have already happened in it. When an operation is answered, only those states survive in which it
has happened with that answer; if none is left, no order explains the history.

M. Herlihy, J. Wing: Linearizability: a correctness condition for concurrent objects (1990); J. Wing, C. Gong: Testing
and verifying concurrent objects (1993).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

Answer = Hashable
State = Hashable

UNKNOWN = "unknown"
"""The answer of an operation that may have happened or not."""


class Operation(NamedTuple):
    """What a client did and saw; `answered` is ignored if the answer is `UNKNOWN`."""

    sent: float
    answered: float
    name: str
    argument: Hashable
    answer: Answer


Apply = Callable[[State, str, Hashable], tuple[State, Answer]]
"""The model: from a state, an operation's name and its argument to the next state and the answer."""

Configuration = tuple[State, frozenset[int]]
"""A state, and the operations under way that have happened in it."""


def explain(history: Iterable[Operation], first: State, apply: Apply) -> Operation | None:
    """Return `None` if the history is linearizable, else the first operation whose answer nothing explains."""
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
    # At the same moment sending comes first, which allows more orders: a clock's coarseness accuses nobody.
    for _, is_answer, number in sorted(sent + answered):
        yield number, bool(is_answer)


def _after(
    number: int, operations: Sequence[Operation], before: set[Configuration], pending: set[int], apply: Apply
) -> Iterator[Configuration]:
    """Yield every configuration in which the operation has happened as it was answered."""
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
                # It changes nothing here, so it may as well not have happened yet.
                continue
            configuration = (next_state, happened | {other})
            if configuration not in seen:
                seen.add(configuration)
                waiting.append(configuration)
